"""Rapatrier un fichier : un producteur de cette machine y manque, puis on fait ce que dit le remède."""

import contextlib
import io
import json
import os
import ssl
import struct
import threading
import zipfile
from urllib.parse import urlsplit

import pandas as pd
import pytest

import datakit as dk
from datakit.core.places import content
from datakit.sources.catalogue import source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.errors import Place, translated
from datakit.sources.fetching.geocoding import geocode
from datakit.sources.fetching.http import Web
from datakit.sources.fetching.pages import transfer_pages
from datakit.sources.fetching.targets import Aimed, targets
from datakit.sources.schema import parse
from tests.fetching.conftest import (
    QUICK,
    SOURCE,
    Producer,
    Site,
    always,
    csv_bytes,
    geojson_bytes,
    send,
    static,
    zip_bytes,
)
from tests.fetching.test_fetch_resolution import LIST, SMALL, dataset, features, paged, resource
from tests.fetching.test_geocoding import PATH, service
from tests.remedies.calls import case
from tests.remedies.files import GEOJSON

LISTED = "anct-liste-qpv-2024"
PAGE = "insee-qpv2024-emploi"
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "REQUESTS_CA_BUNDLE")
WFS = "https://x.fr"


@contextlib.contextmanager
def shop(t, name, context=None, **variables):
    """A producer, and the folder of datakit of this case: what a first try left there is there at the second."""
    with pytest.MonkeyPatch.context() as patch:
        for proxy in PROXIES:
            patch.delenv(proxy, raising=False)
        patch.setenv("NO_PROXY", "localhost,127.0.0.1")
        patch.setenv(storage.CACHE_VARIABLE, str(t.make("dossiers") / name))
        for variable, value in variables.items():
            patch.setenv(variable, value)
        producer = Producer(context)
        try:
            yield Site(producer, urlsplit(source(SOURCE).downloads[0].url).path)
        finally:
            producer.close()


def fetched(t, name, answer, *ids, path=None, before=None, mirrors=None, **options):
    """One call of ``fetch`` to a producer that answers this."""
    with shop(t, name) as site:
        site.producer.answers[path or site.path] = answer
        if before is not None:
            before(site)
        chosen = dict.fromkeys(mirrors, site.producer.base) if mirrors else site.mirrors
        return site.fetch(*ids, mirrors=chosen, **options)


def by_hand(t, name, id=SOURCE, body=None, file=None):
    """What « ouvrir la page, télécharger, puis datakit fetch … --from » does once the file is here."""
    with shop(t, name):
        if file is None:
            file = t.make("téléchargements") / f"{id}.csv"
            file.write_bytes(csv_bytes() if body is None else body)
        t.command("fetch", id, "--from", file)


def trouble(name, answer, *follow, again=None, **options):
    """``answer`` makes ``fetch`` fail; then by hand, or the same call once the producer answers well."""
    steps = [lambda t: fetched(t, name, again)] if again else []
    case(name, lambda t: fetched(t, name, answer, **options), *steps, lambda t: by_hand(t, name), *follow)


OK = static(csv_bytes())
trouble("une adresse qui n'existe plus", always(b"non", status=404))
trouble("un refus aux programmes", always(b"<html>403</html>", status=403))
trouble("une réponse inconnue", always(b"non", status=418))
trouble("une redirection vers ailleurs", always(status=302, headers={"Location": "ftp://exemple.fr/a.csv"}))
trouble(
    "une redirection sans fin",
    lambda h: send(h, b"", status=302, headers={"Location": h.path}),
)
trouble("un producteur qui coupe toujours", always(csv_bytes(), cut=5000), again=OK)
trouble("une page web au lieu du fichier", always(b"<!DOCTYPE html><html>Portail</html>"), again=OK)
EXCEPTION = b"<?xml version='1.0'?><ows:ExceptionReport>Layer inconnue</ows:ExceptionReport>"


def given(t, name, body, id=SOURCE, suffix=".csv"):
    file = t.make("téléchargements") / f"{abs(hash(name))}{suffix}"
    file.write_bytes(body)
    return dk.fetch(id, file=file)


def offered(name, body, good, suffix=".csv"):
    """A file that a person brings is refused; the right one is taken."""
    case(
        name,
        lambda t: in_folder(t, name, lambda: given(t, name, body, suffix=suffix)),
        lambda t: in_folder(t, name, lambda: given(t, name, good, suffix=suffix)),
    )


def in_folder(t, name, step):
    with shop(t, name):
        return step()


offered("un message d'erreur pour un fichier", EXCEPTION, csv_bytes())
offered("un fichier d'aucun format", bytes(range(1, 200)) * 40, csv_bytes())


def bomb():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", b"0" * 5_000_000)
    made = bytearray(target.getvalue())
    for signature, at in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        place = made.index(signature)
        made[place + at : place + at + 4] = struct.pack("<I", 4_000_000_000)
    return bytes(made)


offered("une archive qui enfle", bomb(), zip_bytes(), suffix=".zip")
offered("un téléchargement pas fini", zip_bytes()[:2000], zip_bytes(), suffix=".zip")


# --- the network of the house
def through(t, name, mirror, answer=OK, **variables):
    with shop(t, name, **variables) as site:
        site.producer.answers["*"] = answer
        return site.fetch(mirrors={"https://www.data.gouv.fr": mirror or site.producer.base})


case(
    "un nom que personne ne connaît",
    lambda t: through(t, "nom", "http://absent.invalid"),
    lambda t: dk.load_qpv(2024, depot="ecole"),
    lambda t: proxied(t, "nom", "http://absent.invalid"),
    lambda t: through(t, "nom", None),
)
case(
    "un proxy mort",
    lambda t: through(t, "proxy", "http://exemple.invalid", NO_PROXY="", HTTP_PROXY="http://127.0.0.1:9"),
    lambda t: proxied(t, "proxy", "http://exemple.invalid"),
)


def proxied(t, name, mirror):
    """The proxy of the company, declared as the remedy says."""
    with shop(t, name, NO_PROXY="") as site, pytest.MonkeyPatch.context() as patch:
        patch.setenv("HTTP_PROXY", site.producer.base)
        site.producer.answers["*"] = OK
        return site.fetch(mirrors={"https://www.data.gouv.fr": mirror})


def unforeseen(t):
    raise translated(LookupError("x"), Place(SOURCE, "https://www.data.gouv.fr/x", "https://www.data.gouv.fr"))


case("une panne que rien ne prévoit", unforeseen, lambda t: by_hand(t, "imprévu"))


def encrypted(t, name, answer):
    import trustme

    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    bundle = t.folder / "autorite.pem"
    authority.cert_pem.write_to_path(str(bundle))
    plain = Producer()
    plain.answers["*"] = OK
    try:
        with shop(t, name, context, REQUESTS_CA_BUNDLE=str(bundle)) as site:
            site.answer(answer(plain.base))
            return site.fetch()
    finally:
        plain.close()


case(
    "un portail qui déchiffre",
    lambda t: encrypted(t, "portail", lambda base: always(status=302, headers={"Location": f"{base}/portail.csv"})),
    lambda t: encrypted(t, "portail", lambda base: OK),
)


# --- data.gouv.fr, INSEE, services
def listed(t, name, *resources, answer=None):
    """The list of the neighbourhoods, as data.gouv.fr describes it."""
    with shop(t, name) as site:
        dataset(site.producer, *[resource(site.producer, n, body) for n, body in resources])
        if answer:
            site.producer.answers["/api/1/datasets/5a561801c751df42d7fca9b6/"] = answer
        return site.fetch(LISTED)


GONE = ("tout-autre-chose.csv", LIST)
RIGHT = ("listeqp2024-cog2024.csv", LIST)
case(
    "une ressource retirée",
    lambda t: listed(t, "retirée", GONE),
    lambda t: by_hand(t, "retirée", LISTED, LIST),
)
case(
    "des métadonnées qui n'en sont pas",
    lambda t: listed(t, "métadonnées", answer=always(b"<html>Portail</html>")),
    lambda t: listed(t, "métadonnées", RIGHT),
    lambda t: by_hand(t, "métadonnées", LISTED, LIST),
)
OTHER = LIST.replace(b"code_qp", b"identifiant")
case(
    "une édition aux colonnes renommées",
    lambda t: (listed(t, "renommée", RIGHT), listed(t, "renommée", ("listeqp2024-cog2025.csv", OTHER))),
    lambda t: _still_there(t, "renommée"),
)


def _still_there(t, name):
    """« tout fonctionne avec l'ancienne édition » : it is here, whole."""
    with shop(t, name) as site:
        assert site.bodies() == [LIST]
        assert registry.local()["etat"].tolist() == ["intact"]


QPV_2015 = GEOJSON.replace("QN06901M", "QP069001").encode()
case(
    "une autre source à cette adresse",
    lambda t: fetched(t, "autre", static(QPV_2015), "anct-qpv-2024", path="*"),
    lambda t: by_hand(t, "autre", "anct-qpv-2024", GEOJSON.encode()),
)
case(
    "une donnée qu'on ne sait pas lire",
    lambda t: fetched(t, "illisible", static(UNREAD), "anct-qpv-2024", path="*"),
    lambda t: by_hand(t, "illisible", "anct-qpv-2024", GEOJSON.encode()),
)
UNREAD = b"code_qp;lib_qp\nQN06901M;A\nQN06902M;B;C;D\n"
EMPLOI = content("data") / "DEFM2024_QP24_csv.zip"
case(
    "une page sans le fichier",
    lambda t: fetched(
        *(t, "page", always(b'<a href="/fr/statistiques/fichier/1/autre.zip">'), PAGE),
        path="*",
        mirrors=["https://www.insee.fr"],
    ),
    lambda t: by_hand(t, "page", PAGE, file=EMPLOI),
)


case(
    "rien n'a changé mais rien n'est là",
    lambda t: fetched(t, "304", always(b"", status=304, length=False)),
    lambda t: fetched(t, "304", OK),
)


def wfs(t, name, answer):
    with shop(t, name) as site:
        site.producer.answers["/wfs"] = answer
        place = Place("ign-iris", f"{site.producer.base}/wfs?typeNames=a:b", WFS)
        target = t.folder / f"{name}.part"
        return transfer_pages(Web(QUICK, {}), place, target, "wfs", "iris.geojson", lambda n, total: None)


IRIS = {"CODE_IRIS": "691230101", "NOM_IRIS": "Centre", "INSEE_COM": "69123", "TYP_IRIS": "H", "NOM_COM": "Lyon"}
case(
    "des pages qui se répètent",
    lambda t: wfs(t, "pages", always(features(0, 100, 230))),
    lambda t: wfs(t, "pages", paged(230, 100)),
    lambda t: by_hand(t, "pages", "ign-iris", file=_iris(t)),
)


def _iris(t):
    path = t.make("téléchargements") / "iris.geojson"
    made = json.loads(GEOJSON)
    made["features"][0]["properties"] = IRIS
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def read(t, name, body, limit):
    with shop(t, name) as site:
        site.producer.answers["/x"] = always(body)
        return Web(QUICK, {}).read(Place(LISTED, f"{site.producer.base}/x", WFS), limit=limit)


case(
    "une réponse démesurée",
    lambda t: read(t, "démesurée", b"x" * 300_000, 100_000),
    lambda t: by_hand(t, "démesurée", LISTED, LIST),
)

# --- what the person brings
case(
    "un dossier où rien n'est reconnu",
    lambda t: in_folder(t, "mêlé", lambda: dk.fetch(file=_mixed(t))),
    lambda t: in_folder(t, "mêlé", lambda: t.command("fetch", SOURCE, "--from", _mixed(t) / "b.csv")),
)


def _mixed(t):
    place = t.make("mêlés")
    for name in ("a.csv", "b.csv"):
        (place / name).write_bytes(csv_bytes(word=name))
    return place


case(
    "hors ligne et absent",
    lambda t: in_folder(t, "hors ligne", lambda: dk.fetch(LISTED, offline=True)),
    lambda t: by_hand(t, "hors ligne", LISTED, LIST),
    lambda t: in_folder(t, "hors ligne", lambda: dk.fetch(LISTED, offline=True)),
    lambda t: listed(t, "en ligne", RIGHT),
)
case(
    "le dossier de datakit lui-même",
    lambda t: (
        in_folder(t, "même", lambda: dk.fetch(LISTED, file=_listed(t))),
        in_folder(t, "même", lambda: dk.fetch(file=storage.root())),
    ),
    lambda t: in_folder(t, "même", lambda: dk.fetch(LISTED, file=_listed(t))),
)


def _listed(t):
    place = t.make("liste") / "liste.csv"
    place.write_bytes(LIST)
    return place


def brought(t, name, when, body):
    place = t.make(f"apporté-{when}") / "liste.csv"
    place.write_bytes(body)
    os.utime(place, (when, when))
    with shop(t, name):
        return dk.fetch(LISTED, file=place)


def _erased(t, name):
    with shop(t, name):
        for old in (storage.official_folder() / LISTED).iterdir():
            old.unlink()
    return brought(t, name, 1_000_000_000, LIST)


case(
    "un fichier plus ancien que l'autre",
    lambda t: (
        brought(t, "ancien", 1_700_000_000, LIST.replace(b"Ain", b"AIN")),
        brought(t, "ancien", 1_000_000_000, LIST),
    ),
    lambda t: _erased(t, "ancien"),
)


def damaged(t, name):
    with shop(t, name):
        (cards,) = {p for p in storage.root().rglob("*.json") if LISTED in p.name} or {None}
        cards.write_text("{", encoding="utf-8")
        return dk.fetch(LISTED, file=_listed(t))


def _card_erased(t, name):
    with shop(t, name):
        next(p for p in storage.root().rglob("*.json") if LISTED in p.name).unlink()
        return dk.fetch(LISTED, file=_listed(t))


case(
    "un registre abîmé",
    lambda t: (brought(t, "registre", 1_700_000_000, LIST), damaged(t, "registre")),
    lambda t: _card_erased(t, "registre"),
)


def held(t, name, *, freed):
    """Another datakit holds this source; it ends in time, or does not."""
    with shop(t, name):
        inside, leave = threading.Event(), threading.Event()

        def other():
            with registry.locked(LISTED):
                inside.set()
                leave.wait(20)

        thread = threading.Thread(target=other)
        thread.start()
        inside.wait(20)
        if freed:
            leave.set()
        try:
            with registry.locked(LISTED, timeout=20 if freed else 0.1):
                pass
        finally:
            leave.set()
            thread.join()


case("une source tenue par un autre", lambda t: held(t, "verrou", freed=False), lambda t: held(t, "verrou", freed=True))
case(
    "deux sources dont une manque",
    lambda t: fetched(t, "deux", OK, SOURCE, "anct-correspondance-2024-2015"),
    lambda t: by_hand(t, "deux", "anct-correspondance-2024-2015", file=content("data") / CORRESPONDENCE),
    lambda t: fetched(t, "deux", OK, SOURCE),
)
CORRESPONDENCE = "liste-correspondance-qp2024-qp2015.csv"


def aimed(t, territory):
    return targets(parse(SMALL, "essai.toml", ()), territory, Web(QUICK, {}))


METZ, LYON = Aimed("57463", "Metz", ("57463",)), Aimed("69123", "Lyon", ("69123",))
case("une source sans ce département", lambda t: aimed(t, METZ), lambda t: dk.catalog(), lambda t: aimed(t, LYON))
case("une source par territoire, sans territoire", lambda t: aimed(t, None), lambda t: aimed(t, LYON))


# --- one's own territory
def at_home(t, name, table, territory):
    with shop(t, name) as site:
        dataset(site.producer, resource(site.producer, "listeqp2024-cog2024.csv", table))
        site.producer.answers["/communes"] = static(geojson_bytes(3))
        mirrors = {"https://www.data.gouv.fr": site.producer.base, "https://geo.api.gouv.fr": site.producer.base}
        return site.fetch("ign-communes", territoire=territory, mirrors=mirrors)


TWINS = LIST.replace(b"Bourg-en-Bresse", b"Lyon")
case(
    "deux communes du même nom",
    lambda t: at_home(t, "jumelles", TWINS, "Lyon"),
    lambda t: at_home(t, "jumelles", TWINS, "69123"),
)
case(
    "une liste sans ses noms de communes",
    lambda t: at_home(t, "colonnes", LIST.replace(b"lib_com", b"nom"), "Lyon"),
    lambda t: at_home(t, "colonnes-2", LIST, "69123"),
)

# --- geocoding
PEOPLE = pd.DataFrame({"nom": ["A", "B"], "adresse": ["1 rue de la Paix", "zzz"], "insee": ["69123", "69199"]})


def geocoded(t, name, table, lose=0):
    with shop(t, name) as site:
        site.producer.answers[PATH] = service([], lose=lose)
        web = Web(QUICK, {"https://data.geopf.fr": site.producer.base})
        return geocode(table, ["adresse"], citycode="insee", consent=True, web=web)


DONE = PEOPLE.assign(longitude=[4.83, None], latitude=[45.76, None], result_score=[0.97, None])
case(
    "une table déjà géocodée",
    lambda t: geocoded(t, "géocodée", DONE),
    lambda t: dk.locate(DONE),
    lambda t: geocoded(t, "géocodée", PEOPLE),
)
case(
    "un géocodage qui perd une ligne",
    lambda t: geocoded(t, "perdue", PEOPLE, lose=1),
    lambda t: geocoded(t, "perdue", PEOPLE),
    lambda t: dk.locate(pd.DataFrame({"lon": [4.83], "lat": [45.76]})),
)
