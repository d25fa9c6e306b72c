"""Redessiner les deux cartes de la page d'Orvanche, d'après ``data/`` : ``python docs/orvanche/cartes.py``."""

from pathlib import Path

import geopandas as gpd
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
from matplotlib.axes import Axes

from datakit import load_communes, load_qpv

HERE = Path(__file__).parent
BACKGROUND = HERE.parents[1] / "data" / "fonds" / "fonds_orvanche.gpkg"
BLUE, ORANGE = "#0072b2", "#d55e00"


def layer(name: str) -> gpd.GeoDataFrame:
    """Une couche du fond de carte."""
    return gpd.read_file(BACKGROUND, layer=name)


def save(ax: Axes, title: str, note: str, name: str) -> None:
    """Titrer, dire que les données sont fictives, enregistrer."""
    ax.set_axis_off()
    ax.set_title(title, loc="left", fontsize=11)
    ax.figure.text(0.02, 0.02, f"Données fictives. {note}", fontsize=8)
    ax.figure.savefig(HERE / name, dpi=100)
    plt.close(ax.figure)


def island(communes: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame) -> None:
    """L'île entière."""
    _, ax = plt.subplots(figsize=(8, 7.4))
    ax.set_position([0.02, 0.05, 0.96, 0.88])
    groups = {code: k for k, code in enumerate(sorted(communes.siren_epci.unique()))}
    tints = communes.siren_epci.map(groups).map({0: "#f3f0e8", 1: "#e3ebe0"})
    communes.plot(ax=ax, color=tints, edgecolor="#888888", linewidth=0.6)
    layer("relief").plot(ax=ax, color="#b08d57", linewidth=0.35, alpha=0.6)
    layer("taches_urbaines").plot(ax=ax, color="#d5cfc4")
    layer("rivieres").plot(ax=ax, color="#56b4e9", linewidth=1.2)
    qpv.plot(ax=ax, color=BLUE)
    for line in layer("taches_urbaines").itertuples():
        ax.annotate(line.nom, (line.geometry.centroid.x, line.geometry.bounds[3]), ha="center", va="bottom", fontsize=8)
    note = "Villes en gris, QPV 2024 en bleu, courbes de niveau tous les 25 m, une teinte par intercommunalité."
    save(ax, f"Orvanche : treize communes, deux intercommunalités, {len(qpv)} quartiers prioritaires", note, "ile.png")


def meeting_point(communes: gpd.GeoDataFrame, old: gpd.GeoDataFrame, qpv: gpd.GeoDataFrame) -> None:
    """Autour du quartier qui est sur trois communes."""
    middle = qpv.loc[qpv.insee_com.str.count(",").idxmax()].geometry.centroid
    _, ax = plt.subplots(figsize=(8, 6.4))
    ax.set_position([0.02, 0.06, 0.96, 0.86])
    layer("rues").plot(ax=ax, color="#cccccc", linewidth=0.6)
    qpv.plot(ax=ax, color="#8fbfdc")
    communes.boundary.plot(ax=ax, color="#333333", linewidth=1.2)
    old.boundary.plot(ax=ax, color=ORANGE, linewidth=1.6)
    ax.set_xlim(middle.x - 2000, middle.x + 2000)
    ax.set_ylim(middle.y - 1500, middle.y + 1500)
    note = "QPV 2024 en bleu, contours de 2015 en orange, limites communales en noir, rues en gris."
    save(ax, "Là où trois communes se touchent : contours de 2015 et de 2024", note, "trois_communes.png")


if __name__ == "__main__":
    places = load_communes().to_crs(2154)
    before, now = (load_qpv(geography).to_crs(2154) for geography in (2015, 2024))
    island(places, now)
    meeting_point(places, before, now)
