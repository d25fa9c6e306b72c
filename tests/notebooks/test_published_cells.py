"""Aucune case publiée sous la règle de son thème, dans aucune sortie du cours, hors des leçons qui le montrent."""

import html
import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
ALL = sorted([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").rglob("*.ipynb")])
# what a heading counts → the smallest count that may be shown; zero is no one, and is not concerned
RULES = {
    r"m[ée]nage|foyer|allocataire|b[ée]n[ée]ficiaire|allocation|locataire": 11,
    r"[ée]tablissement|entreprise|unit[ée]": 3,
    r"habitant|personne|population|adulte|assuré|demandeur|effectif": 11,
}
NOT_A_COUNT = re.compile(
    r"%|taux|part\b|rapport|indice|€|euro|médian|moyen|\bans\b|année|km|ha\b|classe", re.IGNORECASE
)
# the lessons that show a small count on purpose: invented tables, and the residents of Orvanche
# idee5-figure: « three in ten », a published proportion of adults, not a count of them
SHOWN = {
    "idee5-figure", "seuil-tableau", "differenciation-calcul", "differenciation-orvanche", "proteger-preuve",
    "E21-tableau", "E22-tableau",
}  # fmt: skip


def small_counts(page):
    """Les cases des tableaux d'une page HTML, cadres compris, qui sont sous la règle de leur intitulé."""
    soup = BeautifulSoup(page, "html.parser")
    pages = [soup, *(BeautifulSoup(html.unescape(f["srcdoc"]), "html.parser") for f in soup.select("iframe[srcdoc]"))]
    for table in (t for p in pages for t in p.find_all("table")):
        title = table.caption.get_text(" ") if table.caption else ""
        rows = [[c.get_text(" ", strip=True) for c in r.find_all(["th", "td"])] for r in table.find_all("tr")]
        for row in rows[1:]:
            for heading, value in zip(rows[0][1:], row[1:], strict=False):
                count = re.fullmatch(r"\d[\d\u202f\u00a0 ]*", value)
                threshold = _threshold(f"{heading} {row[0]}", title)
                if count and threshold and 0 < int(re.sub(r"\D", "", value)) < threshold:
                    yield f"{row[0]} / {heading} : {value}"


def _threshold(heading, title):
    if NOT_A_COUNT.search(heading):
        return 0
    return max((n for words, n in RULES.items() if re.search(words, f"{heading} {title}", re.IGNORECASE)), default=0)


def pages(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield cell.id, "".join(output.get("data", {}).get("text/html", ""))


@pytest.mark.parametrize("path", ALL, ids=[p.relative_to(ROOT).as_posix() for p in ALL])
def test_no_published_cell_is_under_its_rule(path):
    found = {id: cells for id, page in pages(nbformat.read(path, as_version=4)) if (cells := list(small_counts(page)))}
    assert not {id: cells for id, cells in found.items() if id not in SHOWN}


def test_the_scan_sees_what_it_looks_for():
    def table(heading, value):
        return f"<table><tr><th>code</th><th>{heading}</th></tr><tr><th>QN09601N</th><td>{value}</td></tr></table>"

    assert list(small_counts(table("Ménages fiscaux", "7"))) == ["QN09601N / Ménages fiscaux : 7"]
    assert list(small_counts(table("Établissements (nombre)", "2")))
    assert list(small_counts(f'<iframe srcdoc="{html.escape(table("Population", "10"))}"></iframe>'))
    for heading, value in (("Ménages", "11"), ("Ménages", "0"), ("Part des ménages (%)", "7"), ("Établissements", "3")):
        assert not list(small_counts(table(heading, value)))


def test_the_lessons_on_secrecy_still_show_it():
    lesson = nbformat.read(ROOT / "notebooks" / "04_ethique.ipynb", as_version=4)
    assert any(list(small_counts(page)) for id, page in pages(lesson) if id == "differenciation-calcul")
