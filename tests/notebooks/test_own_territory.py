"""Tout le cours sur de vrais territoires : rien n'échoue, ce qui manque est dit, rien ne trompe."""

import re
from functools import cache

import pytest

from datakit.course.exercises.verdicts import key_of
from workshop.building import build
from workshop.building.assemble import assemble

pytestmark = pytest.mark.complete
TERRITORY = "200046977"
COMMUNE = "69256"  # Vaulx-en-Velin: three neighbourhoods, two of which straddle the next commune
# one neighbourhood, without figures in these files; none; overseas
ELSEWHERE = {"69027": "un quartier", "69001": "aucun", "97209": "Fort-de-France"}
BOOKS = [(source, target, solved) for source in build.sources() for target, solved in build.targets(source)]
NAMES = [target.relative_to(build.ROOT).as_posix() for _, target, _ in BOOKS]


@cache
def run(rank, depot, territory=TERRITORY):
    source, target, solved = BOOKS[rank]
    notebook = assemble(source, solved=solved)
    # execute() drops every DATAKIT_* variable but those it is given
    return build.execute(notebook, target.parent, allow_errors=True, DATAKIT_DEPOT=depot, DATAKIT_TERRITOIRE=territory)


def said(cell):
    return "\n".join(
        "".join(o.get("text", "")) + "".join(o.get("data", {}).get("text/plain", "")) for o in cell.outputs
    )


@pytest.mark.parametrize("territory", [TERRITORY, COMMUNE, *ELSEWHERE])
@pytest.mark.parametrize("rank", range(len(BOOKS)), ids=NAMES)
def test_the_course_runs_at_home(rank, territory, real):
    _, target, solved = BOOKS[rank]
    words, settled = "", False
    for cell in run(rank, str(real.resolve()), territory).cells:
        if cell.cell_type == "markdown":
            words = f"{words[-1500:]}\n{cell.source}"
            continue
        errors = [f"{o.ename} : {o.evalue}" for o in cell.outputs if o.output_type == "error"]
        assert not errors, (cell.id, errors)
        if key_of(cell):
            # a free text is kept, never judged
            expected = "· (juste ✔|noté ✎)" if solved else "· non tenté ○"
            assert re.search(expected, said(cell)), (cell.id, said(cell))
        # a fictional number is announced as such, in the text above it or in the code
        settled = settled or "reste à Orvanche" in said(cell)
        if "fictives" in said(cell) and not settled and target.parent.name != "solutions":
            assert re.search(r"Orvanche|ficti|inventé|ecole", words + cell.source), cell.id


def test_what_is_missing_is_said_plainly(real):
    rank = NAMES.index("notebooks/00_accueil.ipynb")
    cells = {c.id: c for c in run(rank, str(real.resolve())).cells}
    text = said(cells["ou-cellule"]).replace("\xa0", " ")
    assert "43 quartiers prioritaires de 2024" in text and f"EPCI {TERRITORY}" in text
    assert re.search(r"Absents de vos fichiers.*éducation.*logement", text)
    assert "Restent à Orvanche" in text and "Orvanche, territoire-école" not in text


def test_a_comparator_that_is_not_published_is_said(real):
    rank = NAMES.index("notebooks/05_analyse.ipynb")
    cells = {c.id: c for c in run(rank, str(real.resolve())).cells}
    assert "Réserve : environnement urbain :" in said(cells["comparer-cellule"])
    assert "contour inchangé  8" in said(cells["decoupages-cellule"])
    assert "Villeurbanne" in said(cells["fiche-cellule"])


@pytest.mark.parametrize("territory", ["69027", "69001"])
def test_a_session_with_nothing_to_show_stays_at_orvanche_and_says_so(territory, real):
    for name in ("00_accueil", "03_sources", "05_analyse"):
        cells = {c.id: c for c in run(NAMES.index(f"notebooks/{name}.ipynb"), str(real.resolve()), territory).cells}
        text = said(cells["ou-cellule"]).replace("\xa0", " ")
        assert f"{territory}, cette séance reste à Orvanche" in text and "Attention : " in text
