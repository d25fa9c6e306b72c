"""Les micro-données, qu'aucun territoire réel ne publierait ; et les montées par arrêt, qu'un opérateur transmet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from workshop.school import commuting, events, formats, secrecy_rules
from workshop.school.households import TYPES
from workshop.school.incomes import STATUSES
from workshop.school.publish_grid import square_id
from workshop.school.publish_points import degrees, street_names
from workshop.school.territory import Territory

YEAR = 2021  # that of the incomes of the QPV 2024 files and of the grid
DIPLOMAS = ("sans diplôme ou brevet", "CAP-BEP", "baccalauréat", "supérieur")


def publish(t: Territory, out: Path) -> None:
    """Écrire les quatre tables Parquet."""
    formats.write(out / "microdonnees" / "menages.parquet", formats.parquet_bytes(households(t)))
    formats.write(out / "microdonnees" / "individus.parquet", formats.parquet_bytes(people(t)))
    formats.write(out / "microdonnees" / "parcours.parquet", formats.parquet_bytes(events.log(t)))
    formats.write(out / "microdonnees" / "arrets.parquet", formats.parquet_bytes(stops(t)))


def codes(values: list[str], index: np.ndarray) -> Any:
    """Un code par ligne, manquant où l'indice vaut −1."""
    return pd.Categorical.from_codes(index.astype(np.int32), dtype=pd.CategoricalDtype(values))


def places_of(t: Territory, dwelling: np.ndarray) -> dict[str, object]:
    """Les codes de toutes les zones d'un logement."""
    p, z = t.places, t.zoning
    block = p.block[dwelling]
    return {
        "insee_com": codes(z.commune_code, p.commune[dwelling]),
        "code_iris": codes(z.iris_code, p.iris[dwelling]),
        "code_qp_2015": codes(t.qpv2015.code, t.qpv2015.zone[block]),
        "code_qp_2024": codes(t.qpv2024.code, t.qpv2024.zone[block]),
    }


def households(t: Territory) -> pd.DataFrame:
    """Un ménage par ligne, au 1er janvier 2021."""
    s, d = t.state(YEAR), t.dwellings
    cells = list(square_id(t.zoning.cell_xy, 200))
    return pd.DataFrame(
        {
            "id_menage": s.id_household.astype(np.int32),
            "id_adresse": d.address[s.dwelling].astype(np.int32),
            **places_of(t, s.dwelling),
            "idcar_200m": codes(cells, t.places.cell[s.dwelling]),
            "type_menage": codes(list(TYPES), s.kind),
            "personnes": s.size.astype(np.int8),
            "unites_consommation": np.round(s.uc, 1),
            "revenu_declare_uc": np.round(s.declared_uc).astype(np.int32),
            "niveau_vie": np.round(s.living_standard).astype(np.int32),
            "pauvre": s.poor,
            "champ_fiscal": s.fiscal,
            "logement_social": d.social[s.dwelling],
            "collectif": d.collective[s.dwelling],
            "pieces": d.rooms[s.dwelling],
            "voitures": commuting.cars(t, s),
        }
    )


def people(t: Territory) -> pd.DataFrame:
    """Une personne par ligne, au 1er janvier 2021."""
    s = t.state(YEAR)
    mode, early = commuting.trips(t, s, commuting.cars(t, s))
    return pd.DataFrame(
        {
            "id_individu": s.person.astype(np.int32),
            "id_menage": s.id_household[s.household].astype(np.int32),
            "sexe": codes(["F", "H"], (~s.female).astype(int)),
            "age": s.age.astype(np.int16),
            "adulte": s.adult,
            "activite": codes(list(STATUSES), s.job.astype(int)),
            "diplome": codes(list(DIPLOMAS), s.diploma),
            "trajet_travail": codes(list(commuting.MODES), mode),
            "part_avant_6h": early,
            **places_of(t, s.dwelling[s.household]),
        }
    )


def stops(t: Territory) -> pd.DataFrame:
    """Un arrêt par ligne, un jour ouvré de 2021 ; des montées de 1 à 4 ne se transmettent pas."""
    found = commuting.make_stops(t)
    counted = commuting.boardings(t, t.state(YEAR), found)
    longitude, latitude = degrees(t.addresses.xy[found.address])
    ways = pd.Series(street_names(t))[found.address].reset_index(drop=True)
    rank = ways.groupby(ways).cumcount() + 1
    shown = {f"montees_{name}": secrecy_rules.counts(value.astype(float)) for name, value in counted.items()}
    return pd.DataFrame(
        {
            "id_arret": [f"OMB{i + 1:04d}" for i in range(len(found))],
            "nom_arret": [way if k == 1 else f"{way} {k}" for way, k in zip(ways, rank, strict=True)],
            "insee_com": codes(t.zoning.commune_code, t.blocks.commune[t.addresses.block[found.address]]),
            "lon": pd.to_numeric(pd.Series(longitude)),
            "lat": pd.to_numeric(pd.Series(latitude)),
            "premier_bus": [f"{m // 60:02d}:{m % 60:02d}" for m in found.first],
            **shown,
        }
    )
