"""Ce qu'un lecteur tire des fichiers publiés : leurs cases, leurs trous, et les tables que leurs colonnes forment."""

from __future__ import annotations

import io
import itertools
import tomllib
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd

from datakit.analysis.secrecy import attack
from datakit.core.errors import FormatError

OPEN = tomllib.loads(Path(__file__).with_name("orvanche_open.toml").read_text(encoding="utf-8"))
TOTAL = "Ensemble"
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


def crossed(frame: pd.DataFrame, base: str, dims: list[str]) -> pd.DataFrame | None:
    """La table longue zone × dimensions que forment les colonnes ``base + codes`` ; ``None`` s'il en manque."""
    codes = [OPEN["dimensions"][d] for d in dims]
    names = {c: base + "".join(c) for c in itertools.product(*([*own, ""] for own in codes))}
    if not {names[c] for c in names if all(c) or not any(c)} <= set(frame.columns):
        return None
    rows = [
        {"zone": zone, **{d: code or TOTAL for d, code in zip(dims, c, strict=True)}, "n": value}
        for c, name in names.items() if name in frame.columns
        for zone, value in frame[name].items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _attacked(tables: list[pd.DataFrame]) -> pd.DataFrame:
    found = attack(*tables, value="n", by=None)
    return found[found["exact"]]


def _name(base: str, row: dict) -> str:
    dims = [d for d in OPEN["dimensions"] if isinstance(row.get(d), str) and row[d] != TOTAL]
    order = [d for group in OPEN["croisements"][base] for d in group]
    return base + "".join(row[d] for d in sorted(dims, key=order.index))


def by_rows(frame: pd.DataFrame) -> set[tuple[str, str]]:
    """Les (zone, colonne) masquées qu'une ligne rend à elle seule."""
    found: set[tuple[str, str]] = set()
    for base, crossings in OPEN["croisements"].items():
        for zone in frame.index:
            one = frame.loc[[zone]]
            tables = [t for dims in crossings if (t := crossed(one, base, dims)) is not None]
            if tables and any(t["n"].isna().any() for t in tables):
                found |= {(str(zone), _name(base, r)) for r in _attacked(tables).to_dict("records")}
    for part, (rate, whole) in OPEN["taux"].items():
        if {part, rate, whole} <= set(frame.columns):
            back = frame[part].isna() & frame[rate].notna() & frame[whole].notna()
            found |= {(str(zone), part) for zone in frame.index[back]}
    return found


def by_whole(frame: pd.DataFrame, whole: pd.Series) -> set[tuple[str, str]]:
    """Les (zone, colonne) masquées que rend l'ensemble des zones, par colonne et par croisement."""
    stacked = pd.concat([frame, whole.to_frame(TOTAL).T])
    found: set[tuple[str, str]] = set()
    counts = [c for c in frame.columns if frame[c].isna().any() and np.isclose(whole[c], round(whole[c]))]
    for column in counts:
        if column.startswith(("TX_", "PART_", "DISP_", "AGE_", "IND_")):
            continue
        table = pd.DataFrame({"zone": stacked.index.astype(str), "n": stacked[column].to_numpy()})
        found |= {(str(z), column) for z in _attacked([table])["zone"]}
    for base, crossings in OPEN["croisements"].items():
        tables = [t for dims in crossings if (t := crossed(stacked, base, dims)) is not None]
        if tables and any(t["n"].isna().any() for t in tables):
            found |= {(str(r["zone"]), _name(base, r)) for r in _attacked(tables).to_dict("records")}
    return found


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
        return attack(*tables, value="n")
    except FormatError:
        return pd.DataFrame(columns=["zone", "low", "high", "exact"]).astype({"exact": bool})
