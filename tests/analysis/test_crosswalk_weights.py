import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

import datakit
from datakit.analysis.conversion import convert
from datakit.core.errors import JoinError, UnsafeOperation
from datakit.tables.crosswalk_anomalies import list_anomalies, outline_anomalies
from datakit.tables.crosswalk_shares import NO_CELLS, overlaps, repairs_of, rounding_m, shared_links

X, Y = 842_000, 6_519_000


def layer(**squares):
    shapes = [box(X + a, Y, X + b, Y + 1000) for a, b in squares.values()]
    return gpd.GeoDataFrame({"code_qp": list(squares)}, geometry=shapes, crs=2154)


OLD = layer(QP069001=(0, 1000), QP069002=(1000, 2000), QP069003=(2000, 2100), QP069004=(5000, 6000))
NEW = layer(QN06901I=(0, 1000), QN06902M=(1005, 2100), QN06903N=(8000, 9000))
LINKS = pd.DataFrame(
    {
        "origin": ["QP069001", "QP069002", None, "QP069004"],
        "target": ["QN06901I", "QN06902M", "QN06903N", None],
        "status": ["inchange", "inchange", "nouveau", "sans_successeur"],
    }
)


@pytest.fixture
def table():
    return shared_links(LINKS, overlaps(OLD, NEW, None), "surface")


def test_each_origin_sums_to_one_with_what_leaves_the_quarters(table):
    assert table.groupby("origin")["share_origin"].sum().tolist() == pytest.approx([1, 1, 1, 1])
    outside = table[table["target"].isna()].set_index("origin")
    assert outside.loc["QP069002", "share_origin"] == pytest.approx(0.005)
    assert outside.loc["QP069004", "share_origin"] == 1
    assert outside.loc["QP069004", "status"] == "sans_successeur"


def test_a_merge_missing_from_the_list_is_found_and_said(table):
    row = table[(table["origin"] == "QP069003") & (table["target"] == "QN06902M")].iloc[0]
    assert row["share_origin"] == pytest.approx(1)
    assert "absent de la liste" in row["method"]
    assert repairs_of(table) == ["QP069003 → QN06902M : 100,0\u202f% du premier, 9,1\u202f% du second, "
                                 "absent de la liste ANCT."]  # fmt: skip


def test_status_against_letter_is_an_anomaly(table):
    named = LINKS.assign(lib_origin=["Ouest", "Est", None, "Loin"], lib_target=["Ouest", "Est", "Neuf", None])
    assert list_anomalies(named) == ["QN06902M : la liste dit « inchange », la lettre du code « modifie »."]
    assert outline_anomalies(LINKS, table) == [
        "QP069003 : sans successeur dans la liste ; 100,0\u202f% se retrouve dans un quartier.",
        "QP069004 : sans successeur dans la liste ; 0,0\u202f% se retrouve dans un quartier.",
    ]


def test_crossed_names_and_broken_order_are_anomalies_of_the_list():
    links = pd.DataFrame(
        {
            "origin": ["QP069002", "QP069001", "QP069003"],
            "target": ["QN06901M", "QN06902M", "QN06903I"],
            "status": ["modifie", "modifie", "inchange"],
            "lib_origin": ["Clairval", "Coeur de Loriol", "Loin"],
            "lib_target": ["Cœur De Loriol", "Clairval", "Loin"],
        }
    )
    crossed, broken = list_anomalies(links)
    assert crossed.startswith("QN06901M « Cœur De Loriol » est lié à QP069002 « Clairval », et QN06902M « Clairval »")
    assert broken == "QN06902M : lié à QP069001, après QP069002 ; l'ordre des codes est rompu."


def test_people_weigh_where_there_are_cells_and_area_elsewhere():
    old, new = OLD.to_crs(3035), NEW.to_crs(3035)
    xmin, ymin, _, _ = (np.floor(v / 200) * 200 for v in old.total_bounds)
    cells = [box(xmin + 200 * i, ymin + 200 * j, xmin + 200 * i + 200, ymin + 200 * j + 200)
             for i in range(14) for j in range(8)]  # fmt: skip
    grid = gpd.GeoDataFrame({"ind": np.ones(len(cells))}, geometry=cells, crs=3035)
    found = shared_links(LINKS, overlaps(old, new, grid), "population")
    both = found[(found["origin"] == "QP069002") & (found["target"] == "QN06902M")].iloc[0]
    assert (both["method"], both["share_origin"]) == ("population", pytest.approx(1, abs=0.01))
    far = shared_links(LINKS, overlaps(old, new, grid.iloc[:1]), "population")
    assert (far.dropna(subset=["target"])["method"].str.startswith(NO_CELLS)).any()


def test_counts_are_converted_and_missing_stays_missing(table):
    counts = pd.DataFrame({"menages": [100.0, 200, np.nan, 50]}, index=OLD["code_qp"])
    found = convert(counts, table)
    assert found.loc["QN06901I", "menages"] == pytest.approx(100)
    assert np.isnan(found.loc["QN06902M", "menages"])
    assert found.loc["QN06902M", "coverage"] == pytest.approx(1)
    assert convert(counts.iloc[[3]], table).attrs["outside"] == {"menages": 50}


def test_unsafe_conversions_are_refused(table):
    for name in ("taux_pauvrete", "niveau_vie_median", "indice_jeunesse"):
        with pytest.raises(UnsafeOperation, match="seul un effectif"):
            convert(pd.DataFrame({name: [1.0]}, index=["QP069001"]), table)
    with pytest.raises(UnsafeOperation, match="pas de parts"):
        convert(pd.DataFrame({"menages": [1.0]}, index=["QP069001"]), table.assign(share_origin=np.nan))
    with pytest.raises(JoinError, match="ne connaît pas"):
        convert(pd.DataFrame({"menages": [1.0]}, index=["QP069999"]), table)


def test_a_quarter_that_the_list_says_unchanged_passes_whole():
    drawn_again = NEW.assign(geometry=[box(X + 30, Y, X + 1000, Y + 980), *NEW.geometry[1:]])
    table = shared_links(LINKS, overlaps(OLD, drawn_again, None), "surface")
    row = table[table["target"] == "QN06901I"].iloc[0]
    assert (row["share_origin"], row["share_target"], row["method"]) == (1, 1, "inchangé selon la liste")
    found = convert(pd.DataFrame({"menages": [1906.0]}, index=["QP069001"]), table)
    assert found.loc["QN06901I"].tolist() == [1906, 1]
    anomaly = outline_anomalies(LINKS, table, overlaps(OLD, drawn_again.assign(geometry=drawn_again.translate(300))
                                                       , None))  # fmt: skip
    assert any("inchangé selon la liste, 65,7" in said for said in anomaly)


def test_the_list_alone_converts_what_it_says_unchanged():
    links = LINKS.assign(share_origin=np.nan, share_target=np.nan, method="liste ANCT")
    assert convert(pd.DataFrame({"menages": [1906.0]}, index=["QP069001"]), links).loc["QN06901I", "menages"] == 1906
    with pytest.raises(UnsafeOperation, match="pas de parts"):
        convert(pd.DataFrame({"menages": [1906.0, 1.0]}, index=["QP069001", "QP069004"]), links)


def test_what_rounding_explains_between_two_outlines_is_ignored():
    """The same quarters, written with four decimals: the one that changed keeps its loss, the slivers go."""
    fine = layer(QP069001=(0, 1000), QP069002=(1000, 2000)).to_crs(4326)
    new = layer(QN06901M=(0, 1000), QN06902M=(1000, 1700)).to_crs(4326)
    rounded = new.assign(geometry=shapely.transform(np.array(new.geometry), lambda xy: xy.round(4)))
    links = pd.DataFrame({"origin": fine["code_qp"], "target": new["code_qp"], "status": "modifie"})
    assert rounding_m(fine) == 0
    found = overlaps(fine, rounded, None)
    assert found.ignored_m == pytest.approx(7.9)
    table = shared_links(links, found, "surface")
    shares = table.dropna(subset=["target"]).set_index("origin")["share_origin"]
    assert shares["QP069001"] == 1
    assert shares["QP069002"] == pytest.approx(0.7, abs=0.01)
    assert table.groupby("origin")["share_origin"].sum().tolist() == pytest.approx([1, 1])


@pytest.mark.complete
def test_on_the_real_layers_unchanged_quarters_keep_their_counts(real):
    table = datakit.crosswalk(weights="area", depot=str(real))
    households = datakit.load_indicators("population", geography=2015, depot=str(real))[["population_municipale"]]
    same = table[table["status"] == "inchange"].set_index("origin")["target"]
    found = convert(households.loc[same.index], table)
    assert found.loc[same, "population_municipale"].tolist() == households.loc[same.index].iloc[:, 0].tolist()
    assert [r for r in found.attrs["reserves"] if "arrondies" in r]


@pytest.mark.parametrize("weights", ["area", "population"])
def test_on_orvanche_sums_close_in_both_directions(weights):
    for origin, target in ((2015, 2024), (2024, 2015)):
        found = datakit.crosswalk(origin, target, weights=weights)
        assert np.allclose(found.groupby("origin")["share_origin"].sum(), 1)
        assert found["share_origin"].between(0, 1).all()


@pytest.mark.complete
def test_on_the_real_layers_the_documented_anomalies_are_reported(real):
    found = datakit.crosswalk(weights="area", depot=str(real))
    assert np.allclose(found.groupby("origin")["share_origin"].sum(), 1)
    assert any(r.startswith("QP069021 → QN06921M : 99,7") for r in found.attrs["repairs"])
    said = "\n".join(found.attrs["anomalies"])
    for anomaly in (
        "QN01325M : la liste dit",
        "QP075007 : inchangé",
        "QN02611M « Cœur De Loriol » est lié à QP026012 « Clairval »",
        "QN05956M « Elnon » est lié à QP059057 « Collinière »",
        "QN05994I : lié à QP059001",
        "QP035007 : sans",
        "QP059068 : sans",
        "QP069003 : sans",
        "QP069021 : sans",
    ):
        assert anomaly in said
    official = datakit.crosswalk(depot=str(real)).dropna(subset=["origin", "target"])
    both = found.merge(official, on=["origin", "target"])
    assert len(both) >= 60
    assert (both["status_x"] == both["status_y"]).all()
