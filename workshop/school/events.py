"""Le journal des vies : une ligne par événement, avec ce que la personne est devenue.

L'état d'une année se lit ainsi : la dernière ligne de chaque personne dont ``annee`` ne dépasse pas cette année.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from workshop.school.incomes import CHILD, STATUSES, State, median_living_standard
from workshop.school.lives import DEAD
from workshop.school.territory import Territory

EVENTS = ("etat_initial", "naissance", "arrivee", "demenagement", "emploi", "classe_revenu", "depart", "deces")
CLASSES = ("pauvre", "modeste", "moyen", "aise")
_LIMITS = (0.6, 0.9, 1.5)  # of the national median living standard


def income_classes(state: State) -> np.ndarray:
    """Classe de revenu de chaque ménage : sous 60 %, 90 %, 150 % de la médiane nationale, au-dessus."""
    limits = [limit * median_living_standard(state.year) for limit in _LIMITS]
    return np.asarray(np.digitize(state.living_standard, limits))


def panel(t: Territory) -> dict[str, np.ndarray]:
    """Par personne et par année : logement, activité, classe de revenu (−1 : absente)."""
    years, n = t.lives.years, len(t.lives.people)
    result = {name: np.full((n, len(years)), -1, np.int32) for name in ("dwelling", "job", "income")}
    for k, year in enumerate(years):
        s = t.state(year)
        result["dwelling"][s.person, k] = s.dwelling[s.household]
        result["job"][s.person, k] = s.job
        result["income"][s.person, k] = income_classes(s)[s.household]
    return result


def log(t: Territory) -> pd.DataFrame:
    """Tous les événements, par personne puis par année."""
    p = panel(t)
    home, job, income = p["dwelling"], p["job"], p["income"]
    here = home >= 0
    before, after = here[:, :-1], here[:, 1:]
    both = before & after
    born_here = t.lives.people.birth[:, None] == np.array(t.lives.years[:-1])[None, :]
    grown = (job[:, :-1] != CHILD) & (job[:, 1:] != CHILD)
    died = (t.lives.exit == DEAD)[:, None]
    found = [_rows(np.pad(here[:, :1], ((0, 0), (0, len(t.lives.years) - 1))), "etat_initial")]
    for mask, name in (
        (~before & after & born_here, "naissance"),
        (~before & after & ~born_here, "arrivee"),
        (both & (home[:, :-1] != home[:, 1:]), "demenagement"),
        (both & grown & (job[:, :-1] != job[:, 1:]), "emploi"),
        (both & (income[:, :-1] != income[:, 1:]), "classe_revenu"),
        (before & ~after & ~died, "depart"),
        (before & ~after & died, "deces"),
    ):
        found.append(_rows(np.pad(mask, ((0, 0), (1, 0))), name))
    person, k, event = (np.concatenate(parts) for parts in zip(*found, strict=True))
    order = np.lexsort((event, k, person))
    person, k, event = person[order], k[order], event[order]
    return pd.DataFrame(
        {
            "id_individu": person.astype(np.int32),
            "annee": np.array(t.lives.years, np.int16)[k],
            "evenement": _category(EVENTS, event),
            "annee_naissance": t.lives.people.birth[person].astype(np.int16),
            **_where(t, home[person, k]),
            "activite": _category(STATUSES, job[person, k]),
            "classe_revenu": _category(CLASSES, income[person, k]),
        }
    )


def _rows(mask: np.ndarray, name: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    person, k = np.nonzero(mask)
    return person, k, np.full(len(person), EVENTS.index(name), np.int8)


def _category(values: tuple[str, ...] | list[str], index: np.ndarray) -> Any:
    return pd.Categorical.from_codes(index.astype(np.int32), dtype=pd.CategoricalDtype(list(values)))


def _where(t: Territory, dwelling: np.ndarray) -> dict[str, Any]:
    away = dwelling < 0
    block = t.places.block[dwelling]
    return {
        "code_iris": _category(t.zoning.iris_code, np.where(away, -1, t.zoning.iris[block])),
        "code_qp_2015": _category(t.qpv2015.code, np.where(away, -1, t.qpv2015.zone[block])),
        "code_qp_2024": _category(t.qpv2024.code, np.where(away, -1, t.qpv2024.zone[block])),
    }
