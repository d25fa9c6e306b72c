"""Les établissements : où ils sont, ce qu'ils font, et les comptages par zone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.measures import Measures
from workshop.school.plan import Plan
from workshop.school.territory import Territory

SECTORS = ("G", "F", "I", "M", "N", "Q", "S", "L", "C", "P")
PER_RESIDENT = 0.085


@dataclass(frozen=True)
class Companies:
    """Un établissement par ligne : adresse, secteur, créé dans l'année ou non."""

    address: np.ndarray
    sector: np.ndarray
    new: np.ndarray


def make_companies(t: Territory) -> Companies:
    """Placer les établissements : surtout au centre des villes, moins dans les grands ensembles."""
    plan: Plan = t.plan
    rng = plan.rng("companies")
    block = t.addresses.block
    weight = np.where(t.blocks.urban[block], np.exp(-1.6 * t.blocks.town_distance[block]), 0.25)
    flats = np.bincount(t.dwellings.address, minlength=len(block))
    weight = weight * np.sqrt(flats) * np.where(t.settlements.estates.block[block] >= 0, 0.85, 1.0)
    n = round(plan.residents * PER_RESIDENT)
    address = rng.choice(len(block), n, p=weight / weight.sum())
    address.sort()
    sector = rng.choice(len(SECTORS), n, p=[0.19, 0.11, 0.07, 0.14, 0.08, 0.11, 0.10, 0.09, 0.05, 0.06])
    return Companies(address, sector, rng.random(n) < 0.12)


def zones_of_addresses(t: Territory, level: str) -> np.ndarray:
    """Zone de chaque adresse au niveau demandé (−1 : hors champ)."""
    block = t.addresses.block
    commune = t.blocks.commune[block]
    qpv = t.qpv2024.zone[block]
    unit = t.zoning.unit_of_commune[commune]
    with_qpv = np.unique(unit[qpv >= 0])
    return np.asarray(
        {
            "QP": qpv,
            "ENSQP": np.where(qpv >= 0, 0, -1),
            "COM": commune,
            "EPCI": t.zoning.epci_of_commune[commune],
            "ENVURB": np.where((qpv < 0) & (unit > 0) & np.isin(unit, with_qpv), 0, -1),
        }[level]
    )


def establishments_by(t: Territory, level: str, n: int) -> Measures:
    """Établissements par zone, par grand secteur."""
    companies = t.companies
    zone = zones_of_addresses(t, level)[companies.address]
    keep = zone >= 0

    def count(mask: np.ndarray) -> np.ndarray:
        return np.bincount(zone[keep], mask[keep], n)

    result = {s: count(companies.sector == i) for i, s in enumerate(SECTORS)}
    return result | {"all": count(np.ones(len(zone))), "new": count(companies.new)}
