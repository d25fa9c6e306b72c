"""Les fichiers à coordonnées : équipements (BPE), établissements (Sirene), parc social (RPLS), adresses (BAN)."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pandas as pd
from pyproj import Transformer

from workshop.school import formats
from workshop.school.incomes import uniform_of
from workshop.school.plan import equipment_types, names, targets
from workshop.school.social_housing import energy_label
from workshop.school.territory import Territory


def publish(t: Territory, out: Path) -> None:
    """Écrire les quatre fichiers."""
    national = "GeolocalisationEtablissement_Sirene_pour_etudes_statistiques_utf8"
    for archive, member, frame, dialect in (
        ("bpe24_ensemble_xy_csv", "BPE24", equipment(t), formats.INSEE_2024),
        (national, national, sirene(t), formats.INSEE_2024),
        ("RPLS2025_detail_96", "RPLS2025_detail_96", rpls(t), formats.FILOSOFI),
        ("adresses-96.csv", "adresses-96", addresses(t), formats.INSEE_2024),
    ):
        formats.write_zip(out / f"{archive}.zip", {f"{member}.csv": formats.csv_bytes(frame, dialect)})


def degrees(xy: np.ndarray) -> tuple[list[str], list[str]]:
    """Longitudes et latitudes de points Lambert-93, à la décimale du mètre."""
    lon, lat = Transformer.from_crs(2154, 4326, always_xy=True).transform(xy[:, 0], xy[:, 1])
    return formats.decimals(lon, 6, point="."), formats.decimals(lat, 6, point=".")


def _take(values: list[str], index: np.ndarray, missing: str) -> list[str]:
    words = np.array([*values, missing], dtype=object)
    return list(words[index])


def _places(t: Territory, address: np.ndarray) -> dict[str, list[str]]:
    block = t.addresses.block[address]
    commune = t.blocks.commune[block]
    return {
        "com": _take(t.zoning.commune_code, commune, ""),
        "iris": _take(t.zoning.iris_code, t.zoning.iris[block], ""),
        "qp24": _take(t.qpv2024.code, t.qpv2024.zone[block], "HZ"),
        "qp15": _take(t.qpv2015.code, t.qpv2015.zone[block], "HZ"),
        "epci": _take(t.zoning.epci_code, t.zoning.epci_of_commune[commune], ""),
    }


def equipment(t: Territory) -> pd.DataFrame:
    """Équipements géolocalisés, dans la commune et le QPV où ils tombent."""
    rng = t.plan.rng("equipment")
    nomenclature = equipment_types()
    block = t.addresses.block
    people = np.bincount(t.dwellings.address, minlength=len(block)).astype(float)
    kinds, rows = [], []
    for kind, of in nomenclature.items():
        n = max(1, round(t.plan.residents / of["habitants"]))
        weight = people * np.where(t.blocks.urban[block], np.exp(-of["centre"] * t.blocks.town_distance[block]), 0.35)
        weight = weight * np.where(t.settlements.estates.block[block] >= 0, of["grand_ensemble"], 1.0)
        rows.append(np.sort(rng.choice(len(block), n, replace=n > len(block), p=weight / weight.sum())))
        kinds += [kind] * n
    address = np.concatenate(rows)
    where = _places(t, address)
    xy = t.addresses.xy[address]
    lon, lat = degrees(xy)
    unsure = rng.random(len(address)) < 0.06
    quality = np.where(unsure, "2", "1")
    return pd.DataFrame(
        {
            "AN": "2024",
            "NOMRS": "",
            "DEPCOM": where["com"],
            "DOM": [nomenclature[k]["domaine"] for k in kinds],
            "SDOM": [nomenclature[k]["sous_domaine"] for k in kinds],
            "TYPEQU": kinds,
            "LAMBERT_X": formats.decimals(xy[:, 0], 1, point="."),
            "LAMBERT_Y": formats.decimals(xy[:, 1], 1, point="."),
            "LONGITUDE": lon,
            "LATITUDE": lat,
            "QUALITE_XY": np.where(unsure, "Acceptable", "Bonne"),
            "EPSG": "2154",
            "DCIRIS": where["iris"],
            "QUALI_IRIS": quality,
            "QP2024": where["qp24"],
            "QUALI_QP2024": quality,
            "QP2015": where["qp15"],
            "QUALI_QP2015": quality,
            "EPCI": where["epci"],
        }
    )


def sirene(t: Territory) -> pd.DataFrame:
    """Établissements géolocalisés ; 4 % sont placés au hasard dans leur commune (``qualite_xy`` 33, QPV douteux)."""
    c = t.companies
    rng = np.random.default_rng([t.plan.seed, 6])
    n = len(c.address)
    where = _places(t, c.address)
    random_place = rng.random(n) < 0.04
    commune = t.blocks.commune[t.addresses.block]
    by_commune = np.argsort(commune, kind="stable")
    low = np.searchsorted(commune[by_commune], np.arange(len(t.zoning.commune_code) + 1))
    own = commune[c.address]
    drawn = by_commune[low[own] + (rng.random(n) * (low[own + 1] - low[own])).astype(int)]
    # a random point says the commune, not the neighbourhood: QUALITE_QP24 = 3
    xy = t.addresses.xy[np.where(random_place, drawn, c.address)]
    lon, lat = degrees(xy)
    sure = np.where(random_place, "3", np.where(rng.random(n) < 0.07, "2", "1"))
    siret = [f"96{i:07d}{1 + i % 97:05d}" for i in range(n)]
    return pd.DataFrame(
        {
            "siret": siret,
            "x": formats.decimals(xy[:, 0], 1, point="."),
            "y": formats.decimals(xy[:, 1], 1, point="."),
            "qualite_xy": np.where(random_place, "33", np.where(sure == "1", "11", "12")),
            "epsg": "2154",
            "plg_qp24": where["qp24"],
            "plg_iris": where["iris"],
            "plg_zus": "HZ",
            "plg_qp15": where["qp15"],
            "plg_qva": "HZ",
            "plg_code_commune": where["com"],
            "distance_precision": "",
            "qualite_qp24": sure,
            "qualite_iris": sure,
            "qualite_zus": "1",
            "qualite_qp15": sure,
            "qualite_qva": "1",
            "y_latitude": lat,
            "x_longitude": lon,
        }
    )


def rpls(t: Territory) -> pd.DataFrame:
    """Le parc social, un logement par ligne."""
    d = t.dwellings
    rows = np.flatnonzero(d.social)
    where = _places(t, d.address[rows])
    xy = t.addresses.xy[d.address[rows]]
    occupied = np.zeros(len(d), bool)
    occupied[t.state(2023).dwelling] = True
    dep = str(targets()["territoire"]["departement"])
    start = np.array([1930, 1948, 1972, 1991])[d.era[rows]]
    built = start + (uniform_of(d.address[rows].astype(np.int64), 71) * 20).astype(int)
    label = _take(list("ABCDEFG"), energy_label(t)[rows], "")
    return pd.DataFrame(
        {
            "DEPCOM": where["com"],
            "DEP_CODE": dep,
            "REG_CODE": dep,
            "IRIS": where["iris"],
            "QPV_CODE": ["" if c == "HZ" else c for c in where["qp24"]],
            "PLG_QP24": where["qp24"],
            "QUALITE_QP24": "1",
            "TYPECONST": np.where(d.collective[rows], "C", "I"),
            "NBPIECE": d.rooms[rows].astype(str),
            "SURFHAB": d.surface[rows].astype(str),
            "CONSTRUCT": built.astype(str),
            "MODE": np.where(occupied[rows], "1", "2"),
            "DPEENERGIE": label,
            "EPSG": "2154",
            "X": formats.decimals(xy[:, 0], 1, point="."),
            "Y": formats.decimals(xy[:, 1], 1, point="."),
        }
    )


def addresses(t: Territory) -> pd.DataFrame:
    """Les adresses, au format de la BAN (les colonnes vides aussi)."""
    a = t.addresses
    where = _places(t, np.arange(len(a)))
    street = street_names(t)
    key = pd.Series(where["com"]) + pd.Series(street)
    number = key.groupby(key).cumcount() + 1
    lon, lat = degrees(a.xy)
    ways, index = np.unique(np.array(street, dtype=str), return_inverse=True)
    afnor = np.array([_capitals(w) for w in ways], dtype=object)[index]
    rank = pd.factorize(key)[0] + 1
    com_names = dict(zip(t.zoning.commune_code, t.zoning.commune_name, strict=True))
    return pd.DataFrame(
        {
            "id": [f"{c}_{r:05d}_{n:05d}" for c, r, n in zip(where["com"], rank, number, strict=True)],
            "id_fantoir": "",
            "numero": number.astype(str),
            "rep": "",
            "nom_voie": street,
            "code_postal": [c[:2] + "0" + c[3:] for c in where["com"]],
            "code_insee": where["com"],
            "nom_commune": [com_names[c] for c in where["com"]],
            "code_insee_ancienne_commune": "",
            "nom_ancienne_commune": "",
            "x": formats.decimals(a.xy[:, 0], 1, point="."),
            "y": formats.decimals(a.xy[:, 1], 1, point="."),
            "lon": lon,
            "lat": lat,
            "type_position": "entrée",
            "alias": "",
            "nom_ld": "",
            "libelle_acheminement": [_capitals(com_names[c]) for c in where["com"]],
            "nom_afnor": afnor,
            "source_position": "commune",
            "source_nom_voie": "commune",
            "certification_commune": "1",
            "cad_parcelles": "",
        }
    )


def street_names(t: Territory) -> list[str]:
    """Un nom de voie par adresse ; une même voie tient dans un voisinage."""
    n = names()
    ways = [f"{v} {c}" for c in n["complements"] for v in n["voies"]]
    return [ways[s % len(ways)] for s in t.addresses.street]


def _capitals(name: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return bare.upper().replace("-", " ").replace("'", " ")
