"""Les couleurs : contrastes WCAG, distance sous deutéranopie, protanopie et en gris."""

import itertools

import numpy as np
import pytest

from datakit.output.style import category_colours, colour, contrast, luminance, quantity_colours, style

# Machado, Oliveira & Fernandes (2009), severity 1
VISION = {
    "ordinaire": np.eye(3),
    "deutéranopie": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
                              [-0.011820, 0.042940, 0.968881]]),
    "protanopie": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
                            [-0.003882, -0.048116, 1.051998]]),
}  # fmt: skip


def lab(hexa, matrix):
    rgb = np.array([int(hexa[i : i + 2], 16) / 255 for i in (1, 3, 5)])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    seen = np.clip(matrix @ linear, 0, 1)
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ seen / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def distance(first, second, matrix):
    return float(np.linalg.norm(lab(first, matrix) - lab(second, matrix)))


@pytest.mark.parametrize("ink", ["text", "muted"])
@pytest.mark.parametrize("paper", ["paper", "panel"])
def test_text_reaches_four_and_a_half(ink, paper):
    assert contrast(colour("ink", ink), colour("ink", paper)) >= 4.5


@pytest.mark.parametrize(
    "graphic",
    [("roles", "focus"), ("roles", "comparator"), ("roles", "arrival"), ("ink", "line"), ("missing", "edge"),
     ("hidden", "edge"), ("map", "outline")],
)  # fmt: skip
def test_graphics_reach_three(graphic):
    assert contrast(colour(*graphic), colour("ink", "paper")) >= 3


@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_map_classes_stay_apart(vision, count):
    for a, b in itertools.pairwise(quantity_colours(count)):
        assert distance(a, b, VISION[vision]) >= 12


@pytest.mark.parametrize("count", [2, 3, 4, 5])
def test_map_classes_darken_in_grey(count):
    levels = [116 * luminance(c) ** (1 / 3) - 16 for c in quantity_colours(count)]
    assert all(a - b >= 10 for a, b in itertools.pairwise(levels))


@pytest.mark.parametrize("vision", VISION)
def test_colours_shown_together_stay_apart(vision):
    together = [("focus", "comparator"), ("focus", "context"), ("focus", "other"), ("other", "arrival"),
                ("focus", "arrival")]  # fmt: skip
    for a, b in together:
        assert distance(colour("roles", a), colour("roles", b), VISION[vision]) >= 12, (a, b)


@pytest.mark.parametrize("vision", VISION)
def test_categories_stay_apart(vision):
    for a, b in itertools.combinations(category_colours(6), 2):
        assert distance(a, b, VISION[vision]) >= 10, (a, b)


def test_no_red_anywhere():
    hexas = [v for group in style().values() for v in group.values() if isinstance(v, str) and v.startswith("#")]
    for hexa in hexas:
        red, green, blue = (int(hexa[i : i + 2], 16) for i in (1, 3, 5))
        assert not (red > 150 and green < 100 and blue < 100), hexa
