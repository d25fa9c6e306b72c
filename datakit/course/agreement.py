"""Du tableau des partenaires au squelette d'une convention : les clauses de la séance 2, et ce qu'il reste à écrire."""

from __future__ import annotations

import tomllib
from importlib import resources

import pandas as pd

from datakit.core.errors import OptionError
from datakit.core.french import sort_key
from datakit.course.forms import MISSING, Form
from datakit.course.typography import french


def agreement(partners: Form, question: str = "") -> Form:
    """Le squelette d'une convention, rempli avec le tableau des partenaires ; les blancs restent visibles.

    Parameters
    ----------
    partners : Form
        Ce que rend ``partner_table`` : les lignes dont la condition dit « convention » deviennent des clauses.
    question : str
        La question à laquelle les données répondent.

    Returns
    -------
    Form
        Une clause par ligne et par partenaire ; ``.save("convention.html")`` la garde. À faire relire par un ou une
        juriste.

    Raises
    ------
    OptionError
        Aucune ligne du tableau n'est sous convention.

    Examples
    --------
    >>> from datakit import partner_table
    >>> partners = partner_table([("bailleur social", "entrées et sorties", "convention", "")])
    >>> "bailleur social transmet" in agreement(partners, "Qui déménage ?").table["texte"][2]
    True
    """
    model = tomllib.loads(resources.files("datakit.course").joinpath("agreement.toml").read_text(encoding="utf-8"))
    chosen = [row for row in partners.table.to_dict("records") if "convention" in sort_key(str(row.get("condition")))]
    if not chosen:
        raise OptionError(
            "aucune ligne du tableau n'est sous convention : une donnée ouverte n'en demande pas.",
            remedy="écrire « convention » dans la colonne « condition » du partenaire concerné.",
        )
    blank = model["blank"]
    rows, missing = [], []
    for row in chosen:
        facts = {"partenaire": row["organisation"], "detient": row["détient"], "appelle": row["qui appelle"]}
        facts = {name: blank if value == MISSING else value for name, value in facts.items()}
        facts["question"] = question.strip() or blank
        for clause in model["clause"]:
            text = french(str(clause["text"]).format_map(facts))
            rows.append((clause["name"], text))
            if blank in text:
                missing.append(f"{clause['name']} ({facts['partenaire']})")
    return Form(model["title"], pd.DataFrame(rows, columns=["clause", "texte"]), tuple(missing), _ADVICE)


_ADVICE = "Chaque suite de points est à remplir. Ce squelette n'est pas un avis : un ou une juriste le relit."
