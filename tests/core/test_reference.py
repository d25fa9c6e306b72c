"""La table de ce qui existe : une seule, cohérente, et un découpage de plus n'est qu'une donnée."""

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from pyproj import CRS, Transformer

import datakit
from datakit.core import codes, extents, projections, reference
from datakit.sources.catalogue import indicators, sources
from datakit.sources.reading.crs import resolve
from datakit.tables.indicators import INDEX

PACKAGE = Path(datakit.__file__).parent
# nobody has drawn these perimeters: another prefix, another form, the one in force
NEXT = """
[geographies.2030]
prefix = "QX"
pattern = 'QX(?:\\d{3}|02[AB])\\d{4}'
form = "QX + département sur 3 caractères + 4 chiffres (QX0690001)"
in_force = true
"""
USE = """
import json, sys
import datakit as dk
from datakit.core.errors import GeographyError
from datakit.core.codes import one_geography
folder = sys.argv[1]
qpv = dk.load_qpv(2030, depot=folder)
points = qpv.representative_point().to_frame("geometry")
try:
    one_geography(["QX0690001", "QN06901M", "QP069001"])
    mixed = ""
except GeographyError as error:
    mixed = str(error)
print(json.dumps({
    "codes": qpv["code_qp"].tolist(),
    "old": dk.load_qpv(2024, depot=folder)["code_qp"].tolist(),
    "perimetre": dk.load_indicators("population", depot=folder).attrs["labels"]["perimetre"],
    "compared": dk.compare("QX0690001", "population", to="commune", depot=folder)["level"].unique().tolist(),
    "located": dk.locate(points, depot=folder)["code_qp"].tolist(),
    "territory": len(dk.territory("69123").qpv(depot=folder)),
    "sheet": dk.profile("QX0690001", depot=folder).sheet.geography,
    "links": dk.crosswalk(2024, 2030, depot=folder)[["origin", "target"]].values.tolist(),
    "mixed": mixed,
}))
"""


def square(lon, lat, size=0.01):
    return [[[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]]


def layer(path, code, lon):
    feature = {
        "type": "Feature",
        "properties": {"code_qp": code, "lib_qp": "Le Rocher", "insee_com": "69123"},
        "geometry": {"type": "Polygon", "coordinates": square(lon, 45.70)},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")


def test_a_third_geography_is_only_data(tmp_path):
    package = shutil.copytree(PACKAGE, tmp_path / "lib" / "datakit", ignore=shutil.ignore_patterns("__pycache__"))
    table = package / "core" / "reference.toml"
    text = table.read_text(encoding="utf-8").replace("in_force = true\n", "", 1)
    table.write_text(text.replace("[hexagone]", f"{NEXT}\n[hexagone]", 1), encoding="utf-8")
    catalogue = package / "sources" / "catalogue"
    for known, new in (
        ("anct-qpv-2024", "anct-qpv-2030"),
        ("insee-qpv2024-population", "insee-qpv2030-population"),
        ("anct-correspondance-2024-2015", "anct-correspondance-2030-2024"),
    ):
        entry = (catalogue / f"{known}.toml").read_text(encoding="utf-8").replace(known, new)
        if "correspondance" in new:
            entry = re.sub("qp2024|qpv2024", lambda m: m[0].replace("2024", "2030"), entry).replace("2015", "2024")
            entry = entry.replace("[2024, 2024]", "[2030, 2024]")
        else:
            entry = entry.replace("qpv2024", "qpv2030").replace("geography = [2024]", "geography = [2030]")
        (catalogue / f"{new}.toml").write_text(entry, encoding="utf-8")
    folder = tmp_path / "depot"
    folder.mkdir()
    layer(folder / "anciens.geojson", "QN06901M", 4.80)
    layer(folder / "nouveaux.geojson", "QX0690001", 4.83)
    school = next(p for p in datakit.open_depot("ecole").root.rglob("pop_QPV24.csv"))
    head, first = school.read_text(encoding="utf-8-sig").splitlines()[:2]
    row = re.sub(r"QN\w+", "QX0690001", first)
    (folder / "population.csv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    (folder / "liens.csv").write_text("QP2030;Statut;QP2024_1\nQX0690001;MODIFIE;QN06901M\n", encoding="utf-8")
    run = subprocess.run(
        [sys.executable, "-c", USE, str(folder)], cwd=tmp_path, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(tmp_path / "lib"), "DATAKIT_CACHE": str(tmp_path / "cache")},
    )  # fmt: skip
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    assert found.pop("mixed").startswith("des QPV de 2015, 2024 et 2030 sont mélangés.")
    assert found == {
        "codes": ["QX0690001"], "old": ["QN06901M"], "perimetre": "QPV 2030", "compared": ["qpv", "commune"],
        "located": ["QX0690001"], "territory": 1, "sheet": 2030, "links": [["QN06901M", "QX0690001"]],
    }  # fmt: skip


def test_no_code_decides_on_a_year_of_perimeters():
    """Une année de découpage ne se compare ni ne s'indexe hors de la table ; la citer dans un texte est permis."""
    years = set(reference.geographies())
    decide = (ast.Compare, ast.Subscript, ast.Dict, ast.IfExp, ast.For, ast.BoolOp)
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = [n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and type(n.value) is int]
            if isinstance(node, decide) and years & set(named):
                found.append(f"{path.relative_to(PACKAGE)}:{node.lineno}")
    assert found == []


def test_every_name_of_the_catalogue_is_in_the_table():
    for source in sources().values():
        assert set(source.levels) <= set(reference.levels()) and set(source.themes) <= set(reference.themes())
        assert set(source.geography) <= set(reference.geographies()), source.id
        kinds = {kind for rule in source.recognise for kind in rule.codes if kind.startswith("qpv")}
        assert kinds <= {g.kind for g in reference.geographies().values()}
    assert set(INDEX) <= set(reference.levels()) and indicators()


def test_prefixes_open_one_geography_each_and_one_is_in_force():
    known = reference.geographies().values()
    assert len({g.prefix for g in known}) == len(known) and sum(g.in_force for g in known) == 1
    assert list(reference.geographies()) == sorted(reference.geographies())


def test_no_extent_bites_on_another():
    boxes = [(name, box) for name, several in extents.extents().items() for box in several]
    for i, (name, (w, s, e, n)) in enumerate(boxes):
        for other, (west, south, east, north) in boxes[i + 1 :]:
            assert name == other or min(e, east) <= max(w, west) or min(n, north) <= max(s, south), (name, other)


@pytest.mark.parametrize("department", sorted(d for d, e in codes.territories()["departments"].items() if "crs" in e))
def test_the_legal_projection_of_each_territory_is_read_there(department):
    entry = codes.territories()["departments"][department]
    west, south, east, north = entry.get("land", entry["extent"])[0]
    lon, lat = (west + east) / 2, (south + north) / 2
    legal = projections.legal_crs(department)
    x, y = Transformer.from_crs(4326, legal, always_xy=True).transform(lon, lat)
    bounds = np.array([[x - 100, y - 100, x + 100, y + 100]])
    assert resolve(legal, bounds, "couche.gpkg")[0].to_epsg() == legal
    assert resolve(CRS.from_epsg(4326), np.array([[lon, lat, lon, lat]]), "couche.gpkg")[0].to_epsg() == 4326
    assert list(extents.extents())[extents.territories_at(np.array([lon]), np.array([lat]))[0]] == department


def test_a_layer_of_new_caledonia_that_says_nothing_is_recognised():
    x, y = Transformer.from_crs(4326, 3163, always_xy=True).transform(166.45, -22.27)
    assert resolve(None, np.array([[x, y, x + 500, y + 500]]), "noumea.shp")[0].to_epsg() == 3163
