import gzip
import json
import shutil
import warnings
import zipfile

import geopandas as gpd
import pytest
import shapely

from datakit.core.errors import DatakitError, FormatError, GeographyError, SourceError
from datakit.sources.reading.layers import LayerInfo, layers_of, read_attributes, read_layer

LYON = shapely.box(4.80, 45.70, 4.81, 45.71)
BOW_TIE = shapely.from_wkt("POLYGON((4.8 45.7,4.81 45.7,4.81 45.71,4.8 45.71,4.8 45.70001,4.80001 45.7,4.8 45.7))")


@pytest.fixture
def qpv():
    return gpd.GeoDataFrame(
        {"code_qp": ["QN06908M", "QN06909M"], "lib_qp": ["Monod", "Bel Air, côté Sud"], "pop": [2190, 1500]},
        geometry=[LYON, shapely.box(4.9, 45.8, 4.92, 45.81)],
        crs=4326,
    )


def save(frame, path, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a shapefile cuts names, and says so
        frame.to_parquet(path, **options) if path.suffix == ".parquet" else frame.to_file(path, **options)
    return path


def zipped(folder, path, prefix="SHP/"):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, prefix + file.name)
    return path


FORMATS = ("geojson", "gpkg", "fgb", "shp", "parquet")


# --- every format


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_format_is_described_and_read(qpv, tmp_path, suffix):
    path = save(qpv, tmp_path / f"qpv.{suffix}")
    (info,) = layers_of(path)
    assert (info.path, info.name, info.rows, info.geometry_type) == (path, "qpv", 2, "Polygon")
    assert info.columns == ("code_qp", "lib_qp", "pop")
    layer = read_layer(path)
    assert layer.crs.to_epsg() == 4326 and layer.attrs["crs_origin"] == "déclarée"
    layer = layer.sort_values("code_qp", ignore_index=True)  # FlatGeobuf sorts by place
    assert layer["lib_qp"].tolist() == qpv["lib_qp"].tolist() and layer["pop"].tolist() == [2190, 1500]
    assert layer.geometry.normalize().geom_equals_exact(qpv.geometry.normalize(), 1e-9).all()


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "fgb", "parquet"])
def test_the_extension_is_not_believed(qpv, tmp_path, suffix):
    path = save(qpv, tmp_path / f"qpv.{suffix}").rename(tmp_path / "qpv.bin")
    assert len(read_layer(path)) == 2 and path.exists()


@pytest.mark.parametrize("suffix", FORMATS)
def test_a_format_is_read_from_a_zip_with_folders(qpv, tmp_path, suffix):
    folder = tmp_path / "dossier"
    folder.mkdir()
    save(qpv, folder / f"qpv.{suffix}")
    path = zipped(folder, tmp_path / "qpv.zip", "2024/DONNÉES/")
    (info,) = layers_of(path)
    assert info.member == f"2024/DONNÉES/qpv.{suffix}" and info.name == "qpv"
    assert sorted(read_layer(path)["code_qp"]) == ["QN06908M", "QN06909M"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_columns_rows_and_box_are_chosen(qpv, tmp_path, suffix):
    path = save(qpv.to_crs(2154), tmp_path / f"qpv.{suffix}")
    layer = read_layer(path, columns=["pop"], where={"code_qp": ["QN06909M", "QN00000M"]})
    assert list(layer.columns) == ["pop", "geometry"] and layer["pop"].tolist() == [1500]
    assert read_layer(path, where={"pop": [2190]})["code_qp"].tolist() == ["QN06908M"]
    assert read_layer(path, where={"lib_qp": ['L\'Île "x"']}).empty
    assert read_layer(path, bbox=(4.89, 45.79, 4.93, 45.82))["code_qp"].tolist() == ["QN06909M"]


def test_a_compressed_geojson(qpv, tmp_path):
    path = tmp_path / "qpv.geojson.gz"
    path.write_bytes(gzip.compress(qpv.to_json().encode()))
    assert layers_of(path)[0].name == "qpv" and len(read_layer(path)) == 2


def test_a_geojson_with_a_bom(qpv, tmp_path):
    path = tmp_path / "qpv.geojson"
    path.write_bytes(b"\xef\xbb\xbf" + qpv.to_json().encode())
    assert len(read_layer(path)) == 2


def test_notices_and_empty_files_beside_the_layers_are_ignored(qpv, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("notice.pdf", b"%PDF-1.7")
        archive.writestr("lisez-moi.html", b"<html>Notice</html>")
        archive.writestr("qpv.cpg", b"")
        archive.writestr("qpv.geojson", qpv.to_json())
    assert [i.member for i in layers_of(path)] == ["qpv.geojson"] and len(read_layer(path)) == 2


@pytest.mark.parametrize("suffix", FORMATS)
def test_attributes_are_read_without_outlines(qpv, tmp_path, suffix):
    (info,) = layers_of(save(qpv, tmp_path / f"a.{suffix}"))
    table = read_attributes(info, ["code_qp", "pop"])
    assert list(table.columns) == ["code_qp", "pop"] and sorted(table["pop"]) == [1500, 2190]


def test_several_layers_must_be_chosen(qpv, tmp_path):
    path = save(qpv, tmp_path / "a.gpkg", layer="qpvs")
    save(qpv.head(1), path, layer="communes")
    assert sorted(i.name for i in layers_of(path)) == ["communes", "qpvs"]
    with pytest.raises(FormatError, match="plusieurs couches") as caught:
        read_layer(path)
    assert "communes" in str(caught.value)
    assert len(read_layer(path, "communes")) == 1
    with pytest.raises(SourceError, match="n'a pas cette couche") as caught:
        read_layer(path, "qpv")
    assert "'qpvs'" in caught.value.remedy


def test_one_layer_per_projection_in_one_zip(qpv, tmp_path):
    folder = tmp_path / "dossier"
    folder.mkdir()
    save(qpv.to_crs(2154), folder / "QP2024_France_hexagonale_LB93.shp")
    save(qpv, folder / "QP2024_France_Hexagonale_Outre_Mer_WGS84.shp")
    path = zipped(folder, tmp_path / "qpv.zip")
    names = [i.name for i in layers_of(path)]
    assert names == ["QP2024_France_Hexagonale_Outre_Mer_WGS84", "QP2024_France_hexagonale_LB93"]
    assert [read_layer(path, n).crs.to_epsg() for n in names] == [4326, 2154]


def test_the_same_layer_name_twice_in_a_zip_needs_its_member(qpv, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/qpv.geojson", qpv.to_json())
        archive.writestr("b/qpv.geojson", qpv.head(1).to_json())
    with pytest.raises(FormatError, match="plusieurs couches") as caught:
        read_layer(path, "qpv")
    assert "member=" in caught.value.remedy
    assert len(read_layer(path, "qpv", member="b/qpv.geojson")) == 1


def test_the_tables_of_a_geopackage_are_not_layers(qpv, tmp_path):
    path = save(qpv, tmp_path / "a.gpkg", layer="qpvs")
    import pyogrio

    pyogrio.write_dataframe(qpv.drop(columns="geometry"), path, layer="table")
    assert [i.name for i in layers_of(path)] == ["qpvs"]


@pytest.mark.parametrize("content", [b"code;lib\n1;2\n", b'{"qpvs": [1, 2]}', b"[1, 2]"])
def test_a_table_holds_no_layer(tmp_path, content):
    path = tmp_path / "a.json"
    path.write_bytes(content)
    assert layers_of(path) == []
    with pytest.raises(FormatError, match="pas de couche"):
        read_layer(path)


def test_a_parquet_table_holds_no_layer(qpv, tmp_path):
    path = tmp_path / "a.parquet"
    qpv.drop(columns="geometry").to_parquet(path)
    assert layers_of(path) == []


def test_a_workbook_holds_no_layer(tmp_path):
    import openpyxl

    openpyxl.Workbook().save(tmp_path / "a.xlsx")
    assert layers_of(tmp_path / "a.xlsx") == []


def test_an_unknown_column_gives_the_near_name(qpv, tmp_path):
    with pytest.raises(SourceError, match="n'a pas cette colonne") as caught:
        read_layer(save(qpv, tmp_path / "a.geojson"), columns=["code_qpv"])
    assert "'code_qp'" in caught.value.remedy
    with pytest.raises(SourceError, match="n'a pas cette colonne"):
        read_layer(tmp_path / "a.geojson", where={"insee": ["69123"]})


def test_a_layer_without_rows(qpv, tmp_path):
    path = save(qpv.head(0), tmp_path / "a.gpkg")
    assert read_layer(path).empty and layers_of(path)[0].rows == 0


def test_a_geoparquet_with_another_geometry_name(qpv, tmp_path):
    path = save(qpv.rename_geometry("contour"), tmp_path / "a.parquet")
    assert read_layer(path).geometry.name == "geometry"


def test_a_geoparquet_with_a_covering_box(qpv, tmp_path):
    path = save(qpv, tmp_path / "a.parquet", write_covering_bbox=True)
    assert layers_of(path)[0].columns == ("code_qp", "lib_qp", "pop") and len(read_layer(path)) == 2


def test_mixed_outlines_in_a_geoparquet(qpv, tmp_path):
    mixed = qpv.set_geometry([LYON, shapely.MultiPolygon([LYON])], crs=4326)
    assert layers_of(save(mixed, tmp_path / "a.parquet"))[0].geometry_type == "MultiPolygon"


# --- projections


@pytest.mark.parametrize("epsg", [2154, 3035, 3857, 4326])
@pytest.mark.parametrize("suffix", ["gpkg", "fgb", "shp", "parquet", "geojson"])
def test_a_projection_survives_each_format(qpv, tmp_path, epsg, suffix):
    options = {"RFC7946": "NO"} if suffix == "geojson" else {}
    layer = read_layer(save(qpv.to_crs(epsg), tmp_path / f"a.{suffix}", **options))
    assert layer.crs.to_epsg() == epsg
    assert layer.to_crs(4326).total_bounds == pytest.approx(qpv.total_bounds, abs=1e-6)


def test_a_shapefile_without_prj_is_deduced(qpv, tmp_path):
    path = save(qpv.to_crs(2154), tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    layer = read_layer(path)
    assert layer.crs.to_epsg() == 2154 and layer.attrs["crs_origin"] == "déduite des coordonnées"


def test_a_shapefile_without_prj_that_stays_ambiguous_asks(tmp_path):
    marseille = gpd.GeoDataFrame({"n": [1]}, geometry=[shapely.box(5.37, 43.29, 5.38, 43.3)], crs=4326).to_crs(2154)
    path = save(marseille, tmp_path / "a.shp")
    path.with_suffix(".prj").unlink()
    with pytest.raises(GeographyError, match="ne suffisent pas") as caught:
        read_layer(path)
    assert "crs=" in caught.value.remedy and str(path) in caught.value.details["Fichier"]
    assert read_layer(path, crs=2154).attrs["crs_origin"] == "imposée"


@pytest.mark.parametrize("declared", [None, "urn:ogc:def:crs:OGC:1.3:CRS84"])
def test_a_geojson_in_lambert_that_claims_degrees_is_refused(qpv, tmp_path, declared):
    content = json.loads(qpv.to_crs(2154).to_json())
    content.pop("crs", None)
    if declared:
        content["crs"] = {"type": "name", "properties": {"name": declared}}
    path = tmp_path / "menteur.geojson"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(GeographyError, match="contredisent") as caught:
        read_layer(path)
    assert "EPSG:2154" in str(caught.value) and "crs=2154" in caught.value.remedy and str(path) in str(caught.value)
    assert read_layer(path, crs=2154).to_crs(4326).total_bounds == pytest.approx(qpv.total_bounds, abs=1e-6)
    with pytest.raises(GeographyError, match="contredisent"):
        read_layer(path, bbox=(4.7, 45.6, 5, 46))


# --- shapefiles


def without_cpg(frame, path, encoding):
    save(frame, path, encoding=encoding)
    path.with_suffix(".cpg").unlink(missing_ok=True)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("cpg", [None, "UTF-8", "1252", "inconnu"])
def test_the_bytes_decide_the_encoding_of_a_shapefile(qpv, tmp_path, encoding, cpg):
    path = without_cpg(qpv, tmp_path / "a.shp", encoding)
    if cpg:
        path.with_suffix(".cpg").write_text(cpg)
    assert read_layer(path)["lib_qp"].tolist() == ["Monod", "Bel Air, côté Sud"]


@pytest.mark.parametrize("missing", [".dbf", ".shx"])
def test_a_shapefile_without_a_part_is_refused(qpv, tmp_path, missing):
    path = save(qpv, tmp_path / "a.shp")
    path.with_suffix(missing).unlink()
    with pytest.raises(FormatError, match=f"fichier {missing}"):
        read_layer(path)


def test_a_truncated_shapefile_is_refused(qpv, tmp_path):
    path = save(qpv, tmp_path / "a.shp")
    path.write_bytes(path.read_bytes()[:-50])
    with pytest.raises(FormatError, match="longueur qu'il annonce"):
        read_layer(path)


def test_names_in_capitals_are_found(qpv, tmp_path):
    folder = tmp_path / "d"
    folder.mkdir()
    save(qpv, folder / "a.shp")
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"SHP/A{file.suffix.upper()}")
    assert read_layer(path)["lib_qp"].iloc[1] == "Bel Air, côté Sud"


# --- repairs


@pytest.mark.parametrize("suffix", FORMATS)
def test_outlines_are_repaired_in_every_format(qpv, tmp_path, suffix):
    path = save(qpv.set_geometry([BOW_TIE, LYON], crs=4326), tmp_path / f"a.{suffix}")
    layer = read_layer(path)
    assert layer.is_valid.all() and layer.attrs["repairs"]["invalides"] == 1
    assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}


# --- hostile files


@pytest.mark.parametrize("kept", [0.3, 0.7, 0.97])
@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "fgb", "parquet"])
def test_a_truncated_layer_is_refused(qpv, tmp_path, suffix, kept):
    many = gpd.GeoDataFrame(
        {"code_qp": [f"QN0690{i}M" for i in range(300)]},
        geometry=[shapely.Point(4.8 + i / 1000, 45.7).buffer(0.001) for i in range(300)],
        crs=4326,
    )
    path = save(many, tmp_path / f"a.{suffix}")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(FormatError, match="tronqué") as caught:
        read_layer(path)
    assert str(path) in caught.value.details["Fichier"] and caught.value.remedy


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:c8d2\nsize 10584982\n", "Git LFS"),
        (b"<!DOCTYPE html><html>404</html>", "page web"),
        (b"SQLite format 3\x00" + bytes(2000), "tronquée ou abîmée"),
        (b"fgb\x03fgb\x00" + bytes(40), "tronquée ou abîmée"),
        (b"PAR1" + bytes(200), "tronqué ou abîmé"),
        (b'{"type": "FeatureCollection", "features": [{"type": "Feature", ', "tronquée ou abîmée"),
        (b"PK\x03\x04" + bytes(50), "tronquée ou abîmée"),
    ],
)
@pytest.mark.parametrize("name", ["a.geojson", "a.gpkg", "a.zip"])
def test_what_is_not_a_layer_says_what_it_is(tmp_path, content, words, name):
    path = tmp_path / name
    path.write_bytes(content)
    for action in (layers_of, read_layer):
        with pytest.raises(FormatError, match=words) as caught:
            action(path)
        assert str(path) in str(caught.value) and caught.value.remedy


def test_a_geojson_in_an_old_encoding_is_not_called_damaged_nor_read_wrong(qpv, tmp_path):
    path = tmp_path / "a.geojson"
    path.write_bytes(qpv.to_json(ensure_ascii=False).encode("cp1252"))
    try:
        names = read_layer(path)["lib_qp"].tolist()
    except FormatError as error:
        assert "UTF-8" in error.problem
    else:
        assert names == qpv["lib_qp"].tolist()


def test_the_message_of_a_broken_layer_shows_no_temporary_path(qpv, tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x/qpv.geojson", qpv.to_json()[:-30])
    with pytest.raises(FormatError) as caught:
        read_layer(path)
    assert "datakit-" not in str(caught.value) and f"{path} → x/qpv.geojson" in str(caught.value)


@pytest.mark.parametrize("flips", range(12))
def test_a_damaged_byte_gives_a_layer_or_a_french_error(qpv, tmp_path, flips):
    for suffix in ("gpkg", "fgb", "parquet", "shp"):
        path = save(qpv, tmp_path / f"a{flips}.{suffix}")
        data = bytearray(path.read_bytes())
        data[(flips * 7919 + 101) % len(data)] ^= 0xFF
        path.write_bytes(data)
        try:
            read_layer(path)
        except DatakitError as error:
            assert error.details


# --- real files


def test_every_real_layer_loads_valid(real):
    files = [p for p in sorted(real.rglob("*")) if p.suffix in (".geojson", ".gpkg", ".fgb", ".shp")]
    assert len(files) >= 25
    for path in files:
        for info in layers_of(path):
            layer = read_layer(path, info.name)
            assert len(layer) == info.rows, path
            assert layer.is_valid.all() and not layer.is_empty.any(), path
            assert set(layer.geom_type) <= {"Polygon", "MultiPolygon"}, path
            assert layer.crs.to_epsg() in (4326, 2154) and "reserves" not in layer.attrs, path


def test_the_real_unnamed_wgs84_is_named(real):
    layer = read_layer(real / "qpv2015" / "qpv2015_metropole_lyon.fgb")
    assert len(layer) == 37 and layer.crs.to_epsg() == 4326 and "Nom du QPV" in layer.columns


def test_the_real_geopackage_with_other_things(real):
    path = real / "carreaux_200m" / "lille.gpkg"
    assert [i.name for i in layers_of(path)] == ["epci", "cities", "qpvs", "enriched_grid"]
    assert len(read_layer(path, "qpvs")) == 26


def test_the_real_iris_without_its_cpg(real, tmp_path):
    for file in (real / "iris").iterdir():
        if file.suffix != ".cpg":
            shutil.copy(file, tmp_path)
    layer = read_layer(tmp_path / "iris.shp")
    assert len(layer) == 358 and layer["libcom"].str.contains("Lyon").any()
    assert layer["libiris"].equals(read_layer(real / "iris" / "iris.shp")["libiris"])


def test_layer_info_says_where_it_is(qpv, tmp_path):
    (info,) = layers_of(save(qpv, tmp_path / "a.fgb"))
    assert isinstance(info, LayerInfo) and info.member is None and "4326" in info.crs
