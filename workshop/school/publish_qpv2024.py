"""Les fichiers INSEE « Données sur les quartiers 2024 » : un zip par thème, un CSV par niveau, et leurs métadonnées."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workshop.school import formats, measures, secrecy_rules
from workshop.school.companies import establishments_by
from workshop.school.levels import Level, all_levels
from workshop.school.measures import Measures, share
from workshop.school.publish_perimeters import communes_of
from workshop.school.social_housing import housing
from workshop.school.suppression import hide
from workshop.school.territory import Territory


@dataclass(frozen=True)
class Column:
    """Une colonne publiée : nom, libellé, nature, mesure (ou numérateur et dénominateur), décimales."""

    name: str
    label: str
    kind: str
    of: tuple[str, ...]
    digits: int

    @property
    def hidden(self) -> str:
        """Le code écrit à la place d'une valeur masquée."""
        return "ns" if self.kind in ("rate", "mean") else "s"

    def value(self, m: Measures) -> np.ndarray:
        """La valeur par zone, NaN où elle ne se publie pas."""
        return _KINDS[self.kind](m, *(m[name] for name in self.of))


_KINDS: dict[str, Callable[..., np.ndarray]] = {
    "exact": lambda m, x: x,
    "euros": lambda m, x: np.asarray(np.round(x, -1)),
    "count": lambda m, x: x,
    "share": lambda m, part, whole: share(part, whole),
    "rate": lambda m, part, whole: secrecy_rules.survey(share(part, whole), m["pop"]),
    "mean": lambda m, part, whole: secrecy_rules.survey(part / np.maximum(whole, 1), m["pop"]),
}


@dataclass(frozen=True)
class File:
    """Un zip de l'INSEE : nom, racine des CSV, année des données, mesures nécessaires, colonnes."""

    archive: str
    stem: str
    year: int
    need: tuple[str, ...]
    family: str  # of its counts, in secrecy.toml ("": none is hidden)
    columns: tuple[Column, ...]


def _columns(described: list[dict[str, Any]]) -> tuple[Column, ...]:
    return tuple(_column(**c) for c in described)


def _read_files() -> tuple[File, ...]:
    text = files(__package__).joinpath("qpv2024.toml").read_text(encoding="utf-8")
    return tuple(
        File(f["archive"], f["stem"], f["year"], tuple(f["need"]), f.get("famille", ""), _columns(f["columns"]))
        for f in tomllib.loads(text)["file"]
    )


def _column(name: str, label: str, kind: str, of: list[str], digits: int | None = None) -> Column:
    usual = 1 if kind in ("rate", "mean", "share") else 0
    return Column(name, label, kind, tuple(of), usual if digits is None else digits)


FILES = _read_files()


def publish(t: Territory, out: Path) -> None:
    """Écrire tous les zips."""
    levels = all_levels(t)
    for file in FILES:
        members = {}
        protected = _protected(file, levels, t)
        for level in levels:
            frame = _table(file, level, protected[level.name])
            members[f"{file.stem}_{level.name}.csv"] = formats.csv_bytes(frame, formats.INSEE_2024)
        members[f"meta_{file.stem}.csv"] = formats.csv_bytes(_meta(file, levels), formats.INSEE_2024)
        formats.write_zip(out / file.archive, members)
    _populations(t, out, levels)


def _measure(t: Territory, file: File, level: Level) -> Measures:
    state = t.state(file.year)
    n = len(level.codes)
    zone = level.of_dwelling[state.dwelling]
    result: Measures = {}
    for need in file.need:
        if need == "companies":
            result |= establishments_by(t, level.name, n)
        elif need == "housing":
            result |= housing(t, state, level.of_dwelling, n)
        else:
            result |= getattr(measures, need)(state, zone, n)
    if file.need == ("income",):
        result["RD"] = result["D9"] / result["D1"]
        result = secrecy_rules.fiscal(result)
    return result


def _protected(file: File, levels: list[Level], t: Territory) -> dict[str, Measures]:
    """Les mesures de chaque niveau, NaN là où il faut masquer ; un taux dont un terme l'est se masque aussi."""
    measured = {level.name: _measure(t, file, level) for level in levels}
    if not file.family:
        return measured
    codes = {level.name: level.codes for level in levels}
    of = {c.name: c.of[0] for c in file.columns if c.kind == "count"}
    everyone = np.zeros(len(codes["QP"]), dtype=int)
    for name, whole, parent in (
        ("QP", "ENSQP", everyone), ("COM", "EPCI", t.zoning.epci_of_commune), ("ENVURB", "", None),
    ):  # fmt: skip
        counted = {column: measured[name][key] for column, key in of.items()}
        for level, hidden in zip((name, whole), hide(file.family, counted, codes[name], parent=parent), strict=True):
            if level:
                m = measured[level]
                m |= {key: np.where(hidden[column], np.nan, m[key]) for column, key in of.items()}
    return measured


def _table(file: File, level: Level, m: Measures) -> pd.DataFrame:
    data: dict[str, list[str]] = {level.column: level.codes, "LIBGEO": level.labels}
    for column in file.columns:
        value = column.value(m)
        data[column.name] = (
            formats.decimals(value, column.digits, missing=column.hidden)
            if column.digits
            else formats.integers(value, missing=column.hidden)
        )
    return pd.DataFrame(data)


def _meta(file: File, levels: list[Level]) -> pd.DataFrame:
    rows = [
        ("CODGEO", "Code géographique", code, label)
        for level in levels[:1]
        for code, label in zip(level.codes, level.labels, strict=True)
    ]
    rows += [(c.name, c.label, "", "") for c in file.columns]
    rows += [
        ("_SECRET", "Codes de valeur manquante", code, label)
        for code, label in (
            ("nd", "non disponible"),
            ("ns", "non significatif"),
            ("s", "secret statistique"),
            ("so", "sans objet"),
        )
    ]
    return pd.DataFrame(rows, columns=["COD_VAR", "LIB_VAR", "COD_MOD", "LIB_MOD"])


def _populations(t: Territory, out: Path, levels: list[Level]) -> None:
    state = t.state(2020)
    qpv = levels[0]
    pop = measures.population(state, qpv.of_dwelling[state.dwelling], len(qpv.codes))["pop"]
    frame = pd.DataFrame({"CODGEO": qpv.codes, "LIBGEO": qpv.labels, "PMUN20": formats.integers(pop)})
    formats.write(out / "pop_QPV24.csv", formats.csv_bytes(frame, formats.INSEE_2024))
    com = levels[2]
    n = len(com.codes)
    here = com.of_dwelling[state.dwelling]
    inside = np.where(qpv.of_dwelling[state.dwelling] >= 0, here, -1)
    total = measures.population(state, here, n)["pop"]
    in_qpv = measures.population(state, inside, n)["pop"]
    touched = sorted({c for g in communes_of(t, t.qpv2024) for c in g})
    frame = pd.DataFrame(
        {
            "CODGEO": [com.codes[c] for c in touched],
            "LIBGEO": [com.labels[c] for c in touched],
            "PMUN20": formats.integers(total[touched]),
            "PMUN_QPV20": formats.integers(in_qpv[touched]),
        }
    )
    formats.write(out / "pop_reference_communales_QPV24.csv", formats.csv_bytes(frame, formats.INSEE_2024))
