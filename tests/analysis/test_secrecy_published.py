"""Attaquer tous les fichiers publiés : ce qu'Orvanche laisse retrouver est une leçon, et figure dans la liste."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datakit import load_microdata
from datakit.analysis.secrecy import differencing
from datakit.core.places import content
from tests.analysis.published_files import (
    OPEN,
    by_rows,
    by_whole,
    claims_of,
    crossed,
    levels,
    numbers,
    rate_width,
)

DATA = content("data")
FILES = [r["path"] for r in json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]]
# one line per address, shop or dwelling, or outlines only: nothing in them is counted, so nothing is hidden
LISTS = (
    "adresses-96", "bpe24_ensemble", "GeolocalisationEtablissement", "RPLS2025_detail", "carreaux", "microdonnees",
    "fonds", "communes-96", "contours-iris", "qp-politiquedelaville", "qpv-2024", "listeqp2024", "liste-correspondance",
)  # fmt: skip
TABLES = sorted(f for f in FILES if not any(word in f for word in LISTS))


def allowed(kind: str, name: str) -> bool:
    return name in OPEN["lecons"][kind]["fichiers"]


def qpv_level(name: str) -> pd.DataFrame:
    found = levels(DATA / name)
    return found["QP"] if "QP" in found else next(iter(found.values()))


@pytest.mark.parametrize("name", TABLES)
def test_every_published_table_resists_but_where_the_lesson_is_left_open(name):
    found = levels(DATA / name)
    for level, frame in found.items():
        assert allowed("ligne", name) or by_rows(frame) == set(), level
    if {"QP", "ENSQP"} <= set(found):
        whole = found["ENSQP"].iloc[0]
        more = by_whole(found["QP"], whole) - by_rows(found["QP"])
        assert allowed("ensemble", name) or more == set()
        for rate, people in OPEN["denominateurs"].items():
            if rate in found["QP"]:
                assert (rate_width(found["QP"], whole, rate, people) >= 5).all(), rate


@pytest.mark.parametrize("kind", ["ligne", "ensemble"])
def test_each_open_lesson_is_really_open(kind):
    def opened(name: str) -> bool:
        found = levels(DATA / name)
        if kind == "ligne":
            return any(by_rows(frame) for frame in found.values())
        return bool(by_whole(found["QP"], found["ENSQP"].iloc[0]))

    assert sum(opened(name) for name in OPEN["lecons"][kind]["fichiers"]) >= 3


def test_the_open_registers_give_back_what_their_tables_hide():
    table = qpv_level("RPLS_01-01-2025_QPV_2024.zip")
    with zipfile.ZipFile(DATA / "RPLS2025_detail_96.zip") as archive:
        detail = pd.read_csv(archive.open(archive.namelist()[0]), sep=";", dtype=str)
    counted = detail["QPV_CODE"].value_counts().reindex(table.index).fillna(0)
    known = table["NB_LS"].notna()
    assert (counted[known] == table.loc[known, "NB_LS"]).all()
    assert all(allowed("registre", n) for n in ("RPLS_01-01-2025_QPV_2024.zip", "side_2023_QPV2024.zip"))


def test_all_fiscal_figures_of_a_small_zone_go_together():
    for name, household in (("revenus_pauvrete_2021_qp24_v2_csv.zip", "DISP_NBMEN_A21"),):
        for frame in levels(DATA / name).values():
            small = frame[household].isna()
            assert frame.loc[small].isna().all(axis=None)
    census = [c for c in OPEN["denominateurs"] if c.startswith("TX_")]
    for frame in levels(DATA / "estimations-demographiques_2022_QPV2024_csv.zip").values():
        hidden = frame[census].isna()
        assert (hidden.all(axis=1) == hidden.any(axis=1)).all()


def test_an_evolution_never_gives_a_hidden_year_back():
    before, after = (qpv_level(f"IPRO_{year}.csv") for year in (2021, 2022))
    for rate, count in OPEN["evolutions"].items():
        shown = after[rate].notna() if rate in after else pd.Series(False, index=after.index)
        assert before.loc[shown, count].notna().all(), rate
        assert after.loc[shown, count].notna().all(), rate


def test_two_files_of_the_same_year_say_the_same():
    for year in (2021, 2022):
        demo, revn = qpv_level(f"DEMO_{year}.csv"), qpv_level(f"REVN_{year}.csv")
        for column in set(demo.columns) & set(revn.columns):
            assert (demo[column].isna() == revn[column].isna()).all(), column


def test_the_grid_never_isolates_fewer_than_eleven_households():
    with zipfile.ZipFile(DATA / "Filosofi2021_carreaux_200m_csv.zip") as archive:
        cells = pd.read_csv(archive.open(archive.namelist()[0]))
    natural = numbers(
        zipfile.ZipFile(DATA / "Filosofi2021_carreaux_nivNaturel_csv.zip").read("carreaux_nivNaturel_met.csv")
    )
    assert (natural["men"] >= 11).all()
    assert (cells.loc[cells["i_est_200"] == 0, "men"] >= 11).all()
    imputed = cells[cells["i_est_200"] == 1]
    groups = imputed.groupby("idcar_nat")["men"].agg(["sum", "size"])
    # each group is published elsewhere as one square of at least 11 households: its cells only share it out
    assert np.allclose(groups["sum"], natural.loc[groups.index, "men"], atol=0.06 * groups["size"])
    assert (groups["size"] >= 2).all()
    shares = imputed.assign(par=imputed["men"] / imputed["ind"]).groupby("idcar_nat")["par"].agg(["min", "max"])
    large = imputed.groupby("idcar_nat")["ind"].min() >= 5
    assert np.allclose(shares.loc[large, "min"], shares.loc[large, "max"], atol=0.06)


@pytest.mark.parametrize(("small", "large"), [
    ("code_qp_2024", "code_iris"), ("code_qp_2015", "code_iris"), ("code_qp_2024", "insee_com"),
    ("code_qp_2015", "insee_com"), ("code_qp_2015", "code_qp_2024"),
])  # fmt: skip
def test_no_sliver_between_two_published_zonings(small, large):
    homes = load_microdata("menages")
    zones = [homes[c].astype("str").where(homes[c].notna()) for c in (small, large)]
    found = differencing(*zones, pd.Series(1, index=homes.index), "fiscal")
    assert found[found["exact"]].empty


@pytest.mark.parametrize("folder", ["insee_qpv2015", "comparateurs"])
def test_real_files_give_nothing_that_they_do_not_hold(real, folder):
    for path in sorted((real / folder).glob("*.csv")):
        frame = numbers(path.read_bytes()).head(1500)
        for base, crossings in OPEN["croisements"].items():
            tables = [t for dims in crossings if (t := crossed(frame, base, dims)) is not None]
            holes = {z for t in tables for z in t.loc[t["n"].isna(), "zone"]}
            for zone in sorted(holes, key=str)[:25]:
                one = [t[t["zone"] == zone] for t in tables]
                claims = claims_of(one)
                if claims.empty:
                    continue
                total = frame.loc[zone, base]
                assert (claims["low"] >= -1e-9).all(), (path.name, zone, base)
                if not np.isnan(total):
                    assert (claims["high"] <= total + 1e-6).all(), (path.name, zone, base)
                sure = claims[claims["exact"]]
                # an exact answer to a count is a whole number, or the columns are not what they seem
                assert np.allclose(sure["low"], np.round(sure["low"]), atol=1e-6), (path.name, zone, base)


def test_real_rates_and_medians_are_refused_rather_than_added_up(real):
    path = Path(real / "comparateurs" / "FILO2019_DISP_COM.csv")
    frame = numbers(path.read_bytes()).head(40)
    medians = frame.filter(regex="^Q2").iloc[:, 0].dropna()
    with_hole = medians.copy()
    with_hole.iloc[0] = np.nan
    table = pd.DataFrame({"zone": [*medians.index.astype(str), "Ensemble"], "n": [*with_hole, medians.median()]})
    assert claims_of([table]).empty
