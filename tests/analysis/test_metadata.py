"""Ce qu'une table dit d'elle-même (source, années, découpage, réserves) traverse tous les verbes de la façade."""

import matplotlib.pyplot as plt
import pytest

import datakit as dk
from datakit import _FACADE

SAID = "Réserve d'essai : lue sur la table de départ."


@pytest.fixture(scope="module")
def given():
    """Tables of the school depot, each carrying one reserve more."""
    tables = {
        "qpv": dk.load_qpv(2024),
        "revenus": dk.load_indicators("revenus"),
        "population": dk.load_indicators("population")[["population_municipale"]],
        "before": dk.load_indicators("population", geography=2015)[["population_municipale"]],
        "grid": dk.load_grid(),
        "parcours": dk.load_microdata("parcours"),
        "points": dk.load_points("adresses").head(20),
        "crosswalk": dk.crosswalk(2015, 2024, "area"),
    }
    for table in tables.values():
        table.attrs["reserves"] = [*table.attrs.get("reserves", []), SAID]
    tables["joined"] = dk.join(tables["qpv"], tables["revenus"])
    tables["both"] = tables["revenus"].assign(menages=100.0)
    return tables


def _ages(population):
    """Two ages, counted from the same table, as a person would after a sum."""
    table = population.head(2).set_axis(["moins de 25 ans", "25 ans ou plus"])
    table = table.assign(femmes=table["population_municipale"] // 2, hommes=table["population_municipale"] // 2)
    table.attrs = dict(population.attrs)
    return table


VERBS = {
    "join": lambda t: dk.join(t["qpv"], t["revenus"]),
    "communes_of": lambda t: dk.communes_of(t["qpv"]),
    "convert": lambda t: dk.convert(t["before"], t["crosswalk"]),
    "change": lambda t: dk.change(dk.convert(t["before"], t["crosswalk"]), t["population"]),
    "aggregate": lambda t: dk.aggregate(t["both"], "taux_pauvrete", "menages"),
    "rate": lambda t: dk.rate(t["population"]["population_municipale"], t["population"]["population_municipale"]),
    "interpolate": lambda t: dk.interpolate(t["grid"], t["qpv"], "ind"),
    "flows": lambda t: dk.flows(t["parcours"], "QN09602M", 2015, 2024),
    "locate": lambda t: dk.locate(t["points"], t["qpv"]),
    "show": lambda t: dk.show(t["revenus"], "Revenus"),
    "bars": lambda t: dk.bars(t["revenus"].dropna(subset=["taux_pauvrete"]), "taux_pauvrete"),
    "distribution": lambda t: dk.distribution(t["revenus"], "taux_pauvrete"),
    "scatter": lambda t: dk.scatter(t["revenus"], "taux_pauvrete", "niveau_vie_median"),
    "choropleth": lambda t: dk.choropleth(t["joined"], "taux_pauvrete"),
    "webmap": lambda t: dk.webmap(t["joined"], "taux_pauvrete"),
    "circles": lambda t: dk.circles(dk.join(t["qpv"], t["population"]), "population_municipale"),
    "strips": lambda t: dk.strips(t["revenus"], ["part_pensions", "part_prestations_sociales"], highlight="QN09602M"),
    "dumbbell": lambda t: dk.dumbbell(t["both"].assign(avant=lambda d: d["taux_pauvrete"]), "avant", "taux_pauvrete"),
    "flow": lambda t: dk.flow(dk.flows(t["parcours"], "QN09602M", 2015, 2024)),
    "pyramid": lambda t: dk.pyramid(_ages(t["population"]), "femmes", "hommes"),
    "slope": lambda t: dk.slope(t["both"].assign(avant=lambda d: d["taux_pauvrete"]), "avant", "taux_pauvrete"),
}
# each verb that is not tried here, under the reason why
OTHERS = {
    "il ouvre ou lit lui-même : c'est lui qui pose les étiquettes": {
        "catalog", "source", "fetch", "open_depot", "territory", "load_qpv", "load_communes", "load_iris", "load_grid",
        "load_points", "load_indicators", "load_microdata", "crosswalk", "here", "published", "exercise_table",
    },
    "il reçoit un code ou un thème, et lit le reste : ses réserves sont celles de ce qu'il lit": {
        "compare", "profile", "study", "exercise_file",
    },
    "il reçoit ce que rend compare, qu'aucune table d'ici ne porte": {"beside"},
    "il écrit un fichier : tests/output/test_gis.py relit ses étiquettes": {"export_gis"},
    "il ne touche à aucune donnée : exercices et questionnaires": {
        "check", "hint", "solution", "progress", "hand_in", "gate", "partner_table", "project_sheet",
        "agreement", "feedback", "____",
    },
}  # fmt: skip
EXEMPT = set().union(*OTHERS.values())


def _about(result):
    attrs = getattr(result, "attrs", {})
    labels = getattr(result, "labels", None) or attrs.get("labels", {})
    return dict(labels), list(getattr(result, "reserves", None) or attrs.get("reserves", []))


def test_no_verb_of_the_facade_escapes_this_file():
    assert set(_FACADE) - set(VERBS) - EXEMPT == set()
    assert not set(VERBS) & EXEMPT


@pytest.mark.parametrize("verb", VERBS)
def test_source_and_reserves_survive(verb, given):
    labels, reserves = _about(VERBS[verb](given))
    plt.close("all")
    assert "fictives" in labels["source"], "the source of the data is lost"
    assert "non précisé" not in labels["millesime"]
    assert SAID in reserves


@pytest.mark.parametrize("verb", ["join", "convert", "change", "rate", "interpolate"])
def test_years_survive(verb, given):
    assert VERBS[verb](given).attrs["years"]


@pytest.mark.parametrize("verb", ["convert", "join", "change"])
def test_geography_is_that_of_the_codes(verb, given):
    assert VERBS[verb](given).attrs["geography"] == 2024


def test_a_label_is_that_of_its_own_column(given):
    population = dk.load_indicators("population")
    assert "2020" in dk.aggregate(population, "population_municipale").labels["millesime"]
    assert "2022" not in dk.aggregate(population, "population_municipale").labels["millesime"]
