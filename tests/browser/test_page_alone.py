"""The exported course, alone in a browser: from a folder, no network, no Python; the same verdicts as `check`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from datakit import check, study
from datakit.course.exercises.bank import SESSIONS, Exercise
from datakit.course.exercises.form import form_of
from datakit.course.printing.clicked import page_exercise
from datakit.course.printing.export import _pages
from tests.browser.hands import CLICKED, ODD_NUMBERS, by_mouse, right, wrong
from tests.browser.room import PATIENCE, ROOT, SHOTS
from tests.course.vectors import RIGHT, WRONG

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clé USB é") / "cours"
    assert dict(_pages(folder))
    return folder


@pytest.fixture
def alone(chromium: Browser, request: pytest.FixtureRequest) -> Any:
    width = getattr(request, "param", 1366)
    context = chromium.new_context(viewport={"width": width, "height": 800}, locale="fr-FR", offline=True)
    context.set_default_timeout(1000 * PATIENCE)
    page = context.new_page()
    page.asked, page.complaints = [], []  # type: ignore[attr-defined]
    page.on("request", lambda r: None if r.url.startswith(("file:", "data:", "blob:")) else page.asked.append(r.url))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    yield page
    context.close()


def as_form(asked: Exercise, answer: Any) -> dict[str, Any] | None:
    """An answer of the vectors as the form would hold it; None when no form can give it."""
    fields = (form_of(asked) or {})["fields"]
    if fields[0]["kind"] in ("ordre", "cases", "tableau"):
        known = [o[0] for o in fields[0].get("options", [])]
        whole = isinstance(answer, list) and all(isinstance(a, str) for a in answer) and len(set(answer)) == len(answer)
        fits = whole and (fields[0]["kind"] == "tableau" or set(answer) <= set(known))
        return {"list": answer} if fits and (fields[0]["kind"] != "ordre" or len(answer) == len(known)) else None
    if len(fields) == 1:
        answer = {fields[0]["key"]: answer}
    elif isinstance(answer, list | tuple) and len(answer) == len(fields):
        answer = dict(zip([f["key"] for f in fields], answer, strict=True))
    keys = {f["key"]: f for f in fields}
    if not isinstance(answer, dict) or set(answer) - set(keys):
        return None
    for key, value in answer.items():
        options = [o[0] for o in keys[key].get("options", [])]
        if keys[key]["kind"] == "quartier" and value not in study("population").index:
            return None
        if (
            not isinstance(value, str | int | float)
            or isinstance(value, bool)
            or (options and value and value not in options)
        ):
            return None
    return {str(k): str(v) for k, v in answer.items() if str(v) != ""}


def test_the_page_gives_the_verdicts_of_check(
    chromium: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path / "carnet.jsonl"))
    trials = []
    for asked in CLICKED:
        if asked.id == "E02":
            continue  # a table in Python, a choice in the page: tried by clicking, below
        answers = [*RIGHT[asked.id](), *(WRONG[asked.id]().values() if asked.id in WRONG else [])]
        answers += [right(asked)["list"] if "list" in right(asked) else right(asked)]
        answers += [
            right(asked) | {key: odd}
            for key in right(asked)
            if key != "list"
            for odd in ODD_NUMBERS
            if _typed(asked, key)
        ]
        for answer in answers:
            values = as_form(asked, answer)
            if values is not None:
                given = values["list"] if "list" in values else _given(asked, values)
                trials.append((asked, values, check(asked.id, given)))
    assert len(trials) > 150 and {t[0].id for t in trials} == {a.id for a in CLICKED} - {"E02"}
    source = (ROOT / "jupyter" / "formes" / "static" / "verdict.js").read_text(encoding="utf-8")
    page = chromium.new_page()
    data = {asked.id: page_exercise(asked) for asked in CLICKED}
    script = (
        "([data, trials]) => {"
        + source.replace("export ", "")
        + "; return trials.map(([id, values]) => verdict(data[id], values)); }"
    )
    found = page.evaluate(script, [data, [[asked.id, values] for asked, values, _ in trials]])
    page.close()
    different = [
        (asked.id, {k: v[:40] if isinstance(v, str) else v for k, v in values.items()}, result, said)
        for (asked, values, result), said in zip(trials, found, strict=True)
        if not _same(result, said)
    ]
    assert not different, "\n".join(map(repr, different))


def _same(result: Any, said: dict[str, str]) -> bool:
    if said["outcome"] != result.outcome:
        return False
    # an unreadable answer is said in fewer words
    loose = result.outcome == "non_tente" or "isible" in result.message
    return loose or said["message"] == result.message


def _given(asked: Exercise, values: dict[str, Any]) -> Any:
    form = form_of(asked) or {}
    shown = [values.get(str(f["key"]), "____") for f in form["fields"]]
    if form["shape"] == "value":
        return shown[0]
    return shown if form["shape"] == "list" else {f["key"]: v for f, v in zip(form["fields"], shown, strict=True)}


def _typed(asked: Exercise, key: Any) -> bool:
    return any(f.get("key") == key and f["kind"] == "nombre" for f in (form_of(asked) or {})["fields"])


@pytest.mark.parametrize("alone", [390, 1366], indirect=True)
@pytest.mark.parametrize(
    "session",
    [s if s in ("sensibilisation", "ethique") else pytest.param(s, marks=pytest.mark.complete) for s in SESSIONS],
)
def test_every_exercise_is_answered_in_the_page(session: str, alone: Page, course: Path) -> None:
    rank = SESSIONS.index(session)
    alone.goto((course / "notebooks" / f"{rank:02d}_{session}.html").as_uri())
    for asked in (a for a in CLICKED if a.session == session):
        form = alone.locator(f"form[aria-label='Réponse de {asked.id}']")
        bad = wrong(asked)
        said = alone.locator(f"[data-exercice={asked.id}] .dk-verdict")
        for answer, words in ((bad, ["pas encore"]), (right(asked), ["juste", "noté"])):
            if answer:
                by_mouse(alone, form, asked, answer)
                assert any(f"{asked.id} · {word}" in said.inner_text() for word in words), said.inner_text()
    assert re.match(r"(\d+) sur \1 ", alone.locator(".dk-progres >> nth=0").inner_text())
    SHOTS.mkdir(exist_ok=True)
    alone.screenshot(path=SHOTS / f"page-{session}-{alone.viewport_size['width']}.png")
    alone.reload()
    assert re.match(r"(\d+) sur \1 ", alone.locator(".dk-progres >> nth=0").inner_text())
    wide = alone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    found = Axe().run(alone, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:2]) for v in found] == []
    assert alone.asked == [] and alone.complaints == []  # type: ignore[attr-defined]


def test_a_bet_opens_its_result_in_the_page(alone: Page, course: Path) -> None:
    alone.goto((course / "notebooks" / "01_sensibilisation.html").as_uri())
    result = alone.get_by_text("personnes pauvres sur 100 vivent en quartier").last
    assert not result.is_visible()
    alone.get_by_text("Environ 50", exact=True).click()
    assert result.is_visible()
    found = Axe().run(alone, options={"resultTypes": ["violations"]}).response["violations"]
    assert [(v["id"], [n["html"][:160] for n in v["nodes"]][:2]) for v in found] == []
