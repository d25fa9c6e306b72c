"""Une table montrée dans un notebook : légende, en-têtes balisés, nombres à la française, étiquettes dessous."""

from __future__ import annotations

import functools
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.calls import in_french
from datakit.core.french import plural, spaced
from datakit.core.labels import LABELS, TITLES, caption, given_labels, labels_shown, make_labels, reserves_of
from datakit.core.options import check_table
from datakit.core.reference import levels
from datakit.core.writing import target_of, write_whole
from datakit.output.inputs import NAME_COLUMNS, STATUS_WORDS
from datakit.output.lettering import clean
from datakit.output.markup import escape, number_text, table_html
from datakit.output.words import words_for
from datakit.sources.catalogue import indicators
from datakit.sources.plausible import doubts

if TYPE_CHECKING:
    import pandas as pd

_YEARS = ("year", "release", "geography")  # a date, not a quantity
_ENDS = {"_low": "au moins", "_high": "au plus"}
_STATUSES = {k: v for k, v in STATUS_WORDS.items() if v} | {
    "publie": "publié",
    "primaire": "primaire",
    "complementaire": "complémentaire",
    "indetermine": "indéterminé",
    "inchange": "contour inchangé",
    "modifie": "contour modifié",
    "sans_successeur": "sans successeur",
}
_EMPTY = ("<NA>", "nan", "NaT")
_TEXT_ROWS = 12
_TEXT_WIDTH = 28


@dataclass(frozen=True, repr=False, eq=False)
class TableView:
    """Une table et ses mots ; ``.table`` garde les nombres."""

    title: str
    table: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=make_labels)
    reserves: tuple[str, ...] = ()
    decimals: Mapping[str, int] = field(default_factory=dict)
    missing: str = "n.d."

    @property
    def caption(self) -> str:
        """Les étiquettes et les réserves."""
        return caption(dict(self.labels), list(self.reserves))

    @property
    def licence(self) -> str:
        """La licence des données, d'après les producteurs que l'étiquette « Source » nomme."""
        from datakit.sources.catalogue import licence_of

        return licence_of(self.labels.get("source", ""))

    def __repr__(self) -> str:
        head = self.table.head(_TEXT_ROWS)
        lines = [[str(head.index.name or ""), *map(str, head.columns)]]
        for key, values in zip(head.index, head.itertuples(index=False, name=None), strict=True):
            lines.append([clean(key), *(self._written(c, v) for c, v in zip(head.columns, values, strict=True))])
        lines = [
            [cell if len(cell) <= _TEXT_WIDTH else cell[: _TEXT_WIDTH - 1] + "…" for cell in line] for line in lines
        ]
        sizes = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
        body = ["  ".join(c.ljust(s) for c, s in zip(line, sizes, strict=True)).rstrip() for line in lines]
        rest = len(self.table) - len(head)
        body += [f"… et {plural(rest, 'ligne')} de plus"] if rest > 0 else []
        return "\n".join([self.title, *body, self.caption])

    def _written(self, name: object, value: object) -> str:
        if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
            return self.missing if value is None or str(value) in _EMPTY else clean(value)
        return number_text(value, self.decimals.get(str(name)), self.missing)

    @in_french
    def save(self, path: str | os.PathLike[str]) -> Path:
        """Enregistrer la table, ses étiquettes et ses réserves.

        Parameters
        ----------
        path : str or Path
            Un nom en ``.xlsx`` (les nombres, puis une feuille « À lire ») ou en ``.html`` (une page à montrer).

        Returns
        -------
        Path
            Le fichier écrit.

        Raises
        ------
        OptionError
            Une autre extension.

        Examples
        --------
        >>> show(table, "Pauvreté").save("pauvrete.xlsx")  # doctest: +SKIP
        PosixPath('pauvrete.xlsx')
        """
        target = target_of(path, (".xlsx", ".html"))
        if target.suffix.lower() == ".xlsx":
            return write_whole(target, self._book())
        from datakit.output.fiche.html import document

        said = f'<p style="font-size:.8em">{escape(spaced(f"Licence : {self.licence}"))}</p>'
        return write_whole(path, document(self.title, f"<h1>{escape(self.title)}</h1>{self._repr_html_()}{said}"))

    def _book(self) -> bytes:
        from datakit.output.workbook import book_bytes, new_book, put, text_lines

        book = new_book(self.title)
        page = book.active
        page.title = "Données"
        for column, head in enumerate([self.table.index.name or "", *self.table.columns], start=1):
            put(page, 1, column, head, bold=True)
            page.column_dimensions[page.cell(1, column).column_letter].width = 24
        cells = self.table.itertuples(name=None)
        for line, row in enumerate(cells, start=2):
            for column, value in enumerate(row, start=1):
                hidden = value is None or str(value) in _EMPTY
                put(page, line, column, self.missing if hidden else _plain(value))
        page.freeze_panes = "B2"
        said = [("Titre", self.title), *((TITLES[k], self.labels[k]) for k in LABELS if k in self.labels)]
        said.append(("Licence", self.licence))
        text_lines(book.create_sheet("À lire"), "À lire", [*said, *(("Réserve", r) for r in self.reserves)])
        return book_bytes(book)

    def _repr_html_(self) -> str:
        small = f'<p style="font-size:.8em">{escape(spaced(self.caption))}</p>'
        return table_html(self.table, self.title, self.decimals, self.missing) + small


def show(
    table: pd.DataFrame | pd.Series, title: str, *, labels: Mapping[str, str] | None = None, missing: str = "n.d."
) -> TableView:
    """Montrer une table lisible par tout le monde, lecteurs d'écran compris.

    Parameters
    ----------
    table : DataFrame or Series
        La table ; une géométrie n'est pas montrée, les indicateurs connus prennent leur libellé et leur unité.
    title : str
        Ce que la table contient, en une phrase.
    labels : mapping, optional
        Des étiquettes qui complètent celles de la table.
    missing : str
        Le mot des cases vides : ``"secret"`` pour une table protégée.

    Returns
    -------
    TableView
        S'affiche en HTML accessible dans un notebook, en texte ailleurs ; toujours identique. ``.save(path)`` l'écrit
        en classeur ou en page, avec ses étiquettes et ses réserves.

    Examples
    --------
    >>> import pandas as pd
    >>> print(show(pd.Series([31.0], index=["Les Pins"], name="taux_pauvrete"), "Pauvreté"))
    Pauvreté
              Taux de pauvreté (%)
    Les Pins  31,0
    Source : non précisé · Millésime : non précisé · Périmètre : non précisé · Champ : non précisé · Comparateur : aucun
    """
    import pandas as pd

    frame = table.to_frame() if isinstance(table, pd.Series) else table
    check_table(frame, "show")
    kept = pd.DataFrame(frame[[c for c in frame.columns if c != "geometry"]].copy())
    decimals: dict[str, int] = {}
    names: dict[object, str] = {}
    figures: list[object] = []
    for column in kept.columns:
        if column in _YEARS:
            kept[column] = kept[column].map(lambda year: str(int(year)), na_action="ignore")
        if pd.api.types.is_numeric_dtype(kept[column]) and not pd.api.types.is_bool_dtype(kept[column]):
            words = words_for(str(column), kept[column])
            names[column] = _heading(str(column)) or words.heading
            figures.append(column)
            decimals[names[column]] = words.decimals
        else:
            said = _heading(str(column))
            names[column] = said or ("Nom" if column in NAME_COLUMNS else clean(column))
            if said:
                kept[column] = kept[column].map(_spoken, na_action="ignore")
    shown = kept.rename(columns=names).rename(index=_spoken)
    if named := _heading(str(kept.index.name)):
        shown.index.name = named
    said_of = labels_shown(table, figures) | {k: clean(v) for k, v in given_labels(labels).items()}
    reserves = tuple(dict.fromkeys([*reserves_of(table), *doubts(frame, figures)]))
    return TableView(clean(title), shown, said_of, reserves, decimals, clean(missing))


@functools.cache
def _headings() -> dict[str, str]:
    return tomllib.loads(Path(__file__).with_name("headings.toml").read_text(encoding="utf-8"))


def _heading(column: str) -> str:
    """The French of a column that datakit names; nothing for any other."""
    for end, said in _ENDS.items():
        if column.endswith(end):
            name = column.removesuffix(end)
            return f"{_headings().get(name) or words_for(name).label}, {said}"
    return _headings().get(column, "")


def _plain(value: object) -> object:
    """A number that a workbook knows; the rest as it is."""
    return value.item() if hasattr(value, "item") else value  # numpy's


def _spoken(label: object) -> object:
    """A status, a level, an indicator in words, where a table holds their technical name."""
    if not isinstance(label, str):
        return label
    known = indicators().get(label)
    return _STATUSES.get(label) or (levels()[label]["title"] if label in levels() else known.label if known else label)
