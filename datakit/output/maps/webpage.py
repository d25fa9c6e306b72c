"""La page HTML autour d'une carte interactive : un seul fichier, Leaflet compris, aucun appel à un autre serveur."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

from datakit.output.maps.leaflet import MAP, ZONES
from datakit.output.markup import escape
from datakit.output.style import colour, style

_HATCHES = {
    "missing": '<path d="M0 8L8 0" stroke="EDGE" stroke-width="1.4"/>',
    "hidden": '<path d="M0 8L8 0M0 0L8 8" stroke="EDGE" stroke-width="1.2"/>',
}


@cache
def _static(name: str) -> str:
    return resources.files("datakit.output").joinpath("static", *name.split("/")).read_text(encoding="utf-8")


@cache
def _leaflet() -> tuple[str, str]:
    # the pictures of markers and of the layer button are not used here: no file to look for beside the page
    css = re.sub(r"url\([^)]*\)", "none", _static("leaflet/leaflet.css"))
    js = re.sub(r"//# sourceMappingURL=\S+", "", _static("leaflet/leaflet.js"))
    return css, js


@cache
def _css() -> str:
    text = _static("webmap.css")
    values = {
        "VAR_TEXT": colour("ink", "text"),
        "VAR_PAPER": colour("ink", "paper"),
        "VAR_MUTED": colour("ink", "muted"),
        "VAR_LINE": colour("ink", "line"),
        "VAR_GRID": colour("ink", "grid"),
        "VAR_FOCUS": colour("roles", "focus"),
        "VAR_FONT": style()["fonts"]["page"],
    }
    for name, value in values.items():
        text = text.replace(name, value)
    return text


def script_json(data: Sequence[Mapping[str, str]] | Mapping[str, object]) -> str:
    """Du JSON qu'un bloc ``<script>`` ne peut pas fermer ni rompre.

    Examples
    --------
    >>> script_json([{"nom": "</script>"}])
    '[{"nom":"\\\\u003c/script>"}]'
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def patterns() -> str:
    """Les hachures de « manquant » et de « secret », à employer par ``fill="url(#missing)"``."""
    made = []
    for name, lines in _HATCHES.items():
        look = style()[name]
        made.append(
            f'<pattern id="{name}" width="8" height="8" patternUnits="userSpaceOnUse">'
            f'<rect width="8" height="8" fill="{look["fill"]}"/>{lines.replace("EDGE", look["edge"])}</pattern>'
        )
    return f'<svg width="0" height="0" aria-hidden="true" style="position:absolute"><defs>{"".join(made)}</defs></svg>'


def legend_html(entries: Sequence[tuple[str, str, float]]) -> str:
    """La légende : une liste de (remplissage, texte, rayon) ; une classe se met seule en avant par son bouton."""
    edge = colour("ink", "text")
    made = []
    for fill, text, radius in entries:
        if radius:
            # what is missing is a small dashed ring: it has no size
            dashed = ' stroke-dasharray="2 2"' if radius < 0 else ""
            reach = radius if radius > 0 else 5.0
            side = round(2 * reach + 2)
            drawing = f'<circle cx="{side / 2}" cy="{side / 2}" r="{reach:.1f}" fill="none" stroke="{edge}"{dashed}/>'
            made.append(
                f'<li><svg width="{side}" height="{side}" aria-hidden="true">{drawing}</svg>{escape(text)}</li>'
            )
            continue
        swatch = (
            f'<svg width="26" height="16" aria-hidden="true"><rect x="1" y="1" width="24" height="14" fill="{fill}" '
            f'stroke="{edge}"/></svg>'
        )
        made.append(
            f'<li><button type="button" aria-pressed="false" data-fill="{fill}">{swatch}{escape(text)}</button></li>'
        )
    return f'<ul class="legende">{"".join(made)}</ul>'


def map_page(
    *,
    title: str,
    subtitle: str,
    drawn: tuple[str, str],
    legend: Sequence[tuple[str, str, float]],
    marks: Mapping[str, object],
    shape: float,
    zones: Sequence[Mapping[str, str]],
    notes: Sequence[str],
    sea: bool,
    tiles: str | None,
    after: str = "",
) -> str:
    """Le document entier, autour du bloc et du script que folium a écrits."""
    leaflet_css, leaflet_js = _leaflet()
    block, script = drawn
    # beyond the towns that the depot has, plain land: the background has no edge
    back = style()["map"]["water" if sea else "land"]
    options = "".join(f'<option value="{i}">{escape(z["name"])}</option>' for i, z in enumerate(zones))
    images = "data: https://data.geopf.fr https://tile.openstreetmap.org" if tiles else "data:"
    policy = f"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src {images}"
    lines = "".join(f'<p class="small">{escape(n)}</p>' for n in notes)
    return f"""<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
<style>{leaflet_css}
{_css().replace("VAR_BACK", back).replace("VAR_SHAPE", str(shape))}</style></head>
<body><main><h1>{escape(title)}</h1><p>{escape(subtitle)}</p>
<form class="outils" role="search"><span><label for="cherche">Chercher un nom : </label>
<input id="cherche" type="search" list="noms" autocomplete="off"><datalist id="noms"></datalist></span>
<span><label for="liste">ou aller à : </label>
<select id="liste"><option value="">choisir dans la liste</option>{options}</select></span>
<button type="button" id="tout">Voir tout</button> <button type="button" id="imprimer">Imprimer</button></form>
{block}
<p id="annonce" class="annonce" aria-live="polite"></p>
{legend_html(legend)}{lines}{after}</main>{patterns()}
<script type="application/json" id="donnees">{script_json(zones)}</script>
<script type="application/json" id="marques">{script_json(marks)}</script>
<script>{leaflet_js}</script>
<script>{_static("webmap.js")}</script>
<script>{script}
datakitReady({MAP}, {ZONES});</script></body></html>
"""
