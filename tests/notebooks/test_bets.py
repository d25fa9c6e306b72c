"""Chaque « Votre pari ? » est un vrai pari : son résultat, mesuré sur Orvanche, tombe d'un côté, et la lecture le dit."""
# ruff: noqa: E501  (a table of bets: one per line reads better)

import math
import re
import tempfile
from functools import cache
from pathlib import Path

import nbformat
import pandas as pd
import pytest

from datakit import (
    aggregate,
    choropleth,
    crosswalk,
    exercise_table,
    flows,
    load_indicators,
    load_microdata,
    load_points,
    load_qpv,
    locate,
    secrecy,
    study,
    territory,
)
from datakit.course.figures import figure
from datakit.course.printing.note import waiting

LESSONS = sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("0*.ipynb"))


@cache
def cells():
    return {f"{path.stem[:2]}/{c.id}": c for path in LESSONS for c in nbformat.read(path, as_version=4).cells}


def reading(bet):
    """Le premier « Ce qu'on lit » après le pari, espaces et apostrophes ordinaires."""
    names = list(cells())
    after = [cells()[n].source for n in names[names.index(bet) + 1 :] if n[:2] == bet[:2]]
    found = next(text for text in after if "Ce qu’on lit" in text)
    return re.sub(r"[\u00a0\u202f]", " ", found.replace("’", "'"))


def _gap():
    rates = study("revenus")["taux_pauvrete"]
    return float(rates.max() - rates.min())


def _touching():
    zones = load_qpv(2024, depot="ecole").to_crs(2154).geometry
    return sum(zones.drop(i).touches(z).any() or zones.drop(i).intersects(z).any() for i, z in zones.items())


def _rests():
    kept = flows(load_microdata("parcours"), "QN09608I", 2014, 2023, age=18).loc["restes"]
    return float(kept["taux_fin"] - kept["taux_debut"])


def _ratio():
    zones = territory().qpv(2024)
    return float((zones.to_crs(3857).area / zones.to_crs(2154).area).min())


def _joined():
    left, right = exercise_table("contours_homonymes"), exercise_table("allocataires_homonymes")
    return len(left.merge(right, on="quartier")) - len(left)


def _followed():
    links = crosswalk(2015, 2024)
    links = links[links["target"].isin(territory().qpv(2024)["code_qp"])].drop_duplicates("target")
    return 100 * float((links["status"] == "inchange").mean())


def _pooled():
    towns = load_indicators("revenus", level="commune", depot="ecole")
    whole = aggregate(towns, "taux_pauvrete", "personnes_menages_fiscaux").value
    return float(towns["taux_pauvrete"].mean()) - whole


def _differ():
    quarters = study("revenus", "population")
    maps = [choropleth(quarters, "part_60_plus", classes=4, method=m).table["Classe"].value_counts().tolist()
            for m in ("quantiles", "intervalles_egaux", "jenks")]  # fmt: skip
    return len({tuple(counts) for counts in maps})


def _borders():
    grid = exercise_table("lecon_grille")
    return float(grid.mean(axis=1).max() - grid.mean(axis=0).max())


def _places():
    found = locate(load_points("equipements", depot="ecole"), load_qpv(2024, depot="ecole"), near_m=30)["status"]
    return found.value_counts()


def _isolated():
    zones = exercise_table("lecon_zonages")
    gaps = zones["menages_iris"] - zones["menages_qpv"]
    return int(gaps[gaps > 0].min())


def _census():
    counted = load_indicators("population", geography=2024, depot="ecole")["population_municipale"]
    taxed = load_indicators("revenus", geography=2024, depot="ecole")["personnes_menages_fiscaux"]
    return float((counted - taxed).abs().min())


def _doyenne():
    people = load_microdata("individus")
    oldest = people[people["sexe"] == "F"].sort_values("age").iloc[-1]
    return int(people[["code_iris", "age", "sexe"]].eq(oldest[["code_iris", "age", "sexe"]]).all(axis=1).sum())


def _readers():
    """Combien des trois lecteurs retrouvent quelque chose dans le fichier masqué de la leçon."""
    homes = load_microdata("menages").query("champ_fiscal")
    table = pd.crosstab(homes["code_qp_2024"], homes["type_menage"], margins=True, margins_name="Ensemble")
    with tempfile.TemporaryDirectory() as folder:
        table.to_csv(Path(folder) / "types.csv", sep=";")
        verdicts = secrecy.check_file(Path(folder) / "types.csv", "fiscal").verdicts
    return int((verdicts == "non protégé").to_numpy().sum())


def _early():
    table, _ = waiting()
    return int(table.loc[table["premier_bus"] >= "06:00", "departs"].sum())


def _spread():
    rates = study("revenus")["taux_pauvrete"]
    return float((rates.max() - rates.min()) / rates.median())


# bet → what is measured, the values that each option would need (low, high), the option that wins, what the reading says
MEASURED = {
    "00/carte-pari": (_touching, {"ils se touchent": (9, 17), "ils sont dispersés": (0, 5)}, "ils sont dispersés", "rien entre eux"),
    "00/quartiers": (lambda: figure("habitants_moyens").value, {"400": (0, 1300), "4 000": (1300, 13000), "40 000": (13000, 10**6)}, "4 000", "3 900"),
    "01/pari-pauvres": (lambda: 100 * 5.4 * 43.6 / (5.4 * 43.6 + 61.5 * 12), {"moins de 30": (0, 30), "environ 50": (40, 60), "plus de 70": (70, 100)}, "moins de 30", "une personne pauvre sur quatre"),
    "01/definition": (lambda: figure("pauvrete_qpv_2018").value / figure("pauvrete_eu_2018").value, {"deux fois": (1.5, 2.5), "trois fois": (2.6, 3.5), "cinq fois": (4, 6)}, "trois fois", "trois fois plus"),
    "01/idees": (_gap, {"moins de 5 points": (0, 5), "de 5 à 20 points": (5, 20), "plus de 20 points": (20, 100)}, "de 5 à 20 points", "11 points séparent"),
    "01/idee4": (lambda: figure("age_moyen_qpv").value - figure("age_moyen_eu").value, {"plus bas": (-20, -1), "égal": (-1, 1), "plus élevé": (1, 20)}, "plus bas", "35 ans contre 41"),
    "01/idee5": (lambda: figure("partis").value, {"un ou moins": (0, 1.5), "trois environ": (2, 4), "sept ou plus": (7, 10)}, "trois environ", "trois sur dix sont partis"),
    "01/idee7": (lambda: figure("carreaux_imputes").value, {"moins de 10 %": (0, 10), "environ la moitié": (40, 60), "plus des trois quarts": (75, 100)}, "plus des trois quarts", "79 %"),
    "01/stock-flux": (lambda: (430 - 40 - 60 + 110) / 10 - 43, {"il a monté": (0.5, 100), "il a baissé": (-100, -0.5)}, "il a monté", "monte d'un point"),
    "01/flux-orvanche": (_rests, {"il a monté": (2, 50), "il a stagné": (-2, 2), "il a baissé": (-50, -2)}, "il a baissé", "40,3 % à 32,6 %"),
    "03/deux-listes": (lambda: 100 * figure("lyon_i").value / 43, {"oui, toujours": (95, 101), "oui, parfois": (5, 95), "jamais": (0, 5)}, "oui, parfois", "8 quartiers"),
    "03/joindre": (_joined, {"rien de gênant": (0, 0), "des lignes se perdent": (-5, -1), "des lignes se multiplient": (1, 9)}, "des lignes se multiplient", "De 5 à 6"),
    "03/mesurer": (_ratio, {"de moins de 1 %": (1, 1.01), "de 20 % environ": (1.1, 1.3), "du double ou plus": (1.9, 9)}, "du double ou plus", "plus du double"),
    "03/deux-populations": (_census, {"oui": (0, 0), "non": (1, 10**6)}, "non", "rarement égaux"),
    "04/seuil-pari": (lambda: int(secrecy.attack(exercise_table("lecon_masques")).iloc[0][["low", "high"]].diff().iloc[-1]), {"oui": (1, 10**6), "non": (0, 0)}, "non", "redonne la case cachée"),
    "04/lecteurs-pari": (_readers, {"oui": (0, 0), "non": (1, 3)}, "non", "Du troisième, si"),
    "04/differenciation": (_isolated, {"oui": (11, 10**6), "non": (1, 10)}, "non", "isole 5 ménages"),
    "04/reidentifier": (_doyenne, {"une seule": (1, 1), "une dizaine": (5, 20), "une centaine": (50, 200)}, "une seule", "la doyenne en fait partie"),
    "05/repartition": (_spread, {"groupés": (0, 0.1), "étalés": (0.2, 9)}, "étalés", "Plutôt étalés"),
    "05/ponderer": (_pooled, {"oui": (-0.1, 0.1), "non, plus haut": (1, 50), "non, plus bas": (-50, -1)}, "non, plus bas", "contre"),
    "05/decoupages": (_followed, {"presque tous": (75, 100), "la moitié environ": (40, 60), "presque aucun": (0, 25)}, "presque aucun", "3 quartiers sur 16"),
    "05/cartes": (_differ, {"oui": (1, 1), "non": (2, 3)}, "non", "6 sur la carte B"),
    "05/frontieres": (_borders, {"oui": (5, 100), "non": (-1, 1)}, "oui", "De 59 à 29"),
    "05/dedans": (lambda: _places()["limite"] / _places()["dedans"], {"oui": (0, 0.05), "cela dépend": (0.2, 9)}, "cela dépend", "118 équipements sont à moins de 30 mètres"),
    "07/bus": (_early, {"oui": (0, 5), "non": (20, 10**6)}, "non", "59 personnes"),
}  # fmt: skip
# what is asked to open a talk, or is decided by a law or a table of the lesson: the answer is in the reading, in words
SAID = {
    "01/trois-comptes": "Trois nombres justes",
    "01/idee3": "4 km à Rennes",
    "01/idee6": "ici, le secret",
    "02/question": "Une donnée privée peut répondre",
    "02/ouvert": "Verdict : faux",
    "03/choisir": "la CAF",
    "03/silences": "Trop basse",
    "04/trois-etats": "Non.",
    "05/comparer-pari": "les comparateurs vont de",
    "05/evaluer": "Trois phrases sur cinq",
    "07/affirmations": "Les exercices faits",
}


def bets():
    return {name: c.metadata["datakit"]["bet"] for name, c in cells().items() if "bet" in c.metadata.get("datakit", {})}


def test_every_bet_with_options_is_measured_or_answered_in_words():
    asked = {name for name, bet in bets().items() if bet["options"]}
    assert asked == set(MEASURED) | set(SAID)


def plain(text):
    return re.sub(r"[\u00a0\u202f]", " ", text.replace("’", "'"))


@pytest.mark.parametrize("name", list(MEASURED))
def test_a_bet_is_won_by_one_option_only_and_its_reading_says_so(name):
    measure, needs, winner, quoted = MEASURED[name]
    options = [plain(option) for option in bets()[name]["options"]]
    assert set(needs) <= set(options), options
    value = float(measure())
    assert not math.isnan(value)
    assert [option for option, (low, high) in needs.items() if low <= value <= high] == [winner], value
    assert quoted in reading(name).replace("**", ""), reading(name)[:400]


@pytest.mark.parametrize("name", list(SAID))
def test_a_bet_of_words_is_answered(name):
    assert SAID[name] in reading(name).replace("**", "")


def test_the_note_to_the_council_says_what_the_lesson_says():
    from datakit.course.printing.note import note

    text = plain(note()[0])
    said = plain(cells()["07/bus-lecture"].source)
    for number in (re.search(r"(\d+) personnes y partent", said)[1], re.search(r"dont (\d+ %)", said)[1]):
        assert number in text, number
    table = pd.DataFrame([row.split("|")[1:-1] for row in text.splitlines() if re.match(r"\| .* \| \d\d:\d\d", row)])
    assert len(table) == 16 and not any(0 < int(n) < 11 for n in table[3] if n.strip().isdigit())
    # the places that the lesson names are those of the note
    assert re.search(r"ne passe pas encore : (.+)\.", text)[1].split(", ") == re.search(
        r"ne passe pas encore : (.+?)\. Quoi", said
    )[1].split(" et ")


def test_what_a_bet_is_about_is_read_before_it_is_placed():
    # « laquelle de ces phrases » : the sentences come with the question, not with the answer
    for name, bet in bets().items():
        if re.search(r"\b(ces|celles?|ceux)\b.*(phrases?|cartes?|titres?)", bet["question"]):
            before = cells()[name].source.split("**Votre pari")[0]
            assert re.search(r"^(\d\.|\||[-*]) ", before, re.MULTILINE), name
