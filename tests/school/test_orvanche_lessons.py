"""Les leçons voulues et l'étalonnage : dans le territoire livré, et dits avec les bons chiffres sur sa page."""

import itertools
import re
from pathlib import Path

import pandas as pd
import pytest

from datakit import aggregate, choropleth, compare, load_indicators, load_qpv, locate, study
from datakit.analysis.secrecy import differencing
from workshop.school.calibration import measure
from workshop.school.lessons import LESSONS
from workshop.school.suppression import OPEN

ROWS = {
    "taux de pauvreté en QPV": ["pauvrete_qpv"],
    "taux de pauvreté dans l'environnement urbain": ["pauvrete_environnement"],
    "âge moyen": ["age_moyen_qpv", "age_moyen_environnement"],
    "moins de 25 ans": ["part_moins_25_qpv", "part_moins_25_environnement"],
    "ménages monoparentaux": ["part_monoparentales_qpv", "part_monoparentales_environnement"],
    "personnes pauvres vivant hors": ["part_pauvres_hors_qpv"],
    "ont déménagé": ["ont_demenage_qpv", "ont_demenage_environnement"],
    "n'ont jamais déménagé": ["jamais_demenage", "partis"],
    "ménages de QPV en logement social": ["part_parc_social_qpv"],
    "carreaux habités imputés": ["part_carreaux_imputes", "part_habitants_imputes"],
}


@pytest.fixture(scope="module")
def rows():
    text = (Path(__file__).parents[2] / "docs" / "orvanche.md").read_text(encoding="utf-8")
    return [line.replace("\u202f", " ").replace("\xa0", " ") for line in text.splitlines() if line.startswith("| ")]


def row_of(rows, start):
    return next(r for r in rows if r.startswith(f"| {start}"))


def ways_to_write(value):
    if isinstance(value, str):
        return [value]
    number = abs(value)
    found = [f"{number:.{digits}f}".replace(".", ",") for digits in (1, 2)]
    return found + ([f"{number:,.0f}".replace(",", " ")] if number == round(number) else [])


@pytest.mark.parametrize("name", LESSONS)
def test_the_delivered_territory_teaches_the_lesson_with_the_figures_of_the_page(orvanche, rows, name):
    lesson = LESSONS[name](orvanche)
    row = row_of(rows, name)
    unsaid = [
        k for k, v in lesson.items() if k not in ("trait", "groupe") and not any(w in row for w in ways_to_write(v))
    ]
    assert lesson and not unsaid


def test_the_page_gives_the_calibration_that_is_measured(orvanche, rows):
    measured = measure(orvanche)
    assert sorted(name for names in ROWS.values() for name in names) == sorted(measured)
    for start, names in ROWS.items():
        said = row_of(rows, start).split("|")[2]
        for name in names:
            value = measured[name] * (100 if abs(measured[name]) < 1 else 1)
            assert ways_to_write(value)[0] in said, name


def test_a_fallacy_is_one_between_areas_and_not_within(orvanche):
    lesson = LESSONS["erreur écologique"](orvanche)
    assert lesson["corrélation entre IRIS"] < -0.3 and lesson["corrélation entre ménages d'un IRIS"] > 0


def test_simpson_reverses_in_both_groups(orvanche):
    lesson = LESSONS["renversement de Simpson"](orvanche)
    assert lesson["taux"] - lesson["taux (l'autre)"] > 2
    assert lesson["dans le groupe (l'autre)"] - lesson["dans le groupe"] > 2
    assert lesson["hors du groupe (l'autre)"] - lesson["hors du groupe"] > 2


def test_the_poorest_place_depends_on_the_mesh(orvanche):
    lesson = LESSONS["effet de maille"](orvanche)
    assert len({lesson["carreau"], lesson["iris"], lesson["commune"]}) > 1


def test_stock_and_flow_are_read_in_the_published_log(orvanche, data):
    lesson = LESSONS["stock et flux"](orvanche)
    log = pd.read_parquet(data / "microdonnees" / "parcours.parquet")

    def state(year):
        last = log[log.annee <= year].groupby("id_individu").tail(1).set_index("id_individu")
        return last[~last.evenement.isin(["depart", "deces"])]

    first, last = state(2013), state(2023)
    stocks = [100 * (s.classe_revenu[s.code_qp_2024 == lesson["QPV"]] == "pauvre").mean() for s in (first, last)]
    assert stocks == pytest.approx([lesson["taux 2013"], lesson["taux 2023"]])
    stayed = first.index[first.code_qp_2024 == lesson["QPV"]].intersection(last.index)
    flow = [100 * (s.classe_revenu[stayed] == "pauvre").mean() for s in (first, last)]
    assert flow == pytest.approx([lesson["habitants de 2013, alors"], lesson["les mêmes en 2023"]])
    assert stocks[1] - stocks[0] > 2 and flow[0] - flow[1] > 2


def test_a_hidden_cell_comes_back_by_subtraction(rows, data):
    [opened] = OPEN
    row = row_of(rows, "masquer ne suffit pas")
    jobs = pd.read_csv(data / opened["fichier"], sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False)
    jobs = jobs.set_index("CODGEO").loc[opened["zone"]]
    levels = [f"ABC_{level}" for level in ("INFCAPBEP", "CAPBEP", "BAC", "SUPBAC")]
    assert [name for name in levels if jobs[name] == ""] == [opened["retrouvee"]]
    shown = [jobs[name] for name in ("ABC", *levels) if jobs[name]]
    assert opened["zone"] in row and all(f" {n}" in row for n in shown)
    total, *parts = (int(n) for n in shown)
    assert 0 < total - sum(parts) < 5 and f"vaut {total - sum(parts)}" in row


def test_two_zonings_almost_alike_isolate_a_few_households(rows, data):
    homes = pd.read_parquet(data / "microdonnees" / "menages.parquet")
    found = differencing(homes["code_qp_2015"], homes["code_qp_2024"], homes["champ_fiscal"])
    [one] = found[found["exact"]].to_dict("records")
    row = row_of(rows, "deux découpages presque pareils")
    assert 0 < one["effectif"] < 11 and one["zone_a"] in row and f" {one['effectif']:.0f} ménages" in row


def test_a_mean_of_communes_is_not_the_rate_of_the_whole(rows):
    communes = load_indicators("revenus", level="commune", depot="ecole")
    mean = communes["taux_pauvrete"].mean()
    whole = aggregate(communes, "taux_pauvrete", "personnes_menages_fiscaux").value
    row = row_of(rows, "pondérer")
    assert whole - mean >= 2
    assert all(ways_to_write(v)[0] in row for v in (mean, whole))


def test_three_ways_to_cut_classes_make_three_maps():
    table = study("population")
    ranks = []
    for method in ("quantiles", "intervalles_egaux", "jenks"):
        drawn = choropleth(table, "part_60_plus", classes=4, method=method).table
        drawn = drawn[drawn.iloc[:, 1].notna()]  # a share that is not published has no class
        ranks.append(drawn.groupby("Classe").transform("min").iloc[:, -1].rank(method="dense").to_numpy())
    assert [int((a != b).sum()) >= 2 for a, b in itertools.combinations(ranks, 2)] == [True] * 3


def test_the_bus_before_six_has_an_answer(rows, data):
    people = pd.read_parquet(data / "microdonnees" / "individus.parquet")
    stops = pd.read_parquet(data / "microdonnees" / "arrets.parquet")
    working = people[people["trajet_travail"] != "sans trajet"]
    early = working["part_avant_6h"] & (working["trajet_travail"] == "transports en commun")
    per_thousand = 1000 * early.groupby(working["code_qp_2024"].notna()).mean()
    assert per_thousand[True] > 2 * per_thousand[False]
    counts = stops["montees_avant_6h"].dropna()
    # nobody boards where no bus comes: the zero is not an absence of need
    assert (counts[stops["premier_bus"] >= "06:00"] == 0).all()
    assert not counts.between(1, 4).any() and stops["montees_avant_6h"].isna().any() and counts.max() >= 20
    qpv = load_qpv(2024, depot="ecole")
    inside = locate(stops, qpv, near_m=300, depot="ecole")["code_qp"]
    late = stops.groupby(inside.to_numpy())["premier_bus"].min() >= "06:00"
    unserved = set(late.index[late])
    waiting = set(working.loc[early, "code_qp_2024"].dropna())
    row = row_of(rows, "pas de bus, pas de montée")
    assert unserved & waiting and all(code in unserved for code in re.findall(r"QN096\w+", row))


def test_the_france_of_orvanche_is_a_fiction_that_says_so():
    table = compare("QN09602M", "revenus", depot="ecole")
    rate = table[(table["indicator"] == "taux_pauvrete") & (table["level"] == "france")].iloc[0]
    assert rate["value"] == pytest.approx(14.6) and rate["note"] == ""
    assert "fictives" in table.attrs["labels"]["source"]


def test_growth_by_perimeter_is_read_in_the_published_log(orvanche, data):
    lesson = LESSONS["croissance par le contour"](orvanche)
    log = pd.read_parquet(data / "microdonnees" / "parcours.parquet")
    last = log[log.annee <= 2020].groupby("id_individu").tail(1)
    here = last[~last.evenement.isin(["depart", "deces"])]
    assert (here.code_qp_2024 == lesson["QPV 2024"]).sum() == lesson["2020, contour 2024"]
    assert (log[log.annee == 2013].code_qp_2015 == lesson["QPV 2015"]).sum() == lesson["2013, contour 2015"]
