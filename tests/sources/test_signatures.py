import pytest

from datakit.core.errors import FormatError
from datakit.sources.reading.signatures import kind_of, looks_geographic, refuse_impostor

LFS = b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 10584982\n"


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"", "vide"),
        (b"\xef\xbb\xbf\r\n \t", "vide"),
        (b"code_qp;lib_qp\n", "texte"),
        ("code_qp;libellé\n".encode("cp1252"), "texte"),
        ("code_qp;libellé\n".encode("utf-16"), "texte"),
        (b"PK\x03\x04rest", "zip"),
        (b'{"type":"FeatureCollection"', "json"),
        (b"\xef\xbb\xbf[1, 2]", "json"),
        (b"SQLite format 3\x00", "sqlite"),
        (b"fgb\x03fgb\x00", "flatgeobuf"),
        (b"\x00\x00\x27\x0a\x00", "shapefile"),
        (bytes(range(256)) * 8, "binaire"),
        (bytes(400), "binaire"),
    ],
)
def test_the_bytes_say_what_the_file_is(head, kind):
    assert kind_of(head) == kind
    if kind != "vide":
        assert refuse_impostor(head, "f") == kind


@pytest.mark.parametrize(
    ("head", "words"),
    [
        (b"", "est vide"),
        (LFS, "Git LFS"),
        (b"<!DOCTYPE html>\n<html><body>404 Not Found</body></html>", "page web"),
        (b"\xef\xbb\xbf  <HTML><head><title>Authentification</title>", "page web"),
        (b'<?xml version="1.0"?>\n<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0">', "page web"),
        (b"<!-- proxy -->\n<html>", "page web"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel d'avant 2007"),
        (b"PK\x03\x04" + bytes(26) + b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet", "LibreOffice"),
        (b"Rar!\x1a\x07\x01", "RAR"),
        (b"\x89PNG\r\n", "image"),
    ],
)
def test_what_is_not_data_is_named_with_its_remedy(head, words):
    with pytest.raises(FormatError, match=words) as caught:
        refuse_impostor(head, "dossier/qpv.csv")
    assert caught.value.details["Fichier"] == "dossier/qpv.csv" and caught.value.remedy


def test_a_web_page_shows_its_first_words():
    with pytest.raises(FormatError) as caught:
        refuse_impostor(b"<html><title>Connexion au proxy</title>", "a.csv")
    assert "Connexion au proxy" in str(caught.value)


def test_a_json_is_geographic_only_if_it_says_so():
    assert looks_geographic(b'{ "type" : "FeatureCollection", "features": [')
    assert not looks_geographic(b'{"code": "QN06908M"}')
