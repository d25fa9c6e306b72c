"""Les voitures, les trajets vers le travail, et les arrêts de bus : de quoi dire qui attend avant six heures, et où."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from workshop.school.incomes import EMPLOYED, STUDENT, State, uniform_of
from workshop.school.territory import Territory

NONE, CAR, TRANSIT, WALK = range(4)
MODES = ("sans trajet", "voiture", "transports en commun", "à pied ou à vélo")
FIRST_HOUR = 6 * 60
_SQUARE = 520.0  # one stop at most in each square of this side, in metres
_DWELLINGS = 60
_BY_DIPLOMA = np.array([0.25, 0.19, 0.10, 0.03])  # leave home before six: cleaning, care, warehouses, building sites


def cars(t: Territory, state: State) -> np.ndarray:
    """Voitures de chaque ménage (0, 1, 2 ou plus) : moins chez les modestes, les personnes seules, au centre."""
    adults = np.bincount(state.household, state.adult, len(state.size))
    oldest = np.zeros(len(state.size))
    np.maximum.at(oldest, state.household, state.age)
    block = t.places.block[state.dwelling]
    dense = t.blocks.urban[block] * np.exp(-1.2 * t.blocks.town_distance[block])
    none = 0.01 + 0.18 * state.poor + 0.11 * (adults == 1) + 0.09 * dense + 0.20 * (oldest >= 78)
    none += 0.13 * (t.places.estate[state.dwelling] >= 0) - 0.05 * (state.kids > 0)
    none *= np.where(t.blocks.urban[block], 1.0, 0.45)
    u = uniform_of(state.id_household, 81)
    second = (adults >= 2) & (uniform_of(state.id_household, 82) < np.where(state.poor, 0.25, 0.62))
    return np.where(u < none, 0, 1 + second).astype(np.int8)


def trips(t: Territory, state: State, owned: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Par personne : le mode principal vers le travail, et si elle part de chez elle avant six heures."""
    works = state.job == EMPLOYED
    u = uniform_of(state.person, 83)
    town = t.blocks.urban[t.places.block[state.dwelling]][state.household]
    carless = owned[state.household] == 0
    p_transit = np.where(carless, np.where(town, 0.68, 0.30), np.where(town, 0.12, 0.02))
    p_walk = np.where(carless, 0.92 - p_transit, 0.09)
    mode = np.select([~works, u < p_transit, u < p_transit + p_walk], [NONE, TRANSIT, WALK], CAR)
    early = works & (uniform_of(state.person, 84) < _BY_DIPLOMA[state.diploma])
    return mode, early


@dataclass(frozen=True)
class Stops:
    """Un arrêt par ligne : son adresse, l'heure du premier bus (en minutes), et l'arrêt de chaque logement."""

    address: np.ndarray
    first: np.ndarray
    of_dwelling: np.ndarray

    def __len__(self) -> int:
        return len(self.address)


def make_stops(t: Territory) -> Stops:
    """Un arrêt par carré assez habité ; le premier bus part tôt au centre, et d'un grand ensemble sur deux."""
    xy = t.addresses.xy
    flats = np.bincount(t.dwellings.address, minlength=len(xy))
    square = np.floor(xy / _SQUARE).astype(np.int64)
    key = square[:, 0] * 1_000_003 + square[:, 1]
    values, index = np.unique(key, return_inverse=True)
    middle = (square + 0.5) * _SQUARE
    off = np.hypot(*(xy - middle).T)
    order = np.lexsort((off, index))
    nearest = order[np.r_[True, np.diff(index[order]) > 0]]
    address = nearest[np.bincount(index, flats, len(values)) >= _DWELLINGS]
    block = t.addresses.block[address]
    estate = t.settlements.estates.block[block]
    away = t.blocks.town_distance[block]
    # the lines that leave from the depot first serve the centres; those of the edge wait for the second round
    late = np.where(estate >= 0, estate % 2 == 1, away > 0.55)
    minutes = np.where(late, 365, 305) + np.round(uniform_of(address.astype(np.int64), 85) * 30)
    near = cKDTree(xy[address]).query(xy)[1]
    return Stops(address, minutes.astype(int), near[t.dwellings.address])


def boardings(t: Territory, state: State, stops: Stops) -> dict[str, np.ndarray]:
    """Montées d'un jour ouvré ordinaire, par arrêt : avant six heures, de six à neuf, dans la journée."""
    mode, early = trips(t, state, cars(t, state))
    stop = stops.of_dwelling[state.dwelling][state.household]
    # one working day in five is not travelled: part time, leave, work at home
    today = uniform_of(state.person, 86) < 0.8
    rider = (mode == TRANSIT) & today
    pupil = (state.job == STUDENT) & (uniform_of(state.person, 87) < 0.45) & today
    before = rider & early & (stops.first[stop] < FIRST_HOUR)
    others = (rider & ~early) | pupil
    peak = others & (uniform_of(state.person, 88) < 0.7)
    n = len(stops)
    counts = {"avant_6h": before, "de_6h_a_9h": peak}
    found = {name: np.bincount(stop[who], minlength=n) for name, who in counts.items()}
    return found | {"jour": found["avant_6h"] + np.round(1.9 * np.bincount(stop[others], minlength=n)).astype(int)}
