import gzip
import io
import stat
import struct
import sys
import zipfile
import zlib

import pytest

from datakit.core.errors import FormatError, SourceError
from datakit.sources.reading import safety
from datakit.sources.reading.archives import is_archive, is_workbook, members, open_member, unpacked

CSV = b"code_qp;lib_qp\nQN06908M;Monod\n"


def zipped(path, files, compression=zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def test_members_keep_their_folders(tmp_path):
    path = zipped(tmp_path / "qpv.zip", {"SHP/a.csv": CSV, "GEOJSON/b.csv": CSV, "__MACOSX/._a": b"x", "vide/": b""})
    assert members(path) == ["SHP/a.csv", "GEOJSON/b.csv"]
    with open_member(path, "GEOJSON/b.csv") as stream:
        assert stream.read() == CSV


def test_names_written_by_windows_are_normalised(tmp_path):
    path = zipped(tmp_path / "qpv.zip", {"SHP_a.csv": CSV})
    path.write_bytes(path.read_bytes().replace(b"SHP_a.csv", b"SHP\\a.csv"))
    assert members(path) == ["SHP/a.csv"]
    with open_member(path, "SHP/a.csv") as stream:
        assert stream.read() == CSV


def test_the_only_member_needs_no_name(tmp_path):
    with open_member(zipped(tmp_path / "un.zip", {"dossier/a.csv": CSV})) as stream:
        assert stream.read() == CSV


def test_several_members_must_be_chosen(tmp_path):
    path = zipped(tmp_path / "deux.zip", {"a.csv": CSV, "meta_a.csv": CSV})
    with pytest.raises(FormatError, match="plusieurs fichiers") as caught:
        open_member(path)
    assert "meta_a.csv" in str(caught.value) and "member=" in str(caught.value)


def test_an_unknown_member_gives_the_near_name(tmp_path):
    with pytest.raises(SourceError, match="ne contient pas ce fichier") as caught:
        open_member(zipped(tmp_path / "a.zip", {"SHP/qpv.csv": CSV, "b.csv": CSV}), "SHP/qpvs.csv")
    assert "SHP/qpv.csv" in caught.value.remedy


def test_an_empty_archive_says_so(tmp_path):
    with pytest.raises(FormatError, match="ne contient rien"):
        open_member(zipped(tmp_path / "a.zip", {}))


def test_a_zip_in_a_zip_is_opened_one_level(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"SHP/a.csv": CSV}).read_bytes()
    deeper = zipped(tmp_path / "deeper.zip", {"encore.zip": inner}).read_bytes()
    path = zipped(tmp_path / "outer.zip", {"2024/inner.zip": inner, "deeper.zip": deeper, "lisez.txt": b"x"})
    assert members(path) == ["2024/inner.zip/SHP/a.csv", "deeper.zip/encore.zip", "lisez.txt"]
    with open_member(path, "2024/inner.zip/SHP/a.csv") as stream:
        assert stream.read() == CSV


def test_a_truncated_zip_in_a_zip_is_refused(tmp_path):
    inner = zipped(tmp_path / "i.zip", {"a.csv": CSV * 100}).read_bytes()[:-30]
    path = zipped(tmp_path / "o.zip", {"i.zip": inner})
    for action in (members, lambda p: open_member(p, "i.zip/a.csv")):
        with pytest.raises(FormatError, match="tronquée ou abîmée") as caught:
            action(path)
        assert caught.value.details["Fichier"] == f"{path} → i.zip"


def test_gzip_is_opened_and_has_no_member(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV))
    assert members(path) == [] and not is_archive(path)
    with open_member(path) as stream:
        assert stream.read() == CSV


def test_an_ordinary_file_has_no_member(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    assert members(path) == []
    with open_member(path) as stream:
        assert stream.read() == CSV
    with pytest.raises(SourceError, match="n'est pas une archive"):
        open_member(path, "b.csv")


@pytest.mark.parametrize("name", ["../evil.csv", "a/../../evil.csv", "/etc/evil.csv", "C:\\evil.csv", "..\\evil.csv"])
def test_a_path_that_leaves_the_folder_refuses_the_whole_archive(tmp_path, name):
    path = zipped(tmp_path / "slip.zip", {"bon.csv": CSV, name: CSV})
    for action in (members, lambda p: open_member(p, "bon.csv")):
        with pytest.raises(FormatError, match="sort de son dossier") as caught:
            action(path)
        assert caught.value.details["Membre"].endswith("evil.csv")


def test_a_symbolic_link_is_refused(tmp_path):
    path = tmp_path / "link.zip"
    with zipfile.ZipFile(path, "w") as archive:
        info = zipfile.ZipInfo("lien.csv")
        info.create_system = 3
        info.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(info, "/etc/passwd")
    with pytest.raises(FormatError, match="lien symbolique"):
        members(path)


def test_two_members_of_the_same_name_are_refused(tmp_path):
    path = zipped(tmp_path / "double.zip", {"a.csv": CSV, "b.csv": CSV})
    path.write_bytes(path.read_bytes().replace(b"b.csv", b"a.csv"))
    with pytest.raises(FormatError, match="deux fichiers du même nom"):
        members(path)


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("datakit.sources.reading.zips.MAX_MEMBERS", 2)
    with pytest.raises(FormatError, match="trop de fichiers"):
        members(zipped(tmp_path / "a.zip", {f"{i}.csv": CSV for i in range(3)}))


def test_a_bomb_stops_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "RATIO_FREE_BYTES", 1 << 20)
    path = zipped(tmp_path / "bombe.zip", {"a.csv": b"0" * (8 << 20)})
    with pytest.raises(FormatError, match="enfle") as caught, open_member(path, "a.csv") as stream:
        while stream.read(1 << 16):
            pass
    assert "a.csv" in caught.value.details["Fichier"]


def test_a_bomb_in_gzip_stops_too(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "RATIO_FREE_BYTES", 1 << 20)
    path = tmp_path / "bombe.csv.gz"
    path.write_bytes(gzip.compress(b"0" * (8 << 20)))
    with pytest.raises(FormatError, match="enfle"), open_member(path) as stream:
        stream.read()


def test_a_bomb_hidden_in_an_inner_zip_stops(tmp_path, monkeypatch):
    monkeypatch.setattr(safety, "RATIO_FREE_BYTES", 1 << 20)
    inner = zipped(tmp_path / "i.zip", {"a.csv": b"0" * (8 << 20)}).read_bytes()
    path = zipped(tmp_path / "o.zip", {"i.zip": inner})
    with pytest.raises(FormatError, match="enfle"), open_member(path, "i.zip/a.csv") as stream:
        stream.read()


def test_a_real_size_of_data_passes_with_its_usual_ratio(tmp_path):
    # a thousand empty columns compress sixty times and more: that is data, not a bomb
    row = b"QP069002;34,9" + b";" * 993 + b"\r\n"
    path = zipped(tmp_path / "large.zip", {"a.csv": row * 20_000})
    with open_member(path, "a.csv") as stream:
        assert sum(len(block) for block in iter(lambda: stream.read(1 << 20), b"")) == len(row) * 20_000


def test_a_size_that_lies_is_not_believed(tmp_path):
    path = zipped(tmp_path / "ment.zip", {"a.csv": CSV * 1000})
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\x01\x02")
    data[at + 24 : at + 28] = struct.pack("<I", 10)  # declared size in the central directory
    path.write_bytes(data)
    with pytest.raises(FormatError, match="tronquée ou abîmée"), open_member(path, "a.csv") as stream:
        stream.read()


@pytest.mark.parametrize("kept", [0.2, 0.6, 0.95])
def test_a_truncated_zip_says_to_download_again(tmp_path, kept):
    path = zipped(tmp_path / "coupe.zip", {"a.csv": CSV * 500, "b.csv": CSV * 300})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(FormatError, match="tronquée ou abîmée") as caught:
        members(path)
    assert caught.value.remedy == "la télécharger à nouveau."


def test_a_damaged_member_is_caught_by_its_checksum(tmp_path):
    path = zipped(tmp_path / "abime.zip", {"a.csv": CSV * 500}, zipfile.ZIP_STORED)
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(FormatError, match="tronquée ou abîmée"), open_member(path, "a.csv") as stream:
        stream.read()


def test_a_truncated_gzip_is_refused(tmp_path):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress(CSV * 500)[:-20])
    with pytest.raises(FormatError, match="tronquée ou abîmée"), open_member(path) as stream:
        stream.read()


def test_a_password_is_named(tmp_path):
    path = zipped(tmp_path / "secret.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(magic) + offset] |= 1
    path.write_bytes(data)
    with pytest.raises(FormatError, match="chiffré par un mot de passe"):
        open_member(path, "a.csv")


def test_an_unknown_compression_is_named(tmp_path):
    path = zipped(tmp_path / "deflate64.zip", {"a.csv": CSV})
    data = bytearray(path.read_bytes())
    for magic, offset in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        data[data.index(magic) + offset] = 9
    path.write_bytes(data)
    with pytest.raises(FormatError, match="compression que Python ne sait pas lire"):
        open_member(path, "a.csv")


def test_a_missing_file_suggests_its_neighbour(tmp_path):
    (tmp_path / "qpv_2024.csv").write_bytes(CSV)
    with pytest.raises(SourceError, match="n'existe pas") as caught:
        members(tmp_path / "qpv_2042.csv")
    assert "qpv_2024.csv" in caught.value.remedy


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(SourceError, match="dossier" if sys.platform != "win32" else "ne s'ouvre pas|dossier"):
        open_member(tmp_path)


def test_unpacked_leaves_a_plain_file_where_it_is(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(CSV)
    with unpacked(path) as disk:
        assert disk == path


def test_unpacked_brings_the_sidecars_of_a_shapefile_and_cleans_up(tmp_path):
    path = zipped(tmp_path / "shp.zip", {"S/q.shp": b"1", "S/q.DBF": b"2", "S/q.shx": b"3", "S/other.dbf": b"4"})
    with unpacked(path, "S/q.shp") as disk:
        assert sorted(p.suffix for p in disk.parent.iterdir()) == [".dbf", ".shp", ".shx"]
        folder = disk.parent
    assert not folder.exists()


def test_a_full_disk_is_named(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("shutil.copyfileobj", full)
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV})
    with pytest.raises(SourceError, match="la place manque"), unpacked(path, "a.csv"):
        pass


def test_a_workbook_is_not_an_archive(tmp_path):
    path = zipped(tmp_path / "classeur.csv", {"xl/workbook.xml": b"<x/>"})
    assert is_workbook(path) and not is_archive(path) and members(path) == []


# --- 7z


@pytest.fixture
def seven(tmp_path):
    py7zr = pytest.importorskip("py7zr", reason="py7zr, facultatif, n'est pas installé")

    def make(files, name="a.7z", **options):
        path = tmp_path / name
        with py7zr.SevenZipFile(path, "w", **options) as archive:
            for member, data in files.items():
                archive.writestr(data, member)
        return path

    return make


def test_a_7z_is_read_like_a_zip(seven):
    path = seven({"IRIS/a.csv": CSV, "IRIS/b.csv": CSV * 2})
    assert members(path) == ["IRIS/a.csv", "IRIS/b.csv"] and is_archive(path)
    with open_member(path, "IRIS/b.csv") as stream:
        assert stream.read() == CSV * 2


def test_a_7z_in_a_zip_is_read(seven, tmp_path):
    path = zipped(tmp_path / "ign.zip", {"iris.7z": seven({"d/a.csv": CSV}).read_bytes()})
    assert members(path) == ["iris.7z/d/a.csv"]
    with open_member(path, "iris.7z/d/a.csv") as stream:
        assert stream.read() == CSV


def test_a_7z_bomb_stops(seven, monkeypatch):
    monkeypatch.setattr(safety, "RATIO_FREE_BYTES", 1 << 20)
    with pytest.raises(FormatError, match="enfle"):
        open_member(seven({"a.csv": b"0" * (8 << 20)}), "a.csv")


def test_a_7z_that_leaves_its_folder_is_refused(tmp_path):
    py7zr = pytest.importorskip("py7zr", reason="py7zr, facultatif, n'est pas installé")
    path = tmp_path / "slip.7z"
    with py7zr.SevenZipFile(path, "w") as archive:
        archive.set_encoded_header_mode(False)
        archive.writestr(CSV, "aa/evil.csv")
    data = bytearray(path.read_bytes().replace("aa/evil".encode("utf-16-le"), "../evil".encode("utf-16-le")))
    offset, size = struct.unpack("<QQ", data[12:28])
    data[28:32] = struct.pack("<I", zlib.crc32(data[32 + offset : 32 + offset + size]))
    data[8:12] = struct.pack("<I", zlib.crc32(data[12:32]))
    path.write_bytes(data)
    with pytest.raises(FormatError, match="sort de son dossier"):
        members(path)


def test_a_truncated_7z_is_refused(seven):
    path = seven({"a.csv": CSV * 300})
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(FormatError, match="tronquée, abîmée"):
        members(path)


def test_a_7z_with_a_password_is_named(seven):
    with pytest.raises(FormatError, match="mot de passe"):
        members(
            seven(
                {"a.csv": CSV},
                password="x",  # noqa: S106
            )
        )


def test_an_unknown_member_of_a_7z_gives_the_near_name(seven):
    with pytest.raises(SourceError, match="ne contient pas ce fichier") as caught:
        open_member(seven({"IRIS/a.csv": CSV}), "IRIS/b.csv")
    assert "IRIS/a.csv" in caught.value.remedy


def test_without_py7zr_the_message_says_what_to_install(tmp_path, monkeypatch):
    path = tmp_path / "a.7z"
    path.write_bytes(b"7z\xbc\xaf\x27\x1c" + bytes(40))
    monkeypatch.setitem(sys.modules, "py7zr", None)
    with pytest.raises(SourceError, match="7z") as caught:
        members(path)
    assert "pip install" in caught.value.remedy


def test_a_stream_closes_its_archive(tmp_path):
    path = zipped(tmp_path / "a.zip", {"a.csv": CSV})
    stream = open_member(path, "a.csv")
    stream.close()
    path.rename(tmp_path / "b.zip")  # refused on Windows while a handle is open
    assert isinstance(stream, io.BufferedReader)
