"""Trouver le fichier chez le producteur : jeux de data.gouv.fr, pages de l'Insee, services par pages, modèles."""

import hashlib
import json

import pytest

from datakit.core.errors import CodeError, DatakitError, NetworkError, OptionError, SourceError
from datakit.sources.fetching import registry
from datakit.sources.fetching.addresses import MIRROR_VARIABLE, Pace, actual, mirrors
from datakit.sources.fetching.errors import Place
from datakit.sources.fetching.fetch import fetch
from datakit.sources.fetching.http import Web, retry_after
from datakit.sources.fetching.pages import transfer_pages
from datakit.sources.fetching.targets import Aimed, covers, targets
from datakit.sources.fetching.territory import resolve
from datakit.sources.schema import parse
from tests.fetching.conftest import QUICK, always, csv_bytes, french, geojson_bytes, in_turn, send, static, zip_bytes

LIST = (
    "\ufeffcode_qp;lib_qp;insee_reg;lib_reg;insee_dep;lib_dep;insee_com;lib_com;siren_epci;lib_epci;;\r\n"
    "QN06934M;La Duchère;84;Auvergne-Rhône-Alpes;69;Rhône;69123;Lyon;200046977;Métropole de Lyon;;\r\n"
    "QN06908M;Les Minguettes;84;Auvergne-Rhône-Alpes;69;Rhône;69199; Saint-Fons;200046977;Métropole de Lyon;;\r\n"
    "QN00101M;Centre Ville;84;Auvergne-Rhône-Alpes;01;Ain;1053;Bourg-en-Bresse;200071751;CA du Bassin;;\r\n"
    'QN00201M;À cheval;32;Hauts-de-France;02;Aisne;"02571; 02691";"Omissy; Saint-Quentin";200071892;CA du SQ;;\r\n'
).encode()
DATASET = "/api/1/datasets/5a561801c751df42d7fca9b6/"


def resource(producer, name, body, **changes):
    producer.answers[f"/files/{name}"] = static(body)
    return {
        "title": name,
        "url": f"{producer.base}/files/{name}",
        "format": "csv",
        "filetype": "file",
        "last_modified": "2026-01-16",
        "filesize": len(body),
        "checksum": {"type": "sha1", "value": hashlib.sha1(body, usedforsecurity=False).hexdigest()},
    } | changes


def dataset(producer, *resources):
    producer.answers[DATASET] = always(json.dumps({"resources": resources}).encode())


def test_the_newest_resource_of_that_name_is_taken(site, producer):
    old = resource(producer, "listeqp2024-cog2024.csv", csv_bytes(), last_modified="2025-01-01")
    new = resource(producer, "listeqp2024-cog2025.csv", LIST, last_modified="2026-01-01")
    dataset(producer, old, {"title": "autre.csv", "url": "x"}, new)
    site.fetch("anct-liste-qpv-2024")
    assert site.bodies() == [LIST]
    assert registry.local()["millesime"].tolist() == ["listeqp2024-cog2025.csv"]


def test_a_new_edition_replaces_the_old_one_even_renamed(site, producer):
    said = []
    dataset(producer, resource(producer, "listeqp2024-cog2024.csv", LIST))
    site.fetch("anct-liste-qpv-2024")
    after = LIST.replace(b"QN00101M;Centre Ville", b"QN00199N;Centre Ville")
    after = after.replace("La Duchère".encode(), "Duchère".encode()).replace(b"lib_dep", b"libelle_dep")
    dataset(producer, resource(producer, "listeqp2024-cog2025.csv", after))
    table = site.fetch("anct-liste-qpv-2024", announce=lambda m: said.append((m, site.bodies())))
    assert list(site.files()) == ["anct-liste-qpv-2024/listeqp2024-cog2025.csv"]
    message, bodies_when_said = said[0]
    assert bodies_when_said == [LIST], "annoncé avant le remplacement"
    assert "1 quartier ajouté : QN00199N" in message.replace("\xa0", " ")
    assert "retiré : QN00101M" in message
    assert "« La Duchère » devient « Duchère »" in message
    assert "colonne renommée : lib_dep devient libelle_dep" in message
    assert table["etat"].tolist() == ["remplacé"]
    assert registry.local()["anciennes_versions"].tolist() == [1]
    assert [f["name"] for f in registry.former("anct-liste-qpv-2024")] == ["listeqp2024-cog2024.csv"]
    site.consistent()


def test_another_source_at_that_address_is_refused(site, producer):
    perimeter = json.loads(geojson_bytes(2))
    for rank, feature in enumerate(perimeter["features"]):
        feature["properties"]["code_qp"] = f"QP06900{rank + 1}"
        ring = [[4.8, 45.7], [4.9, 45.7], [4.9, 45.8], [4.8, 45.7]]
        feature["geometry"] = {"type": "Polygon", "coordinates": [ring]}
    producer.answers["*"] = static(json.dumps(perimeter).encode())
    with pytest.raises(DatakitError) as caught:
        site.fetch("anct-qpv-2024")
    assert "anct-qpv-2015" in french(caught.value)
    assert site.bodies() == []


def test_an_edition_that_can_no_longer_be_read_does_not_replace_the_old_one(site, producer):
    dataset(producer, resource(producer, "listeqp2024-cog2024.csv", LIST))
    site.fetch("anct-liste-qpv-2024")
    after = LIST.replace(b"code_qp", b"identifiant")
    dataset(producer, resource(producer, "listeqp2024-cog2025.csv", after))
    with pytest.raises(DatakitError) as caught:
        site.fetch("anct-liste-qpv-2024")
    assert "colonne renommée : code_qp devient identifiant" in french(caught.value)
    assert site.bodies() == [LIST]


def test_a_content_that_no_rule_knows_is_said(site, producer):
    producer.answers["*"] = static(csv_bytes())
    table = site.fetch("sru-communes")
    assert "non reconnu" in table["detail"][0]


@pytest.mark.parametrize(
    "lie", [{"checksum": {"type": "sha1", "value": "0" * 40}}, {"filesize": 12}], ids=["empreinte", "taille"]
)
def test_a_wrong_hash_or_size_is_refused(site, producer, lie):
    dataset(producer, resource(producer, "listeqp2024.csv", LIST, **lie))
    with pytest.raises(NetworkError) as caught:
        site.fetch("anct-liste-qpv-2024")
    assert "producteur" in french(caught.value)
    assert site.bodies() == []


def test_the_hash_of_a_distant_file_is_only_a_memory(site, producer):
    lie = {"checksum": {"type": "sha1", "value": "0" * 40}, "filesize": 3, "filetype": "remote"}
    dataset(producer, resource(producer, "listeqp2024.csv", LIST, **lie))
    site.fetch("anct-liste-qpv-2024")
    assert site.bodies() == [LIST]


def test_a_resource_that_has_gone_names_what_is_left(site, producer):
    dataset(producer, resource(producer, "tout-autre-chose.csv", LIST))
    with pytest.raises(NetworkError) as caught:
        site.fetch("anct-liste-qpv-2024")
    assert "tout-autre-chose.csv" in french(caught.value)


@pytest.mark.parametrize("answer", [always(b"<html>Portail</html>"), always(b"[1, 2]"), always(b'{"resources": null}')])
def test_metadata_that_is_not_metadata(site, producer, answer):
    producer.answers[DATASET] = answer
    with pytest.raises(DatakitError) as caught:
        site.fetch("anct-liste-qpv-2024")
    french(caught.value)


def insee(site, producer):
    return {"mirrors": {"https://www.insee.fr": producer.base}}


def test_the_exact_name_is_read_on_the_page(site, producer):
    body = zip_bytes()
    page = '<a href="/fr/statistiques/fichier/8644871/DEFM2024_QP24_csv.zip">CSV</a><a href="x.pdf">'
    producer.answers["/fr/statistiques/8644871"] = always(page.encode())
    producer.answers["/fr/statistiques/fichier/8644871/DEFM2024_QP24_csv.zip"] = static(body)
    site.fetch("insee-qpv2024-emploi", **insee(site, producer))
    assert site.files() == {"insee-qpv2024-emploi/DEFM2024_QP24_csv.zip": body}


def test_insee_refuses_scripts_and_the_message_gives_the_way_out(site, producer):
    producer.answers["*"] = always(b"<html>403</html>", status=403)
    with pytest.raises(NetworkError) as caught:
        site.fetch("insee-qpv2024-emploi", **insee(site, producer))
    text = french(caught.value)
    assert "https://www.insee.fr/fr/statistiques/8644871" in text
    assert "datakit fetch insee-qpv2024-emploi --from FICHIER" in text


def test_a_page_without_the_file_says_what_it_offers(site, producer):
    producer.answers["*"] = always(b'<a href="/fr/statistiques/fichier/1/autre.zip">')
    with pytest.raises(NetworkError) as caught:
        site.fetch("insee-qpv2024-emploi", **insee(site, producer))
    assert "autre.zip" in french(caught.value)


def features(start, count, total, **more):
    rows = json.loads(geojson_bytes(total))["features"][start : start + count]
    return json.dumps({"type": "FeatureCollection", "numberMatched": total, "features": rows, **more}).encode()


def paged(total, size):
    def answer(handler):
        from urllib.parse import parse_qs, urlsplit

        asked = parse_qs(urlsplit(handler.path).query)
        assert int(asked["count"][0]) <= 5000
        send(handler, features(int(asked["startIndex"][0]), size, total))

    return answer


def wfs(producer, tmp_path, via="wfs"):
    place = Place("ign-iris", f"{producer.base}/wfs?typeNames=a:b&cql_filter=code_insee='69123'", "https://x.fr")
    web = Web(QUICK, {})
    received = transfer_pages(web, place, tmp_path / "p.part", via, "iris.geojson", lambda n, total: None)
    return json.loads(received.part.read_bytes())["features"]


def test_all_pages_are_gathered_once(producer, tmp_path):
    producer.answers["/wfs"] = paged(230, 100)
    found = wfs(producer, tmp_path)
    assert [f["id"] for f in found] == [f"f.{i}" for i in range(230)]
    assert "cql_filter=code_insee='69123'" in producer.seen[0][1].replace("%27", "'").replace("%3D", "=")


def test_pages_are_followed_by_their_links(producer, tmp_path):
    second = always(features(2, 2, 4))
    first = features(0, 2, 4, links=[{"rel": "next", "href": "/suite"}])
    producer.answers |= {"/wfs": always(first), "/suite": second}
    assert len(wfs(producer, tmp_path, "ogc")) == 4


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        (always(features(0, 100, 230)), "deux fois"),
        (in_turn(always(features(0, 100, 230)), always(features(100, 0, 230))), "annoncés"),
        (always(b'{"message": "couche inconnue"}'), "GeoJSON"),
        (always(b"<ows:ExceptionReport>trop de requetes</ows:ExceptionReport>"), "trop de requetes"),
        (always(features(0, 100, 230)[:-40]), "abandon"),
        (always(status=429), "ralentir"),
    ],
    ids=["pages répétées", "compte faux", "pas un GeoJSON", "exception", "page coupée", "429"],
)
def test_pages_that_are_wrong_leave_nothing(producer, tmp_path, answer, word):
    producer.answers["/wfs"] = answer
    with pytest.raises(NetworkError) as caught:
        wfs(producer, tmp_path)
    assert word in french(caught.value)


SMALL = """
id = "essai"
title = "Essai"
producer = "Producteur"
licence = "libre"
page = "https://www.data.gouv.fr/essai"
evidence = "C"
checked_on = 2026-11-15
kind = "points"
levels = ["commune"]
[[download]]
url = "https://www.data.gouv.fr/{departement}/{commune}.csv"
what = "par commune"
evidence = "C"
absent = ["57"]
arrondissements = true
"""


def test_an_address_by_commune_is_filled_for_each_one_and_for_each_arrondissement():
    one = parse(SMALL, "essai.toml", ())
    lyon = Aimed("69123", "Lyon", ("69123", "69199"))
    urls = [t.url for t in targets(one, lyon, Web(QUICK, {}))]
    assert len(urls) == 10 and urls[0].endswith("/69/69381.csv") and urls[-1].endswith("/69/69199.csv")
    with pytest.raises(SourceError, match="territoire par territoire"):
        targets(one, None, Web(QUICK, {}))
    metz = Aimed("57463", "Metz", ("57463",))
    assert not covers(one.downloads[0], metz)
    with pytest.raises(SourceError, match="ne couvre pas"):
        targets(one, metz, Web(QUICK, {}))


@pytest.mark.parametrize("id", ["insee-melodi", "ban-adresses", "geopf-geocodage"])
def test_a_source_without_a_file_says_where_to_go(site, id):
    with pytest.raises(SourceError) as caught:
        site.fetch(id)
    assert "--from" in french(caught.value)
    assert site.producer.seen == []


def home(site, producer, asked, name):
    dataset(producer, resource(producer, "listeqp2024-cog2024.csv", LIST))
    producer.answers["/communes"] = static(geojson_bytes(3))
    mirrors = {"https://www.data.gouv.fr": producer.base, "https://geo.api.gouv.fr": producer.base}
    return site.fetch(*asked, territoire=name, mirrors=mirrors)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Lyon", "69123"),
        ("saint fons", "69199"),
        ("69381", "69123"),
        ("200046977", "200046977"),
        ("Métropole de Lyon", "200046977"),
        ("1053", "01053"),
        ("02571", "02571"),
        ("69", "69"),
    ],
)
def test_home_is_found_by_its_name_or_its_code(site, producer, name, code):
    table = home(site, producer, ["ign-communes"], name)
    assert table.attrs["territoire"] == code
    asked = [path for _, path, _ in producer.seen if path.startswith("/communes?codeDepartement=")]
    assert asked[0].split("=")[1][:2] == {"01053": "01", "02571": "02"}.get(code, "69")


@pytest.mark.parametrize("name", ["Atlantide", "Lion"])
def test_an_unknown_home_gets_near_names(site, producer, name):
    with pytest.raises(CodeError) as caught:
        home(site, producer, ["ign-communes"], name)
    french(caught.value)
    assert name == "Atlantide" or "Lyon" in str(caught.value)


EVERY = [
    {"nom": "Lyon", "code": "69123", "codeDepartement": "69", "codeRegion": "84",
     "epci": {"code": "200046977", "nom": "Métropole de Lyon"}},
    {"nom": "Albigny-sur-Saône", "code": "69003", "codeDepartement": "69", "codeRegion": "84",
     "epci": {"code": "200046977", "nom": "Métropole de Lyon"}},
    {"nom": "Pérouges", "code": "01290", "codeDepartement": "01", "codeRegion": "84",
     "epci": {"code": "240100883", "nom": "CC de la Plaine de l'Ain"}},
    {"nom": "Île-de-Bréhat", "code": "22016", "codeDepartement": "22", "codeRegion": "53"},
]  # fmt: skip


def national_list():
    """La liste des communes et de leur EPCI, telle que l'interface la donne ; les contours à la même adresse."""
    outlines, every = static(geojson_bytes(3)), static(json.dumps(EVERY, ensure_ascii=False).encode())

    def answer(handler):
        (outlines if "codeDepartement=" in handler.path else every)(handler)

    return answer


@pytest.mark.parametrize(
    ("name", "code", "communes"),
    [
        ("Pérouges", "01290", 1),
        ("perouges", "01290", 1),
        ("01290", "01290", 1),
        ("CC de la Plaine de l'Ain", "240100883", 1),
        ("200046977", "200046977", 3),
        ("île de bréhat", "22016", 1),
        ("Lyon", "69123", 1),
    ],
)
def test_home_without_a_neighbourhood_is_known_by_its_name_too(site, producer, name, code, communes):
    dataset(producer, resource(producer, "listeqp2024-cog2024.csv", LIST))
    producer.answers["/communes"] = national_list()
    mirrors = {"https://www.data.gouv.fr": producer.base, "https://geo.api.gouv.fr": producer.base}
    found = resolve(name, Web(QUICK, mirrors), lambda message: None)
    assert found.code == code and len(found.communes) == communes
    # the whole list is asked for, never a name, and only for who is not in the list of the neighbourhoods
    asked = [path for _, path, _ in producer.seen if path.startswith("/communes")]
    assert len(asked) == (0 if name == "Lyon" else 1) and "nom=" not in "".join(asked)


def test_home_without_a_neighbourhood_is_found_once_the_table_of_communes_is_here(site, producer, tmp_path):
    with pytest.raises(CodeError) as caught:
        home(site, producer, ["ign-communes"], "Pérouges")
    assert "insee-communes-epci --from" in french(caught.value)
    table = tmp_path / "EPCI.csv"
    rows = ["CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG", "01290;Pérouges;240100883;CC de la Plaine de l'Ain;01;84"]
    table.write_text("\n".join(rows), encoding="utf-8")
    site.fetch("insee-communes-epci", file=table)
    assert home(site, producer, ["ign-communes"], "Pérouges").attrs["territoire"] == "01290"
    assert home(site, producer, ["ign-communes"], "CC de la Plaine de l'Ain").attrs["territoire"] == "240100883"
    assert home(site, producer, ["ign-communes"], "Lyon").attrs["territoire"] == "69123"


def test_home_says_what_does_not_exist_and_why(site, producer):
    from datakit.sources.catalogue import sources
    from datakit.sources.fetching.territory import choose

    metz = Aimed("57463", "Metz", ("57463",))
    wanted, apart = choose([], metz)
    reasons = {o.source: o.detail for o in apart}
    assert "ne couvre pas 57" in reasons["dgfip-dvf"]
    assert "Mo" in reasons["insee-sirene-geolocalise"]
    assert "service" in reasons["insee-melodi"]
    assert "--from" in reasons["ban-adresses"]
    assert {o.id for o in wanted} | set(reasons) == set(sources())
    assert "anct-qpv-2024" in {o.id for o in wanted}
    cayenne = Aimed("97302", "Cayenne", ("97302",))
    assert "insee-qpv2024-emploi" in {o.source for o in choose([], cayenne)[1]}


def test_offline_calls_nobody(site):
    with pytest.raises(SourceError) as caught:
        site.fetch(offline=True)
    assert "hors ligne" in french(caught.value)
    site.answer(static(csv_bytes()))
    site.fetch()
    seen = len(site.producer.seen)
    assert site.fetch(offline=True)["etat"].tolist() == ["à jour"]
    assert len(site.producer.seen) == seen


def test_only_the_addresses_of_the_source_asked_for_are_called(site, producer):
    producer.answers["*"] = static(csv_bytes())
    site.fetch(mirrors={"https://": f"{producer.base}/"})
    assert {path for _, path, _ in producer.seen} == {
        "/www.data.gouv.fr/api/1/datasets/r/afdf9540-fdc0-4a87-9f69-8e5de6b18a51"
    }


def test_unknown_source_and_empty_request():
    with pytest.raises(SourceError, match="anct-qpv-2024"):
        fetch("anct-qpv-2025")
    with pytest.raises(OptionError):
        fetch()


def test_mirrors_are_read_from_the_environment(monkeypatch):
    monkeypatch.setenv(MIRROR_VARIABLE, '{"https://a.fr": "http://m/a", "https://a.fr/b": "http://m/b"}')
    assert actual("https://a.fr/b/c") == "http://m/b/c"
    assert actual("https://a.fr/x") == "http://m/a/x"
    assert actual("https://z.fr/x") == "https://z.fr/x"
    for wrong in ("{", "[1]", '{"a": 1}'):
        monkeypatch.setenv(MIRROR_VARIABLE, wrong)
        with pytest.raises(OptionError):
            mirrors()


def sent_at(url, count):
    """Quand partent ``count`` requêtes dont la réponse vient aussitôt."""
    now = [0.0]
    pace, times = Pace(lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds)), []
    for _ in range(count):
        with pace.turn(url):
            times.append(now[0])
    return times


@pytest.mark.parametrize(
    ("url", "limit", "seconds"),
    [
        ("https://data.geopf.fr/geocodage/search", 50, 1),
        ("https://data.geopf.fr/wfs/ows", 30, 1),
        ("https://api.insee.fr/melodi/data/X", 30, 60),
    ],
)
def test_the_limit_of_each_producer_holds_in_any_window(url, limit, seconds):
    times = sent_at(url, 200)
    assert max(sum(start <= t < start + seconds for t in times) for start in times) < limit
    # and the pace is used: the wait is for the producer's sake only
    assert (len(times) - 1) / times[-1] > 0.85 * limit / seconds


def test_a_producer_that_says_stop_is_left_alone():
    now, slept = [0.0], []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    pace = Pace(lambda: now[0], sleep)
    pace.hold("https://data.geopf.fr/geocodage", 5)
    with pace.turn("https://www.data.gouv.fr/"):
        assert slept == []
    with pace.turn("https://data.geopf.fr/geocodage/reverse"):
        assert slept == [5]


def test_a_request_on_its_way_keeps_its_place():
    now = [0.0]
    pace = Pace(lambda: now[0], lambda seconds: now.__setitem__(0, now[0] + seconds))
    with pace.turn("https://api.insee.fr/melodi/a"):
        now[0] = 100.0
    with pace.turn("https://api.insee.fr/melodi/b"):
        assert now[0] > 102


def test_retry_after_in_seconds_or_as_a_date():
    import datetime as dt

    now = dt.datetime(2015, 10, 21, 7, 27, 30, tzinfo=dt.UTC)
    assert retry_after("Wed, 21 Oct 2015 07:28:00 GMT", now) == 30
    assert retry_after("Wed, 21 Oct 2015 07:00:00 GMT", now) == 0
    assert retry_after("120") == 120
    assert retry_after("") is None
