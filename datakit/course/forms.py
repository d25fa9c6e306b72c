"""Les formulaires de la table ronde et de l'atelier : tableau des partenaires, fiche-projet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from datakit.core.errors import OptionError
from datakit.core.french import enumerate_words, plural
from datakit.core.options import one_of
from datakit.core.writing import write_whole
from datakit.course.typography import french

_PARTNERS = ("organisation", "détient", "condition", "qui appelle")
_SHEET = {
    "question": "La question, avec un point d'interrogation",
    "decision": "La décision qu'elle éclaire",
    "donnees": "Les données utiles",
    "detenteurs": "Qui les détient",
    "cadre": "Le cadre : base légale, convention, seuil",
    "livrable": "Le livrable, et pour qui",
    "etape": "La première étape, à 30 jours",
    "habitants": "La place des habitants",
    "risque": "Le risque majeur et le plan B",
}
MISSING = "à compléter"


@dataclass(frozen=True, repr=False)
class Form:
    """Un formulaire rempli : ``.table``, ``.missing`` (ce qui manque), ``.save(chemin)``."""

    title: str
    table: pd.DataFrame
    missing: tuple[str, ...]
    advice: str = ""

    def __repr__(self) -> str:
        return f"{self.title}\n{self.table.to_string(index=False)}\n{self._gaps()}"

    def _repr_html_(self) -> str:
        head = "".join(f"<th scope='col'>{escape(str(c))}</th>" for c in self.table.columns)
        rows = "".join(self._row(values) for values in self.table.itertuples(index=False))
        return (
            f"<table><caption>{escape(self.title)}</caption><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
            f"<p>{escape(self._gaps())}</p>"
        )

    @staticmethod
    def _row(values: Sequence[object]) -> str:
        first, *others = (f"<em>{MISSING}</em>" if v == MISSING else escape(str(v)) for v in values)
        return f"<tr><th scope='row'>{first}</th>{''.join(f'<td>{o}</td>' for o in others)}</tr>"

    def _gaps(self) -> str:
        if not self.missing:
            return "Rien ne manque."
        if self.advice:
            return french(self.advice)
        return french(f"Il manque {plural(len(self.missing), 'élément')} : {enumerate_words(self.missing)}.")

    def save(self, path: str | Path) -> Path:
        """Garder le formulaire : ``.xlsx`` pour le compléter, ``.html`` pour l'imprimer, ``.csv`` ou ``.md``.

        Parameters
        ----------
        path : str or Path
            Le fichier ; son extension choisit le format.

        Returns
        -------
        Path
            Le fichier écrit.

        Raises
        ------
        OptionError
            Une autre extension.
        """
        target = Path(path)
        one_of(target.suffix.lower(), [".xlsx", ".html", ".csv", ".md"], "l'extension du fichier")
        if target.suffix.lower() in (".xlsx", ".csv"):
            from datakit.sources.reading.dialects import write_table

            return write_table(self.table, target)
        if target.suffix.lower() == ".md":
            return write_whole(target, self._markdown())
        title = escape(self.title)
        head = f"<!doctype html><html lang='fr'><meta charset='utf-8'><title>{title}</title>{_STYLE}"
        body = f"<main><h1>{title}</h1>{self._repr_html_()}</main></html>"
        return write_whole(target, head + body)

    def _markdown(self) -> str:
        lines = [f"# {self.title}", ""]
        for row in self.table.to_dict("records"):
            first, *others = row.items()
            lines += [f"- **{first[1]}** : " + " · ".join(str(v) for _, v in others)]
        return "\n".join([*lines, "", self._gaps(), ""])


_STYLE = (
    "<style>body{font:1.05rem/1.5 system-ui,sans-serif;margin:2rem;max-width:60rem}"
    "caption{text-align:left;font-weight:600}table{border-collapse:collapse;width:100%}"
    "th,td{border:1px solid #767676;padding:.5rem;text-align:left;vertical-align:top}"
    "em{color:#555}@media print{body{margin:0}}</style>"
)


def partner_table(rows: Sequence[Sequence[object]] | pd.DataFrame) -> Form:
    """Le tableau des partenaires d'un contrat de ville ; les cases vides deviennent des manques visibles.

    Parameters
    ----------
    rows : list of tuples, or DataFrame
        Organisation, ce qu'elle détient, à quelle condition, qui l'appelle. Des rôles, jamais des noms de personnes.
        Un fichier complété dans un tableur se relit : ``partner_table(pandas.read_excel("partenaires.xlsx"))``.

    Returns
    -------
    Form

    Raises
    ------
    OptionError
        Une ligne qui n'a pas quatre cases.

    Examples
    --------
    >>> partner_table([("CAF", "allocataires", "donnée ouverte", "")]).missing
    ('CAF\\xa0: qui appelle',)
    """
    cleaned = []
    for number, row in enumerate(_lines(rows), 1):
        cells = [_cell(c) for c in row]
        if len(cells) != len(_PARTNERS):
            raise OptionError(
                f"la ligne {number} a {plural(len(cells), 'case')} au lieu de {len(_PARTNERS)}.",
                details={"Cases attendues": ", ".join(_PARTNERS)},
                remedy='laisser "" pour une case vide.',
            )
        cleaned.append([c or MISSING for c in cells])
    table = pd.DataFrame(cleaned, columns=list(_PARTNERS))
    missing = [
        french(f"{row[0]} : {column}")
        for row in cleaned
        for column, cell in zip(_PARTNERS, row, strict=True)
        if cell == MISSING
    ]
    return Form("Partenaires du contrat de ville", table, tuple(missing))


def _lines(rows: Sequence[Sequence[object]] | pd.DataFrame) -> list[Sequence[object]]:
    if isinstance(rows, pd.DataFrame):
        return list(rows.itertuples(index=False, name=None))
    lines: list[Any] = [rows] if isinstance(rows, str) or not isinstance(rows, Sequence) else list(rows)
    wrong = next((n for n, row in enumerate(lines, 1) if isinstance(row, str) or not isinstance(row, Sequence)), None)
    if wrong:
        raise OptionError(
            f"la ligne {wrong} n'est pas une suite de cases.",
            details={"Cases attendues": ", ".join(_PARTNERS)},
            remedy='écrire chaque ligne entre parenthèses : ("CAF", "allocataires", "donnée ouverte", "").',
        )
    return lines


def _cell(value: object) -> str:
    # an empty cell of a spreadsheet comes back as NaN, a gap that was shown comes back as its words
    text = "" if value is None or value != value else str(value).strip().strip("_")
    return "" if text == MISSING else text


def project_sheet(answers: Mapping[str, object]) -> Form:
    """La fiche-projet, mise en page : un champ par ligne, les manques visibles.

    Parameters
    ----------
    answers : dict
        Les champs de l'exercice E35 ; ``grille`` est le nombre de « oui » aux dix questions.

    Returns
    -------
    Form

    Raises
    ------
    OptionError
        Un champ inconnu.

    Examples
    --------
    >>> len(project_sheet({"question": "Qui attend le bus avant six heures ?"}).missing)
    9
    """
    for name in answers:
        one_of(name, [*_SHEET, "grille"], "le champ")
    values = {k: _cell(answers.get(k)) for k in _SHEET}
    rows = [(french(label), values[k] or MISSING) for k, label in _SHEET.items()]
    ticked = _cell(answers.get("grille"))
    rows.append(("Grille éthique", f"{ticked} oui sur 10" if ticked else MISSING))
    missing = [label for label, value in rows if value == MISSING]
    return Form("Fiche-projet Data & Quartiers", pd.DataFrame(rows, columns=["champ", "réponse"]), tuple(missing))


_FEEDBACK = {
    "plus": "Un plus : ce qu'il faut garder",
    "moins": "Un moins : ce qu'il faut changer",
    "appris": "Ce que vous ferez autrement lundi",
    "manque": "Ce que vous auriez voulu, et qui manquait",
}


def feedback(answers: Mapping[str, object]) -> Form:
    """Le retour d'une personne sur la journée ; rien n'est envoyé, ``.save("retour.html")`` le garde sur son disque.

    Parameters
    ----------
    answers : dict
        ``plus``, ``moins``, ``appris``, ``manque`` : une phrase chacun, sans aucun nom.

    Returns
    -------
    Form

    Raises
    ------
    OptionError
        Un champ inconnu.

    Examples
    --------
    >>> len(feedback({"plus": "les cartes"}).missing)
    3
    """
    for name in answers:
        one_of(name, _FEEDBACK, "le champ")
    rows = [(french(label), _cell(answers.get(name)) or MISSING) for name, label in _FEEDBACK.items()]
    missing = tuple(label for label, value in rows if value == MISSING)
    return Form("Mon retour sur la journée", pd.DataFrame(rows, columns=["question", "réponse"]), missing)
