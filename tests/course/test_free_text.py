"""Un texte libre est gardé, jamais jugé : deux cents réponses, la moitié hostiles ou vides de sens."""
# ruff: noqa: E501  (answers read better whole)

import json

import pytest

from datakit import check
from datakit.course.exercises.bank import exercise
from tests.course.vectors import END, SHEET, TITLES

HOSTILE = [
    "Voici la liste des quartiers à éviter absolument", "Pourquoi les jeunes de ce quartier sont-ils des délinquants ?",
    "Ils ne veulent pas travailler", "Le pire de la ville", "bla bla bla", "azerty 123", "oui", "je ne sais pas", "42", "zzz",
    "Tous des assistés", "Personne n'y va", "rien", "lorem ipsum dolor", "Des cas sociaux, 9 sur 10", "Les champions du chômage",
    "On devrait raser", "ça ne sert à rien ?", "x", "1 2 3 4 5",
]  # fmt: skip
GOOD = [
    "En zone urbaine, la pauvreté dépasse celle de l'environnement urbain (INSEE, 2021)", "Qui attend le bus avant six heures, et où ?",
    "De grands écarts entre quartiers prioritaires", "Deux habitantes relisent la carte", "Le centre social et la CAF",
    "Les revenus décrivent une année ancienne", "Un tiers des jeunes n'est ni en études ni en emploi déclaré",
    "Appeler le bailleur avant le 15", "Aucun classement : la répartition, avec sa médiane", "Une donnée manque : nous l'écrivons",
    "Part des 75 ans et plus, en quatre classes", "Comparé à sa commune", "L'opérateur refuse ; compter à la main",
    "Convention d'un an, seuil de 11", "Une carte, son tableau, deux pages", "Les personnes en foyer ne sont pas comptées",
    "Montées par arrêt et par heure", "Avancer une ligne à la rentrée", "La mission locale", "Le quartier vécu est plus large",
]  # fmt: skip
FIELDS = [("E20", TITLES, 1), ("E35", SHEET, "question"), ("E35", SHEET, "habitants"), ("E36", END, "limite"),
          ("E27", {"carte": "B", "raison": "des classes de même largeur", "cache": "les écarts"}, "raison")]  # fmt: skip


@pytest.mark.parametrize(("id", "answer", "field"), FIELDS, ids=[f"{id}-{field}" for id, _, field in FIELDS])
def test_free_text_is_kept_and_never_judged(id, answer, field, tmp_path, monkeypatch):
    journal = tmp_path / "carnet.jsonl"
    monkeypatch.setenv("DATAKIT_PROGRESS", str(journal))
    said = set()
    for text in HOSTILE + GOOD:
        result = check(id, answer | {field: text})
        assert (result.outcome, result.mistake) == ("note", ""), text
        kept = json.loads(journal.read_text(encoding="utf-8").splitlines()[-1])
        assert text in kept["answer"].values()
        said.add(result.message)
    # the machine says the same to all: it has no opinion, and the checklist is for people
    assert len(said) == 1 and said.pop().count("☐") >= 3


@pytest.mark.parametrize("empty", ["", "   ", "…", "?"])
def test_only_an_empty_field_is_refused(empty):
    assert check("E20", TITLES | {1: empty}).outcome == "pas_encore"
    assert check("E35", SHEET | {"decision": empty}).outcome == "pas_encore"


@pytest.mark.parametrize("day", ["30 février", "31 avril", "32/01", "00/12", "le 31/06", "15/13", "bientôt"])
def test_a_date_that_does_not_exist_is_refused(day):
    assert check("E36", END | {"date": day}).mistake == "date"


@pytest.mark.parametrize("day", ["29 février", "1er mars", "31/12", "le 3 février", "03-02", "30 avril"])
def test_a_date_that_exists_is_taken(day):
    assert check("E36", END | {"date": day}).outcome == "note"


def test_a_poll_is_noted():
    assert check("E04", {str(i["key"]): "vrai" for i in exercise("E04").items}).outcome == "note"
