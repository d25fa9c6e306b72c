"""Enchaîner les étapes : de la graine au territoire complet."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING

import numpy as np

from workshop.school import dwellings as dwelling_stage
from workshop.school import households as household_stage
from workshop.school.incomes import State, make_state
from workshop.school.lives import Lives, live
from workshop.school.perimeters import Link, Perimeters, estates_that_pass, make_perimeters
from workshop.school.places import Places, locate_dwellings
from workshop.school.plan import Plan
from workshop.school.settlements import Settlements, settle
from workshop.school.terrain import Blocks, Island, Towns, make_blocks, make_island, make_towns
from workshop.school.zoning import Zoning, zone_territory

if TYPE_CHECKING:
    from workshop.school.companies import Companies


@dataclass
class Territory:
    """Tout ce qu'on sait d'Orvanche, des îlots aux personnes."""

    plan: Plan
    island: Island
    towns: Towns
    blocks: Blocks
    settlements: Settlements
    addresses: dwelling_stage.Addresses
    dwellings: dwelling_stage.Dwellings
    zoning: Zoning
    places: Places
    lives: Lives
    shifts: np.ndarray
    qpv2015: Perimeters
    qpv2024: Perimeters
    links: list[Link]
    states: dict[int, State] = field(default_factory=dict)

    def state(self, year: int) -> State:
        """La photographie d'une année."""
        if year not in self.states:
            self.states[year] = _state(self.plan, self.lives, self.shifts, year)
        return self.states[year]

    @cached_property
    def companies(self) -> Companies:
        """Les établissements."""
        from workshop.school.companies import make_companies

        return make_companies(self)


def _state(plan: Plan, lives: Lives, shifts: np.ndarray, year: int) -> State:
    person, household, adult, dwelling = lives.at(year)
    p = lives.people
    return make_state(
        year, plan.seed, person, household, p.birth[person], p.female[person], adult,
        p.foreign[person], p.skill[person], dwelling, shifts,
    )  # fmt: skip


def build(plan: Plan) -> Territory:
    """Fabriquer le territoire."""
    island = make_island(plan)
    towns = make_towns(plan, island)
    blocks = make_blocks(plan, island, towns)
    settlements = settle(plan, blocks, towns)
    addresses, dwellings = dwelling_stage.build(plan, blocks, settlements)
    zoning = zone_territory(plan, blocks, towns, settlements, addresses)
    places = locate_dwellings(blocks, zoning, addresses, dwellings)
    people, households = household_stage.populate(plan, dwellings, 2013)
    lives = live(plan, people, households, dwellings)
    shifts = np.zeros(len(dwellings))
    passed = tuple(estates_that_pass(_state(plan, lives, shifts, year), places, settlements) for year in (2013, 2019))
    old, new, links = make_perimeters(plan, blocks, settlements, (passed[0], passed[1]))
    return Territory(
        plan,
        island,
        towns,
        blocks,
        settlements,
        addresses,
        dwellings,
        zoning,
        places,
        lives,
        shifts,
        old,
        new,
        links,
    )


@lru_cache(maxsize=2)
def cached(seed: int, residents: int) -> Territory:
    """Un territoire gardé en mémoire (les tests en interrogent plusieurs fois le même)."""
    return build(Plan(seed, residents))
