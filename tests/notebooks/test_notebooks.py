"""Les notebooks livrés : complets, exécutés, lisibles par tous, sans solution ni chiffre sans source."""
# ruff: noqa: E501  (the patterns read better whole)

import ast
import html
import itertools
import json
import re
from pathlib import Path

import nbformat
import pytest

from datakit.course.exercises.bank import SESSIONS, exercises
from datakit.course.exercises.verdicts import key_of
from datakit.course.figures import TAGS, world_figures
from datakit.course.printing import directives
from workshop.building import build

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
TRAINEE = sorted((ROOT / "exercises").glob("*.ipynb"))
SOLVED = sorted((ROOT / "exercises" / "solutions").glob("*.ipynb"))
ALL = [*LESSONS, *TRAINEE, *SOLVED]
NAMES = [str(p.relative_to(ROOT)) for p in ALL]
# method §2.6: words that judge before they show; quoted only where the lesson rewrites them
BANNED = (
    "quartiers sensibles",
    "quartier sensible",
    "ghetto",
    "zone de non-droit",
    "zones de non-droit",
    "top 10",
    "les pires",
)
QUOTED = {"E20-enonce", "E20-reponse"}


def read(path):
    return nbformat.read(path, as_version=4)


def prose(notebook):
    return "\n\n".join(c.source for c in notebook.cells if c.cell_type == "markdown")


def outputs(cell):
    for output in cell.get("outputs", []):
        yield "".join(output.get("text", "")) + "".join(output.get("data", {}).get("text/plain", ""))


def test_every_session_and_every_exercise_is_there():
    names = [f"{n:02d}_{s}.ipynb" for n, s in enumerate(SESSIONS)]
    assert [p.name for p in LESSONS] == [*names, "glossaire.ipynb"]
    assert [p.name for p in TRAINEE] == [p.name for p in SOLVED] == names
    for folder in (TRAINEE, SOLVED):
        assert [key_of(c) for p in folder for c in read(p).cells if key_of(c)] == list(exercises())


def test_every_source_has_its_notebooks_and_the_reverse():
    assert sorted(t for s in build.sources() for t, _ in build.targets(s)) == sorted(ALL)


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_no_cell_was_stored_unrun(path):
    # nbval skips an unrun cell in silence: this is what makes its green mean something
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert cell.execution_count is not None, cell.id
            if key_of(cell):
                assert any(text.strip() for text in outputs(cell)), cell.id
                assert "nbval-check-output" in cell.metadata.tags
                assert not {"nbval-skip", "nbval-ignore-output", "raises-exception"} & set(cell.metadata.tags)
            assert not any(o.output_type == "error" for o in cell.outputs), cell.id


SHOWN_BY_ITS_CELL = {
    "show",
    "bars",
    "choropleth",
    "circles",
    "distribution",
    "dumbbell",
    "flow",
    "profile",
    "pyramid",
    "scatter",
    "slope",
    "strips",
    "webmap",
}


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_what_a_cell_draws_is_its_last_line(path):
    # a table or a figure in the middle of a cell is computed, and nobody sees it
    for cell in read(path).cells:
        if cell.cell_type == "code":
            for line in ast.parse(cell.source).body[:-1]:
                lost = isinstance(line, ast.Expr) and isinstance(line.value, ast.Call)
                assert not (lost and ast.unparse(line.value.func) in SHOWN_BY_ITS_CELL), (
                    f"{cell.id} : {ast.unparse(line)}"
                )


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_cells_come_from_the_source(path):
    folder = "notebooks" if path in LESSONS else "exercises"
    source = ROOT / "workshop" / "authoring" / folder / f"{path.stem}.py"
    built = build.assemble(source, solved=path not in TRAINEE)
    stored = read(path).cells
    assert [(c.id, c.metadata) for c in built.cells] == [(c.id, c.metadata) for c in stored]
    assert [c.id for c, s in zip(built.cells, stored, strict=True) if not build.same_text(c.source, s.source)] == []


@pytest.mark.parametrize("path", TRAINEE, ids=[p.name for p in TRAINEE])
def test_trainee_files_hold_no_solution(path):
    for cell in read(path).cells:
        if "reponse" in cell.metadata.get("tags", []):
            assert "____" in cell.source, cell.id
            assert "# solution" not in cell.source
        if key_of(cell):
            assert all("non tenté" in text for text in outputs(cell) if text), cell.id


@pytest.mark.parametrize("path", SOLVED, ids=[p.name for p in SOLVED])
def test_solutions_are_right(path):
    for cell in read(path).cells:
        if key_of(cell):
            assert re.search("· (juste ✔|noté ✎)", next(outputs(cell))), cell.id
        assert "____" not in cell.source.replace("import ____", "") or cell.cell_type == "markdown"


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_headings_links_and_code_are_clean(path):
    notebook = read(path)
    levels = [len(m) for m in re.findall(r"^(#{1,6}) \S", prose(notebook), re.MULTILINE)]
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(b <= a + 1 for a, b in itertools.pairwise(levels))
    for text, target in re.findall(r"\[([^\]]+)\]\(([^)]+)\)", prose(notebook)):
        assert text.lower() not in ("ici", "lien", "cliquez ici", "ce lien")
        if not target.startswith("http"):
            assert (path.parent / target.split("#")[0]).is_file(), target
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert not re.search(
                r";\s*$|^\s*[%!]|https?://|(?<!\w)/(?:home|Users|root|tmp)/|[A-Z]:\\\\", cell.source, re.MULTILINE
            )
            assert "filterwarnings" not in cell.source
            lines = [line for line in cell.source.splitlines() if not line.lstrip().startswith(("#", "//"))]
            assert len(lines) <= 12 if path not in LESSONS else len(lines) <= 10, cell.id


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_images_have_words(path):
    for cell in read(path).cells:
        for output in cell.get("outputs", []):
            data = output.get("data", {})
            assert not {"image/png", "image/jpeg", "image/svg+xml"} & set(data), cell.id
            # a fiche is a page inside its frame: its pictures are one level deeper
            for image in re.findall(r"<img[^>]*>", html.unescape("".join(data.get("text/html", "")))):
                assert re.search(r'alt="[^"]{30,}"', image), cell.id


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_french_typography(path):
    text = re.sub(
        r"```.*?```|`[^`]*`|\]\([^)]*\)|https?://\S+|^ {4}.*$", "", prose(read(path)), flags=re.DOTALL | re.MULTILINE
    )
    assert not re.findall(r"\S* [;!?%]|« |[^\u00a0]»|\w'\w|\.\.\.", text)


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_words_do_not_stigmatise(path):
    for cell in read(path).cells:
        if cell.id in QUOTED:
            continue
        text = (cell.source + " ".join(outputs(cell))).casefold()
        assert not [w for w in BANNED if w in text], cell.id


def test_no_exercise_explains_by_name_religion_or_origin():
    forbidden = re.compile(r"\b(prénom|religion|musulman|immigr|étranger|ethni)", re.IGNORECASE)
    for asked in exercises().values():
        assert not forbidden.search(asked.statement + asked.solution), asked.id


def test_world_figures_are_cited_and_confirmed():
    for figure in world_figures().values():
        assert figure.tag in TAGS
        assert figure.address.startswith("https://") and figure.year and figure.perimeter and figure.source


# numbers that are not facts about the world: exercise ids, durations, years of a perimeter, ranks, codes, rules of the day
_NOT_FACTS = re.compile(
    r"\bE\d\d\b|^\| \d · |\b\d+[\u202f ]?(?:minutes?|min|jours|secondes|ans|m)\b|\b\d{1,2}h\d{0,2}\b|\b(?:19|20)\d\d\b"
    r"|^\s*\d+\. |[Ss]éances? \d(?: et \d)?|niveau \d|^#+ \d · |\b[Ii]dée \d|n° ?\d+|article \d+|de 1 à 10|2 × 2|[A-Z]\d\b|UTF-8|95[\u202f ]%",
    re.MULTILINE,
)


def _numbers(text):
    """Les nombres entiers d'un texte, pas leurs morceaux : « 1 584 » vaut 1584, et ne contient pas 8."""
    text = re.sub(r"(?<=\d)[\u202f\u00a0 ](?=\d{3}(?!\d))", "", text)
    return {f"{float(n.replace(',', '.')):g}" for n in re.findall(r"(?<![\w,.])\d+(?:[,.]\d+)?(?![\w]|[,.]\d)", text)}


WORLD = {f"{f.value:g}" for f in world_figures().values()}


@pytest.mark.parametrize("path", LESSONS, ids=[p.name for p in LESSONS])
def test_numbers_in_prose_are_sourced_or_computed(path):
    notebook = read(path)
    source = ROOT / "workshop" / "authoring" / "notebooks" / f"{path.stem}.py"
    written = source.read_text(encoding="utf-8")
    computed = _numbers("\n".join(t for c in notebook.cells for t in outputs(c)))
    shown = _numbers("\n".join(c.source for c in notebook.cells if c.cell_type == "code"))
    text = "\n".join(re.findall(r"^# (.*)$", written, re.MULTILINE))
    text = re.sub(r"\{\{[^}]*\}\}|`[^`]*`|\]\([^)]*\)|^%%.*$", "", text, flags=re.MULTILINE)
    found = _numbers(_NOT_FACTS.sub("", text))
    assert found <= computed | shown | WORLD | KNOWN, found - computed - shown - WORLD - KNOWN


# what the fictional statements say, and what E05 computes, per exercise
FICTION = {
    "E05": {"40", "12"},
    "E07": {"40", "41"},
    "E26": {"1", "10", "11"},
    "E30": {"40", "95"},
    "E31": {"12", "24", "95"},
}
_FACT = re.compile(r"\d+(?:[,.]\d+)?(?=[\u202f\u00a0 ](?:%|millions?|km\b|€))")


@pytest.mark.parametrize("asked", exercises().values(), ids=list(exercises()))
def test_rates_and_millions_in_exercises_are_in_the_same_file(asked):
    texts = [asked.statement, asked.right, asked.solution, *asked.hints]
    texts += [m["message"] for m in asked.mistakes.values()]
    texts += [str(i[k]) for i in asked.items for k in ("text", "why", "otherwise") if k in i]
    found = {f"{float(n.replace(',', '.')):g}" for text in texts for n in _FACT.findall(text)}
    assert found <= WORLD | FICTION.get(asked.id, set()), found - WORLD


def test_numbers_of_the_glossary_are_in_the_same_file():
    text = " ".join(entry["texte"] for entry in directives.glossary().values())
    assert _numbers(text) - {"2015", "2022", "2023", "2024"} <= WORLD


@pytest.mark.parametrize("path", ALL, ids=NAMES)
def test_decimals_typed_in_code_are_known_figures(path):
    # a figure of the world may be typed where the computation is the lesson: it is still the one of the file
    for cell in read(path).cells:
        if cell.cell_type == "code":
            found = {f"{float(n):g}" for n in re.findall(r"(?<![\w.])\d+\.\d+", cell.source)}
            # 0.12: the CV of the fictional E31; 0.5: the middle, asked of quantile()
            assert found <= WORLD | {"0.12", "0.5"}, (cell.id, found - WORLD)


# shown as examples to be judged, or counts of what the page itself lists
KNOWN = {"400", "4000", "40000", "30", "50", "70", "10"}


def test_authoring_keeps_no_output_or_machine_path():
    for path in ALL:
        raw = path.read_text(encoding="utf-8")
        assert not re.search(r"/(?:home|Users|root|tmp)/", raw)
        metadata = json.loads(raw)["metadata"]
        assert set(metadata) == {"kernelspec", "language_info", "datakit", "title"}


def test_glossary_is_linked_from_first_uses():
    for path in LESSONS[:-1]:
        text = prose(read(path))
        assert text.count("(glossaire.ipynb#QPV)") <= 1
    assert "(glossaire.ipynb#QPV)" in prose(read(LESSONS[0]))
    page = prose(read(LESSONS[-1]))
    assert all(f"### {term}\n" in page for term in directives.glossary())
