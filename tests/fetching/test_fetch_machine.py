"""Les pannes de la machine : certificats, noms, proxy, disque, deux processus à la fois, mort subite."""

import json
import os
import signal
import ssl
import statistics
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from datakit.core.errors import DatakitError
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.http import Policy
from tests.fetching.conftest import SOURCE, Producer, Site, always, csv_bytes, french, geojson_bytes, static, zip_bytes

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = csv_bytes(50, "ancien"), csv_bytes(400, "nouveau")


@pytest.fixture(scope="module")
def authority():
    import trustme

    return trustme.CA()


def secure(authority, *names):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*names).configure_cert(context)
    return Producer(context)


def refused(site, *words, **options):
    with pytest.raises(DatakitError) as caught:
        site.fetch(**options)
    text = french(caught.value)
    for word in words:
        assert word in text, text
    assert site.bodies() == []
    return text


@pytest.fixture
def encrypted(authority, site):
    server = secure(authority, "localhost")
    yield Site(server, site.path)
    server.close()


def test_an_unknown_certificate_is_refused_with_the_way_out(encrypted):
    encrypted.answer(static(NEW))
    refused(encrypted, "certificat", "REQUESTS_CA_BUNDLE")
    assert encrypted.producer.seen == []


def test_the_certificate_of_a_company_is_accepted_once_declared(encrypted, authority, tmp_path, monkeypatch):
    bundle = tmp_path / "entreprise.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    encrypted.answer(static(NEW))
    encrypted.fetch()
    assert encrypted.bodies() == [NEW]


def test_a_certificate_of_another_name_is_refused(authority, site, tmp_path, monkeypatch):
    bundle = tmp_path / "entreprise.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    server = secure(authority, "autre.exemple")
    try:
        refused(Site(server, site.path), "certificat")
    finally:
        server.close()


def test_a_secure_address_that_sends_elsewhere_in_clear_is_refused(
    encrypted, producer, authority, tmp_path, monkeypatch
):
    bundle = tmp_path / "entreprise.pem"
    authority.cert_pem.write_to_path(bundle)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    producer.answers["*"] = static(NEW)
    encrypted.answer(always(status=302, headers={"Location": f"{producer.base}/portail.csv"}))
    refused(encrypted, "non chiffrée", "s'identifier")


def test_a_server_that_does_not_speak_tls(site):
    site.answer(static(NEW))
    plain = site.producer.base.replace("http://", "https://")
    refused(site, "abandon", mirrors={"https://www.data.gouv.fr": plain})


def test_a_name_that_does_not_exist(site):
    refused(site, "introuvable", "HTTPS_PROXY", mirrors={"https://www.data.gouv.fr": "http://absent.invalid"})


def test_nobody_listens(site):
    refused(site, "refuse la connexion", mirrors={"https://www.data.gouv.fr": "http://localhost:9"})


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_dead_proxy(site, monkeypatch, scheme):
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv(f"{scheme.upper()}_PROXY", "http://127.0.0.1:9")
    refused(site, "proxy", "HTTPS_PROXY", mirrors={"https://www.data.gouv.fr": f"{scheme}://exemple.invalid"})


def test_a_proxy_that_wants_a_password(site, producer, monkeypatch):
    producer.answers["*"] = always(status=407)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", producer.base)
    refused(site, "proxy", mirrors={"https://www.data.gouv.fr": "http://exemple.invalid"})


def test_the_company_proxy_is_used(site, producer, monkeypatch):
    producer.answers["*"] = static(NEW)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("HTTP_PROXY", producer.base)
    site.fetch(mirrors={"https://www.data.gouv.fr": "http://exemple.invalid"})
    assert site.bodies() == [NEW]


def test_no_password_and_no_cookie_leaves_the_machine(site, tmp_path, monkeypatch):
    from tests.fetching.conftest import send

    (tmp_path / "netrc").write_text("machine localhost login moi password secret\n")
    (tmp_path / "netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    site.answer(lambda handler: send(handler, NEW, headers={"Set-Cookie": "suivi=1"}))
    site.fetch()
    site.fetch()
    for _, _, headers in site.producer.seen:
        assert not {"Authorization", "Cookie", "Referer"} & set(headers)


SCRIPT = """
    import json, os, signal, sys
    from datakit.sources.fetching import storage
    from datakit.sources.fetching.fetch import fetch
    from datakit.sources.fetching.http import Policy

    point = {point!r}
    if point:
        storage.at = lambda reached: os.kill(os.getpid(), signal.SIGKILL) if reached == point else None
    {before}
    try:
        fetch({source!r}, policy=Policy(tries=3, base_wait=0.01, longest_wait=0.1), mirrors=json.loads({mirrors!r}))
    except Exception as error:
        sys.stderr.write(f"{{type(error).__name__}} : {{error}}")
        sys.exit(2)
"""


def start(site, point="", before=""):
    code = textwrap.dedent(SCRIPT).format(point=point, source=SOURCE, mirrors=json.dumps(site.mirrors), before=before)
    return subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": "."}
    )


@pytest.mark.skipif(os.name == "nt", reason="kill -9 n'existe pas sous Windows")
@pytest.mark.parametrize("replacing", [pytest.param(False, marks=pytest.mark.complete), True])
@pytest.mark.parametrize("point", storage.WRITE_POINTS)
def test_killed_at_each_write_point(site, point, replacing):
    if replacing:
        site.answer(static(OLD, '"ancien"'))
        site.fetch()
    site.answer(static(NEW, '"nouveau"'))
    process = start(site, point)
    _, message = process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL, message
    # what a loader would read right now: the old file, the new one, or nothing; never a half
    assert site.bodies() in ([[OLD], [NEW]] if replacing else [[], [NEW]])
    site.fetch()
    assert site.bodies() == [NEW]
    site.consistent()
    if replacing:
        kept = [p.read_bytes() for p in (storage.root() / "anciens").rglob("*") if p.is_file()]
        assert OLD in kept
        assert [entry["kept_as"] != "" for entry in registry.former(SOURCE)] == [True]


def test_two_processes_at_once_download_once(site):
    import time

    def slow(handler):
        time.sleep(0.5)
        static(NEW)(handler)

    site.answer(slow)
    both = [start(site), start(site)]
    messages = [process.communicate(timeout=300)[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], messages
    assert site.bodies() == [NEW]
    full = [headers for _, headers in site.producer.asked() if "If-None-Match" not in headers]
    assert len(full) == 1
    site.consistent()


def test_whoever_waits_for_another_datakit_says_so(site):
    site.answer(static(NEW))
    with registry.locked(SOURCE):
        process = start(site)
        said = process.stderr.readline()
        assert site.producer.seen == []
    process.communicate(timeout=300)
    assert process.returncode == 0 and "attente de son tour" in said
    assert site.bodies() == [NEW]


@pytest.mark.skipif(os.name == "nt", reason="la limite de taille de fichier est un réglage d'Unix")
@pytest.mark.parametrize("replacing", [False, True])
def test_a_full_disk(site, replacing):
    body = zip_bytes(csv_bytes(90_000))
    if replacing:
        site.answer(static(OLD, '"ancien"'))
        site.fetch()
    site.answer(static(body, '"gros"'))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    process = start(site, before=limit)
    _, message = process.communicate(timeout=300)
    assert process.returncode == 2
    assert "disque est plein" in message and storage.CACHE_VARIABLE in message
    assert site.bodies() == ([OLD] if replacing else [])
    site.consistent()


@pytest.mark.skipif(os.name == "nt", reason="la limite de taille de fichier est un réglage d'Unix")
def test_what_cannot_be_resumed_does_not_go_on_filling_the_disk(site):
    site.answer(always(zip_bytes(csv_bytes(90_000))))
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))"
    process = start(site, before=limit)
    _, message = process.communicate(timeout=300)
    assert process.returncode == 2 and "disque est plein" in message
    assert [p.name for p in (storage.root() / "en-cours").rglob("*") if p.is_file()] == []


def test_a_file_where_the_folder_should_be(site, tmp_path, monkeypatch):
    (tmp_path / "occupe").write_text("x")
    monkeypatch.setenv(storage.CACHE_VARIABLE, str(tmp_path / "occupe"))
    site.answer(static(NEW))
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    french(caught.value)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root écrit partout")
def test_a_folder_that_refuses_writing(site, tmp_path, monkeypatch):
    folder = tmp_path / "ferme"
    folder.mkdir()
    folder.chmod(0o500)
    monkeypatch.setenv(storage.CACHE_VARIABLE, str(folder))
    site.answer(static(NEW))
    refused(site, "n'accepte pas d'écriture")


def test_a_broken_registry_says_what_to_do(site):
    site.answer(static(NEW))
    site.fetch()
    (storage.root() / "registre" / f"{SOURCE}.json").write_text("{", encoding="utf-8")
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    assert "registre" in french(caught.value)


def direct_sources():
    from datakit.sources.catalogue import sources

    plain = [one for one in sources().values() if len(one.downloads) == 1 and one.downloads[0].via == "fichier"]
    return [one.id for one in plain if "{" not in one.downloads[0].url]


def distant(delay, present=None):
    import threading
    import time

    guard, running = threading.Lock(), [0]

    def answer(handler):
        with guard:
            running[0] += 1
            if present is not None:
                present.append(running[0])
        time.sleep(delay)
        # to each address its own file: the same content twice is one file
        static(zip_bytes(csv_bytes() + handler.path.encode() + b"\n"))(handler)
        with guard:
            running[0] -= 1

    return answer


def test_several_files_come_at_the_same_time(site):
    present = []
    site.producer.answers["*"] = distant(0.2, present)
    ids = direct_sources()
    site.fetch(*ids, mirrors={"https://": f"{site.producer.base}/"}, policy=Policy(tries=3))
    assert max(present) >= 5
    assert len(site.bodies()) == len(ids)


def test_the_limit_of_the_geoportal_holds_on_its_own_server(site):
    """Ce que le serveur voit arriver, avec tous les fils d'exécution : jamais 30 requêtes en une seconde."""
    import time
    from concurrent.futures import ThreadPoolExecutor

    from datakit.sources.fetching.errors import Place
    from datakit.sources.fetching.http import Web

    arrived, reply = [], always(geojson_bytes(1))

    def answer(handler):
        arrived.append(time.monotonic())
        reply(handler)

    site.producer.answers["*"] = answer
    web = Web(Policy(workers=16), {"https://data.geopf.fr": site.producer.base})
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda n: web.read(Place("ign-iris", f"https://data.geopf.fr/wfs/ows?n={n}")), range(80)))
    assert len(arrived) == 80
    assert max(sum(start <= t < start + 1 for t in arrived) for start in arrived) <= 30


@pytest.mark.complete
def test_twenty_files_come_four_times_faster_than_one_by_one(site, tmp_path, monkeypatch):
    import time

    from datakit.sources.catalogue import source
    from datakit.sources.fetching.batch import bring
    from datakit.sources.fetching.http import Web
    from datakit.sources.fetching.targets import Aimed

    site.producer.answers["*"] = distant(0.2)
    twenty = Aimed("69", "Rhône", tuple(f"69{n:03d}" for n in range(1, 21)))
    site.fetch(mirrors={"https://": f"{site.producer.base}/"})  # the first call imports what the others already have
    times = {10: [], 1: []}
    for turn, workers in enumerate((10, 1, 10, 1, 10)):
        monkeypatch.setenv(storage.CACHE_VARIABLE, str(tmp_path / f"essai {turn}"))
        web = Web(Policy(workers=workers, tries=3), {"https://": f"{site.producer.base}/"})
        started = time.monotonic()
        outcomes = bring([source("dgfip-dvf")], twenty, web, lambda message: None)
        times[workers].append(time.monotonic() - started)
        assert [o.state for o in outcomes] == ["nouveau"] * 20
    ratio = statistics.median(times[1]) / statistics.median(times[10])
    sys.stderr.write(f"20 fichiers, 200 ms : {ratio:.1f} fois plus vite ({times})\n")
    assert ratio > 4, times


@pytest.mark.parametrize(
    "content",
    [b"null", b"[]", b'{"files": {"a.csv": 3}, "former": []}', b"[" * 90_000, b"",
     b'{"files": {}, "former": [{}]}', b'{"files": {"a.csv": {"source": "s"}}, "former": []}'],
)  # fmt: skip
def test_a_damaged_registry_of_any_kind_says_what_to_do(site, content):
    site.answer(static(NEW))
    site.fetch()
    path = storage.root() / "registre" / f"{SOURCE}.json"
    path.write_bytes(content)
    for call in (site.fetch, registry.local):
        with pytest.raises(DatakitError, match="registre de cette source est illisible") as caught:
            call()
        assert str(path) in french(caught.value)
    path.unlink()
    site.fetch()
    assert site.bodies() == [NEW]


@pytest.mark.parametrize("content", [b"null", b"[]", b'{"record": {}}', b"", b"[" * 90_000])
def test_a_damaged_journal_is_forgotten(site, content):
    site.answer(static(NEW))
    site.fetch()
    (storage.folder("en-cours", SOURCE) / "a.csv.journal").write_bytes(content)
    site.fetch()
    site.consistent()
