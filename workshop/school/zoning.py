"""Les découpages ordinaires : communes, EPCI, unités urbaines, IRIS, carreaux de 200 m."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from pyproj import Transformer

from workshop.school.dwellings import Addresses
from workshop.school.plan import Plan, names, targets
from workshop.school.settlements import Settlements
from workshop.school.terrain import Blocks, Towns

IRIS_SIZE = 2100.0
IRIS_FROM = 5000.0


@dataclass(frozen=True)
class Zoning:
    """Codes et noms des zones ; à quelle zone appartient chaque îlot ou chaque adresse."""

    commune_code: list[str]
    commune_name: list[str]
    epci_of_commune: np.ndarray
    epci_code: list[str]
    epci_name: list[str]
    unit_of_commune: np.ndarray  # 0 : hors unité urbaine
    iris: np.ndarray  # per block
    iris_code: list[str]
    iris_name: list[str]
    iris_commune: np.ndarray
    iris_type: list[str]
    cell: np.ndarray  # per address
    cell_xy: np.ndarray  # south-west corners, EPSG:3035
    cell_commune: np.ndarray


def zone_territory(plan: Plan, blocks: Blocks, towns: Towns, settlements: Settlements, addresses: Addresses) -> Zoning:
    """Numéroter et nommer toutes les zones."""
    dep = targets()["territoire"]["departement"]
    n = len(towns.xy)
    commune_code = [f"{dep}{i + 1:03d}" for i in range(n)]
    commune_name = _commune_names(n)
    epci = _epci(towns)
    n_epci = int(epci.max()) + 1
    unit = np.where(
        (np.arange(n) % 13 >= 11) & (n > 2), 0, np.where(np.arange(n) % 13 < 3, 1 + np.arange(n) // 13 * 11, 0)
    )
    alone = (np.arange(n) % 13 >= 3) & (np.arange(n) % 13 < 11)
    unit = np.where(alone, np.arange(n) // 13 * 11 + np.arange(n) % 13 - 1, unit)
    iris, codes, labels, of, kinds = _iris(blocks, settlements, commune_code, commune_name)
    cell, corner = cells_of(addresses.xy)
    cell_commune = _majority(cell, blocks.commune[addresses.block], len(corner))
    return Zoning(
        commune_code, commune_name, epci, [f"2096{i + 1:05d}" for i in range(n_epci)], _epci_names(n_epci), unit,
        iris, codes, labels, of, kinds, cell, corner, cell_commune,
    )  # fmt: skip


def cells_of(xy: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Carreau de 200 m (grille européenne, EPSG:3035) de chaque point Lambert-93 : numéro, coin sud-ouest."""
    east, north = Transformer.from_crs(2154, 3035, always_xy=True).transform(xy[:, 0], xy[:, 1])
    corner = np.stack([np.floor(east / 200), np.floor(north / 200)], 1).astype(np.int64) * 200
    key = corner[:, 1] * 10_000_000 + corner[:, 0]
    values, index = np.unique(key, return_inverse=True)
    return index.ravel(), np.stack([values % 10_000_000, values // 10_000_000], 1)


def _majority(group: np.ndarray, value: np.ndarray, n: int) -> np.ndarray:
    width = int(value.max()) + 1
    pair, count = np.unique(group * width + value, return_counts=True)
    order = np.lexsort((-count, pair // width))
    first = np.r_[True, np.diff((pair // width)[order]) > 0]
    result = np.zeros(n, int)
    result[(pair // width)[order][first]] = (pair % width)[order][first]
    return result


def _commune_names(n: int) -> list[str]:
    known = list(names()["communes"])
    made = [a + b for b in names()["suffixes"] for a in names()["prefixes"]]
    return (known + made)[:n]


def _epci_names(n: int) -> list[str]:
    known = list(names()["epci"])
    return (known + [f"CC des Îlots {i}" for i in range(1, n)])[:n]


def _epci(towns: Towns) -> np.ndarray:
    """Deux EPCI de part et d'autre de l'île ; la troisième ville de l'agglomération est dans le second."""
    n = len(towns.xy)
    per = int(targets()["territoire"]["communes_par_epci"])
    n_epci = max(1, round(n / per)) if n >= 6 else 1
    if n_epci == 1:
        return np.zeros(n, int)
    # slices of the island by direction, seen from its middle
    d = towns.xy - towns.xy.mean(0)
    main = np.arctan2(*(d[0])[::-1])
    turn = (np.arctan2(d[:, 1], d[:, 0]) - main + np.pi / n_epci) % (2 * np.pi)
    epci = np.minimum((turn / (2 * np.pi) * n_epci).astype(int), n_epci - 1)
    epci[1], epci[2] = 0, 1
    used = np.unique(epci)
    return np.asarray(np.searchsorted(used, epci))


def _iris(
    blocks: Blocks, settlements: Settlements, codes: list[str], communes: list[str]
) -> tuple[np.ndarray, list[str], list[str], np.ndarray, list[str]]:
    iris = np.zeros(len(blocks), int)
    out_code: list[str] = []
    out_name: list[str] = []
    of: list[int] = []
    kind: list[str] = []
    for i, code in enumerate(codes):
        members = np.flatnonzero(blocks.commune == i)
        total = settlements.residents[members].sum()
        parts = _bisect(
            members, blocks.seeds, settlements.residents, max(1, round(total / IRIS_SIZE)) if total > IRIS_FROM else 1
        )
        for j, part in enumerate(parts):
            iris[part] = len(out_code)
            split = len(parts) > 1
            out_code.append(code + (f"{j // 20 + 1:02d}{j % 20 + 1:02d}" if split else "0000"))
            out_name.append(_iris_name(j) if split else communes[i])
            of.append(i)
            kind.append("H" if split else "Z")
    return iris, out_code, out_name, np.array(of), kind


def _iris_name(j: int) -> str:
    lieux, sens = names()["lieux"], names()["sens"]
    turn = j // len(lieux)
    return (
        str(lieux[j % len(lieux)])
        + (f" {sens[(turn - 1) % len(sens)]}" if turn else "")
        + (f" {turn // 6}" if turn > 6 else "")
    )


def _bisect(members: np.ndarray, xy: np.ndarray, weight: np.ndarray, k: int) -> list[np.ndarray]:
    """Couper en deux, et encore, à population égale, en travers de la plus grande longueur."""
    if k <= 1:
        return [members]
    spread = np.ptp(xy[members], axis=0)
    axis = int(np.argmax(spread))
    order = members[np.argsort(xy[members, axis], kind="stable")]
    load = np.cumsum(weight[order])
    cut = int(np.searchsorted(load, load[-1] * (k // 2) / k))
    cut = min(max(cut, 1), len(order) - 1)
    return _bisect(order[:cut], xy, weight, k // 2) + _bisect(order[cut:], xy, weight, k - k // 2)
