"""Ce que la page d'un exercice sait vérifier sans Python : règles et messages, calculés à l'export.

Une règle est ``[condition, message]`` ; la première qui convient répond. Les conditions sont lues par ``verdict.js``.
Les messages viennent du TOML, les valeurs des mêmes calculs que ``check`` ; un test compare les deux verdicts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain, combinations
from typing import Any

from datakit.course.desk import choices
from datakit.course.exercises.answers import UnreadableAnswer
from datakit.course.exercises.bank import Exercise, exercises
from datakit.course.exercises.engine import checker
from datakit.course.exercises.form import form_of
from datakit.course.exercises.kinds import RIGHT, Verdict
from datakit.course.sessions import accueil, analyse, atelier, conclusion, ethique, sensibilisation, truth
from datakit.course.typography import french

Rules = list[tuple[Any, str]]
_LEFT = "Il reste à remplir : {vides}."


def page_exercise(asked: Exercise) -> dict[str, Any]:
    """Tout ce qu'il faut pour répondre à un exercice dans une page : formulaire, vérification, indices, solution."""
    form = _filled(form_of(asked) or {})
    reasons = [f"{item['key']} : {item['why']}" for item in asked.items if "why" in item]
    verify = _OWN.get(asked.id, _by_kind)(asked)
    shown = {"pictures": choices("cartes")} if any(f["kind"] == "cartes" for f in form["fields"]) else {}
    return shown | {
        "id": asked.id, "title": asked.title, "form": form, "hints": list(asked.hints), "minutes": asked.minutes,
        "solution": "\n".join([asked.solution, *reasons]), "right": asked.right,
        "noted": asked.noted, "verify": verify,
    }  # fmt: skip


def _filled(form: dict[str, Any]) -> dict[str, Any]:
    """Le formulaire, ses listes de quartiers ou de communes remplies : une page n'a pas de noyau à qui les demander."""
    for field in form["fields"]:
        if field["kind"] in ("quartier", "commune"):
            field["options"] = choices(field["kind"])
    return form


def said(asked: Exercise, verdict: Verdict) -> str:
    """Le message d'un verdict, comme ``check`` le donne."""
    if verdict.text:
        return french(verdict.text)
    text = asked.right if verdict.key == RIGHT else str(asked.mistakes[verdict.key]["message"])
    return french(text.format_map(dict(verdict.facts)))


def _by_kind(asked: Exercise) -> dict[str, Any]:
    items = [{k: v for k, v in item.items() if k not in ("text", "why")} for item in asked.items]
    orders = [[*str(m["before"]).split(" < "), m["message"]] for m in asked.mistakes.values() if "before" in m]
    return {"kind": asked.kind, "items": items, "orders": orders}


def _rules(asked: Exercise, rules: Rules, **more: Any) -> dict[str, Any]:
    """Des règles ; un nom d'erreur de l'exercice y vaut son message."""
    told = [
        [when, str(asked.mistakes[text]["message"]) if text in asked.mistakes else french(text)] for when, text in rules
    ]
    return {"kind": "regles", "rules": told, **more}


def _near(key: str, value: float, tolerance: float) -> list[Any]:
    return ["near", key, float(value), tolerance]


def _unless(condition: Any) -> list[Any]:
    return ["not", condition]


def _e01(asked: Exercise) -> dict[str, Any]:
    quarters = truth.quarters(*truth.place(), "population")
    year = int(quarters.attrs["years"]["population_municipale"])
    known = {c: [str(r["lib_qp"]), float(r["population_municipale"])] for c, r in quarters.iterrows()}
    rules: Rules = [
        (["blank", "code", "population", "annee"], "manque"),
        (_unless(["looked", "population", "code", 1, 0.5]), "autre_ligne"),
        (_unless(_near("annee", year, 1e-9)), "annee"),
    ]
    facts = {"nom": ["looked", "code", 0], "population": ["number", "population"]}
    facts |= {name: ["text", name] for name in ("code", "annee")}
    return _rules(asked, rules, known=known, facts=facts, names=accueil.NAMES)


def _e02(asked: Exercise) -> dict[str, Any]:
    from datakit import communes_of, load_qpv, territory

    links = communes_of(territory().qpv(2024))
    codes = sorted(set(links["insee_com"]))
    answers = {code: checker(asked)(asked, load_qpv(2024, commune=code)) for code in codes}
    known = {code: [said(asked, verdict)] for code, verdict in answers.items()}
    return _rules(asked, [(["blank", "commune"], _LEFT)], known=known, right=["looked", "commune", 0])


def _e05(asked: Exercise) -> dict[str, Any]:
    inside, outside, first, second = sensibilisation.TOWN
    poor, others = inside * first / 100, outside * second / 100
    share, whole = 100 * poor / (poor + others), poor + others
    guesses = {"taux": first, "part_population": 100 * inside / (inside + outside), "complement": 100 - share,
               "denominateur": 100 * poor / others}  # fmt: skip
    ratios = [_near("part", r, 0.02 * r) for r in (first / second, 100 * first / second, 100 * second / first)]
    counts = [_near("part", n, 0.02 * n) for n in (poor, whole, others)]
    rules: Rules = [
        (["blank", "part"], _LEFT), (["right", _near("part", share, 0.6)], ""),
        *((_near("part", value, 0.9), name) for name, value in guesses.items()),
        (["any", *ratios], "rapport_des_taux"), (["any", *counts], "effectif"),
        (_near("part", 24.5, 0.5), "lecon"), (["always"], "loin"),
    ]  # fmt: skip
    return _rules(asked, rules, percents=["part"], facts={"valeur": ["percent", "part"]})


def _e06(asked: Exercise) -> dict[str, Any]:
    labels = list(sensibilisation.LABELS)
    swapped = ["all", ["match", "millesime", "2015"], ["match", "perimetre", "2018"]]
    rules: Rules = [(["blank", *labels], "manque"), (swapped, "millesime_perimetre")]
    rules += [(_unless(["match", label, test]), label) for label, test in sensibilisation.LABELS.items()]
    return _rules(asked, rules)


def _e07(asked: Exercise) -> dict[str, Any]:
    ends = {"sans_arrivees": 31, "sans_departs": 47, "sans_sorties": 44}
    rules: Rules = [
        (["blank", "avant", "apres", "lecture"], _LEFT),
        (["all", _near("avant", 480, 0.5), _unless(_near("apres", 0, 100))], "effectifs"),
        (["all", _near("avant", 43, 0.05), _near("apres", 44, 0.05)], "lecon"),
        (_unless(_near("avant", 40, 0.05)), "avant"),
        *((_near("apres", value, 0.05), name) for name, value in ends.items()),
        (_unless(_near("apres", 41, 0.05)), "apres"),
        (_unless(["is", "lecture", "les deux"]), "lecture"),
    ]
    return _rules(asked, rules, percents=["avant", "apres"], facts={n: ["percent", n] for n in ("avant", "apres")})


def _e18(asked: Exercise) -> dict[str, Any]:
    gap = 3120 - 2790
    rules: Rules = [
        (["blank", "ecart", "raison"], _LEFT),
        (_near("ecart", -gap, 1e-6), "signe"),
        (["any", *(_near("ecart", 100 * gap / base, 0.3) for base in (3120, 2790))], "pourcentage"),
        (_unless(_near("ecart", gap, 1e-6)), "ecart"),
        (["is", "raison", "annee"], "annee"),
        (["is", "raison", "erreur"], "erreur"),
    ]
    return _rules(asked, rules, facts={"ecart": ["number", "ecart"]})


def _cells(asked: Exercise) -> dict[str, Any]:
    """Toutes les façons de cliquer les cases, et ce que ``check`` en dit : il n'y en a que quelques milliers."""
    form = form_of(asked) or {}
    table = form["fields"][0]["table"]
    names = [
        f"{row[0]}/{column}"
        for row in table["rows"]
        if row[0] != "Ensemble"
        for column in table["columns"]
        if column != "Ensemble"
    ]
    told: dict[str, int] = {}
    found = []
    for chosen in chain.from_iterable(combinations(range(len(names)), n) for n in range(len(names) + 1)):
        try:
            verdict = checker(asked)(asked, [names[i] for i in chosen])
            text = ("1" if verdict.key == RIGHT else "0") + said(asked, verdict)
        except UnreadableAnswer as problem:
            text = "0" + french(f"Pas encore lisible : {problem}")
        found.append((sum(1 << i for i in chosen), told.setdefault(text, len(told))))
    return {"kind": "cases", "names": names, "answers": [index for _, index in sorted(found)], "told": list(told)}


def _e22(asked: Exercise) -> dict[str, Any]:
    hidden, guesses = ethique.masked()
    rules: Rules = [(["blank", "valeur"], _LEFT), (["right", _near("valeur", hidden, 1e-9)], "")]
    rules += [(["any", *(_near("valeur", v, 1e-9) for v in values)], name) for name, values in guesses.items()]
    return _rules(asked, [*rules, (["always"], "loin")], facts={"valeur": ["number", "valeur"]})


def _e28(asked: Exercise) -> dict[str, Any]:
    rates = truth.comparison(*truth.place())
    own, known = rates["quartier"], {k: v for k, v in rates.items() if k in truth.COMPARATORS and v == v}
    kinds = {name: ["all", *(_near(k, f(own, v), 0.06) for k, v in known.items())] for name, f in analyse.GAPS.items()}
    good = ["all", *(_near(k, own - v, 0.06) for k, v in known.items())]
    rules: Rules = [(["blank", *known], _LEFT)]
    rules += [(["all", _unless(good), kind], name) for name, kind in kinds.items()]
    rules += [
        (_unless(_near(k, own - v, 0.06)), str(asked.mistakes["ecart"]["message"]).format(nom=k))
        for k, v in known.items()
    ]
    rules += [(["worded", "phrase"], "phrase")]
    answer = {k: own - v for k, v in known.items()} | {"phrase": "commune"}
    return _rules(asked, rules, right=said(asked, checker(asked)(asked, answer)))


def _e35(asked: Exercise) -> dict[str, Any]:
    texts = atelier.SHEET[:-1]
    rules: Rules = [
        (["worded", *texts], str(asked.mistakes["manque"]["message"]).replace("{champs}", "{vides}")),
        (_unless(["whole", "grille", 0, 10]), "grille"),
    ]
    return _rules(asked, rules, names=atelier.FIELDS)


def _e36(asked: Exercise) -> dict[str, Any]:
    opinions = [str(item["key"]) for item in asked.items]
    rules: Rules = [
        (["blank", *opinions], str(asked.mistakes["affirmations"]["message"]).replace("{champs}", "{vides}")),
        (["worded", "limite"], "limite"),
        (["worded", "partenaire"], "partenaire"),
        (_unless(["plain", "date", conclusion.DATE.pattern]), "date"),
    ]
    facts = {
        "partenaire": ["text", "partenaire"],
        "date": ["text", "date"],
        "lu": ["text", "date"],
    }
    # the same five questions as in the morning: what changed is said beside the page's progress
    return _rules(asked, rules, facts=facts, since=["E04", *opinions])


_OWN: Mapping[str, Callable[[Exercise], dict[str, Any]]] = {
    "E01": _e01, "E02": _e02, "E05": _e05, "E06": _e06, "E07": _e07, "E18": _e18,
    "E21": _cells, "E22": _e22, "E23": _cells, "E28": _e28, "E35": _e35, "E36": _e36,
}  # fmt: skip


def clicked(session: str) -> list[dict[str, Any]]:
    """Les exercices d'une séance qui se font dans sa page."""
    return [page_exercise(e) for e in exercises().values() if e.session == session and e.clicked]
