"""Une page n'est pas le tout : chaque service dit à sa façon combien d'objets existent, et il est cru."""

from __future__ import annotations

import gzip
import json
import zipfile

import pytest

import datakit
from datakit import cli
from datakit.errors import FormatError

from .conftest import quarters

TWO = ["QN06901N", "QN06902N"]
GML = """<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2"
 xmlns:a="http://a" {attributes}>{members}</wfs:FeatureCollection>"""
MEMBER = """<wfs:member><a:qpv gml:id="q.{i}"><a:code_qp>{code}</a:code_qp><a:geom><gml:Polygon gml:id="p{i}"
 srsName="urn:ogc:def:crs:EPSG::4326"><gml:exterior><gml:LinearRing><gml:posList>45.76 {w}
 45.76 {e} 45.765 {e} 45.765 {w} 45.76 {w}</gml:posList></gml:LinearRing>
 </gml:exterior></gml:Polygon></a:geom></a:qpv></wfs:member>"""


def test_part_for_the_whole_the_case_met(cases):
    with pytest.raises(FormatError, match="2 sur 1\u202f584"):
        datakit.load_qpv(2024, depot=cases / "10-page-wfs-tronquee")


@pytest.mark.parametrize(
    "around",
    [
        {"numberMatched": 1584, "numberReturned": 2},  # WFS 2, OGC API Features
        {"totalFeatures": 1584},  # GeoServer
        {"totalFeatures": "1584"},
        {"exceededTransferLimit": True},  # ArcGIS
        {"properties": {"exceededTransferLimit": True}},  # ArcGIS, f=geojson
        {"links": [{"rel": "self", "href": "a"}, {"rel": "next", "href": "b"}]},  # OGC API Features
        {"total_count": 1584},  # Opendatasoft
        {"nhits": 1584},
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_part_for_the_whole_in_a_layer(put, around, first):
    content = json.loads(quarters(TWO))
    text = json.dumps(around | content if first else content | around)
    with pytest.raises(FormatError, match="page") as caught:
        datakit.load_qpv(2024, depot=put("qpv.geojson", text))
    assert "qpv.geojson" in str(caught.value) and "À faire" in str(caught.value)


@pytest.mark.parametrize("around", [{"numberMatched": 2, "numberReturned": 2}, {"totalFeatures": 2}, {"nhits": 1}, {}])
def test_part_for_the_whole_a_complete_answer_is_read(put, around):
    assert len(datakit.load_qpv(2024, depot=put("qpv.geojson", quarters(TWO, **around)))) == 2


def test_part_for_the_whole_a_large_page_too(put):
    """Le compte est à la fin d'un fichier de plusieurs mégaoctets."""
    codes = [f"QN0{d:02}{n:02}N" for d in range(1, 20) for n in range(1, 90)]
    text = quarters(codes, lon=-4, lat=46, totalFeatures=9999)
    text = text.replace('"lib_qp": "', '"lib_qp": "' + "x" * 900)
    with pytest.raises(FormatError, match="sur 9\u202f999"):
        datakit.load_qpv(2024, depot=put("qpv.geojson", text))


@pytest.mark.parametrize(
    "around",
    [
        {"numberMatched": 1584, "numberReturned": 2},
        {"totalFeatures": 1584},
        {"exceededTransferLimit": True},
        {"links": [{"rel": "next", "href": "b"}]},
        {"total_count": 1584},
    ],
)
@pytest.mark.parametrize("compressed", [False, True])
def test_part_for_the_whole_is_not_stored_by_fetch(put, around, compressed, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("DATAKIT_CACHE", str(tmp_path / "cache"))
    text = quarters(TWO, **around)
    name = "qpv.geojson.gz" if compressed else "qpv.geojson"
    put(name, gzip.compress(text.encode()) if compressed else text)
    assert cli.main(["fetch", "--from", str(tmp_path / name)]) == 2
    said = capsys.readouterr()
    assert "page" in said.err and name in said.err
    assert not list((tmp_path / "cache").rglob("qpv.geojson*"))


@pytest.mark.parametrize("suffix", ["zip", "gz", "sous-dossier"])
def test_part_for_the_whole_inside_another_file(put, suffix, tmp_path):
    text = quarters(TWO, numberMatched=1584)
    if suffix == "zip":
        with zipfile.ZipFile(tmp_path / "qpv.zip", "w") as archive:
            archive.writestr("qpv.geojson", text)
    elif suffix == "gz":
        put("qpv.geojson.gz", gzip.compress(text.encode()))
    else:
        put("2024/wfs/qpv.geojson", text)
    with pytest.raises(FormatError, match="page"):
        datakit.load_qpv(2024, depot=tmp_path)


def test_part_for_the_whole_every_page_in_the_folder_makes_the_whole(put):
    put("page1.geojson", quarters(TWO, numberMatched=3))
    with pytest.raises(FormatError, match="2 sur 3"):
        datakit.load_qpv(2024, depot=put("notes.txt", "a;b\n1;2\n"))
    root = put("page2.geojson", quarters(["QN06903N"], lon=4.9, numberMatched=3))
    assert len(datakit.load_qpv(2024, depot=root)) == 3


@pytest.mark.parametrize(("attributes", "complete"), [
    ('numberMatched="1584" numberReturned="2"', False),
    ('numberMatched="unknown" numberReturned="2" next="https://exemple.fr?startIndex=2"', False),
    ('numberMatched="2" numberReturned="2"', True),
])  # fmt: skip
def test_part_for_the_whole_in_gml(put, attributes, complete):
    members = "".join(MEMBER.format(i=i, code=c, w=4.83 + i / 100, e=4.835 + i / 100) for i, c in enumerate(TWO))
    root = put("qpv.gml", GML.format(attributes=attributes, members=members))
    if complete:
        assert datakit.load_qpv(2024, depot=root)["code_qp"].tolist() == TWO
    else:
        with pytest.raises(FormatError, match="page"):
            datakit.load_qpv(2024, depot=root)


ROWS = [{"code": "69123", "nom": "Lyon", "epci.code": "200046977", "codeDepartement": "69"}]


@pytest.mark.parametrize(
    "answer",
    [
        {"total_count": 34935, "results": ROWS},  # Opendatasoft 2
        {"nhits": 34935, "records": [{"fields": ROWS[0]}]},  # Opendatasoft 1
        {"success": True, "result": {"total": 34935, "records": ROWS}},  # CKAN
        {"data": ROWS, "links": {"next": "https://…"}, "meta": {"page": 1, "page_size": 20, "total": 34935}},
        {"count": 34935, "next": "https://…", "previous": None, "results": ROWS},  # Django
        {"features": [{"attributes": ROWS[0]}], "exceededTransferLimit": True, "geometryType": None},
    ],
)
def test_part_for_the_whole_in_a_table(put, answer):
    from datakit.sources.reading.dialects import read_table

    root = put("communes.json", json.dumps(answer))
    with pytest.raises(FormatError, match="page"):
        read_table(root / "communes.json")


@pytest.mark.parametrize(
    "answer", [ROWS, {"total_count": 1, "results": ROWS}, {"result": {"total": 1, "records": ROWS}}]
)
def test_part_for_the_whole_a_complete_table_is_read(put, answer):
    from datakit.sources.reading.dialects import read_table

    root = put("communes.json", json.dumps(answer))
    assert read_table(root / "communes.json").frame["nom"].tolist() == ["Lyon"]
