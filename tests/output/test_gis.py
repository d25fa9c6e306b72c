"""L'export SIG : GDAL le rouvre avec projection, métadonnées et style."""

import json
import os
import shutil
import sqlite3
import subprocess
import xml.etree.ElementTree as ET
from contextlib import closing

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import pytest
import shapely
from shapely import box

from datakit.core.errors import FormatError, GeographyError, OptionError, SourceError, UnsafeOperation
from datakit.core.labels import make_labels
from datakit.output.maps.choropleth import choropleth
from datakit.output.maps.gis import export_gis
from datakit.output.maps.paper.mapsheet import leaf_of


@pytest.fixture
def zones():
    frame = gpd.GeoDataFrame(
        {
            "lib_qp": ["A \"'<&", "B", "C"],
            "taux_pauvrete": [20.0, 30.0, None],
            "communes": [["96001"], None, ["96002"]],
        },
        geometry=[box(60_000 + 900 * i, 6_600_000, 60_800 + 900 * i, 6_600_800) for i in range(3)],
        crs=2154,
        index=["QN09601M", "QN09602M", "QN09603M"],
    )
    frame.index.name = "code_qp"
    frame.attrs |= {"labels": make_labels("ANCT", "2024", "QPV 2024"), "reserves": ["essai."]}
    return frame


def _rules(styles):
    return ET.fromstring(styles.loc[0, "styleQML"].split("\n", 1)[1]).findall(".//rule")  # noqa: S314


def test_gdal_opens_it_with_crs_metadata_and_style(zones, tmp_path):
    path = export_gis(zones, tmp_path / "q.gpkg", value="taux_pauvrete")
    info = pyogrio.read_info(path, layer="quartiers")
    assert info["crs"] == "EPSG:2154" and info["features"] == 3
    assert info["layer_metadata"]["Source"] == "ANCT" and info["layer_metadata"]["Réserve 1"] == "essai."
    back = gpd.read_file(path, layer="quartiers")
    assert (
        list(back["code_qp"]) == list(zones.index)
        and shapely.equals(back.geometry.to_numpy(), zones.geometry.to_numpy()).all()
    )
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    assert styles.loc[0, "f_table_name"] == "quartiers" and styles.loc[0, "f_geometry_column"] == "geom"
    rules = _rules(styles)
    assert [r.get("label") for r in rules][-1] == "donnée manquante" and len(rules) >= 3


def test_the_rules_of_the_style_sort_every_row(zones, tmp_path):
    import sqlite3

    path = export_gis(zones, tmp_path / "q.gpkg", value="taux_pauvrete")
    filters = [r.get("filter") for r in _rules(pyogrio.read_dataframe(path, layer="layer_styles"))]
    with sqlite3.connect(path) as base:
        counts = [base.execute(f"SELECT count(*) FROM quartiers WHERE {f}").fetchone()[0] for f in filters]  # noqa: S608
    assert sum(counts) == 3 and all(counts)


def test_plain_outlines_need_no_value(zones, tmp_path):
    zones = zones.drop(columns="taux_pauvrete")
    path = export_gis(zones, tmp_path / "sous" / "q.gpkg", name="contours")
    assert "singleSymbol" in pyogrio.read_dataframe(path, layer="layer_styles").loc[0, "styleQML"]
    export_gis(zones, path, name="contours")
    assert len(pyogrio.read_dataframe(path, layer="layer_styles")) == 1


def test_wrong_layers_are_refused(zones, tmp_path):
    with pytest.raises(OptionError, match="extension"):
        export_gis(zones, tmp_path / "q.kml")
    with pytest.raises(FormatError, match="vide"):
        export_gis(zones.iloc[:0], tmp_path / "q.gpkg")
    bare = gpd.GeoDataFrame(zones.drop(columns="geometry"), geometry=zones.geometry.to_numpy())
    with pytest.raises(GeographyError):
        export_gis(bare.set_crs(None, allow_override=True), tmp_path / "q.gpkg")


# run by the Python that QGIS brings: what its own reader makes of the file
_IN_QGIS = """
import json, os, sys
from qgis.core import QgsApplication, QgsVectorLayer, QgsRuleBasedRenderer
app = QgsApplication([], False); app.initQgis()
layer = QgsVectorLayer(sys.argv[1] + "|layername=quartiers", "quartiers", "ogr")
said, done = layer.loadDefaultStyle()
rules = layer.renderer().rootRule().children() if layer.renderer().type() == "RuleRenderer" else []
print(json.dumps({
    "valid": layer.isValid(), "crs": layer.crs().authid(), "rows": layer.featureCount(), "styled": done,
    "kind": layer.renderer().type(), "labels": [r.label() for r in rules], "alias": layer.attributeDisplayName(2),
    "active": [r.filter().isValid() and not r.filter().hasParserError() for r in rules],
    "fills": [r.symbol().symbolLayer(0).layerType() for r in rules],
}))
sys.stdout.flush()
os._exit(0)  # QGIS and Python do not agree on who frees a layer first
"""


def _qgis():
    for python in filter(None, map(shutil.which, ("/usr/bin/python3", "python3", "python-qgis"))):
        if subprocess.run([python, "-c", "import qgis.core"], capture_output=True, check=False).returncode == 0:
            return python
    return None


@pytest.mark.complete
@pytest.mark.parametrize("value", ["taux_pauvrete", None])
def test_qgis_itself_reads_the_style(zones, tmp_path, value):
    python = _qgis() or pytest.skip("QGIS n'est pas sur cette machine (paquet python3-qgis)")
    path = export_gis(zones, tmp_path / "q.gpkg", value=value)
    done = subprocess.run(
        [python, "-c", _IN_QGIS, str(path)], env=os.environ | {"QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    read = json.loads(done.stdout.strip().splitlines()[-1])
    assert read["valid"] and read["styled"] and read["rows"] == 3 and read["crs"] == "EPSG:2154"
    assert read["kind"] == "RuleRenderer" and len(read["labels"]) >= 3 and all(read["active"])
    assert read["labels"][-1] == "donnée manquante" and set(read["fills"]) == {"SimpleFill"}


@pytest.mark.parametrize("name", ["fid", "FID", "geom", "Lib_QP"])
@pytest.mark.parametrize("content", [[1, 1, 1], ["a", "b", "c"], [0.5, None, 2.0]], ids=["répété", "texte", "décimal"])
def test_a_column_whose_name_is_taken_is_written_under_another_and_said(zones, tmp_path, name, content):
    path = tmp_path / "q.gpkg"
    with pytest.warns(UserWarning, match=f"« {name} » écrite « {name}_1 »"):
        export_gis(zones.assign(**{name: content}), path, value="taux_pauvrete")
    read = gpd.read_file(path, layer="quartiers")
    assert read[f"{name}_1"].map(str).tolist() == pd.Series(content).map(str).tolist()
    assert len(read) == 3 and list(tmp_path.iterdir()) == [path]


def test_a_renamed_column_keeps_its_classes(zones, tmp_path):
    with pytest.warns(UserWarning, match="écrite"):
        export_gis(zones.rename(columns={"taux_pauvrete": "geom"}), tmp_path / "q.gpkg", value="geom")
    styles = gpd.read_file(tmp_path / "q.gpkg", layer="layer_styles")
    assert any("geom_1" in (rule.get("filter") or "") for rule in _rules(styles))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("duree", pd.to_timedelta([1, 2, 3], "h")),
        ("z", [1j, 2j, 3j]),
        ("p", pd.period_range("2020", periods=3, freq="Y")),
    ],
)
def test_what_a_geopackage_has_no_type_for_is_written_as_text(zones, tmp_path, name, content):
    export_gis(zones.assign(**{name: content}), tmp_path / "q.gpkg")
    assert gpd.read_file(tmp_path / "q.gpkg", layer="quartiers")[name].tolist() == [str(v) for v in content]


def test_a_second_outline_is_written_as_text(zones, tmp_path):
    export_gis(zones.assign(centre=zones.centroid), tmp_path / "q.gpkg")
    assert gpd.read_file(tmp_path / "q.gpkg", layer="quartiers")["centre"][0].startswith("POINT (")


def test_what_cannot_be_written_leaves_the_old_file(zones, tmp_path):
    path = export_gis(zones, tmp_path / "q.gpkg")
    before = path.read_bytes()
    twice = zones.rename(columns={"lib_qp": "taux_pauvrete"})
    for wrong in (zones.assign(n=np.array([2**63 + 1] * 3, dtype="uint64")), twice):
        with pytest.raises(FormatError) as caught:
            export_gis(wrong, path)
        assert caught.value.remedy
    (tmp_path / "q.gpkg-wal").write_bytes(b"journal")
    with pytest.raises(SourceError, match="ouvert dans un autre logiciel"):
        export_gis(zones, path)
    assert path.read_bytes() == before and len(list(tmp_path.iterdir())) == 2


def test_the_first_rate_gives_the_style_and_people_read_the_rest(zones, tmp_path):
    path = export_gis(zones.to_crs(4326), tmp_path / "q.gpkg")
    info = pyogrio.read_info(path, layer="quartiers")
    assert info["crs"] == "EPSG:2154"  # the legal projection, unless another is asked for
    styles = pyogrio.read_dataframe(path, layer="layer_styles")
    still = leaf_of(choropleth(zones, "taux_pauvrete", ground=None))
    assert [r.get("label") for r in _rules(styles)] == [e.text for e in still.entries]
    assert 'name="Nom du quartier"' in styles.loc[0, "styleQML"] and "Lib qp" not in styles.loc[0, "styleQML"]
    with closing(sqlite3.connect(path)) as base:
        asked = "SELECT identifier, description FROM gpkg_contents WHERE table_name = 'quartiers'"
        title, about = base.execute(asked).fetchone()
    assert title == "Taux de pauvreté (%), QPV 2024" and "Source : ANCT" in about and "Licence : " in about
    assert pyogrio.read_info(export_gis(zones, path, crs=4326), layer="quartiers")["crs"] == "EPSG:4326"


def test_a_count_has_no_class_in_a_gis_either(zones, tmp_path):
    with pytest.raises(UnsafeOperation, match="classes de couleur"):
        export_gis(zones.assign(population_municipale=[1, 2, 3]), tmp_path / "q.gpkg", value="population_municipale")


@pytest.mark.parametrize("kind", ["geojson", "shp", "parquet", "fgb"])
def test_other_formats_keep_rows_style_and_labels_beside(kind, zones, tmp_path):
    zones["taux_pauvrete_2"] = [1.0, 2.0, 3.0]
    target = tmp_path / f"zones.{kind}"
    if kind == "shp":
        with pytest.warns(UserWarning, match="« taux_pauvrete » écrite « taux_pauvr »"):
            export_gis(zones, target)
    else:
        export_gis(zones, target)
    back = gpd.read_parquet(target) if kind == "parquet" else gpd.read_file(target)
    assert len(back) == 3 and back.crs.to_epsg() == (4326 if kind == "geojson" else 2154)
    assert back["code_qp"].tolist() == zones.index.tolist()
    # no name twice, whatever is cut
    assert {"taux_pauvrete", "taux_pauvrete_2"} <= set(back) or {"taux_pauvr", "taux_pau_1"} <= set(back)
    assert back.to_crs(2154).geometry.area.tolist() == pytest.approx(zones.geometry.area.tolist(), rel=1e-3)
    assert "<qgis" in (tmp_path / "zones.qml").read_text(encoding="utf-8")
    said = (tmp_path / "zones.md").read_text(encoding="utf-8")
    assert "ANCT" in said and "essai." in said and "Licence" in said
    # beside a shapefile stand its own files, and nothing that was half written
    assert {p.suffix for p in tmp_path.iterdir()} <= {f".{kind}", ".qml", ".md", ".dbf", ".shx", ".prj", ".cpg"}
