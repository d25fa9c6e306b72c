"""Le formulaire d'un exercice : ses champs, et le code Python que valent ses réponses.

Rien d'interactif ici : l'extension de JupyterLab (``jupyter/formes``) et les pages exportées dessinent cela.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from datakit.analysis.secrecy.ethics import questions
from datakit.course.exercises.bank import Exercise, lesson_forms
from datakit.course.exercises.tables import exercise_table
from datakit.course.typography import french

Form = dict[str, Any]
BLANK = '"____"'
_FEW = 5  # choices that fit side by side; more become a list to unfold
_OF_CARDS = {"ordre": "ordre", "selection": "cases"}


def form_of(asked: Exercise) -> Form | None:
    """Le formulaire d'un exercice, ou None s'il demande du code.

    Examples
    --------
    >>> from datakit.course.exercises.bank import exercise
    >>> form_of(exercise("E03"))["fields"][0]["kind"], form_of(exercise("E15"))
    ('choix', None)
    """
    if asked.kind in _OF_CARDS:
        cards = sorted(asked.items, key=lambda item: str(item["key"]))
        fields: list[dict[str, Any]] = [
            {"kind": _OF_CARDS[asked.kind], "text": asked.title, "options": [_card(c) for c in cards]}
        ]
        shape = "list"
    else:
        kind = "choix" if len(asked.options) <= _FEW else "liste"
        ready: dict[str, Any] = {"kind": kind, "options": _options(asked)} if asked.options else {"kind": "long"}
        drawn = asked.items if asked.options or asked.kind == "libre" else ()
        fields = [{"key": item["key"], "text": item["text"]} | ready for item in drawn]
        shape = "dict"
    own = {str(field["key"]): dict(field) for field in asked.fields}
    fields = [field | own.pop(str(field.get("key")), {}) for field in fields] + list(own.values())
    if not fields:
        return None
    for field in fields:
        if "table" in field:
            field["table"] = _table(str(field["table"]))
    form: Form = {"var": asked.answer_name, "shape": shape, "fields": fields, **asked.form}
    meanings = [[label, asked.options[key]] for key, label in asked.labels.items()]
    return form | ({"meanings": meanings} if meanings else {})


def lesson_form(session: str, name: str) -> Form:
    """Le formulaire d'une cellule de leçon, décrit sous ``[form.…]`` dans le fichier de sa séance."""
    form: Form = lesson_forms(session)[name]
    if form.pop("questions", None) == "gate":
        asked = {"kind": "choix", "options": [["oui", "Oui"], ["non", "Non"]]}
        texts = enumerate(questions().values(), 1)
        form["fields"] = [{"key": rank, "text": french(text)} | asked for rank, text in texts]
    return form


def _options(asked: Exercise) -> list[list[str]]:
    return [[key, asked.labels.get(key, label[:1].upper() + label[1:])] for key, label in asked.options.items()]


def _card(item: Mapping[str, Any]) -> list[str]:
    text = str(item["text"])
    return [str(item["key"]), text[:1].upper() + text[1:]]


def _table(name: str) -> dict[str, Any]:
    table = exercise_table(name)
    rows = [[str(label), *(None if v != v else int(v) for v in row)]
            for label, row in zip(table.index, table.itertuples(index=False), strict=True)]  # fmt: skip
    return {"columns": list(table.columns), "rows": rows}


def code(form: Form, values: Mapping[str, Any] | None = None) -> str:
    """Le code Python d'un formulaire rempli ; ``values`` va de la clé d'un champ à sa réponse.

    C'est le même texte que celui de l'extension (``python.js``), au caractère près.

    Examples
    --------
    >>> code({"var": "x", "shape": "value", "fields": [{"key": "part", "kind": "nombre", "text": "La part"}]})
    'x = "____"'
    """
    given = values or {}
    before, after = form.get("before", f"{form['var']} = "), form.get("after", "")
    return f"{before}{_literal(form, given)}{after}"


def _literal(form: Form, given: Mapping[str, Any]) -> str:
    fields, shape = form["fields"], form["shape"]
    if shape == "rows":
        lines = [f"    ({', '.join(_text(cell) for cell in row)}),\n" for row in given.get("rows", [])]
        return f"[\n{''.join(lines)}]"
    if len(fields) == 1 and shape == "list":
        return f"[{', '.join(_text(v) for v in given.get('list', [])) or BLANK}]"
    said = [_text(given[str(f["key"])]) if str(f["key"]) in given else BLANK for f in fields]
    if shape == "value":
        # a call is written once there is what to call it with: a blank page still runs to its end
        start, end = form.get("wrap", ("", "")) if said[0] != BLANK else ("", "")
        return f"{start}{said[0]}{end}"
    names = [f"{_key(f['key'])}: " if shape == "dict" else "" for f in fields]
    lines = [f"    {name}{value},  # {f['text']}\n" for name, value, f in zip(names, said, fields, strict=True)]
    return f"{'{' if shape == 'dict' else '['}\n{''.join(lines)}{'}' if shape == 'dict' else ']'}"


def _key(key: object) -> str:
    return str(key) if str(key).isdigit() else _text(key)


def _text(value: object) -> str:
    return json.dumps(str(value), ensure_ascii=False)
