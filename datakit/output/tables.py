"""Une table montrée dans un notebook : légende, en-têtes balisés, nombres à la française, étiquettes dessous."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datakit.core.french import plural, spaced
from datakit.core.labels import caption, labels_shown, make_labels, reserves_of
from datakit.core.options import check_table
from datakit.output.inputs import NAME_COLUMNS, STATUS_WORDS
from datakit.output.lettering import clean
from datakit.output.markup import escape, number_text, table_html
from datakit.output.words import words_for

if TYPE_CHECKING:
    import pandas as pd

_HEADINGS: dict[str | int, str] = {"code_qp": "Code", "insee_com": "Code commune", "code": "Code", "status": "Statut"}
_STATUSES = {k: v for k, v in STATUS_WORDS.items() if v} | {
    "publie": "publié",
    "primaire": "primaire",
    "complementaire": "complémentaire",
    "indetermine": "indéterminé",
    "inchange": "contour inchangé",
    "modifie": "contour modifié",
    "sans_successeur": "sans successeur",
}
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
            return self.missing if value is None or str(value) in ("<NA>", "nan", "NaT") else clean(value)
        return number_text(value, self.decimals.get(str(name)), self.missing)

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
        S'affiche en HTML accessible dans un notebook, en texte ailleurs ; toujours identique.

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
    kept = frame[[c for c in frame.columns if c != "geometry"]]
    decimals: dict[str, int] = {}
    names: dict[object, str] = {}
    figures: list[object] = []
    for column in kept.columns:
        if pd.api.types.is_numeric_dtype(kept[column]) and not pd.api.types.is_bool_dtype(kept[column]):
            words = words_for(str(column), kept[column])
            names[column] = words.heading
            figures.append(column)
            decimals[words.heading] = words.decimals
        else:
            names[column] = "Nom" if column in NAME_COLUMNS else clean(column)
    shown = pd.DataFrame(kept).rename(columns=names).rename_axis(index=_HEADINGS).rename(index=_spoken)
    named = labels_shown(table, figures) | {k: clean(v) for k, v in (labels or {}).items()}
    return TableView(clean(title), shown, named, tuple(reserves_of(table)), decimals, clean(missing))


def _spoken(label: object) -> object:
    """The word of a status, where the index holds statuses (« publie » is a column's value, not a French word)."""
    return _STATUSES.get(label, label) if isinstance(label, str) else label
