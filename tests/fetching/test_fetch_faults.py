"""Les pannes du réseau et des serveurs : jamais un demi-fichier, jamais l'ancien perdu, un message utile."""

import dataclasses
import gzip
import io
import struct
import tarfile
import time
import zipfile

import pytest

from datakit.core.errors import DatakitError, NetworkError
from datakit.sources.fetching import registry, storage
from tests.fetching.conftest import (
    BODIES,
    QUICK,
    SOURCE,
    always,
    csv_bytes,
    french,
    geojson_bytes,
    in_turn,
    send,
    static,
    zip_bytes,
)

OLD = csv_bytes(50, "ancien")
TENTHS = range(1, 10)


def tenth(body, t):
    return len(body) * t // 10


def fails(site, answer, *words):
    """La panne, sans puis avec un ancien fichier en place : rien de faux n'entre, l'ancien reste."""
    site.answer(answer)
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    text = french(caught.value)
    for word in words:
        assert word in text, text
    assert site.bodies() == []
    site.answer(static(OLD, '"ancien"'))
    site.fetch()
    site.answer(answer)
    with pytest.raises(DatakitError):
        site.fetch()
    assert site.bodies() == [OLD]
    site.consistent()
    return text


def succeeds(site, answer, body):
    site.answer(answer)
    table = site.fetch()
    assert list(table["etat"]) == ["nouveau"]
    assert site.bodies() == [body]
    site.consistent()


@pytest.mark.parametrize("t", TENTHS)
@pytest.mark.parametrize("kind", ["csv", "zip"])
def test_a_cut_line_is_resumed_where_it_stopped(site, kind, t):
    body = BODIES[kind]()
    cut = always(body, headers={"ETag": '"v1"'}, cut=tenth(body, t))
    succeeds(site, in_turn(cut, static(body)), body)
    assert site.producer.asked()[-1][1]["Range"] == f"bytes={tenth(body, t)}-"


@pytest.mark.parametrize("t", TENTHS)
def test_a_line_always_cut_before_the_announced_length(site, t):
    body = csv_bytes()
    fails(site, always(body, cut=tenth(body, t)), "abandon après")


@pytest.mark.parametrize("t", TENTHS)
def test_a_chunked_line_always_cut(site, t):
    body = csv_bytes()
    fails(site, always(body, chunked=True, cut=tenth(body, t)), "abandon après")


@pytest.mark.parametrize("t", TENTHS)
@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_cut_that_no_length_betrays_is_seen_in_the_content(site, kind, t):
    body = BODIES[kind]()
    fails(site, always(body, length=False, cut=tenth(body, t)), "abandon après")


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_whole_body_without_length_is_accepted(site, kind):
    body = BODIES[kind]()
    succeeds(site, always(body, length=False), body)


def test_each_cut_moves_forward_until_the_end(site):
    body = zip_bytes()
    step = tenth(body, 1)

    def one_tenth_at_a_time(handler):
        start = int(handler.headers.get("Range", "bytes=0-")[6:-1])
        marks = {"ETag": '"v1"', "Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}"}
        send(handler, body[start:], status=206 if start else 200, headers=marks, cut=step)

    succeeds(site, one_tenth_at_a_time, body)
    assert len(site.producer.seen) > 9


def test_a_drip_is_not_waited_for_without_end(site):
    started = time.monotonic()
    fails(site, always(csv_bytes(), drip=0.05), "trop lentement")
    assert time.monotonic() - started < 20


def test_a_silent_server(site):
    def silent(handler):
        time.sleep(1.3)
        handler.close_connection = True

    fails(site, silent, "ne répond plus")


@pytest.mark.parametrize(
    "page",
    [
        b"<!DOCTYPE html><html><body>Connexion requise</body></html>",
        b"\xef\xbb\xbf\n<html><head><title>403 Forbidden</title></head></html>",
        b"<?xml version='1.0'?>\n<!DOCTYPE html><html></html>",
    ],
)
def test_a_web_page_in_place_of_the_file(site, page):
    fails(site, always(page, headers={"Content-Type": "application/zip"}), "page web", "--from")


def test_a_refusal_gives_the_page_to_open(site):
    text = fails(site, always(b"<html>403 Forbidden</html>", status=403), "refuse les programmes", "--from")
    assert "https://www.data.gouv.fr/fr/datasets/repertoire-national-des-associations/" in text


@pytest.mark.parametrize("status", [401, 404, 410, 418, 451])
def test_a_definitive_refusal_is_not_repeated(site, status):
    fails(site, always(b"non", status=status), str(status))
    assert len(site.producer.asked()) == 3


def test_redirections_are_followed_and_name_the_file(site):
    body = csv_bytes()
    site.producer.answers["/b"] = always(status=302, headers={"Location": "/c"})
    site.producer.answers["/c"] = always(status=307, headers={"Location": "/liste-2026.csv"})
    site.producer.answers["/liste-2026.csv"] = static(body)
    succeeds(site, always(status=301, headers={"Location": "/b"}), body)
    assert list(site.files()) == [f"{SOURCE}/liste-2026.csv"]


def test_a_redirection_without_end(site):
    fails(site, always(status=302, headers={"Location": site.path}), "sans fin")


def test_a_redirection_to_nothing(site):
    fails(site, always(status=302, headers={"Location": "/disparu"}), "n'existe plus")


def test_a_redirection_to_a_dead_server(site):
    fails(site, always(status=302, headers={"Location": "http://127.0.0.1:9/x"}), "abandon")


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_an_announced_length_that_is_too_long(site, kind):
    body = BODIES[kind]()
    fails(site, always(body, length=len(body) + 1000), "abandon")


@pytest.mark.parametrize("kind", sorted(set(BODIES)))
def test_an_announced_length_that_is_too_short(site, kind):
    body = BODIES[kind]()
    fails(site, always(body, length=len(body) * 2 // 3), "abandon")


def test_a_false_compression_is_ignored(site):
    body = csv_bytes()
    succeeds(site, always(body, headers={"Content-Encoding": "gzip"}), body)


def test_a_true_compression_is_undone(site):
    body = csv_bytes()
    succeeds(site, always(gzip.compress(body), headers={"Content-Encoding": "gzip"}), body)


@pytest.mark.parametrize("t", [3, 6, 9])
def test_a_compression_that_lies(site, t):
    packed = gzip.compress(csv_bytes())
    broken = packed[: tenth(packed, t)] + b"\x00" * 40
    fails(site, always(broken, headers={"Content-Encoding": "gzip"}), "gzip")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_passing_failure_is_tried_again(site, status):
    body = csv_bytes()
    succeeds(site, in_turn(always(status=status), always(status=status), static(body)), body)


@pytest.mark.parametrize("wait", ["0", "3600", "Wed, 21 Oct 2099 07:28:00 GMT", "bientôt".encode().decode("latin-1")])
def test_a_storm_of_429_is_given_up_kindly(site, wait):
    fails(site, always(status=429, headers={"Retry-After": wait}), "ralentir", "quelques minutes")


def test_a_server_always_broken(site):
    fails(site, always(status=503), "503")


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "vide"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n", "Git LFS"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\x89PNG....", "image"),
        (b"<?xml version='1.0'?><ows:ExceptionReport>Layer inconnue</ows:ExceptionReport>", "Layer inconnue"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", ".xls"),
    ],
)
def test_something_else_than_data(site, body, word):
    fails(site, always(body), word)


def test_a_zip_that_climbs_out_of_its_folder(site):
    fails(site, always(zip_bytes(name="../../dehors.csv")))


def test_a_zip_bomb(site):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 50_000_000)
    bomb = bytearray(target.getvalue())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = bomb.index(signature)
        bomb[place + at : place + at + 4] = struct.pack("<I", 4_000_000_000)
    fails(site, always(bytes(bomb)))


def test_a_flipped_bit_in_a_zip(site):
    body = bytearray(zip_bytes())
    body[len(body) // 2] ^= 0xFF
    fails(site, always(bytes(body)), "abîmé")


def test_a_damaged_7z_and_parquet(site):
    seven = b"7z\xbc\xaf\x27\x1c\x00\x04" + b"\0" * 4 + struct.pack("<QQ", 5000, 40) + b"\0" * 50
    fails(site, always(seven), "7z")


def test_a_parquet_without_its_end(site):
    fails(site, always(b"PAR1" + b"\x15\x04" * 500), "Parquet")


def test_a_geopackage_without_its_end(site, tmp_path):
    import geopandas as gpd
    from shapely import Point

    path = tmp_path / "a.gpkg"
    gpd.GeoDataFrame({"a": range(2000)}, geometry=[Point(i, i) for i in range(2000)], crs=2154).to_file(path)
    body = path.read_bytes()
    fails(site, always(body[: len(body) // 2]), "GeoPackage")


def test_a_flatgeobuf_without_its_end(site, tmp_path):
    import geopandas as gpd
    from shapely import Point

    path = tmp_path / "a.fgb"
    gpd.GeoDataFrame({"a": range(2000)}, geometry=[Point(i, i) for i in range(2000)], crs=2154).to_file(path)
    body = path.read_bytes()
    fails(site, always(body[: len(body) * 9 // 10]), "FlatGeobuf")
    succeeds(site, static(body, '"entier"'), body) if not site.bodies() else None


def test_a_server_that_cannot_resume(site):
    body = csv_bytes()
    cut = always(body, headers={"ETag": '"v1"'}, cut=5000)
    succeeds(site, in_turn(cut, always(status=416), static(body)), body)


def test_a_server_that_resumes_at_the_wrong_place(site):
    body = csv_bytes()
    cut = always(body, headers={"ETag": '"v1"'}, cut=5000)
    wrong = always(body[100:], status=206, headers={"ETag": '"v1"', "Content-Range": f"bytes 100-{len(body)}/*"})
    succeeds(site, in_turn(cut, wrong, static(body)), body)


def test_a_new_edition_between_two_halves_is_not_mixed_with_the_old(site):
    before, after = csv_bytes(word="avant"), csv_bytes(word="apres")
    cut = always(before, headers={"ETag": '"v1"'}, cut=9000)
    succeeds(site, in_turn(cut, static(after, '"v2"')), after)


def test_a_server_that_ignores_ranges(site):
    body = csv_bytes()
    cut = always(body, headers={"ETag": '"v1"'}, cut=5000)
    succeeds(site, in_turn(cut, always(body)), body)


def test_without_a_validator_nothing_is_resumed(site):
    body = csv_bytes()
    succeeds(site, in_turn(always(body, cut=5000), static(body)), body)
    assert "Range" not in site.producer.asked()[-1][1]


def test_a_file_name_that_climbs_out_of_its_folder(site):
    body = csv_bytes()
    header = {"Content-Disposition": 'attachment; filename="../../../evade.csv"'}
    succeeds(site, always(body, headers=header), body)
    assert list(site.files()) == [f"{SOURCE}/evade.csv"]


def test_a_gigantic_announced_file_is_refused_before_it_starts(site):
    fails(site, always(csv_bytes(), length=10**16), "disque est plein", "Place nécessaire")


def test_nothing_changed_and_the_file_is_not_sent_again(site):
    body = csv_bytes()
    site.answer(static(body))
    site.fetch()
    assert list(site.fetch()["etat"]) == ["à jour"]
    assert [headers.get("If-None-Match") for _, headers in site.producer.asked()] == [None, '"v1"']


def test_a_file_damaged_on_disk_is_fetched_again(site):
    body = csv_bytes()
    site.answer(static(body))
    site.fetch()
    (path,) = storage.official_folder().rglob("*.csv") or storage.official_folder().rglob("*")
    path.write_bytes(body[:100])
    assert registry.local()["etat"].tolist() == ["modifié"]
    site.fetch()
    assert site.bodies() == [body]
    site.consistent()


def test_several_sources_one_failure(site):
    site.answer(static(csv_bytes()))
    with pytest.raises(NetworkError) as caught:
        site.fetch(SOURCE, "anct-correspondance-2024-2015")
    assert "En place" in french(caught.value)
    assert len(site.bodies()) == 1


def test_a_tar_is_not_taken_for_a_table(site):
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    site.answer(always(target.getvalue(), length=False))
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    french(caught.value)


def test_a_geojson_cut_between_two_objects(site):
    body = geojson_bytes()
    end = body.index(b"}, {", len(body) // 2) + 1
    fails(site, always(body[:end]), "JSON")


DIGITS = "9" * 5000


@pytest.mark.parametrize(
    "headers",
    [{"Content-Range": f"bytes {DIGITS}-{DIGITS}/{DIGITS}"}, {"Content-Range": f"bytes 5-{DIGITS}/*"}, {}],
)
def test_a_range_of_five_thousand_digits_is_no_answer(site, headers):
    body = csv_bytes()

    def answer(handler):
        if "If-Range" in handler.headers:
            send(handler, body[5:], status=206, headers={"ETag": '"v1"', **headers})
        else:
            send(handler, body, headers={"ETag": '"v1"'}, cut=5000)

    fails(site, answer, "abandon")


def test_a_length_of_five_thousand_digits_is_no_length(site):
    body = csv_bytes()
    succeeds(site, always(body, length=DIGITS), body)


@pytest.mark.parametrize("value", [DIGITS, "-5", "bientôt", "Thu, 99 Foo 20026"])
def test_a_delay_that_means_nothing_is_not_waited_for(site, value):
    body = csv_bytes()
    succeeds(site, in_turn(always(status=503, headers={"Retry-After": value}), static(body)), body)


@pytest.mark.parametrize(
    "address",
    ["ftp://exemple.fr/a.csv", "file:///etc/passwd", "javascript:alert(1)", "http://[::1/a.csv", "data:,a"],
)
def test_a_redirection_that_is_not_followed_is_said_and_not_repeated(site, address):
    site.answer(always(status=302, headers={"Location": address}))
    with pytest.raises(NetworkError) as caught:
        site.fetch()
    text = french(caught.value)
    assert "adresse que datakit ne suit pas" in text and "coupée" not in text
    assert len(site.producer.asked()) == 1 and site.bodies() == []


@pytest.mark.parametrize("status", [204, 205, 226, 300, 302, 304, 306, 399, 600, 601, 700, 999])
def test_only_a_success_is_a_success(site, status):
    body = b"" if status in (204, 304) else csv_bytes()
    site.answer(always(body, status=status, length=status not in (204, 304)))
    with pytest.raises(NetworkError) as caught:
        site.fetch()
    french(caught.value)
    assert site.bodies() == [] and len(site.producer.asked()) == 1


@pytest.fixture
def small(monkeypatch):
    """Ce que ce fichier pèse d'ordinaire : 100 ko ; au-delà d'un mégaoctet, c'est trop."""
    from datakit.sources.fetching import targets

    monkeypatch.setattr(targets, "_limit", lambda download: 1_000_000)


def endless(handler, *, chunked=False):
    handler.send_response(200)
    handler.send_header(*(("Transfer-Encoding", "chunked") if chunked else ("Connection", "close")))
    handler.end_headers()
    line = b"QN00101M;quartier;1\r\n" * 3000
    while True:
        handler.wfile.write(b"%x\r\n%s\r\n" % (len(line), line) if chunked else line)


BLOATED = {
    "gzip": lambda handler: send(handler, gzip.compress(b"a;b\n" * 2_000_000), headers={"Content-Encoding": "gzip"}),
    "sans fin": endless,
    "sans fin, par morceaux": lambda handler: endless(handler, chunked=True),
    "long": always(csv_bytes(100_000)),
    "zip": always(zip_bytes(csv_bytes(10)) + bytes(3_000_000)),
}


@pytest.mark.parametrize("kind", BLOATED)
def test_what_is_far_bigger_than_the_file_ever_was_is_refused(site, small, kind):
    text = fails(site, BLOATED[kind], "bien plus que d'ordinaire", "--taille-max 2")
    assert "abandon" not in text
    assert [p for p in (storage.root() / "en-cours").rglob("*") if p.is_file()] == []


def test_a_file_that_has_really_grown_is_accepted_once_it_is_said(site, small):
    body = csv_bytes(100_000)
    site.answer(static(body))
    site.fetch(policy=dataclasses.replace(QUICK, largest_mb=5))
    assert site.bodies() == [body]


def test_the_catalogue_knows_what_is_plausible():
    from datakit.sources.catalogue import source
    from datakit.sources.fetching.targets import _limit

    heavy = source("insee-sirene-geolocalise").downloads[0]
    assert _limit(heavy) == int(heavy.size_mb * 1e7) > 5e9
    assert _limit(dataclasses.replace(heavy, size_mb=0.0)) == 1e9
    assert _limit(dataclasses.replace(heavy, size_mb=0.1)) == 1e8


def test_a_gzip_file_that_inflates_like_a_bomb(site, monkeypatch):
    from datakit.sources.fetching import checks

    seen = []
    monkeypatch.setattr(checks, "_refuse_bomb", lambda path, inflated: seen.append(inflated))
    packed = gzip.compress(bytes(5_000_000), mtime=0)
    succeeds(site, always(packed), packed)
    assert seen[-1] == 5_000_000
    monkeypatch.undo()


def test_metadata_nested_without_end_is_no_metadata(site, producer):
    producer.answers["*"] = always(b"[" * 90_000)
    with pytest.raises(NetworkError, match="métadonnées"):
        site.fetch("anct-liste-qpv-2024")
