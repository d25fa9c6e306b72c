"""Des points qu'on apporte en couche, qu'on localise deux fois, ou dont le quartier n'a pas de contour."""

from __future__ import annotations

import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import pyogrio
import pytest
import shapely

import datakit
from datakit import cli
from datakit.errors import DatakitError

from .conftest import box, features

INSIDE, OUTSIDE = (4.835123, 45.765123), (4.9, 45.9)
OWN = ("code_qp", "aussi", "statut", "distance_m", "insee_com", "code_iris")


@pytest.fixture
def zones(put, tmp_path):
    """Le dossier d'un quartier."""
    put("zones/q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01))]))
    return tmp_path / "zones"


def located(source, out, depot):
    return cli.main(["locate", str(source), "-o", str(out), "--depot", str(depot)])


def layer(crs=4326, points=(INSIDE, OUTSIDE)):
    found = gpd.GeoDataFrame(
        {"nom": ["Étoile", "B"][: len(points)], "montant": [12.5, 3.0][: len(points)]},
        geometry=gpd.points_from_xy(*zip(*points, strict=True)),
        crs=4326,
    )
    return found.to_crs(crs)


@pytest.mark.parametrize(
    ("name", "driver", "crs"),
    [
        ("p.gpkg", "GPKG", 4326),
        ("p.gpkg", "GPKG", 2154),
        ("p.gpkg", "GPKG", 3946),
        ("p.geojson", "GeoJSON", 4326),
        ("p.shp", "ESRI Shapefile", 2154),
        ("p.fgb", "FlatGeobuf", 4326),
        ("p.parquet", None, 2154),
    ],
)
def test_points_in_a_layer_of_any_format_and_projection(zones, tmp_path, name, driver, crs):
    before = layer(crs)
    if driver is None:
        before.to_parquet(tmp_path / name)
    else:
        before.to_file(tmp_path / name, driver=driver)
    out = tmp_path / f"r.{name.split('.')[1]}"
    if name.endswith((".shp", ".fgb")):
        out = tmp_path / "r.gpkg"
        before = gpd.read_file(tmp_path / name)  # FlatGeobuf orders its points by their place
    rank = before["nom"].tolist().index("Étoile")
    assert located(tmp_path / name, out, zones) == 0
    after = gpd.read_parquet(out) if out.suffix == ".parquet" else gpd.read_file(out)
    assert (after["statut"].iloc[rank], after["code_qp"].iloc[rank]) == ("dedans", "QN06901N")
    assert after["nom"].tolist() == before["nom"].tolist() and after["montant"].tolist() == before["montant"].tolist()
    assert after.crs == before.crs and after.geometry.geom_equals_exact(before.geometry, 1e-6).all()


def test_points_in_one_of_two_layers_are_asked_for(zones, tmp_path, capsys):
    layer().to_file(tmp_path / "p.gpkg", driver="GPKG", layer="adresses")
    layer().to_file(tmp_path / "p.gpkg", driver="GPKG", layer="équipements")
    code = located(tmp_path / "p.gpkg", tmp_path / "r.gpkg", zones)
    said = capsys.readouterr()
    assert code == 2 and "adresses" in said.err and "équipements" in said.err
    assert not (tmp_path / "r.gpkg").exists()


@pytest.mark.parametrize("kind", ["polygones", "multipoints", "sans géométrie"])
def test_points_in_a_layer_that_holds_none(zones, tmp_path, capsys, kind):
    shapes = {
        "polygones": [shapely.box(4.83, 45.76, 4.84, 45.77)],
        "multipoints": [shapely.MultiPoint([INSIDE])],
        "sans géométrie": [None],
    }[kind]
    gpd.GeoDataFrame({"nom": ["A"]}, geometry=shapes, crs=4326).to_file(tmp_path / "p.gpkg", driver="GPKG")
    code = located(tmp_path / "p.gpkg", tmp_path / "r.gpkg", zones)
    said = capsys.readouterr()
    if code == 0:
        assert gpd.read_file(tmp_path / "r.gpkg")["statut"].tolist() == [
            "dedans" if kind == "multipoints" else "indetermine"
        ]
    else:
        assert code == 2 and "À faire" in said.err and not (tmp_path / "r.gpkg").exists()


def _write(frame, path, encoding="utf-8-sig"):
    points = gpd.GeoDataFrame(
        frame.drop(columns=["lon", "lat"]), geometry=gpd.points_from_xy(frame["lon"], frame["lat"]), crs=4326
    )
    if path.suffix == ".csv":
        frame.to_csv(path, sep=";", decimal=",", index=False, encoding=encoding)
    elif path.suffix == ".xlsx":
        frame.to_excel(path, index=False)
    elif path.name == "table.parquet":
        frame.to_parquet(path)
    elif path.suffix == ".parquet":
        points.to_parquet(path)
    else:
        points.to_file(path, driver={".gpkg": "GPKG", ".geojson": "GeoJSON"}[path.suffix])


def _columns(path):
    if path.suffix == ".csv":
        return path.read_bytes().decode("utf-8-sig", "replace").splitlines()[0].split(";")
    if path.suffix == ".xlsx":
        return [c.value for c in openpyxl.load_workbook(path).active[1]]
    if path.suffix == ".parquet":
        return list(pd.read_parquet(path).columns)
    return list(pyogrio.read_info(path)["fields"])


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("a.csv", "utf-8-sig"),
        ("a.csv", "cp1252"),
        ("a.xlsx", ""),
        ("table.parquet", ""),
        ("a.parquet", ""),
        ("a.gpkg", ""),
        ("a.geojson", ""),
    ],
)
def test_points_located_again_replace_their_own_columns(zones, tmp_path, name, encoding):
    frame = pd.DataFrame({"nom": ["Été", "B"], "lon": [4.835123, 4.9], "lat": [45.765123, 45.9]})
    source = tmp_path / name
    _write(frame, source, encoding or "utf-8-sig")
    seen = []
    for turn in range(3):
        out = tmp_path / f"{turn}" / name
        out.parent.mkdir()
        assert located(source, out, zones) == 0
        seen.append(_columns(out))
        source = out
    assert seen[0] == seen[1] == seen[2]
    assert len(set(seen[0])) == len(seen[0]) and "statut" in seen[0]


@pytest.mark.parametrize(
    "own", [["code_qp"], ["statut", "code_qp"], list(OWN), ["CODE_QP"], ["insee_com", "code_iris"]]
)
def test_points_that_bear_columns_of_that_name_already(zones, tmp_path, capsys, own):
    """Les colonnes d'une ancienne localisation sont remplacées ; celles de la personne, gardées ou nommées."""
    text = f"nom;lon;lat;{';'.join(own)}\nA;4,835123;45,765123;{';'.join('vieux' for _ in own)}\n"
    (tmp_path / "p.csv").write_text(text, encoding="utf-8")
    code = located(tmp_path / "p.csv", tmp_path / "r.csv", zones)
    said = capsys.readouterr()
    if code:
        assert own[0] in said.err and "À faire" in said.err
        return
    lines = (tmp_path / "r.csv").read_text(encoding="utf-8-sig").splitlines()
    head = lines[0].split(";")
    assert len(head) == len(set(head))
    row = dict(zip(head, lines[1].split(";"), strict=True))
    assert "QN06901N" in (row["code_qp"], row.get("code_qp_locate"))
    # a whole set of our columns is ours, and replaced; a column of the person's keeps its cells
    assert all(row[c] == "vieux" for c in own) or set(own) >= set(OWN)


@pytest.mark.parametrize(
    "geometry",
    [
        None,
        {"type": "Point", "coordinates": [4.8, 45.7]},
        {"type": "LineString", "coordinates": [[4.8, 45.7], [4.81, 45.7]]},
        {"type": "MultiPolygon", "coordinates": []},
        {"type": "Polygon", "coordinates": [[[4.8, 45.7], [4.81, 45.7], [4.8, 45.7], [4.8, 45.7]]]},
        {"type": "GeometryCollection", "geometries": []},
    ],
)
def test_points_of_a_quarter_without_outline_are_undetermined(put, tmp_path, capsys, geometry):
    rows = [
        ({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01)),
        ({"code_qp": "QN06909N", "lib_qp": "Les Pins", "insee_com": "69123"}, geometry),
    ]
    put("zones/q.geojson", features(rows))
    (tmp_path / "p.csv").write_text("nom;lon;lat\nA;4,835123;45,765123\nB;4,800123;45,700123\n", encoding="utf-8")
    assert located(tmp_path / "p.csv", tmp_path / "r.csv", tmp_path / "zones") == 0
    said = capsys.readouterr()
    assert "QN06909N" in said.out + said.err and "rang" not in said.out + said.err
    table = pd.read_csv(tmp_path / "r.csv", sep=";")
    assert table["statut"].tolist() == ["dedans", "indetermine"]


def test_points_of_a_zipped_layer(zones, tmp_path, capsys):
    layer().to_file(tmp_path / "p.shp")
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        for path in tmp_path.glob("p.*"):
            if path.suffix != ".zip":
                archive.write(path, path.name)
    code = located(tmp_path / "p.zip", tmp_path / "r.gpkg", zones)
    said = capsys.readouterr()
    assert code in (0, 2) and (code == 0 or "À faire" in said.err)


@pytest.mark.parametrize("suffix", ["csv", "xlsx", "geojson"])
def test_points_of_a_table_named_as_a_layer_are_refused(tmp_path, suffix):
    (tmp_path / f"p.{suffix}").write_bytes(b"ceci n'est pas une table")
    with pytest.raises(DatakitError):
        datakit.locate(tmp_path / f"p.{suffix}")
