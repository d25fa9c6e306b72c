"""La planche-contact : toutes les figures, cartes et fiches sur une page, pour les regarder d'un coup."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import geopandas as gpd

    from datakit.output.figure import Figure


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Déclarer les options de ``datakit planche``."""
    parser.add_argument("-o", "--output", type=Path, required=True, help="le dossier à remplir")
    parser.add_argument("--depot", help="ecole (par défaut), officiel, ou un dossier")
    parser.add_argument("--geography", type=int, default=2024, choices=(2015, 2024), help="le découpage (2024)")


def run(args: argparse.Namespace) -> int:
    """Dessiner, enregistrer aux trois tailles, et écrire ``index.html``."""
    from datakit.core.writing import write_whole
    from datakit.output.fiche.profile import profile
    from datakit.output.maps.webmap import webmap
    from datakit.output.markup import escape

    figures, layer = _figures(args.geography, args.depot)
    parts = []
    for name, figure in figures.items():
        for size in ("page", "diapo", "telephone"):
            figure.save(args.output / f"{name}-{size}.png", size=size)
        shown = "".join(
            f'<a href="{name}-{size}.png"><img src="{name}-{size}.png" height="380" alt="{escape(figure.alt)}"></a> '
            for size in ("page", "telephone")
        )
        parts.append(f"<h2>{escape(name)}</h2><p>{escape(figure.title)}</p>{shown}")
    webmap(layer, "taux_pauvrete").save(args.output / "carte-interactive.html")
    for reserve in dict.fromkeys(reserve for figure in figures.values() for reserve in figure.reserves):
        sys.stderr.write(f"Réserve : {reserve}\n")
    sheet = profile(str(layer["code_qp"].iloc[0]), depot=args.depot)
    sheet.html(args.output / "fiche.html")
    sheet.pdf(args.output / "fiche.pdf")
    links = "".join(f'<li><a href="{f}">{f}</a></li>' for f in ("carte-interactive.html", "fiche.html", "fiche.pdf"))
    page = (
        '<!DOCTYPE html><html lang="fr"><head><meta charset="utf-8"><title>Planche</title></head><body>'
        f"<h1>Planche des figures, cartes et fiches</h1><ul>{links}</ul>{''.join(parts)}</body></html>\n"
    )
    print(write_whole(args.output / "index.html", page))
    return 0


def _figures(geography: int, depot: str | None) -> tuple[dict[str, Figure], gpd.GeoDataFrame]:
    from datakit.output.charts.bars import bars
    from datakit.output.charts.distribution import distribution
    from datakit.output.charts.scatter import scatter
    from datakit.output.charts.strips import strips
    from datakit.output.maps.choropleth import choropleth
    from datakit.output.maps.circles import circles
    from datakit.tables.indicators import load_indicators
    from datakit.tables.joins import join
    from datakit.tables.perimeters import load_qpv

    layer = load_qpv(geography, depot=depot)
    for theme in ("population", "revenus"):
        layer = join(layer, load_indicators(theme, geography=geography, depot=depot))
    first = layer["code_qp"].iloc[0]
    return {
        "cercles": circles(layer, "population_municipale"),
        "classes": choropleth(layer, "taux_pauvrete"),
        "methodes": choropleth(layer, "taux_pauvrete", method=["quantiles", "intervalles_egaux", "jenks"]),
        "barres": bars(layer, "taux_pauvrete", highlight=first, order="nom"),
        "distribution": distribution(layer, "taux_pauvrete", highlight=first),
        "nuage": scatter(layer, "part_moins_25", "taux_pauvrete", highlight=first),
        "bandes": strips(layer, ["taux_pauvrete", "part_moins_25", "niveau_vie_median"], highlight=first),
    }, layer
