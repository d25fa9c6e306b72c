"""Le parc social : comptages par zone (le fichier détaillé RPLS en vient aussi)."""

from __future__ import annotations

import numpy as np

from workshop.school.incomes import State, uniform_of
from workshop.school.measures import Measures
from workshop.school.territory import Territory


def energy_label(t: Territory) -> np.ndarray:
    """Étiquette énergie (0 : A … 6 : G, −1 : inconnue) de chaque logement, d'après l'époque du bâti."""
    ids = np.arange(len(t.dwellings))
    # one diagnosis per building
    u = uniform_of(t.dwellings.address.astype(np.int64), 61)
    centre = np.array([4.6, 4.3, 3.6, 2.0])[t.dwellings.era]
    label = np.clip(np.round(centre + 2.4 * (u - 0.5) + 1.0 * (uniform_of(ids, 62) - 0.5)), 0, 6).astype(int)
    return np.asarray(np.where(uniform_of(ids, 63) < 0.12, -1, label))


def housing(t: Territory, state: State, of_dwelling: np.ndarray, n: int) -> Measures:
    """Logements sociaux par zone."""
    d = t.dwellings
    occupied = np.zeros(len(d), bool)
    occupied[state.dwelling] = True
    keep = of_dwelling >= 0

    def count(mask: np.ndarray) -> np.ndarray:
        return np.bincount(of_dwelling[keep], mask[keep], n)

    return {
        "social": count(d.social),
        "social_vacant": count(d.social & ~occupied),
        "social_small": count(d.social & (d.rooms <= 2)),
        "social_large": count(d.social & (d.rooms >= 5)),
        "social_fg": count(d.social & (energy_label(t) >= 5)),
        "social_occupied": count(d.social & occupied),
        "main": count(occupied),
    }
