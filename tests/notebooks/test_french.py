"""Le français du cours : des phrases courtes, aucun mot qui blesse, aucun nom de champ sur la piste sans code."""

import re
import sys
from pathlib import Path

import nbformat
import pytest

from datakit.course.exercises.bank import exercises, sessions
from datakit.course.forms import _FEEDBACK, _SHEET
from datakit.course.printing import council, directives
from tests.notebooks.test_notebooks import BANNED

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").glob("*.ipynb")])
NAMES = [p.relative_to(ROOT).as_posix() for p in PAGES]
LONGEST = 30
_WORD = re.compile(r"[\w%€]+(?:['’\-.,/][\w]+)*")
_END = re.compile(r"(?<=[.!?…])[\s»”)*]+(?=[A-ZÀÉÈÊÎÔÇ«*\[◆●☐\d`])")
# what reads as wit rather than as help, and words that judge
SCORNED = (*BANNED, "sortir dans la rue", "rendent la case", "trouvé son pareil", "zone sensible", "assistés", "))")
# shown to be judged or rewritten
QUOTED = {"E20-enonce"}


def sentences(markdown):
    """Les phrases d'un texte : une case de tableau en est une ; un programme n'en a pas."""
    text = re.sub(r"<[^>]+>", " ", re.sub(r"```.*?```", "", markdown, flags=re.DOTALL))
    for line in text.split("\n"):
        if line.startswith("    ") or re.fullmatch(r"[|\-: ]*", line.strip()):
            continue
        bare = re.sub(r"https?://\S+", "", re.sub(r"\]\([^)]*\)", "]", line.strip()))
        for cell in bare.split("|") if bare.startswith("|") else [bare]:
            yield from _END.split(re.sub(r"^[>\-*#\s\d.]+ ", "", cell.strip()))


def words(sentence):
    return len(_WORD.findall(sentence))


def long(text):
    return [(words(s), s) for s in sentences(text) if words(s) > LONGEST]


def markdown(path):
    return [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "markdown"]


def test_the_count_sees_a_long_sentence():
    assert words("Qui attend le bus avant six heures, et où ?") == 9
    assert long(" ".join(["mot"] * 31) + ".") and not long(" ".join(["mot"] * 30) + ".")
    assert len(list(sentences("Une phrase. Une autre ! « Une citation ? » Et la fin."))) == 4


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_no_sentence_of_a_page_is_longer_than_thirty_words(path):
    cells = markdown(path)
    read = [s for c in cells for s in sentences(c.source) if words(s)]
    sys.stdout.write(f"{path.name} : {len(read)} phrases, {max(map(words, read))} mots au plus\n")
    assert [(c.id, found) for c in cells if (found := long(c.source))] == []


def said():
    """Ce que la machine dit : énoncés, indices, messages, formulaires, cartes."""
    for asked in exercises().values():
        yield from [(asked.id, t) for t in (asked.statement, asked.right, asked.trainer, *asked.hints)]
        yield from [(asked.id, m["message"]) for m in asked.mistakes.values()]
        for item in asked.items:
            yield from [(asked.id, str(item[k])) for k in ("text", "why", "otherwise", "refused_because") if k in item]
            yield from [(asked.id, str(text)) for text in item.get("wrong", {}).values()]
    for name, session in sessions().items():
        yield from [(name, str(t)) for t in (*session["objectifs"], session["prerequis"], session["donnees"])]
    yield from [("conseil", t) for part in ("regles", "questions", "evenements", "cle") for t in [council.listed(part)]]
    yield from [("formulaires", t) for t in (*_SHEET.values(), *_FEEDBACK.values())]


def test_no_sentence_that_the_machine_says_is_longer_than_thirty_words():
    assert [(where, found) for where, text in said() if (found := long(text))] == []


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_no_scorned_word(path):
    texts = {c.id: c.source.casefold() for c in markdown(path) if c.id not in QUOTED}
    # « )) » is a doubled parenthesis of prose, not the end of a link or of a program
    bare = {id: re.sub(r"`[^`]*`|\]\([^)]*\)\)?", "", text) for id, text in texts.items()}
    assert [(id, w) for id, text in bare.items() for w in SCORNED if w in text] == []


_FIELD = re.compile(r"\b[a-zé]+_[a-z0-9_é]+\b")
# a name of the code that French writes with its accents: « regle », « millesime »
_BARE = re.compile(r"\b(?:regles?|annees?|geographies?|millesimes?|perimetres?|donnees?|categories?|indecidable)\b")


def clicked(path):
    """Les textes et les tableaux de la piste ● : hors des défis, des passages ◆ et des exercices de code."""
    for cell in nbformat.read(path, as_version=4).cells:
        id = cell.id.split("-")[0]
        # a challenge is ◆ too: its cells are code, and say so
        if id == "defi" or (id in exercises() and not exercises()[id].clicked):
            continue
        if cell.cell_type == "markdown":
            text = re.sub(r"<details class=\"dk-code\">.*?</details>", "", cell.source, flags=re.DOTALL)
            text = re.split(r"◆", text)[0] if "◆ " in text and not text.startswith(">") else text
            yield cell.id, re.sub(r"\]\([^)]*\)|https?://\S+", "]", text)
            continue
        for output in cell.outputs:
            page = "".join(output.get("data", {}).get("text/html", ""))
            yield cell.id, re.sub(r"<[^>]+>", " ", re.sub(r"(?s)<(script|style|iframe|svg).*?</\1>", "", page))


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_no_raw_field_name_where_nothing_is_typed(path):
    assert [(id, found) for id, text in clicked(path) if (found := _FIELD.findall(text))] == []


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_no_name_without_its_accents_where_nothing_is_typed(path):
    # the words to write in code are announced as such, between backquotes
    texts = [(id, re.sub(r"`[^`]*`", "", text)) for id, text in clicked(path)]
    assert [(id, found) for id, text in texts if (found := _BARE.findall(text))] == []


# what everyone says, or what the sentence itself spells out: « dans un centre sécurisé (CASD) »
PLAIN = {
    "CSV",
    "PDF",
    "GPL",
    "CASD",
    "SVG",
    "TEO",
    "IREV",
    "TOML",
    "BOM",
    "CV",
    "QGIS",
    "EPSG",
    "QP",
    "QN",
    "RP",
    "DOM",
    "OK",
}
_ACRONYM = re.compile(r"\b[A-Z]{2}[A-Z0-9]*\b|\b[A-Z]\d[A-Z]\b")
_NOT_WORDS = re.compile(r"`[^`]*`|\]\([^)]*\)|https?://\S+|<[^>]+>|\bE\d\d\b|^ {4}.*$", re.MULTILINE)


@pytest.mark.parametrize("path", PAGES, ids=NAMES)
def test_every_acronym_is_in_the_glossary(path):
    known = {term.upper() for term in directives.glossary()} | PLAIN
    texts = [(c.id, _NOT_WORDS.sub(" ", c.source)) for c in markdown(path)]
    assert {(id, word) for id, text in texts for word in _ACRONYM.findall(text) if word not in known} == set()


@pytest.mark.parametrize("path", sorted((ROOT / "notebooks").glob("0*.ipynb")), ids=lambda p: p.stem)
def test_no_plumbing_in_a_lesson(path):
    cells = [c for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]
    plumbing = r"\.replace\(\"|\\u202f|^\s*(?:for|while|try|if|def|with)\b"
    assert [c.id for c in cells if re.search(plumbing, c.source, re.MULTILINE)] == []
