"""Ce qu'un lecteur tire des fichiers publiés : leurs cases, leurs trous, et les tables que leurs colonnes forment."""

from __future__ import annotations

import io
import itertools
import tomllib
import zipfile
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from datakit.analysis.secrecy import attack
from datakit.core.errors import FormatError

READER = tomllib.loads(Path(__file__).with_name("published_columns.toml").read_text(encoding="utf-8"))
TOTAL = "Ensemble"
Ranges = dict[tuple[str, str], tuple[float, float]]  # (zone, column): what a reader makes of a hidden cell
CODES = READER["dimensions"] | READER["partielles"]
HIDDEN = {"s", "ns", "nd", "NA", ""}


def numbers(text: bytes) -> pd.DataFrame:
    """Les colonnes de nombres d'un CSV publié, une ligne par code ; NaN là où rien n'est publié."""
    decoded = text.decode("utf-8-sig")
    separator = max(";,", key=decoded.partition("\n")[0].count)
    frame = pd.read_csv(io.StringIO(decoded), sep=separator, dtype=str, keep_default_na=False, index_col=0)
    frame = frame.loc[:, [not c.startswith("Unnamed") for c in frame.columns]]
    clean = frame.apply(lambda c: c.str.replace(r"[\s\u202f\u00a0]", "", regex=True).str.replace(",", "."))
    found = clean.where(~clean.isin(HIDDEN)).apply(pd.to_numeric, errors="coerce")
    words = clean.notna() & found.isna() & ~clean.isin(HIDDEN)
    return found.loc[:, ~words.any() & found.notna().any()]


def levels(path: Path) -> dict[str, pd.DataFrame]:
    """Les niveaux d'un fichier publié : ``QP`` seul pour un CSV, un par membre pour un zip."""
    if path.suffix == ".csv":
        return {"QP": numbers(path.read_bytes())}
    with zipfile.ZipFile(path) as archive:
        names = [n for n in archive.namelist() if n.endswith(".csv") and not n.startswith("meta")]
        return {n.removesuffix(".csv").rpartition("_")[2]: numbers(archive.read(n)) for n in names}


def column_of(base: str, codes: Iterable[str]) -> str:
    """La colonne d'une case : base + codes, un code en « : » remplaçant ce qui le précède."""
    return (base + "".join(codes)).rpartition(":")[2]


def crossed(frame: pd.DataFrame, base: str, dims: list[str]) -> pd.DataFrame | None:
    """La table longue zone × dimensions que forment les colonnes ``base + codes`` ; ``None`` s'il en manque."""
    codes = [CODES[d] for d in dims]
    names = {c: column_of(base, c) for c in itertools.product(*([*own, ""] for own in codes))}
    if not {names[c] for c in names if all(c) or not any(c)} <= set(frame.columns):
        return None
    rows = [
        {"zone": zone, "colonne": name, **{d: code or TOTAL for d, code in zip(dims, c, strict=True)}, "n": value}
        for c, name in names.items() if name in frame.columns
        for zone, value in frame[name].items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def attacked(tables: list[pd.DataFrame]) -> Ranges:
    """Ce qu'``attack`` dit de chaque (zone, colonne) masquée."""
    partial = {d: [*codes, "reste"] for d, codes in READER["partielles"].items() if any(d in t for t in tables)}
    links = {d: pd.DataFrame({"child": codes, "parent": TOTAL}) for d, codes in partial.items()}
    found = attack(*(t.drop(columns="colonne") for t in tables), value="n", hierarchies=links)
    names = [t.loc[t["n"].isna(), ["zone", "colonne"]] for t in tables]
    cells = pd.concat(names, ignore_index=True)
    assert len(cells) == len(found) and (cells["zone"].astype(str) == found["zone"]).all()
    return closest(
        ((str(z), c), (low, high))
        for z, c, low, high in zip(cells["zone"], cells["colonne"], found["low"], found["high"], strict=True)
    )


def closest(found: Iterable[tuple[tuple[str, str], tuple[float, float]]]) -> Ranges:
    """Le plus serré de ce que plusieurs lectures disent de la même case."""
    best: Ranges = {}
    for cell, (low, high) in found:
        known = best.get(cell, (0.0, np.inf))
        best[cell] = (max(low, known[0]), min(high, known[1]))
    return best


def by_rows(frame: pd.DataFrame) -> Ranges:
    """Ce qu'une ligne, à elle seule, dit de chacune de ses cases masquées."""
    found: list[Ranges] = []
    for base, crossings in READER["croisements"].items():
        for zone in frame.index:
            one = frame.loc[[zone]]
            tables = [t for dims in crossings if (t := crossed(one, base, dims)) is not None]
            if any(t["n"].isna().any() for t in tables):
                found.append(attacked(tables))
    for part, (rate, whole) in READER["taux"].items():
        if {part, rate, whole} <= set(frame.columns):
            back = frame[part].isna() & frame[rate].notna() & frame[whole].notna()
            found.append({(str(zone), part): (0.0, 0.0) for zone in frame.index[back]})
    return closest(item for ranges in found for item in ranges.items())


def by_whole(frame: pd.DataFrame, whole: pd.Series) -> Ranges:
    """Ce que l'ensemble des zones dit de chaque case masquée, par colonne et par croisement."""
    stacked = pd.concat([frame, whole.to_frame(TOTAL).T])
    stacked.index = stacked.index.astype(str)
    found: list[Ranges] = []
    for column in counts_of(frame):
        if stacked[column].isna().any():
            lone = pd.DataFrame({"zone": stacked.index, "colonne": column, "n": stacked[column].to_numpy()})
            found.append(attacked([lone]))
    for base, crossings in READER["croisements"].items():
        tables = [t for dims in crossings if (t := crossed(stacked, base, dims)) is not None]
        if any(t["n"].isna().any() for t in tables):
            found.append(attacked(tables))
    return closest(item for ranges in found for item in ranges.items())


def counts_of(frame: pd.DataFrame) -> list[str]:
    """Les colonnes d'effectifs : ni taux, ni moyennes, ni montants."""
    return [c for c in frame if not c.startswith(("TX_", "PART_", "DISP_", "AGE_", "IND_", "EVOL_", "NOTE_"))]


def rate_width(frame: pd.DataFrame, whole: pd.Series, rate: str, people: str) -> pd.Series:
    """En personnes, l'écart que l'arrondi des taux laisse à la seule zone masquée (infini s'il y en a plusieurs)."""
    hidden = frame.index[frame[rate].isna()]
    if len(hidden) != 1 or np.isnan(whole[rate]):
        return pd.Series(np.inf, index=hidden)
    step = 0.1 / 100  # published with one decimal: half a step each way
    others = frame.drop(index=hidden)
    centre = whole[rate] / 100 * whole[people] - (others[rate] / 100 * others[people]).sum()
    half = step / 2 * (whole[people] + others[people].sum())
    low, high = max(0.0, centre - half), min(float(frame.loc[hidden[0], people]), centre + half)
    return pd.Series(high - low, index=hidden)


def claims_of(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Ce qu'``attack`` affirme ; rien s'il dit que les tables se contredisent."""
    try:
        return attack(*(t.drop(columns="colonne", errors="ignore") for t in tables), value="n")
    except FormatError:
        return pd.DataFrame(columns=["zone", "low", "high", "exact"]).astype({"exact": bool})
