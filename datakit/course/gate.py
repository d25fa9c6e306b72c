"""La grille des dix questions éthiques : oui ou non, et que faire quand c'est non."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

import pandas as pd

from datakit.core.errors import OptionError
from datakit.course.exercises.answers import choose
from datakit.course.forms import Form
from datakit.course.typography import french


@cache
def questions() -> list[dict[str, str]]:
    """Les dix questions et, pour chacune, ce qu'il faut faire si la réponse est non."""
    text = resources.files("datakit.analysis.secrecy").joinpath("gate.toml").read_text(encoding="utf-8")
    return [{k: french(v) for k, v in entry.items()} for entry in tomllib.loads(text)["question"]]


def gate(answers: Mapping[Any, Any] | Sequence[Any]) -> Form:
    """La grille remplie : les « oui », les « non » et ce qu'ils demandent.

    Parameters
    ----------
    answers : dict or list
        Numéro de question → ``"oui"`` ou ``"non"``, ou la liste des dix réponses. Une question sans réponse vaut non.

    Returns
    -------
    Form
        ``.missing`` : ce qu'il reste à faire avant de publier.

    Raises
    ------
    OptionError
        Une réponse qui n'est ni oui ni non, ou une question qui n'existe pas.

    Examples
    --------
    >>> len(gate(["oui"] * 9 + ["non"]).missing)
    1
    """
    given = dict(answers) if isinstance(answers, Mapping) else dict(enumerate(answers, 1))
    asked = questions()
    unknown = [k for k in given if k not in range(1, len(asked) + 1)]
    if unknown:
        raise OptionError(f"la question {unknown[0]} n'existe pas.", details={"Questions": f"de 1 à {len(asked)}"})
    rows, todo = [], []
    for number, question in enumerate(asked, 1):
        said = given.get(number, "non")
        word = ("oui" if said else "non") if isinstance(said, bool) else choose(said, ["oui", "non"])
        if word is None:
            raise OptionError(
                f"la réponse {number} n’est ni oui ni non.", details={"Lu": said}, remedy='écrire "oui" ou "non".'
            )
        rows.append((number, question["text"], word, "" if word == "oui" else question["if_no"]))
        todo += [question["if_no"]] if word == "non" else []
    table = pd.DataFrame(rows, columns=["n°", "question", "réponse", "à faire"])
    advice = f"{len(todo)} « non » : la colonne « à faire » dit par où commencer, avant de publier."
    return Form(f"Grille éthique : {len(asked) - len(todo)} oui sur {len(asked)}", table, tuple(todo), advice)
