"""Les leçons voulues et l'étalonnage : dans le territoire livré, et dits avec les bons chiffres sur sa page."""

from pathlib import Path

import pandas as pd
import pytest

from workshop.school.calibration import measure
from workshop.school.lessons import LESSONS

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
    row = row_of(rows, "masquer ne suffit pas")
    jobs = pd.read_csv(data / "IPRO_2022.csv", sep=";", dtype=str, encoding="utf-8-sig", keep_default_na=False)
    jobs = jobs.set_index("CODGEO").loc["QP096012"]
    assert jobs.ABC_BAC == ""
    shown = [jobs.ABC, jobs.ABC_INFCAPBEP, jobs.ABC_CAPBEP, jobs.ABC_SUPBAC]
    assert all(f" {n}" in row for n in shown)
    total, *parts = (int(n) for n in shown)
    assert 0 < total - sum(parts) < 5 and f"vaut {total - sum(parts)}" in row


def test_growth_by_perimeter_is_read_in_the_published_log(orvanche, data):
    lesson = LESSONS["croissance par le contour"](orvanche)
    log = pd.read_parquet(data / "microdonnees" / "parcours.parquet")
    last = log[log.annee <= 2020].groupby("id_individu").tail(1)
    here = last[~last.evenement.isin(["depart", "deces"])]
    assert (here.code_qp_2024 == lesson["QPV 2024"]).sum() == lesson["2020, contour 2024"]
    assert (log[log.annee == 2013].code_qp_2015 == lesson["QPV 2015"]).sum() == lesson["2013, contour 2015"]
