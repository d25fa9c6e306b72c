import numpy as np
import pandas as pd
import pytest

import datakit
from datakit.analysis.comparison import compare
from datakit.analysis.differences import non_priority
from datakit.core.errors import CodeError, OptionError, SourceError

COMMUNES = pd.DataFrame(
    {"taux_pauvrete": [20.0, 10.0], "menages_fiscaux": [1000.0, 500.0], "niveau_vie_median": [20_000.0, 25_000.0]},
    index=["69123", "69266"],
)
QPV = pd.DataFrame(
    {"taux_pauvrete": [50.0, 40.0], "menages_fiscaux": [200.0, 100.0], "niveau_vie_median": [12_000.0, 13_000.0]},
    index=["QN06901N", "QN06902N"],
)
# the second quarter lies on both communes: it is taken away once
PAIRS = pd.DataFrame({"code_qp": ["QN06901N", "QN06902N", "QN06902N"], "insee_com": ["69123", "69123", "69266"]})


def test_surroundings_are_a_difference_of_counts_not_a_mean_of_rates():
    value, note = non_priority(COMMUNES, QPV, PAIRS, "taux_pauvrete")
    assert value == pytest.approx(100 * (200 + 50 - 100 - 40) / (1500 - 300))
    assert note == ""
    assert non_priority(COMMUNES, QPV, PAIRS, "menages_fiscaux") == (1200, "")


def test_a_median_has_no_difference():
    value, note = non_priority(COMMUNES, QPV, PAIRS, "niveau_vie_median")
    assert np.isnan(value)
    assert "différence" in note


def test_one_hidden_quarter_hides_the_difference():
    value, note = non_priority(COMMUNES, QPV.replace(40.0, np.nan), PAIRS, "taux_pauvrete")
    assert np.isnan(value)
    assert "non publiée" in note


def test_a_commune_wholly_in_quarters_has_no_surroundings():
    alone = PAIRS.iloc[:1]
    full = COMMUNES.assign(menages_fiscaux=[200.0, 500.0])
    assert "pas de partie" in non_priority(full, QPV, alone, "taux_pauvrete")[1]


def test_without_denominator_there_is_no_difference():
    value, note = non_priority(COMMUNES.drop(columns="menages_fiscaux"), QPV, PAIRS, "taux_pauvrete")
    assert np.isnan(value)
    assert "dénominateur" in note


@pytest.fixture(scope="module")
def code():
    return datakit.load_qpv(2024)["code_qp"].iloc[1]


def test_a_quarter_beside_its_comparators_on_orvanche(code):
    found = compare(code, "revenus")
    assert list(found.columns) == ["indicator", "level", "code", "lib", "value", "gap_points", "ratio", "year", "note"]
    median = found[found["indicator"] == "niveau_vie_median"].set_index("level")
    assert median["value"].notna().to_dict()["commune"]
    mine = datakit.load_indicators("revenus").loc[code, "niveau_vie_median"]
    assert median.loc["qpv", "value"] == mine
    assert median.loc["commune", "ratio"].min() == pytest.approx(mine / median.loc["commune", "value"].max())
    assert median["gap_points"].isna().all()
    part = found[found["indicator"] == "part_prestations_sociales"].set_index("level")
    assert part.loc["france", "gap_points"] == pytest.approx(part.loc["qpv", "value"] - part.loc["france", "value"])
    assert found.attrs["labels"]["comparateur"].endswith("France")


def test_published_surroundings_come_first(code):
    found = compare(code, "revenus", to=["environnement_urbain"])
    around = found[found["level"] == "environnement_urbain"].set_index("indicator")["value"]
    published = datakit.load_indicators("revenus", level="environnement_urbain")
    assert published.index.tolist() == ["EU"]
    assert around[published.columns].to_dict() == published.loc["EU"].to_dict()
    assert around["niveau_vie_median"] > datakit.load_indicators("revenus").loc[code, "niveau_vie_median"]
    assert any("toutes les unités urbaines" in r for r in found.attrs["reserves"])
    assert not any("approché" in r for r in found.attrs["reserves"])


def test_surroundings_of_2024_never_serve_a_quarter_of_2015():
    old = datakit.load_qpv(2015)["code_qp"].iloc[0]
    found = compare(old, "revenus", to=["environnement_urbain"])
    around = found[found["level"] == "environnement_urbain"]
    assert around["code"].isna().all()
    with pytest.raises(SourceError):
        datakit.load_indicators("revenus", level="environnement_urbain", geography=2015)


def test_where_nothing_is_published_the_surroundings_are_approached(code, tmp_path):
    import shutil
    import zipfile

    from datakit.sources.depots import open_depot

    root = open_depot("ecole").root
    for name in ("qpv-2024-geojson.zip", "commune_2021.csv", "EPCI_2020.csv"):
        shutil.copy(root / name, tmp_path)
    with zipfile.ZipFile(root / "estimations-demographiques_2022_QPV2024_csv.zip") as archive:
        for name in archive.namelist():
            if name.endswith(("_QP.csv", "_COM.csv")):
                archive.extract(name, tmp_path)
    found = compare(code, "population", to=["environnement_urbain"], depot=str(tmp_path))
    around = found[found["level"] == "environnement_urbain"].set_index("indicator")
    assert around.loc["population_estimee", "value"] > 1000 and around["code"].isna().all()
    assert any("approché" in r for r in found.attrs["reserves"])


def test_no_ratio_of_counts(code):
    found = compare(code, "revenus", to=["commune"])
    assert found.loc[found["indicator"] == "menages_fiscaux", "ratio"].isna().all()


def test_what_is_missing_says_why(code):
    found = compare(code, "revenus")
    silent = found[found["value"].isna() & (found["note"] == "")]
    assert silent.empty


def test_another_year_of_the_comparator_is_said(real):
    found = compare("QP069002", "revenus", to=["commune", "france"], depot=str(real))
    france = found[(found["indicator"] == "niveau_vie_median") & (found["level"] == "france")].iloc[0]
    assert "2019" in france["note"]
    assert france["value"] > 20_000


def test_bad_questions_are_refused(code):
    with pytest.raises(OptionError, match="commune"):
        compare(code, "revenus", to=["ville"])
    with pytest.raises(CodeError):
        compare("QN06901N", "revenus")
    with pytest.raises(CodeError):
        compare("La Corderie", "revenus")
    with pytest.raises(SourceError):
        compare(code, "revenus", year=1999)


STRADDLING = "QN09607M"  # three communes, two EPCI


def test_a_quarter_on_several_communes_and_epci_has_a_row_for_each_named():
    found = compare(STRADDLING, "revenus", depot="ecole")
    rows = found[found["indicator"] == "taux_pauvrete"]
    for level, names in (
        ("commune", {"96001": "Orvanche", "96002": "Trémalène", "96003": "Vaucresque"}),
        ("epci", {"209600001": "Orvanche Métropole", "209600002": "CA du Pays d'Ambrelle"}),
    ):
        published = datakit.load_indicators("revenus", level=level, depot="ecole")["taux_pauvrete"]
        mine = rows[rows["level"] == level].set_index("code")
        assert mine["lib"].to_dict() == names
        assert mine["value"].to_dict() == published[list(names)].to_dict()
        assert all(name in found.attrs["labels"]["comparateur"] for name in names.values())


def test_a_quarter_in_one_epci_keeps_its_single_row(code):
    rows = compare(code, "revenus", to=["epci"], depot="ecole")
    assert set(rows.loc[rows["level"] == "epci", "lib"]) == {"EPCI"} and rows["code"].nunique() == 2


def test_the_surroundings_of_a_straddling_quarter_are_those_of_all_its_epci():
    from datakit.analysis.comparison import _Compared, _neighbours
    from datakit.sources.depots import open_depot
    from datakit.tables.perimeters import load_qpv

    depot = open_depot("ecole")
    qpv = load_qpv(2024, depot=depot)
    here = _Compared(STRADDLING, qpv, "revenus", None, depot, ("epci",))
    assert set(_neighbours(here)["code_qp"]) == set(qpv["code_qp"])


def test_several_quarters_are_compared_in_one_table():
    codes = datakit.load_qpv(2024)["code_qp"].tolist()[:3]
    found = compare(codes, "revenus")
    assert found["code_qp"].unique().tolist() == codes
    alone = compare(codes[1], "revenus")
    mine = found[found["code_qp"] == codes[1]].drop(columns="code_qp").reset_index(drop=True)
    pd.testing.assert_frame_equal(mine, alone)
    assert found.attrs["labels"]["source"] == alone.attrs["labels"]["source"]
    for wrong in ([], "", ["QN09602M", "QP096002"]):
        with pytest.raises(datakit.errors.DatakitError):
            compare(wrong, "revenus")
