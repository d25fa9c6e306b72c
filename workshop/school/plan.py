"""Les cibles, les noms et les générateurs aléatoires : tout ce qui est écrit à la main pour fabriquer Orvanche."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

STAGES = (
    "terrain",
    "settlements",
    "estates",
    "dwellings",
    "households",
    "lives",
    "jobs",
    "perimeters",
    "zoning",
    "equipment",
    "companies",
    "education",
    "health",
)


@cache
def targets() -> dict[str, Any]:
    """Les cibles publiées et les réglages (``targets.toml``)."""
    return tomllib.loads(files(__package__).joinpath("targets.toml").read_text(encoding="utf-8"))


@cache
def names() -> dict[str, Any]:
    """Les noms inventés (``names.toml``)."""
    return tomllib.loads(files(__package__).joinpath("names.toml").read_text(encoding="utf-8"))


@cache
def equipment_types() -> dict[str, Any]:
    """Les types d'équipement et leur fréquence (``equipment.toml``)."""
    return tomllib.loads(files(__package__).joinpath("equipment.toml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Plan:
    """Ce qu'on demande : une graine et un nombre d'habitants.

    Chaque étape a son propre générateur, tiré de la graine : changer le code d'une étape ne décale pas les autres.
    """

    seed: int
    residents: int

    def rng(self, stage: str) -> np.random.Generator:
        """Le générateur de l'étape ``stage``."""
        children = np.random.SeedSequence(self.seed).spawn(len(STAGES))
        return np.random.default_rng(children[STAGES.index(stage)])

    @property
    def n_communes(self) -> int:
        """Treize communes pour 420 000 habitants : un plus grand territoire en a davantage, non de plus grosses."""
        return max(2, round(self.residents * float(targets()["territoire"]["communes_par_habitant"])))

    @property
    def n_estates(self) -> int:
        """Le nombre de grands ensembles dont la règle officielle fera, ou non, des QPV."""
        return max(2, round(self.residents * float(targets()["territoire"]["qpv_par_habitant"])))


def from_quantiles(values: list[float], u: np.ndarray) -> np.ndarray:
    """Tirer dans une distribution publiée par ses quantiles (interpolés sur une échelle logarithmique)."""
    probabilities = targets()["formes"]["probabilites"]
    return np.asarray(np.exp(np.interp(u, probabilities, np.log(values))))


def smooth_field(plan: Plan, xy: np.ndarray, scale_m: float, salt: int, waves: int = 60) -> np.ndarray:
    """Un champ aléatoire lisse, de moyenne 0 et d'écart-type 1 environ."""
    rng = np.random.default_rng([plan.seed, 3, salt])
    k = rng.normal(0, 1 / scale_m, (waves, 2))
    phase = rng.uniform(0, 2 * np.pi, waves)
    total = np.zeros(len(xy))
    for (kx, ky), p in zip(k, phase, strict=True):
        total += np.cos(xy[:, 0] * kx + xy[:, 1] * ky + p)
    return np.asarray(total * np.sqrt(2 / waves))
