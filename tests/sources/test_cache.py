import os
import time
import zipfile

import geopandas as gpd
import pytest
import shapely

from datakit.core.errors import FormatError, SourceError
from datakit.sources.reading import cache, layers
from datakit.sources.reading.cache import cached_layer, cached_result, cached_table

BOW_TIE = shapely.from_wkt("POLYGON((4.8 45.7,4.81 45.7,4.8 45.71,4.81 45.71,4.8 45.7))")


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def reads(monkeypatch):
    """How many times the original was read."""
    count = {"layer": 0}

    def counted(*args, **kwargs):
        count["layer"] += 1
        return layers.read_layer(*args, **kwargs)

    monkeypatch.setattr(cache, "read_layer", counted)
    return count


@pytest.fixture
def path(tmp_path):
    frame = gpd.GeoDataFrame(
        {"code_qp": ["QN06908M", "QN06909M"], "pop": [2190, 1500], "part": [1.5, None]},
        geometry=[shapely.box(4.8, 45.7, 4.81, 45.71), BOW_TIE],
        crs=4326,
    )
    frame.to_crs(2154).to_file(tmp_path / "qpv.gpkg", layer="qpv")
    return tmp_path / "qpv.gpkg"


def test_the_second_reading_comes_from_the_cache_and_is_the_same(path, reads):
    first, second = cached_layer(path), cached_layer(path)
    assert reads["layer"] == 1 and first.equals(second) and first.crs == second.crs
    assert second.attrs == first.attrs and second.attrs["repairs"]["invalides"] == 1 and second.attrs["reserves"]
    assert first.dtypes.equals(second.dtypes)


def test_columns_come_alone(path, reads):
    cached_layer(path)
    assert list(cached_layer(path, columns=["pop"]).columns) == ["pop", "geometry"] and reads["layer"] == 1
    with pytest.raises(SourceError, match="n'a pas cette colonne"):
        cached_layer(path, columns=["code"])


def test_the_first_reading_by_columns_fills_the_cache(path, reads):
    assert list(cached_layer(path, columns=["pop"]).columns) == ["pop", "geometry"]
    before = reads["layer"]
    assert list(cached_layer(path).columns) == ["code_qp", "pop", "part", "geometry"] and reads["layer"] == before


def test_a_changed_file_is_read_again_and_its_old_copy_goes(path, reads, folder):
    cached_layer(path)
    gpd.read_file(path).head(1).to_file(path, layer="qpv")
    assert len(cached_layer(path)) == 1 and reads["layer"] == 2
    assert len(list(folder.rglob("*.parquet"))) == 1


def test_the_date_alone_is_enough_to_read_again(path, reads):
    cached_layer(path)
    os.utime(path, (time.time() + 5, time.time() + 5))
    cached_layer(path)
    assert reads["layer"] == 2


def test_the_sidecars_of_a_shapefile_count(tmp_path, reads, path):
    shape = tmp_path / "a.shp"
    gpd.read_file(path).to_file(shape)
    cached_layer(shape)
    os.utime(shape.with_suffix(".dbf"), (time.time() + 5, time.time() + 5))
    cached_layer(shape)
    assert reads["layer"] == 2


def test_a_new_version_of_the_readers_reads_again(path, reads, monkeypatch):
    cached_layer(path)
    monkeypatch.setattr(cache, "READER_VERSION", cache.READER_VERSION + 1)
    cached_layer(path)
    assert reads["layer"] == 2


def test_two_layers_and_two_projections_do_not_mix(path):
    gpd.read_file(path).head(1).to_file(path, layer="autre")
    assert (len(cached_layer(path, "qpv")), len(cached_layer(path, "autre"))) == (2, 1)
    assert (len(cached_layer(path, "qpv")), len(cached_layer(path, "autre"))) == (2, 1)


@pytest.mark.parametrize("damage", [b"", b"PAR1", b"n'importe quoi", None])
def test_a_damaged_cache_is_read_again_and_mended(path, reads, folder, damage):
    expected = cached_layer(path)
    (entry,) = folder.rglob("*.parquet")
    data = bytearray(entry.read_bytes())
    data[len(data) // 3] ^= 0xFF  # one byte inside a page: the checksum sees it
    entry.write_bytes(bytes(data) if damage is None else damage)
    assert cached_layer(path).equals(expected) and reads["layer"] == 2
    assert cached_layer(path).equals(expected) and reads["layer"] == 2


def test_a_cache_that_cannot_be_written_changes_nothing(path, monkeypatch, tmp_path):
    blocked = tmp_path / "fichier"
    blocked.write_text("")
    monkeypatch.setenv("DATAKIT_CACHE", str(blocked))
    assert len(cached_layer(path)) == 2


def test_a_full_disk_leaves_nothing_behind(path, monkeypatch, folder):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pyarrow.parquet.write_table", full)
    assert len(cached_layer(path)) == 2
    assert [p for p in folder.rglob("*") if p.is_file()] == []


def test_the_oldest_entries_go_when_the_cache_is_too_big(path, monkeypatch, folder, tmp_path):
    cached_layer(path)
    monkeypatch.setattr(cache, "MAX_BYTES", 1)
    other = tmp_path / "b.gpkg"
    gpd.read_file(path).to_file(other)
    cached_layer(other)
    assert len(list(folder.rglob("*.parquet"))) == 1 and len(cached_layer(path)) == 2


def test_errors_are_those_of_the_readers(tmp_path):
    with pytest.raises(SourceError, match="n'existe pas"):
        cached_layer(tmp_path / "absent.gpkg")
    (tmp_path / "vide.geojson").write_text("")
    with pytest.raises(FormatError, match="est vide"):
        cached_layer(tmp_path / "vide.geojson")


def test_a_member_of_an_archive_is_cached(path, tmp_path, reads):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as out:
        out.write(path, "d/qpv.gpkg")
    first = cached_layer(archive, "qpv", member="d/qpv.gpkg")
    assert cached_layer(archive, "qpv", member="d/qpv.gpkg").equals(first) and reads["layer"] == 1


def test_the_default_folder_is_the_system_s(monkeypatch):
    monkeypatch.delenv("DATAKIT_CACHE")
    assert cache.folder().name == "datakit" or "datakit" in str(cache.folder())


def test_the_cache_is_ten_times_faster_than_geopandas(real):
    path = real / "qpv2024" / "qpv2024_wgs84.geojson"
    expected = cached_layer(path)

    def quickest(action, times):
        spent = []
        for _ in range(times):
            start = time.perf_counter()
            action()
            spent.append(time.perf_counter() - start)
        return min(spent)

    def usual():
        frame = gpd.read_file(path)
        return frame.set_geometry(frame.make_valid())

    assert cached_layer(path).equals(expected)
    assert quickest(usual, 2) / quickest(lambda: cached_layer(path), 5) > 10


def test_a_table_is_kept_as_texts_too(tmp_path, monkeypatch, folder):
    from datakit.sources.reading import dialects

    table = tmp_path / "a.csv"
    table.write_text("CODGEO;TP60\nQP069002;34,9\nQP069003;\n", encoding="utf-8")
    first = cached_table(table)
    monkeypatch.setattr(dialects, "read_table", lambda *_, **__: pytest.fail("relu"))
    assert cached_table(table).equals(first) and first["TP60"].tolist() == ["34,9", ""]
    monkeypatch.undo()
    monkeypatch.setenv("DATAKIT_CACHE", str(folder))
    for entry in folder.rglob("*.table"):
        entry.write_bytes(b"PAR1")
    assert cached_table(table).equals(first)


def test_a_result_is_built_again_when_one_of_its_files_changes(path, tmp_path):
    built = []

    def build():
        built.append(1)
        return layers.read_layer(path)

    other = tmp_path / "autre.csv"
    other.write_text("a")
    first = cached_result("union-1", [path, other], build)
    assert cached_result("union-1", [other, path], build).equals(first) and len(built) == 1
    other.write_text("ab")
    cached_result("union-1", [path, other], build)
    cached_result("union-2", [path, other], build)
    assert len(built) == 3


def test_a_text_is_kept_in_one_go(folder):
    cache.store_text(folder / "inventaires" / "a.json", "{}")
    assert (folder / "inventaires" / "a.json").read_text(encoding="utf-8") == "{}"
