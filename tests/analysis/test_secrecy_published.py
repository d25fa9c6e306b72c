"""Attaquer tous les fichiers publiés : Orvanche ne laisse retrouver que les cases déclarées avant de publier."""

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
    READER,
    Ranges,
    by_rows,
    by_whole,
    claims_of,
    closest,
    counts_of,
    crossed,
    levels,
    numbers,
    rate_width,
)
from workshop.school.suppression import OPEN

DATA = content("data")
FILES = [r["path"] for r in json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))["resources"]]
# one line per address, shop or dwelling, or outlines only: nothing in them is counted, so nothing is hidden
LISTS = (
    "adresses-96", "bpe24_ensemble", "GeolocalisationEtablissement", "RPLS2025_detail", "carreaux", "microdonnees",
    "fonds", "communes-96", "contours-iris", "qp-politiquedelaville", "qpv-2024", "listeqp2024", "liste-correspondance",
    "base-ic-",  # the census by IRIS: estimates that INSEE publishes whole, of households that no QPV file counts so
)  # fmt: skip
# the sliver that session 4 shows: no file counts households of one year in both zonings, so no file gives it
SLIVER = {"QP096013"}
TABLES = sorted(f for f in FILES if not any(word in f for word in LISTS))


def qpv_level(name: str) -> pd.DataFrame:
    found = levels(DATA / name)
    return found["QP"] if "QP" in found else next(iter(found.values()))


def attack_of(name: str) -> Ranges:
    """Tout ce qu'un lecteur dit des cases masquées d'un fichier, ligne à ligne et par l'ensemble des zones."""
    found = levels(DATA / name)
    read = [by_rows(frame) for frame in found.values()]
    if "ENSQP" in found:
        read.append(by_whole(found["QP"], found["ENSQP"].iloc[0]))
    return closest(item for ranges in read for item in ranges.items())


def narrow(ranges: Ranges, width: float) -> dict[tuple[str, str], str]:
    """Les cases trop cernées : « retrouvee » à l'unité près, ou seulement « resserree »."""
    return {
        cell: "retrouvee" if high - low < 1e-6 else "resserree"
        for cell, (low, high) in ranges.items() if high - low < width - 1e-6
    }  # fmt: skip


def declared(name: str) -> dict[tuple[str, str], str]:
    """Les cases que la leçon laisse ouvertes dans ce fichier, écrites avant de publier."""
    mine = [o for o in OPEN if o["fichier"] == name]
    back = {(o["zone"], o["retrouvee"]): "retrouvee" for o in mine}
    return back | {(o["zone"], c): "resserree" for o in mine for c in o["resserrees"]}


@pytest.mark.parametrize("name", TABLES)
def test_a_reader_finds_the_declared_cells_of_a_file_and_no_other(name):
    # 1 to 4 is hidden (1 or 2 establishments): a reader must hesitate over as many values
    width = 3 if name.startswith("side") else 5
    assert narrow(attack_of(name), width) == declared(name)


def test_very_few_cells_are_left_open_and_each_is_found_in_its_lesson():
    assert sum(1 + len(o["resserrees"]) for o in OPEN) <= 5
    notebook = (content("notebooks") / "04_ethique.ipynb").read_text(encoding="utf-8")
    page = Path(__file__).parents[2] / "docs" / "orvanche.md"
    for o in OPEN:
        assert o["fichier"] in TABLES and o["lecon"]
        assert o["zone"] in notebook, "la séance 4 ne montre pas cette case"
        assert o["zone"] in page.read_text(encoding="utf-8"), "la page d'Orvanche ne dit pas cette case"


@pytest.mark.parametrize(("year", "other"), [(2021, "REVN_2021.csv"), (2022, "REVN_2022.csv")])
def test_two_files_read_together_give_no_more(year, other):
    demo, revn = qpv_level(f"DEMO_{year}.csv"), qpv_level(other)
    both = demo.join(revn[[c for c in revn if c not in demo]])
    assert narrow(by_rows(both), 5) == {}


@pytest.mark.parametrize("name", [n for n in TABLES if n.endswith("zip")])
def test_a_census_rate_is_not_given_back_by_the_whole(name):
    found = levels(DATA / name)
    for rate, people in READER["denominateurs"].items():
        if rate in found["QP"]:
            assert (rate_width(found["QP"], found["ENSQP"].iloc[0], rate, people) >= 5).all(), rate


@pytest.mark.parametrize("name", [n for n in TABLES if n.endswith("zip")])
def test_a_commune_without_its_neighbourhoods_is_never_a_small_count(name):
    found = levels(DATA / name)
    for level in ("ENSQP", "COM", "EPCI", "ENVURB"):
        assert found[level][counts_of(found[level])].notna().all(axis=None), level
    homes = load_microdata("menages").dropna(subset="code_qp_2024")
    communes = homes.groupby("code_qp_2024")["insee_com"].agg(["nunique", "first"])
    where = communes.loc[communes["nunique"] == 1, "first"].astype(str)
    counts = counts_of(found["QP"])
    inside = found["QP"].loc[where.index, counts].groupby(where).sum()
    found["COM"].index = found["COM"].index.astype(str)
    outside = found["COM"].loc[inside.index, counts] - inside
    assert ((outside >= 5) | (outside == 0)).all(axis=None)


def test_an_iris_without_its_neighbourhood_is_never_a_small_count():
    homes = load_microdata("menages").dropna(subset="code_qp_2015")
    iris = homes.groupby("code_qp_2015")["code_iris"].agg(["nunique", "first"])
    inside = iris.loc[iris["nunique"] == 1, "first"].astype(str)
    assert len(inside)
    around = qpv_level("data_CAF_2020_IRIS.csv")
    around.index = around.index.astype(str)
    for name in ("DEMO_2021.csv", "REVN_2021.csv"):
        table = qpv_level(name)
        both = [c for c in around if c in table]
        rest = around.loc[inside, both].to_numpy() - table.loc[inside.index, both].to_numpy()
        assert ((rest >= 5) | (rest == 0) | np.isnan(rest)).all(), name


def test_what_an_open_register_counts_line_by_line_is_not_hidden():
    table = qpv_level("RPLS_01-01-2025_QPV_2024.zip")
    assert table.notna().all(axis=None)
    with zipfile.ZipFile(DATA / "RPLS2025_detail_96.zip") as archive:
        detail = pd.read_csv(archive.open(archive.namelist()[0]), sep=";", dtype=str)
    small, large = detail["NBPIECE"].astype(int) <= 2, detail["NBPIECE"].astype(int) >= 5
    for column, mine in (
        ("NB_LS", small | ~small), ("NB_LS_VAC", detail["MODE"] == "2"), ("NB_LS_12P", small), ("NB_LS_5P", large),
        ("NB_LS_DPE_FG", detail["DPEENERGIE"].isin(["F", "G"])),
    ):  # fmt: skip
        counted = detail.loc[mine, "QPV_CODE"].value_counts().reindex(table.index).fillna(0)
        assert (counted == table[column]).all(), column
    assert qpv_level("side_2023_QPV2024.zip")["NB_ETAB"].notna().all()


def test_all_fiscal_figures_of_a_small_zone_go_together():
    for name, household in (("revenus_pauvrete_2021_qp24_v2_csv.zip", "DISP_NBMEN_A21"),):
        for frame in levels(DATA / name).values():
            small = frame[household].isna()
            assert frame.loc[small].isna().all(axis=None)
    census = [c for c in READER["denominateurs"] if c.startswith("TX_")]
    for frame in levels(DATA / "estimations-demographiques_2022_QPV2024_csv.zip").values():
        hidden = frame[census].isna()
        assert (hidden.all(axis=1) == hidden.any(axis=1)).all()


def test_an_evolution_never_gives_a_hidden_year_back():
    before, after = (qpv_level(f"IPRO_{year}.csv") for year in (2021, 2022))
    for rate, count in READER["evolutions"].items():
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
    exact = set(found.loc[found["exact"], "zone_a"])
    assert exact == (SLIVER if (small, large) == ("code_qp_2015", "code_qp_2024") else set())


@pytest.mark.parametrize("folder", ["insee_qpv2015", "comparateurs"])
def test_real_files_give_nothing_that_they_do_not_hold(real, folder):
    for path in sorted((real / folder).glob("*.csv")):
        frame = numbers(path.read_bytes()).head(1500)
        for base, crossings in READER["croisements"].items():
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
