"""Dix ans de vies : naissances, décès, départs du foyer, unions, séparations, déménagements, arrivées, départs.

Un pas par an, du 1er janvier au 1er janvier. Onze états annuels sont gardés ; ``events.py`` en tire le journal.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workshop.school.dwellings import Dwellings
from workshop.school.households import Households, People, draw_households
from workshop.school.incomes import EMPLOYED, RETIRED, occupations
from workshop.school.plan import Plan, targets

DEAD, LEFT = 1, 2
VACANCY = 0.066


@dataclass
class Lives:
    """Les onze états (ménage et statut d'adulte de chacun, logement de chaque ménage) et la sortie de chacun."""

    people: People
    years: list[int]
    household: list[np.ndarray]
    adult: list[np.ndarray]
    dwelling: list[np.ndarray]
    exit: np.ndarray

    def at(self, year: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Présents, leurs ménages, leur statut d'adulte, et le logement de chaque ménage."""
        k = self.years.index(year)
        present = np.flatnonzero(self.household[k] >= 0)
        return present, self.household[k][present], self.adult[k][present], self.dwelling[k]


class _Step:
    """L'île pendant un an ; chaque méthode est un événement."""

    def __init__(self, plan: Plan, people: People, households: Households, dwellings: Dwellings) -> None:
        self.seed, self.rng = plan.seed, plan.rng("lives")
        self.p, self.h, self.d = people, households, dwellings
        self.t = targets()["vies"]
        self.exit = np.zeros(len(people), np.int8)
        self.seekers: list[np.ndarray] = []

    def run(self, year: int) -> None:
        """Tous les événements d'une année."""
        self.age = year - self.p.birth.astype(int)
        self.year, self.seekers = year, []
        self._deaths()
        self._children_leave()
        self._separations()
        self._unions()
        self._departures()
        self._dissolve()
        self._movers()
        self._births(year)
        self._settle()
        self._arrivals(year)

    def _count(self, mask: np.ndarray) -> np.ndarray:
        here = mask & (self.p.household >= 0)
        return np.bincount(self.p.household[here], minlength=len(self.h))

    def _leave(self, who: np.ndarray, kind: int) -> None:
        self.p.household[who] = -1
        self.exit[who] = kind

    def _deaths(self) -> None:
        hazard = np.minimum(1.05e-4 * np.exp(0.1 * (self.age - 20)), 0.6) + 0.003 * (self.age < 1)
        here = self.p.household >= 0
        self._leave(np.flatnonzero(here & (self.rng.random(len(self.p)) < hazard)), DEAD)

    def _poor_home(self) -> np.ndarray:
        """Ménage logé dans un grand ensemble."""
        return np.asarray((self.h.dwelling >= 0) & (self.d.estate[self.h.dwelling] >= 0))

    def _new_households(self, who: np.ndarray) -> None:
        """Chaque personne de ``who`` fonde son ménage, qui cherche un logement."""
        first = len(self.h)
        n = len(who)
        self.h.dwelling = np.concatenate([self.h.dwelling, np.full(n, -1, np.int32)])
        self.h.restless = np.concatenate([self.h.restless, self._restlessness(n)])
        self.p.household[who] = np.arange(first, first + n)
        self.p.adult[who] = True
        self.seekers.append(np.arange(first, first + n))

    def _restlessness(self, n: int) -> np.ndarray:
        shape = float(self.t["forme_bougeotte"])
        return self.rng.gamma(shape, 1 / shape, n)

    def _children_leave(self) -> None:
        hazard = np.select([self.age < 18, self.age < 20, self.age < 23, self.age < 26], [0, 0.16, 0.26, 0.34], 0.45)
        young = (self.p.household >= 0) & ~self.p.adult & (self.rng.random(len(self.p)) < hazard)
        gone = young & (self.rng.random(len(self.p)) < float(self.t["jeunes_quittent_ile"]))
        self._leave(np.flatnonzero(gone), LEFT)
        self._new_households(np.flatnonzero(young & ~gone))

    def _separations(self) -> None:
        here = (self.p.household >= 0) & self.p.adult
        adults = self._count(self.p.adult)
        pair = here & (adults[self.p.household] == 2) & (self.age < 62) & ~self.p.female
        leaver = pair & (self.rng.random(len(self.p)) < float(self.t["separations"]))
        # one leaver per household
        rows = np.flatnonzero(leaver)
        _, first = np.unique(self.p.household[rows], return_index=True)
        self._new_households(rows[first])

    def _unions(self) -> None:
        adults = self._count(self.p.adult)
        here = (self.p.household >= 0) & self.p.adult & (self.age >= 20) & (self.age <= 62)
        alone = here & (adults[self.p.household] == 1)
        kids = self._count(~self.p.adult)[self.p.household] > 0
        rate = float(self.t["unions"]) * np.where(self.age < 36, 1.8, 0.7) * np.where(kids, 0.55, 1.0)
        ready = np.flatnonzero(alone & (self.rng.random(len(self.p)) < rate))
        key = self.age[ready] + 9 * self.p.skill[ready] + self.rng.normal(0, 3, len(ready))
        women, men = (ready[self.p.female[ready] == f] for f in (True, False))
        women = women[np.argsort(key[self.p.female[ready]])]
        men = men[np.argsort(key[~self.p.female[ready]])]
        n = min(len(women), len(men))
        w = np.linspace(0, len(women) - 1, n).astype(int)
        m = np.linspace(0, len(men) - 1, n).astype(int)
        into, leaving = self.p.household[women[w]], self.p.household[men[m]]
        join = np.arange(len(self.h))
        join[leaving] = into
        here_all = self.p.household >= 0
        self.p.household[here_all] = join[self.p.household[here_all]]

    def _departures(self) -> None:
        n = len(self.h)
        oldest = self._oldest()
        rate = np.where(oldest < 35, 0.035, np.where(oldest < 60, 0.013, 0.005)) * float(self.t["departs"])
        goes = (self.h.dwelling >= 0) & (self.rng.random(n) < rate)
        here = self.p.household >= 0
        who = np.flatnonzero(here & goes[self.p.household])
        self._leave(who, LEFT)

    def _oldest(self) -> np.ndarray:
        oldest = np.zeros(len(self.h), int)
        here = np.flatnonzero((self.p.household >= 0) & self.p.adult)
        np.maximum.at(oldest, self.p.household[here], self.age[here])
        return oldest

    def _dissolve(self) -> None:
        """Un ménage sans adulte n'existe plus ; ses enfants rejoignent des proches hors de l'île."""
        adults = self._count(self.p.adult)
        here = self.p.household >= 0
        self._leave(np.flatnonzero(here & (adults[self.p.household] == 0)), LEFT)
        self.h.dwelling[adults == 0] = -1

    def _movers(self) -> None:
        self.from_estate = np.zeros(len(self.h), bool)
        oldest = self._oldest()
        base = np.interp(oldest, [18, 26, 35, 45, 60, 75, 95], self.t["mobilite_par_age"])
        estate = self._poor_home()
        # INSEE Première 1996: those who leave a priority neighbourhood are better off than those who stay
        ease = np.exp(float(self.t["depart_aises"]) * np.clip(self._merit() - float(self.t["merite_qpv"]), -1.5, 1.5))
        rate = base * self.h.restless * np.where(estate, float(self.t["mobilite_qpv"]) * ease, 1.0)
        settled = self.h.dwelling >= 0
        moves = np.flatnonzero(settled & (self.rng.random(len(self.h)) < rate))
        self.from_estate[moves] = estate[moves]
        self.h.dwelling[moves] = -1
        self.seekers.append(moves)

    def _births(self, year: int) -> None:
        couple = self._count(self.p.adult) >= 2
        kids = self._count(~self.p.adult)
        women = (self.p.household >= 0) & self.p.adult & self.p.female & (self.age >= 18) & (self.age <= 44)
        rate = np.interp(self.age, [18, 24, 30, 36, 41, 45], [0.04, 0.11, 0.17, 0.11, 0.035, 0.0])
        home = self.p.household
        poor = np.where(self.p.skill < -0.6, float(self.t["fecondite_modestes"]), 1.0)
        parity = np.select([kids[home] == 0, kids[home] == 1, kids[home] == 2], [1.05, 1.25, 0.45], 0.22)
        rate = rate * poor * parity * np.where(couple[home], 1.15, 0.30) * float(self.t["fecondite"])
        mothers = np.flatnonzero(women & (self.rng.random(len(self.p)) < rate))
        n = len(mothers)
        self._append(
            People(
                self.p.household[mothers],
                np.full(n, year, np.int16),
                self.rng.random(n) < 0.488,
                np.zeros(n, bool),
                (0.9 * self.p.skill[mothers] + self.rng.normal(0.05, 0.6, n)).astype(np.float32),
                self.p.foreign[mothers] & (self.rng.random(n) < 0.4),
            )
        )

    def _append(self, new: People) -> None:
        for name in ("household", "birth", "female", "adult", "skill", "foreign"):
            setattr(self.p, name, np.concatenate([getattr(self.p, name), getattr(new, name)]))
        self.exit = np.concatenate([self.exit, np.zeros(len(new), np.int8)])
        self.age = np.concatenate([self.age, np.zeros(len(new), int)])

    def _vacant(self) -> np.ndarray:
        taken = np.zeros(len(self.d), bool)
        taken[self.h.dwelling[self.h.dwelling >= 0]] = True
        return np.flatnonzero(~taken)

    def _settle(self) -> None:
        """Rapprocher ménages et logements : les plus à l'aise choisissent d'abord, à un aléa près."""
        seekers = np.concatenate(self.seekers)
        seekers = seekers[self._count(self.p.adult)[seekers] > 0]
        vacant = self._vacant()
        kept = (self.d.estate[vacant] >= 0) & (self.rng.random(len(vacant)) < float(self.t["reserve_nouveaux_venus"]))
        vacant = self.rng.permutation(vacant[~kept])
        seekers = self.rng.permutation(seekers)
        if len(seekers) > len(vacant):
            self._expel(seekers[len(vacant) :])
            seekers = seekers[: len(vacant)]
        vacant = vacant[: len(seekers)]
        noise = float(self.t["hasard_du_logement"])
        held = float(self.t["attache_qpv"]) * self.from_estate
        merit = (self._merit() - held)[seekers] + self.rng.normal(0, noise, len(seekers))
        appeal = 0.62 * self.d.status[vacant] - 1.12 * (self.d.estate[vacant] >= 0)
        appeal = appeal + self.rng.normal(0, 0.35, len(vacant))
        self.h.dwelling[seekers[np.argsort(merit)]] = vacant[np.argsort(appeal)]

    def _merit(self) -> np.ndarray:
        here = np.flatnonzero((self.p.household >= 0) & self.p.adult)
        home = self.p.household[here]
        n = len(self.h)
        adults = np.bincount(home, minlength=n)
        skill = np.bincount(home, self.p.skill[here], n) / np.maximum(adults, 1)
        age = np.bincount(home, self.age[here], n) / np.maximum(adults, 1)
        kids = self._count(~self.p.adult)
        w = self.t["merite"]
        lone = (adults == 1) & (kids > 0)
        job = occupations(self.year, self.seed, here, self.age[here], self.p.female[here], self.p.skill[here])
        paid = np.bincount(home, np.isin(job, (EMPLOYED, RETIRED)), n) / np.maximum(adults, 1)
        return np.asarray(
            skill
            + w["emploi"] * (paid - 0.7)
            + w["par_annee_d_age"] * (age - 40)
            - w["par_enfant"] * kids
            - w["monoparentale"] * lone
            + w["couple"] * (adults >= 2)
        )

    def _expel(self, homeless: np.ndarray) -> None:
        gone = np.zeros(len(self.h), bool)
        gone[homeless] = True
        here = self.p.household >= 0
        self._leave(np.flatnonzero(here & gone[self.p.household]), LEFT)

    def _arrivals(self, year: int) -> None:
        vacant = self.rng.permutation(self._vacant())
        in_estate = self.d.estate[vacant] >= 0
        total = (self.d.estate >= 0).sum()
        # the same share stays vacant inside and outside the estates
        keep_in, keep_out = round(VACANCY * total), round(VACANCY * (len(self.d) - total))
        homes = np.concatenate([vacant[in_estate][keep_in:], vacant[~in_estate][keep_out:]])
        room = len(homes)
        poor = (self.d.estate[homes] >= 0).astype(int)
        new = draw_households(self.rng, poor, self.d.status[homes], year, newcomers=True)
        new.household = (new.household + len(self.h)).astype(np.int32)
        self.h.dwelling = np.concatenate([self.h.dwelling, homes.astype(np.int32)])
        self.h.restless = np.concatenate([self.h.restless, self._restlessness(room)])
        self._append(new)


def live(plan: Plan, people: People, households: Households, dwellings: Dwellings) -> Lives:
    """Vivre de la première à la dernière année."""
    first, last = targets()["territoire"]["annees"]
    step = _Step(plan, people, households, dwellings)
    years, household, adult, dwelling = (
        [first],
        [people.household.copy()],
        [people.adult.copy()],
        [households.dwelling.copy()],
    )
    for year in range(first, last):
        step.run(year)
        years.append(year + 1)
        household.append(people.household.copy())
        adult.append(people.adult.copy())
        dwelling.append(households.dwelling.copy())
    return Lives(people, years, household, adult, dwelling, step.exit)
