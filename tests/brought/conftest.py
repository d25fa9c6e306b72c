"""Les fichiers que les gens apportent : de quoi en écrire de toutes sortes, minuscules, dans un dossier."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest


def box(lon: float, lat: float, wide: float = 0.005, high: float | None = None) -> dict:
    """Un rectangle, par son coin sud-ouest, en degrés."""
    east, north = lon + wide, lat + (wide if high is None else high)
    return {"type": "Polygon", "coordinates": [[[lon, lat], [east, lat], [east, north], [lon, north], [lon, lat]]]}


def features(rows: list[tuple[dict, dict | None]], **more: object) -> str:
    """Un GeoJSON : des couples (colonnes, géométrie), et ce que le service ajoute autour."""
    found = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    return json.dumps({"type": "FeatureCollection", "features": found} | more, ensure_ascii=False)


def quarters(codes: list[str], lon: float = 4.83, lat: float = 45.76, **more: object) -> str:
    """Des quartiers carrés de 20 hectares, l'un à côté de l'autre."""
    return features([({"code_qp": c, "lib_qp": c}, box(lon + 0.01 * i, lat)) for i, c in enumerate(codes)], **more)


@pytest.fixture
def put(tmp_path: Path) -> Callable[[str, str | bytes], Path]:
    """Écrire un fichier dans le dossier du test ; rend le dossier."""

    def write(name: str, content: str | bytes) -> Path:
        target = tmp_path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, bytes):
            target.write_bytes(content)
        else:
            target.write_text(content, encoding="utf-8")
        return tmp_path

    return write
