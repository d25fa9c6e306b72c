"""Des TopoJSON, comme en écrivent mapshaper et les sites de cartes : toutes leurs couches, ou le chemin de sortie."""

from __future__ import annotations

import itertools
import json
import zipfile

import pytest

import datakit
from datakit import cli
from datakit.errors import FormatError
from datakit.sources.fates import fates
from datakit.sources.reading.vectors import door, plain

CODES = ["QN06901N", "QN06902N"]
_SCALE, _CORNER = 1e-5, (4.8, 45.7)


def ring(lon: float, lat: float, wide: float = 0.01) -> list[list[float]]:
    return [[lon, lat], [lon + wide, lat], [lon + wide, lat + wide], [lon, lat + wide], [lon, lat]]


def quantized(arc: list[list[float]]) -> list[list[int]]:
    steps = [[round((v - c) / _SCALE) for v, c in zip(point, _CORNER, strict=True)] for point in arc]
    moves = [[b - a for a, b in zip(*pair, strict=True)] for pair in itertools.pairwise(steps)]
    return [steps[0], *moves]


def collection(codes: list[str], key: str = "code_qp") -> dict:
    shapes = [{"type": "Polygon", "arcs": [[i]], "properties": {key: c, "nom": c}} for i, c in enumerate(codes)]
    return {"type": "GeometryCollection", "geometries": shapes}


ARCS = [ring(4.83, 45.76), ring(4.85, 45.76)]
WHOLE = {"type": "Topology", "objects": {"qpv": collection(CODES)}, "arcs": ARCS}
GRID = {"scale": [_SCALE, _SCALE], "translate": list(_CORNER)}
SPARSE = [[4.83 + i * 0.01 / 6_001, 45.76] for i in range(1, 6_001)]  # along the first side
TOWNS = {"type": "GeometryCollection", "geometries": [
    {"type": "Polygon", "arcs": [[0]], "properties": {"insee": "69123", "nom": "Lyon"}}]}  # fmt: skip
FILES = {
    "une couche": ("qpv.topojson", WHOLE),
    "nommé json": ("qpv.json", WHOLE),
    "deux couches": ("carte.topojson", WHOLE | {"objects": {"qpv": collection(CODES), "communes": TOWNS}}),
    "trois couches, la nôtre au milieu": (
        "carte.json",
        WHOLE | {"objects": {"communes": TOWNS, "qpv": collection(CODES), "fond": collection(["a", "b"], "id")}},
    ),
    "quantifié": ("qpv.topojson", WHOLE | {"transform": GRID, "arcs": [quantized(a) for a in ARCS]}),
    "les arcs d'abord, longs": (
        "qpv.json",
        {"arcs": [ARCS[0][:1] + SPARSE + ARCS[0][1:], ARCS[1]], "objects": WHOLE["objects"], "type": "Topology"},
    ),
}


@pytest.mark.parametrize("form", FILES)
def test_topologies_are_read_layer_by_layer(put, form):
    name, content = FILES[form]
    depot = put(name, json.dumps(content))
    qpv = datakit.load_qpv(2024, depot=depot)
    assert qpv["code_qp"].tolist() == CODES
    assert qpv.to_crs(2154).area.div(10_000).round().tolist() == [86, 86]


def test_topologies_in_an_archive_are_read(tmp_path):
    with zipfile.ZipFile(tmp_path / "livraison.zip", "w") as archive:
        archive.writestr("carte.topojson", json.dumps(FILES["deux couches"][1]))
    assert datakit.load_qpv(2024, depot=tmp_path)["code_qp"].tolist() == CODES


def test_topologies_of_anything_never_stop_a_folder(put):
    put("q.geojson", json.dumps({"type": "FeatureCollection", "features": []}))
    depot = put("carte.topojson", json.dumps(FILES["deux couches"][1]))
    told = fates(datakit.open_depot(depot))
    assert told.loc[told["fichier"].str.startswith("carte"), "sort"].tolist() == ["reconnu", "reconnu"]


def test_topologies_of_points_are_located(put, tmp_path, capsys):
    put("q/q.topojson", json.dumps(WHOLE))
    points = {"type": "GeometryCollection", "geometries": [
        {"type": "Point", "coordinates": [4.835123, 45.765123], "properties": {"nom": "A"}}]}  # fmt: skip
    put("p.topojson", json.dumps({"type": "Topology", "objects": {"p": points}, "arcs": []}))
    words = [str(tmp_path / "p.topojson"), "-o", str(tmp_path / "r.csv"), "--depot", str(tmp_path / "q")]
    assert cli.main(["locate", *words]) == 0, capsys.readouterr().err
    assert "dedans" in (tmp_path / "r.csv").read_text(encoding="utf-8")


def test_topologies_without_gdal_are_refused_with_the_command(put, monkeypatch):
    depot = put("qpv.topojson", json.dumps(WHOLE))
    monkeypatch.setattr(door, "reader", lambda: plain)
    with pytest.raises(FormatError, match="ogr2ogr") as refused:
        datakit.load_qpv(2024, depot=depot)
    assert "qpv.topojson" in str(refused.value) and "QGIS" in str(refused.value)
