"""Fill a form as a person does: with the mouse alone, or with the keyboard alone. Only words and numbers are typed."""

# ruff: noqa: E501  (tables of answers: one exercise per line reads better)

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

from datakit.course.exercises.bank import Exercise, exercises
from datakit.course.exercises.form import form_of

CLICKED = [asked for asked in exercises().values() if asked.clicked]
SHEET = {
    "question": "Qui attend le bus avant six heures, et où ?",
    "decision": "avancer une ligne à la rentrée",
    "donnees": "montées par arrêt et par heure",
    "detenteurs": 'opérateur de transport, "France Travail"',
    "cadre": "convention d'un an",
    "livrable": "une carte, son tableau, et deux pages",
    "etape": "appeler l'exploitant avant le 15",
    "habitants": "conseil citoyen associé à la question",
    "risque": "l'opérateur refuse ; plan B : compter à la main",
    "grille": "8",
}
_SAID: dict[str, dict[str, Any]] = {
    "E05": {"part": "37 %"},
    "E06": {"source": "INSEE, Filosofi", "millesime": "2018", "perimetre": "QPV 2015",
            "champ": "personnes des ménages fiscaux, hexagone", "comparateur": "environnement urbain"},
    "E07": {"avant": "40", "apres": "41,0 %", "lecture": "les deux"},
    "E18": {"ecart": "330", "raison": "champ"},
    "E20": {1: "La pauvreté y dépasse celle de l'environnement urbain.", 2: "De grands écarts entre quartiers prioritaires.",
            3: "Un jeune sur trois n'est ni en études ni en emploi."},
    "E21": {"list": ["B/moins_25", "D/60_plus"]},
    "E22": {"valeur": "7"},
    "E23": {"list": ["B/moins_25", "B/60_plus", "C/moins_25", "C/60_plus"]},
    "E27": {"carte": "B", "raison": "les bornes sont rondes", "cache": "les écarts dans la classe basse"},
    "E35": SHEET,
}  # fmt: skip
_WRONG: dict[str, dict[str, Any]] = {
    "E01": {"population": "3 578"}, "E05": {"part": "40 %"}, "E06": {"millesime": "2015"}, "E07": {"apres": "40,5"},
    "E18": {"raison": "erreur"}, "E20": {1: " … "}, "E21": {"list": ["A/moins_25"]},
    "E22": {"valeur": "82"}, "E23": {"list": ["B/moins_25"]}, "E27": {"cache": " "}, "E28": {"commune": "0"},
    "E35": {"question": " "}, "E36": {"date": "30 février"},
}  # fmt: skip


def right(asked: Exercise) -> dict[Any, Any]:
    """The answer that the form must hold for the exercise to be right."""
    if asked.id in _SAID:
        return dict(_SAID[asked.id])
    if asked.id in ("E01", "E02", "E28"):
        return _computed(asked.id)
    if asked.kind in ("ordre", "selection"):
        return {"list": [i["key"] for i in asked.items if asked.kind == "ordre" or i["answer"]]}
    found = {i["key"]: i["answer"][0] if isinstance(i["answer"], list) else i["answer"] for i in asked.items}
    return found | (
        {"limite": "des revenus anciens", "partenaire": "le centre social", "date": "3 février"}
        if asked.id == "E36"
        else {}
    )


def _computed(id: str) -> dict[Any, Any]:
    from datakit import study, territory
    from tests.course.vectors import _gaps

    if id == "E02":
        return {"commune": territory().qpv(2024)["insee_com"].iloc[0][:5]}
    if id == "E01":
        row = study("population").iloc[0]
        year = study("population").attrs["years"]["population_municipale"]
        return {"code": row["code_qp"], "population": f"{row['population_municipale']:.0f}", "annee": str(year)}
    gaps = {name: f"{gap:.1f}".replace(".", ",") for name, gap in _gaps().items() if name != "phrase"}
    return gaps | {"phrase": "comparé à son environnement urbain, la ville d'à côté"}


def wrong(asked: Exercise) -> dict[Any, Any] | None:
    """A wrong answer; None for what has none (a survey, the choice of a commune)."""
    good = right(asked)
    if asked.id in _WRONG:
        return good | _WRONG[asked.id]
    if asked.kind == "sondage" or asked.id == "E02":
        return None
    if asked.kind == "ordre":
        return {"list": good["list"][::-1]}
    if asked.kind == "selection":
        return {"list": [i["key"] for i in asked.items if not i["answer"]][:1]}
    first = asked.items[0]["key"]
    return good | {first: next(o for o in asked.options if o != good[first])}


def fields(asked: Exercise, values: dict[Any, Any]) -> list[tuple[dict[str, Any], Any]]:
    form = form_of(asked) or {}
    alone = len(form["fields"]) == 1 and form["shape"] == "list"
    return [(field, values["list"] if alone else values.get(field["key"], "")) for field in form["fields"]]


Pairs = list[tuple[dict[str, Any], Any]]


def by_mouse(page: Page, form: Locator, asked: Exercise, values: dict[Any, Any]) -> None:
    """Text goes in by pasting: no key is pressed."""
    fill_by_mouse(page, form, fields(asked, values))
    form.get_by_role("button", name="Vérifier").click()


def fill_by_mouse(page: Page, form: Locator, pairs: Pairs) -> None:
    for field, value in pairs:
        kind, group = (
            field["kind"],
            form.locator("fieldset", has=form.page.locator("legend", has_text=field["text"])).first,
        )
        if kind in ("choix", "cartes"):
            form.locator(
                f"fieldset:has(legend:text-is({quoted(field['text'])})) label:has(input[value={quoted(value)}])"
            ).click()
        elif kind in ("liste", "quartier", "commune"):
            form.get_by_label(field["text"], exact=True).locator(f"option[value={quoted(value)}]").wait_for(
                state="attached"
            )
            form.get_by_label(field["text"], exact=True).select_option(value)
        elif kind == "cases":
            for option, text in field["options"]:
                group.get_by_label(text, exact=True).set_checked(option in value)
        elif kind == "tableau":
            _press_cells(form, value, lambda button: button.click())
        elif kind == "ordre":
            _order(form, field, value, lambda button: button.click())
        elif kind == "grille":
            for at, row in enumerate(value):
                while form.locator("tbody tr").count() <= at:
                    form.get_by_role("button", name="Ajouter une ligne").click()
                for box, cell in zip(form.locator("tbody tr").nth(at).locator("input").all(), row, strict=True):
                    box.fill(cell)
        else:
            form.get_by_label(field["text"], exact=True).fill(value)


def quoted(text: str) -> str:
    return '"' + str(text).replace('"', '\\"') + '"'


def _press_cells(form: Locator, wanted: list[str], press: Any) -> None:
    for row in form.locator("tbody tr").all():
        name = row.locator("th").inner_text()
        for button, column in zip(row.locator("button").all(), ("moins_25", "25_59", "60_plus"), strict=False):
            if (button.get_attribute("aria-pressed") == "true") != (f"{name}/{column}" in wanted):
                press(button)


def _order(form: Locator, field: dict[str, Any], wanted: list[str], press: Any) -> None:
    texts = dict(field["options"])
    for place, card in enumerate(wanted):
        for _ in range(len(wanted)):
            shown = form.locator(".dk-ordre li > span:first-child").all_inner_texts()
            if shown.index(texts[card]) == place:
                break
            press(form.get_by_role("button", name=f"Monter : {texts[card]}", exact=True))


def by_keyboard(page: Page, form: Locator, asked: Exercise, values: dict[Any, Any]) -> None:
    """From wherever the focus is before the form: Tab to each control, in the order of reading, and its own keys."""
    fill_by_keyboard(page, form, fields(asked, values))
    tab_to(page, "e.dataset.dk === 'verifier'")
    page.keyboard.press("Enter")


def fill_by_keyboard(page: Page, form: Locator, pairs: Pairs) -> None:
    for field, value in pairs:
        kind = field["kind"]
        if kind in ("choix", "cartes"):
            tab_to(
                page,
                f"e.type === 'radio' && e.closest('fieldset').querySelector('legend').textContent === {quoted(field['text'])}",
            )
            page.keyboard.press("Space")
            for _ in field["options"]:
                if page.evaluate("document.activeElement.value") == value:
                    break
                page.keyboard.press("ArrowDown")
            assert page.evaluate("document.activeElement.checked && document.activeElement.value") == value
        elif kind in ("liste", "quartier", "commune"):
            form.get_by_label(field["text"], exact=True).locator(f"option[value={quoted(value)}]").wait_for(
                state="attached"
            )
            tab_to(page, f"e.labels?.[0]?.textContent === {quoted(field['text'])}")
            page.keyboard.press("Home")
            while page.evaluate("document.activeElement.value") != value:
                page.keyboard.press("ArrowDown")
        elif kind == "cases":
            for option, text in field["options"]:
                tab_to(page, f"e.type === 'checkbox' && e.labels[0].textContent === {quoted(text)}")
                if page.evaluate("document.activeElement.checked") != (option in value):
                    page.keyboard.press("Space")
        elif kind == "tableau":

            def press(button: Locator) -> None:
                tab_to(page, f"e.getAttribute('aria-label') === {quoted(button.get_attribute('aria-label') or '')}")
                page.keyboard.press("Space")

            _press_cells(form, value, press)
        elif kind == "ordre":

            def move(button: Locator) -> None:
                name = quoted(button.get_attribute("aria-label") or "")
                if not page.evaluate(f"document.activeElement.getAttribute('aria-label') === {name}"):
                    tab_to(page, f"e.getAttribute('aria-label') === {name}", back=True)
                page.keyboard.press("Enter")

            _order(form, field, value, move)
        elif kind == "grille":
            for at, row in enumerate(value, 1):
                if form.locator("tbody tr").count() < at:
                    tab_to(page, "e.textContent === 'Ajouter une ligne'")
                    page.keyboard.press("Enter")
                for column, cell in zip(field["columns"], row, strict=True):
                    tab_to(page, f"e.getAttribute('aria-label') === {quoted(f'Ligne {at}, {column}')}")
                    page.keyboard.press("Control+a")
                    page.keyboard.insert_text(cell)
        else:
            tab_to(page, f"e.labels?.[0]?.textContent === {quoted(field['text'])}")
            page.keyboard.press("Control+a")
            page.keyboard.insert_text(value)


def tab_to(page: Page, test: str, *, back: bool = False) -> None:
    for key in ["Tab"] * 80 + (["Shift+Tab"] * 80 if back else []):
        if page.evaluate(f"(e => Boolean({test}))(document.activeElement)"):
            return
        page.keyboard.press(key)
    raise AssertionError(f"la touche Tab n'arrive pas à : {test}")


ODD_NUMBERS = [
    "3 578",
    "24,2 %",
    "32,7",
    "environ 43",
    "1 ou 2",
    "beaucoup",
    "= A1 + B1",
    "🙂",
    "-12",
    "0,43",
    "1e3",
    "x" * 10_000,
]
