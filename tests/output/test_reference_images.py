"""Six images de référence, comparées à l'œil d'un ordinateur : une petite tolérance, pas un octet.

Les refaire après un changement voulu : ``DATAKIT_REFAIRE_IMAGES=1 pytest tests/output/test_reference_images.py``,
puis les regarder une à une avant de les garder.
"""

import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image, ImageFilter

from datakit.output import render
from datakit.output.charts.bars import bars
from datakit.output.charts.distribution import distribution
from datakit.output.charts.flow import flow
from datakit.output.charts.pyramid import pyramid
from datakit.output.fiche.pictures import pictures
from datakit.output.fiche.sheet import compose
from datakit.output.maps.choropleth import choropleth

FOLDER = Path(__file__).parent / "reference"
NAMES = ("barres", "distribution", "pyramide", "flux", "carte", "situation")


def figure(name, zones, dossier):
    table = pd.DataFrame(zones.drop(columns="geometry"))
    table.attrs = dict(zones.attrs)
    ages = pd.DataFrame(
        {"femmes": [320, 300, 280, 260, 190, 120, 60], "hommes": [340, 310, 260, 230, 170, 90, 30]},
        index=[
            "0 à 14 ans",
            "15 à 24 ans",
            "25 à 39 ans",
            "40 à 54 ans",
            "55 à 64 ans",
            "65 à 79 ans",
            "80 ans et plus",
        ],
    )
    moves = pd.DataFrame({"effectif": [800, 200, 250], "taux_pauvrete": [41.0, 30.0, 55.0]})
    moves.index = ["restes", "partis", "arrives"]
    table["bas"], table["haut"] = table["taux_pauvrete"] - 3, table["taux_pauvrete"] + 3
    return {
        "barres": lambda: bars(table, "taux_pauvrete", low="bas", high="haut", highlight="QN09604M",
                               comparators={"Environnement urbain": 14.5}),
        "distribution": lambda: distribution(table, "taux_pauvrete", highlight="QN09604M"),
        "pyramide": lambda: pyramid(ages, comparator=ages[::-1].set_axis(ages.index), comparator_name="la commune",
                                    name="Les Peupliers", labels=table.attrs["labels"]),
        "flux": lambda: flow(moves, indicator="taux_pauvrete", start=2015, end=2020, name="Les Peupliers"),
        "carte": lambda: choropleth(zones, "taux_pauvrete", ground=None, highlight="QN09604M"),
        "situation": lambda: pictures(dossier, compose(dossier, "QN09604M"))[0],
    }[name]()  # fmt: skip


def seen(image):
    """Ce qui reste quand on plisse les yeux : en gris, flou."""
    return np.asarray(image.convert("L").filter(ImageFilter.GaussianBlur(2)), dtype=float)


def gap(first, second):
    """Écart moyen et écart fort (99,9 %) entre deux images, sur 255."""
    apart = np.abs(seen(first) - seen(second))
    return float(apart.mean()), float(np.quantile(apart, 0.999))


@pytest.mark.parametrize("name", NAMES)
def test_it_still_looks_the_same(name, zones, dossier):
    made = Image.open(io.BytesIO(render.png(figure(name, zones, dossier))))
    path = FOLDER / f"{name}.png"
    if os.environ.get("DATAKIT_REFAIRE_IMAGES"):
        made.convert("RGB").quantize(96).save(path, optimize=True)
    with Image.open(path) as kept:
        assert kept.size == made.size
        mean, strong = gap(kept.convert("RGB"), made.convert("RGB"))
    assert mean < 1.0 and strong < 25, (mean, strong)


def test_the_comparison_sees_a_change(zones, dossier):
    with Image.open(FOLDER / "barres.png") as kept:
        changed = kept.convert("RGB")
        changed.paste((27, 39, 51), (500, 200, 800, 260))
        assert gap(kept.convert("RGB"), changed)[1] > 25
