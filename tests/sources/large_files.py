"""De très gros fichiers : les écrire, et les lire filtrés sur une intercommunalité dans un processus qu'on mesure."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

EPCI = "200046977"
OTHERS = tuple(f"2000{k:05}" for k in range(60))
VERTICES = 60


def write_zipped_layer(path: Path, megabytes: int) -> int:
    """Un GeoPackage zippé d'au moins tant de Mo ; rend le nombre de carreaux de l'intercommunalité."""
    import geopandas as gpd
    import pyogrio
    import shapely

    rng = np.random.default_rng(1)
    layer, chunk, wanted = path.with_suffix(".gpkg"), 20_000, 0
    angle = np.linspace(0, 2 * np.pi, VERTICES, endpoint=False)
    for start in range(0, megabytes * 1_100_000 // (16 * VERTICES), chunk):
        centres = rng.uniform((600_000, 6_300_000), (1_000_000, 6_900_000), (chunk, 2))
        radius = rng.uniform(90, 110, (chunk, VERTICES))
        rings = centres[:, None] + np.stack([np.cos(angle) * radius, np.sin(angle) * radius], axis=2)
        epci = rng.choice((EPCI, *OTHERS), chunk)
        wanted += int((epci == EPCI).sum())
        frame = gpd.GeoDataFrame({"siren_epci": epci, "ind": rng.gamma(1.0, 40.0, chunk)}, crs=2154,
                                 geometry=shapely.polygons(rings))  # fmt: skip
        pyogrio.write_dataframe(frame, layer, layer="carreaux", append=start > 0, SPATIAL_INDEX="NO")
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(layer, layer.name)
    layer.unlink()
    return wanted


def write_table(path: Path, megabytes: int) -> int:
    """Un CSV d'au moins tant de Mo ; rend le nombre de lignes de l'intercommunalité."""
    rng = np.random.default_rng(2)
    epci = rng.choice((EPCI, *OTHERS), 12_000)
    numbers = rng.uniform(0, 1e6, (len(epci), 4))
    rows = enumerate(zip(epci, numbers, strict=True))
    lines = [f"{k:09};{e};{';'.join(f'{v:.6f}' for v in row)}\n" for k, (e, row) in rows]
    block = "".join(lines).encode()
    times = megabytes * 1_000_000 // len(block) + 1
    with path.open("wb") as out:
        out.write(b"siret;siren_epci;x;y;effectif;montant\n")
        for _ in range(times):
            out.write(block)
    return int((epci == EPCI).sum()) * times


def filtered_layer(path: str):
    """Lire la couche zippée, filtrée."""
    from datakit.sources.reading.layers import read_layer

    return lambda: len(read_layer(path, where={"siren_epci": [EPCI]}))


def filtered_table(path: str):
    """Lire la table par morceaux, filtrée."""
    import pandas as pd

    from datakit.sources.reading.dialects import iter_table

    def read() -> int:
        kept = list(iter_table(path, rows=lambda chunk: chunk["siren_epci"] == EPCI))
        return len(pd.concat(kept, ignore_index=True))

    return read
