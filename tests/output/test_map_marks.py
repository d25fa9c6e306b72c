"""Une carte qu'on peut publier : rien ne se couvre, chaque quartier est nommé, un nombre n'est pas une couleur."""

import re

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datakit import choropleth, circles, load_qpv
from datakit.core.errors import OptionError, UnsafeOperation
from datakit.output import render
from datakit.output.maps.paper.spreading import spread

MAPS = {"taux_pauvrete": choropleth, "population_municipale": circles}


def filled(qpv, seed=3):
    """Des valeurs tirées au sort, deux absentes : la carte dépend des contours, pas des chiffres."""
    chance = np.random.default_rng(seed)
    made = qpv.assign(
        taux_pauvrete=chance.uniform(25, 60, len(qpv)).round(1),
        population_municipale=chance.lognormal(8, 0.6, len(qpv)).round(0),
    )
    if len(made) > 6:
        made.loc[made.index[:2], list(MAPS)] = np.nan
    made.attrs = dict(qpv.attrs)
    return made


def meetings(marks):
    """Les paires de rectangles qui se couvrent, la liste des numéros mise à part."""
    shown = marks[marks["kind"] != "légende"].reset_index(drop=True)
    box = shown[["x0", "y0", "x1", "y1"]].to_numpy()
    across = np.minimum(box[:, None, 2], box[None, :, 2]) - np.maximum(box[:, None, 0], box[None, :, 0])
    up = np.minimum(box[:, None, 3], box[None, :, 3]) - np.maximum(box[:, None, 1], box[None, :, 1])
    first, second = np.nonzero(np.triu((across > 0) & (up > 0), 1))
    return [(shown["code"][a], shown["kind"][a], shown["code"][b], shown["kind"][b])
            for a, b in zip(first, second, strict=True)]  # fmt: skip


def check(figure, codes):
    marks = figure.marks
    assert meetings(marks) == []
    assert set(codes) <= set(marks.loc[marks["kind"] == "marque", "code"])
    assert set(codes) <= set(marks.loc[marks["label"] != "", "code"])
    # a number is read in the list under the map
    numbered = marks[marks["label"].str.fullmatch(r"\d+") & marks["code"].isin(codes)]
    assert set(numbered["code"]) <= set(marks.loc[marks["kind"] == "légende", "code"])
    return marks


@pytest.mark.parametrize("geography", [2015, 2024])
@pytest.mark.parametrize("value", MAPS)
def test_nothing_meets_and_all_is_named_in_the_school(geography, value):
    qpv = filled(load_qpv(geography))
    marks = check(MAPS[value](qpv, value), qpv["code_qp"])
    assert {"commune", "nom", "fenêtre"} <= set(marks["kind"])


def lyon(q):
    return q["siren_epci"] == "200046977"


def lille(q):
    return q["siren_epci"] == q.loc[q["insee_com"] == "59350", "siren_epci"].iloc[0]


CASES = {
    "Lyon 2015": (2015, {"department": "69"}, lyon),
    "Lyon 2024": (2024, {"department": "69"}, lyon),
    "Lille": (2024, {"department": "59"}, lille),
    "Fort-de-France": (2024, {"commune": "97209"}, None),
    "Rennes": (2024, {"commune": "35238"}, None),
    "un quartier": (2024, {"commune": "69260"}, None),
}


@pytest.mark.parametrize("value", MAPS)
@pytest.mark.parametrize("case", CASES)
def test_nothing_meets_and_all_is_named_on_real_outlines(case, value, real):
    geography, where, kept = CASES[case]
    qpv = load_qpv(geography, depot=str(real), **where)
    qpv = filled(qpv if kept is None else qpv[kept(qpv)])
    check(MAPS[value](qpv, value), qpv["code_qp"])


@pytest.mark.parametrize("width", [7.2, 3.9])
def test_a_phone_shows_them_too(width):
    qpv = filled(load_qpv(2024))
    assert render.png(choropleth(qpv, "taux_pauvrete"), width=width)


def test_a_count_is_refused_in_classes_and_a_rate_in_circles():
    qpv = filled(load_qpv(2024))
    with pytest.raises(UnsafeOperation, match="classes de couleur") as refused:
        choropleth(qpv, "population_municipale")
    assert "circles(couche, 'population_municipale')" in str(refused.value)
    with pytest.raises(UnsafeOperation, match="cercles proportionnels") as refused:
        circles(qpv, "taux_pauvrete")
    assert "choropleth(couche, 'taux_pauvrete')" in str(refused.value)
    with pytest.raises(UnsafeOperation, match="classes de couleur"):
        choropleth(qpv.assign(essai=range(len(qpv))), "essai")
    with pytest.raises(UnsafeOperation, match="négatif"):
        circles(qpv.assign(essai=-1.0), "essai")
    assert choropleth(qpv.assign(essai=range(len(qpv))), "essai", unit="%").title


def test_the_reason_of_an_exception_is_printed():
    figure = choropleth(filled(load_qpv(2024)), "population_municipale", ok_because="pour montrer l'erreur")
    assert "pour montrer l'erreur" in figure.caption


def test_the_area_of_a_circle_is_the_number():
    qpv = filled(load_qpv(2024))
    marks = circles(qpv, "population_municipale").marks
    wide = marks[marks["kind"] == "marque"].groupby("code").agg(x0=("x0", "min"), x1=("x1", "max"))
    values = qpv.set_index("code_qp")["population_municipale"].dropna()
    ratio = (wide["x1"] - wide["x0"]).loc[values.index] ** 2 / values
    # a circle is measured to the pixel
    assert ratio.max() / ratio.min() < 1.15


def test_what_is_missing_has_no_size():
    qpv = filled(load_qpv(2024))
    drawing = render.svg(circles(qpv, "population_municipale")).decode()
    assert "donnée manquante" in drawing
    hidden = qpv.assign(population_municipale=qpv["population_municipale"].where(qpv.index > qpv.index[4]))
    assert circles(hidden, "population_municipale").table["Remarque"].eq("donnée manquante").sum() == 5


def test_a_total_is_said_only_when_nothing_is_hidden():
    qpv = filled(load_qpv(2024))
    assert "en tout" not in circles(qpv, "population_municipale").title
    whole = circles(qpv.dropna(subset="population_municipale"), "population_municipale")
    assert "en tout" in whole.title


def test_discs_are_pushed_apart_the_same_way_each_time():
    spots = np.random.default_rng(1).uniform(0, 1, (60, 2))
    spots[7] = spots[3]
    radii = np.full(60, 0.04)
    first, second = (spread(spots, radii, 0.01, (0, 0, 1, 1), [(0.4, 0.4, 0.6, 0.6)]) for _ in range(2))
    apart = np.hypot(*(first[:, None] - first[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, 1)
    assert (first == second).all() and apart.min() >= 0.09 - 1e-6
    assert not ((abs(first - 0.5) < 0.1 + 0.04).all(axis=1)).any()


@pytest.mark.parametrize(("size", "wide"), [("page", 1036), ("diapo", 1920), ("telephone", 1080)])
def test_a_figure_has_three_sizes(size, wide, tmp_path):
    figure = choropleth(filled(load_qpv(2024)), "taux_pauvrete")
    with Image.open(figure.save(tmp_path / "c.png", size=size)) as made:
        assert abs(made.width - wide) <= 1
    with pytest.raises(OptionError, match="size"):
        figure.save(tmp_path / "c.png", size="affiche")


def test_a_chart_has_no_mark():
    from datakit import bars

    assert bars(pd.Series({"a": 1.0}, name="v")).marks.empty


@pytest.mark.complete
def test_the_contact_sheet_holds_every_picture_it_shows(tmp_path):
    from datakit.cli import main

    assert main(["planche", "-o", str(tmp_path)]) == 0
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    shown = set(re.findall(r'(?:src|href)="([^"]+)"', page))
    assert {"fiche.pdf", "carte-interactive.html", "cercles-telephone.png"} <= shown
    assert all((tmp_path / name).stat().st_size > 1000 for name in shown)
