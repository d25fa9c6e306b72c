"""Périmètres, listes, correspondance, contours des communes et des IRIS, référentiels."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from workshop.school import formats
from workshop.school.perimeters import Perimeters
from workshop.school.plan import targets
from workshop.school.terrain import outline
from workshop.school.territory import Territory

REGION = "Orvanche"


def communes_of(t: Territory, perimeters: Perimeters) -> list[list[int]]:
    """Communes de chaque QPV, celle qui en a le plus d'îlots d'abord."""
    found = []
    for z in range(len(perimeters)):
        values, count = np.unique(t.blocks.commune[perimeters.zone == z], return_counts=True)
        found.append([int(v) for v in values[np.argsort(-count, kind="stable")]])
    return found


def publish(t: Territory, out: Path) -> None:
    """Écrire les couches et les listes."""
    _qpv_2024(t, out)
    _qpv_2015(t, out)
    _correspondence(t, out)
    _communes(t, out)
    _iris(t, out)


def multi(shapes: np.ndarray) -> np.ndarray:
    """Tous les contours en MultiPolygon, comme la couche officielle."""
    return np.array([s if s.geom_type == "MultiPolygon" else shapely.multipolygons([s]) for s in shapes], dtype=object)


def _identity(t: Territory, perimeters: Perimeters, separator: str) -> pd.DataFrame:
    z, dep = t.zoning, str(targets()["territoire"]["departement"])
    groups = communes_of(t, perimeters)
    if perimeters is t.qpv2024:
        # as in the official lists: the first code is the smallest, not that of the main commune
        groups = [sorted(g, key=lambda c: z.commune_code[c]) for g in groups]
    epci = [list(dict.fromkeys(int(z.epci_of_commune[c]) for c in g)) for g in groups]
    return pd.DataFrame(
        {
            "code_qp": perimeters.code,
            "lib_qp": perimeters.label,
            "insee_reg": dep,
            "lib_reg": REGION,
            "insee_dep": dep,
            "lib_dep": REGION,
            "insee_com": [separator.join(z.commune_code[c] for c in g) for g in groups],
            "lib_com": [separator.join(z.commune_name[c] for c in g) for g in groups],
            "siren_epci": [separator.join(z.epci_code[e] for e in es) for es in epci],
            "lib_epci": [separator.join(z.epci_name[e] for e in es) for es in epci],
        }
    )


def _qpv_2024(t: Territory, out: Path) -> None:
    table = _identity(t, t.qpv2024, ", ").drop(columns="lib_epci")
    table.insert(0, "fid", range(1, len(table) + 1))
    layer = gpd.GeoDataFrame(table, geometry=multi(t.qpv2024.shape), crs=2154)
    member = "GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson"
    formats.write_zip(out / "qpv-2024-geojson.zip", {member: formats.geojson_bytes(layer)})
    listed = _identity(t, t.qpv2024, "; ")
    formats.write(out / "listeqp2024-cog2024.csv", formats.csv_bytes(listed, formats.ANCT))


def _qpv_2015(t: Territory, out: Path) -> None:
    table = _identity(t, t.qpv2015, ", ")
    layer = gpd.GeoDataFrame(
        {"CODE_QP": table.code_qp, "NOM_QP": table.lib_qp, "COMMUNE_QP": table.lib_com},
        geometry=list(t.qpv2015.shape),
        crs=2154,
    )
    formats.write_zip(out / "qp-politiquedelaville-shp.zip", formats.shapefile_members(layer, "QP_METROPOLE_LB93"))


def _correspondence(t: Territory, out: Path) -> None:
    rows = []
    for link in t.links:
        row = {"QP2024": link.code, "Label_QP2024": link.label, "Statut": link.status}
        for k in range(3):
            code, label = link.origins[k] if k < len(link.origins) else ("", "")
            row |= {f"QP2015_{k + 1}": code, f"Label_QP2015_{k + 1}": label}
        rows.append(row)
    dialect = formats.Csv(bom=True, newline="\r\n")
    formats.write(out / "liste-correspondance-qp2024-qp2015.csv", formats.csv_bytes(pd.DataFrame(rows), dialect))


def _communes(t: Territory, out: Path) -> None:
    z, dep = t.zoning, str(targets()["territoire"]["departement"])
    shapes = outline(t.blocks, t.blocks.commune, len(z.commune_code))
    layer = gpd.GeoDataFrame({"code": z.commune_code, "nom": z.commune_name}, geometry=shapes, crs=2154)
    formats.write(out / "communes-96-orvanche.geojson", formats.geojson_bytes(layer, 6))
    epci = z.epci_of_commune
    table = pd.DataFrame(
        {
            "CODGEO": z.commune_code,
            "LIBGEO": z.commune_name,
            "EPCI": [z.epci_code[e] for e in epci],
            "LIBEPCI": [z.epci_name[e] for e in epci],
            "DEP": dep,
            "REG": dep,
        }
    )
    formats.write(out / "EPCI_2020.csv", formats.csv_bytes(table, formats.FILOSOFI))
    upper = [_capitals(name) for name in z.commune_name]
    cog = pd.DataFrame(
        {
            "TYPECOM": "COM", "COM": z.commune_code, "REG": dep, "DEP": dep, "CTCD": f"{dep}D", "ARR": f"{dep}1",
            "TNCC": "0", "NCC": upper, "NCCENR": z.commune_name, "LIBELLE": z.commune_name,
            "CAN": f"{dep}01", "COMPARENT": "",
        }
    )  # fmt: skip
    formats.write(out / "commune_2021.csv", formats.csv_bytes(cog, formats.COMMA))


def _capitals(name: str) -> str:
    import unicodedata

    plain = "".join(c for c in unicodedata.normalize("NFD", name) if not unicodedata.combining(c))
    return plain.upper().replace("-", " ").replace("'", " ")


def _iris(t: Territory, out: Path) -> None:
    z, dep = t.zoning, str(targets()["territoire"]["departement"])
    shapes = outline(t.blocks, z.iris, len(z.iris_code))
    layer = gpd.GeoDataFrame(
        {
            "objectid": range(1, len(shapes) + 1),
            "id": z.iris_code,
            "dep": dep,
            "uu2010": [f"{dep}{t.zoning.unit_of_commune[c]:03d}" for c in z.iris_commune],
            "com": [z.commune_code[c] for c in z.iris_commune],
            "libcom": [z.commune_name[c] for c in z.iris_commune],
            "triris": "ZZZZZZ",
            "libiris": z.iris_name,
            "typ_iris": z.iris_type,
        },
        geometry=list(shapes),
        crs=2154,
    )
    formats.write_zip(out / "contours-iris.zip", formats.shapefile_members(layer, "CONTOURS-IRIS/iris"))
