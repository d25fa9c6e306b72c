"""Le HTML des figures et des tables : accessible, échappé, identique d'une exécution à l'autre."""

from __future__ import annotations

import base64
import html
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.french import number, plural, spaced
from datakit.output.lettering import clean

if TYPE_CHECKING:
    import pandas as pd

    from datakit.output.panel import Drawing

ROWS_SHOWN = 200
_CELL = "padding:.2em .7em;border-bottom:1px solid #dfe4e9"


def escape(text: object) -> str:
    """Un texte inoffensif dans du HTML, corps ou attribut."""
    return html.escape(clean(text), quote=True)


def figure_html(figure: Drawing) -> str:
    """``<figure>`` : image et texte de remplacement, étiquettes, table des données repliée."""
    from datakit.output import render

    picture = base64.b64encode(render.png(figure, footer=False)).decode("ascii")
    return (
        '<figure style="margin:1em 0;max-width:46rem">'
        f'<img alt="{escape(figure.alt)}" src="data:image/png;base64,{picture}" style="max-width:100%;height:auto">'
        f'<figcaption style="font-size:.8em;line-height:1.45">{escape(spaced(figure.caption))}</figcaption>'
        "<details><summary>Les données de cette figure</summary>"
        f"{table_html(figure.table, figure.title, figure.decimals)}</details></figure>"
    )


def table_html(
    table: pd.DataFrame, caption: str, decimals: Mapping[str, int] | None = None, missing: str = "n.d."
) -> str:
    """Une table accessible : légende, ``scope`` sur les en-têtes, nombres à la française ; ``missing`` pour le vide."""
    shown = table.head(ROWS_SHOWN)
    heads = "".join(_head(name) for name in [_index_name(table), *table.columns])
    rows = "".join(
        f'<tr><th scope="row" style="text-align:left;{_CELL}"><bdi>{escape(_index_text(label))}</bdi></th>'
        + "".join(
            _cell(value, _places(decimals, name), missing) for name, value in zip(shown.columns, values, strict=True)
        )
        + "</tr>"
        for label, values in zip(shown.index, shown.itertuples(index=False, name=None), strict=True)
    )
    more = len(table) - len(shown)
    rest = f"<p>… et {plural(more, 'ligne')} de plus dans l'attribut <code>.table</code>.</p>" if more > 0 else ""
    return (
        # a caption wraps to its table: a narrow one would make a column of words
        f'<table style="border-collapse:collapse;margin:.6em 0;min-width:min(26rem,100%)">'
        f'<caption style="text-align:left;font-weight:bold;padding:.3em 0">{escape(caption)}</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>{rest}"
    )


def _head(name: object) -> str:
    return f'<th scope="col" style="text-align:left;{_CELL}">{escape(name)}</th>'


def _index_name(table: pd.DataFrame) -> str:
    return str(table.index.name or "Ligne")


def _index_text(label: object) -> str:
    return " · ".join(str(part) for part in label) if isinstance(label, tuple) else str(label)


def _places(decimals: Mapping[str, int] | None, name: object) -> int | None:
    return (decimals or {}).get(str(name))


def _cell(value: Any, places: int | None, missing: str) -> str:
    if isinstance(value, (bool, str)) or not hasattr(value, "__float__"):
        empty = value is None or str(value) in ("<NA>", "nan", "NaT")
        return f'<td style="text-align:left;{_CELL}"><bdi>{escape(missing if empty else value)}</bdi></td>'
    shown = escape(number_text(value, places, missing))
    return f'<td style="text-align:right;white-space:nowrap;{_CELL}">{shown}</td>'


def number_text(value: Any, places: int | None = None, missing: str = "n.d.") -> str:
    """Un nombre à la française ; sans indication, une décimale s'il n'est pas entier."""
    amount = float(value)
    if places is None:
        places = 0 if amount != amount or amount == round(amount) else 1 if abs(amount) >= 10 else 2
    return number(amount, places, missing=missing)
