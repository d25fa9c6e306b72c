"""Des tables abîmées : une erreur de datakit, en français ; jamais un total faux ni une trace étrangère."""

import geopandas as gpd
import pandas as pd
import pytest
from shapely import box

import datakit
from datakit.analysis.conversion import convert
from datakit.core.errors import FormatError, JoinError, OptionError

HERE, NEAR, OLD = "QN06901N", "QN06902N", "QP069001"
PASSAGE = pd.DataFrame({"origin": [OLD], "target": [HERE], "share_origin": [1.0], "share_target": [1.0]})


def table(codes, year=2018, **columns):
    frame = pd.DataFrame(columns, index=pd.Index(codes, name="code_qp"))
    frame.attrs |= {"years": dict.fromkeys(columns, year), "labels": {"source": "INSEE, Filosofi"}}
    return frame


def later(**columns):
    return table([HERE], 2021, **columns)


def cells(**columns):
    return gpd.GeoDataFrame(columns, geometry=[box(0, 0, 200, 200), box(200, 0, 400, 200)], crs=3035)


ZONES = gpd.GeoDataFrame({"code_qp": [HERE]}, geometry=[box(50, 0, 350, 200)], crs=3035)
LOG = pd.DataFrame(
    {
        "id_individu": [1, 2, 2, 3],
        "annee": [2015, 2015, 2018, 2019],
        "evenement": ["etat_initial", "etat_initial", "demenagement", "arrivee"],
        "code_qp_2024": [HERE, HERE, None, HERE],
        "classe_revenu": ["pauvre", "pauvre", "moyen", "modeste"],
    }
)
TWICE = table([HERE, HERE], population=[1.0, 2.0])
TEXT = table([HERE, NEAR], population=["1", "secret"], taux=[1.0, 2.0])

REFUSED = {
    "réunir deux fois le même code": (lambda: datakit.aggregate(TWICE, "population"), JoinError, HERE),
    "réunir du texte": (lambda: datakit.aggregate(TEXT, "population"), FormatError, "'secret'"),
    "pondérer par du texte": (lambda: datakit.aggregate(TEXT, "taux", "population"), FormatError, "'secret'"),
    "réunir rien": (lambda: datakit.aggregate(TWICE.iloc[:0], "population"), OptionError, "vide"),
    "deux colonnes du même nom": (
        lambda: datakit.aggregate(pd.concat([later(population=[1.0])] * 2, axis=1), "population"),
        FormatError,
        "plusieurs colonnes",
    ),
    "évolution d'un code en double": (lambda: datakit.change(TWICE, later(population=[1.0])), JoinError, "table_a"),
    "évolution d'un texte": (
        lambda: datakit.change(table([HERE], population=["s"]), later(population=[1.0])),
        FormatError,
        "'s'",
    ),
    "évolution sans vraie table de passage": (
        lambda: datakit.change(table([OLD], taux=[1.0]), later(taux=[1.0]), links=pd.DataFrame({"a": [1]})),
        OptionError,
        "origin, target, status",
    ),
    "convertir un code en double": (
        lambda: convert(table([OLD, OLD], menages=[1.0, 2.0]), PASSAGE),
        JoinError,
        OLD,
    ),
    "convertir du texte": (lambda: convert(table([OLD], menages=["a"]), PASSAGE), FormatError, "'a'"),
    "convertir sans table de passage": (
        lambda: convert(table([OLD], menages=[1.0]), pd.DataFrame({"a": [1]})),
        OptionError,
        "share_origin",
    ),
    "un taux de texte": (lambda: datakit.rate(pd.Series(["a"]), pd.Series([2.0])), FormatError, "numerator"),
    "une confiance en texte": (lambda: datakit.rate(1, 2, confidence="0.95"), OptionError, "confidence"),
    "interpoler du texte": (lambda: datakit.interpolate(cells(ind=["1", "x"]), ZONES, "ind"), FormatError, "'x'"),
    "n'interpoler rien": (lambda: datakit.interpolate(cells(ind=[1.0, 2.0]), ZONES, []), OptionError, "aucune"),
    "interpoler des carreaux en double": (
        lambda: datakit.interpolate(pd.concat([cells(ind=[1.0, 2.0])] * 2), ZONES, "ind"),
        FormatError,
        "en double",
    ),
    "suivre au-delà du journal": (lambda: datakit.flows(LOG, HERE, 2015, 2025), OptionError, "de 2015 à 2019"),
    "suivre une année en texte": (lambda: datakit.flows(LOG, HERE, "2015", 2019), OptionError, "2015"),
    "une valeur que le journal n'a pas": (
        lambda: datakit.flows(LOG, HERE, 2015, 2019, value="pauvres"),
        OptionError,
        "'pauvre'",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_damaged_table_is_refused_in_french(name):
    call, error, named = REFUSED[name]
    with pytest.raises(error, match="À faire") as refused:
        call()
    assert named in str(refused.value)


def test_a_log_in_disorder_is_read_in_the_order_of_years():
    expected = datakit.flows(LOG, HERE, 2015, 2019)
    pd.testing.assert_frame_equal(datakit.flows(LOG.iloc[::-1], HERE, 2015, 2019), expected)


def test_one_comparator_needs_no_list():
    code = datakit.load_qpv(2024)["code_qp"].iloc[0]
    assert datakit.compare(code, "revenus", to="commune")["level"].unique().tolist() == ["qpv", "commune"]


def test_a_2015_code_is_sent_to_the_2015_perimeters():
    with pytest.raises(datakit.errors.CodeError, match=r"load_qpv\(2015\)"):
        datakit.compare("QP096999", "revenus")
