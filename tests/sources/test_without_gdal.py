"""Sans GDAL : les mêmes tables, sur Orvanche et sur les vrais fichiers ; le reste est refusé en français."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import LineString, Point, Polygon, box

from datakit.core.errors import FormatError
from datakit.sources.reading.layers import layers_of
from datakit.sources.reading.vectors import door, gdal, plain, shapefile

ROOT = Path(__file__).resolve().parents[2]
KINDS = (".geojson", ".gpkg", ".shp")


def _layers(folder: Path, scratch: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix in KINDS:
            yield path
        elif path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                names = [n for n in archive.namelist() if Path(n).suffix in KINDS]
                if names:
                    archive.extractall(scratch / path.stem)
            yield from sorted(p for p in (scratch / path.stem).rglob("*") if p.suffix in KINDS)


def _same(path: Path) -> int:
    encoding = shapefile.check(path, path.name)
    ours, theirs = plain.describe(path, encoding), gdal.describe(path, encoding)
    known = [[(d.columns, d.rows, d.geometry_type) for d in found] for found in (ours, theirs)]
    assert known[0] == known[1]
    if path.suffix == ".gpkg":  # elsewhere datakit names a layer after its file
        assert [d.name for d in ours] == [d.name for d in theirs]
    for layer in theirs:
        columns = list(layer.columns)
        got, wanted = (m.read(path, layer.name, columns, encoding, None, None, True) for m in (plain, gdal))
        assert (got.crs is None) == (wanted.crs is None) and (got.crs is None or got.crs.equals(wanted.crs))
        pd.testing.assert_frame_equal(pd.DataFrame(got[columns]), pd.DataFrame(wanted[columns]))
        assert shapely.to_wkb(got.geometry.to_numpy()).tolist() == shapely.to_wkb(wanted.geometry.to_numpy()).tolist()
        kept = {columns[0]: list(wanted[columns[0]].dropna().unique()[:3])}
        bounds = wanted.total_bounds
        middle = (bounds[0], bounds[1], *(bounds[:2] + bounds[2:]) / 2)
        for keep, frame in ((kept, None), (None, middle)):
            pair = [m.read(path, layer.name, columns[:1], encoding, keep, frame, False) for m in (plain, gdal)]
            if frame is None:
                pd.testing.assert_frame_equal(*pair)
            else:  # the exact meeting is measured afterwards, on what comes
                assert len(pair[0]) >= len(pair[1])
    return len(theirs)


def test_every_layer_of_orvanche_is_the_same(tmp_path: Path) -> None:
    assert sum(_same(path) for path in _layers(ROOT / "data", tmp_path)) >= 4


def test_every_real_layer_is_the_same(real: Path, tmp_path: Path) -> None:
    assert sum(_same(path) for path in _layers(real, tmp_path)) >= 20


@pytest.mark.parametrize("suffix", [".gpkg", ".geojson"])
def test_what_is_written_without_gdal_is_read_by_gdal(suffix: str, tmp_path: Path) -> None:
    frame = gpd.GeoDataFrame(
        {
            "code_qp": ["QN06901N", None, "QN06902É"],
            "part": [1.5, np.nan, 3.0],
            "nombre": [1, 2, 3],
            "oui": [True, False, True],
            'guillemet " ici': ["a", "b", "c"],
        },
        geometry=[box(4.8, 45.7, 4.9, 45.8), None, Polygon()],
        crs=4326,
    )
    path = tmp_path / f"couche{suffix}"
    options = {
        "driver": "GPKG" if suffix == ".gpkg" else "GeoJSON",
        "layer_metadata": {"Source": "ANCT & « INSEE » <1>"},
    }
    plain.write(frame, path, "couche", **options)
    plain.write(frame, path, "couche", **options)
    (info,) = gdal.describe(path, None)
    found = gdal.read(path, None, list(info.columns), None, None, None, True)
    assert found.crs.to_epsg() == 4326
    pd.testing.assert_frame_equal(
        pd.DataFrame(found.drop(columns="geometry")), pd.DataFrame(frame.drop(columns="geometry")), check_dtype=False
    )
    assert found.geometry[0].equals(frame.geometry[0]) and found.geometry[1] is None and not found.geometry[2]
    if suffix == ".gpkg":
        import pyogrio

        assert pyogrio.read_info(path)["layer_metadata"]["Source"] == "ANCT & « INSEE » <1>"


@pytest.mark.filterwarnings("ignore:Could not parse column")
def test_types_of_a_geojson_are_those_of_gdal(tmp_path: Path) -> None:
    path = tmp_path / "types.geojson"
    path.write_text(
        '{"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::2154"}},'
        ' "features": [{"type": "Feature", "id": "a", "properties": {"i": 1, "grand": 5000000000, "vide": null,'
        ' "b": true, "bn": null, "jour": "2024-01-02", "texte": "été", "melange": 1, "trou": 1}, "geometry": null},'
        ' {"type": "Feature", "id": "b", "properties": {"i": 2, "grand": 1, "vide": null, "b": false, "bn": true,'
        ' "jour": "2024/01/03", "texte": null, "melange": "a", "trou": null, "neuf": 2.5},'
        ' "geometry": {"type": "Point", "coordinates": [1, 2, 3]}}]}',
        encoding="utf-8",
    )
    _same(path)


@pytest.mark.parametrize("shape", [Point(1, 2), LineString([(0, 0), (1, 1)]), box(0, 0, 1, 1)])
def test_every_kind_of_shape(shape: object, tmp_path: Path) -> None:
    for suffix in KINDS:
        path = tmp_path / f"forme{suffix}"
        gpd.GeoDataFrame({"nom": ["a", "b"]}, geometry=[shape, shape], crs=2154).to_file(path)
        _same(path)


def test_a_format_that_needs_gdal_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "couche.fgb"
    gpd.GeoDataFrame({"nom": ["a"]}, geometry=[Point(1, 2)], crs=2154).to_file(path)
    monkeypatch.setattr(door, "reader", lambda: plain)
    with pytest.raises(FormatError, match=r"\.fgb demande GDAL") as refused:
        layers_of(path)
    assert "GeoPackage" in str(refused.value)


@pytest.mark.parametrize("damage", ['"Featur"', '"Fe\\u0000ture"', "null", '"Point"'])
def test_a_feature_that_gdal_would_skip_is_a_refusal(damage: str, tmp_path: Path) -> None:
    path = tmp_path / "communes.geojson"
    gpd.GeoDataFrame({"nom": list("abc")}, geometry=[Point(k, 2) for k in range(3)], crs=4326).to_file(path)
    whole = path.read_text(encoding="utf-8")
    assert layers_of(path)[0].rows == 3
    path.write_text(damage.join(whole.rsplit('"Feature"', 1)), encoding="utf-8")
    with pytest.raises(FormatError):
        layers_of(path)
