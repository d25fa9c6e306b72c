"""Un producteur de données sur cette machine : il se conduit comme les vrais, bien ou mal selon l'essai."""

import dataclasses
import gzip
import http.server
import io
import json
import re
import ssl
import threading
import time
import zipfile
from urllib.parse import urlsplit

import pytest

from datakit.core.errors import DatakitError
from datakit.sources.catalogue import source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.fetch import fetch
from datakit.sources.fetching.http import Policy

SOURCE = "interieur-rna"  # one plain address, nothing to recognise
QUICK = Policy(
    tries=3,
    base_wait=0.01,
    longest_wait=0.05,
    connect_timeout=2,
    read_timeout=1.0,
    slow_window=0.4,
    slow_bytes=1500,
)


class Producer:
    """Le serveur : ``answers`` donne, par chemin, la fonction qui répond ; ``seen`` garde les requêtes reçues."""

    def __init__(self, context=None):
        self.answers, self.seen = {}, []
        producer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                url = urlsplit(self.path)
                producer.seen.append((self.command, self.path, dict(self.headers)))
                answer = producer.answers.get(url.path) or producer.answers.get("*")
                try:
                    if answer is None:
                        send(self, b"absent", status=404)
                    else:
                        answer(self)
                except (BrokenPipeError, ConnectionError, ssl.SSLError):
                    self.close_connection = True

            do_POST = do_GET

            def log_message(self, *args):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True

            def handle_error(self, *args):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "http" if context is None else "https"
        self.base = f"{scheme}://localhost:{self.server.server_port}"
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    def asked(self):
        """Les requêtes, sans celles qui vérifient qu'il n'y a rien après la fin."""
        return [(path, headers) for _, path, headers in self.seen if "Range" not in headers or "If-Range" in headers]


def send(handler, body, *, status=200, headers=(), length=True, cut=None, chunked=False, drip=None):
    """Répondre ; ``cut`` coupe la ligne après tant d'octets, ``drip`` espace les octets."""
    handler.send_response(status)
    for name, value in dict(headers).items():
        handler.send_header(name, value)
    if chunked:
        handler.send_header("Transfer-Encoding", "chunked")
    elif length is not False:
        handler.send_header("Content-Length", str(len(body) if length is True else length))
    if length is False and not chunked:
        handler.send_header("Connection", "close")
    handler.end_headers()
    sent = body if cut is None else body[:cut]
    if chunked:
        for start in range(0, len(sent), 4000):
            piece = sent[start : start + 4000]
            handler.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        if cut is None:
            handler.wfile.write(b"0\r\n\r\n")
    elif drip:
        for start in range(0, len(sent), 10):
            handler.wfile.write(sent[start : start + 10])
            handler.wfile.flush()
            time.sleep(drip)
    else:
        handler.wfile.write(sent)
    if cut is not None or length is False or (length is not True and length != len(body)):
        handler.wfile.flush()
        handler.close_connection = True


def static(body, etag='"v1"', **headers):
    """Un bon serveur de fichiers : étiquette, requêtes conditionnelles, reprise."""

    def answer(handler):
        marks = {"ETag": etag, **headers}
        if handler.headers.get("If-None-Match") == etag:
            send(handler, b"", status=304, headers=marks, length=False)
            return
        wanted = re.fullmatch(r"bytes=(\d+)-", handler.headers.get("Range", ""))
        if wanted and handler.headers.get("If-Range") == etag:
            start = int(wanted[1])
            marks["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            send(handler, body[start:], status=206, headers=marks)
            return
        if wanted and "If-Range" not in handler.headers and int(wanted[1]) >= len(body):
            send(handler, b"", status=416, headers={"Content-Range": f"bytes */{len(body)}"})
            return
        send(handler, body, headers=marks)

    return answer


def in_turn(*answers):
    """Une réponse par requête, la dernière pour toutes les suivantes."""
    waiting = list(answers)

    def answer(handler):
        (waiting.pop(0) if len(waiting) > 1 else waiting[0])(handler)

    return answer


def always(body=b"", **options):
    return lambda handler: send(handler, body, **options)


def csv_bytes(rows=900, word="quartier"):
    lines = [f"QN0010{i % 10}M;{word} n° {i};{i * 37 % 1000}" for i in range(rows)]
    return ("code_qp;libelle;valeur\r\n" + "\r\n".join(lines) + "\r\n").encode()


def zip_bytes(content=None, name="donnees.csv"):
    import random

    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, csv_bytes() if content is None else content)
        # what does not compress: the archive must be long enough to be cut in ten
        archive.writestr("carte.csv", b"a;b\n" + random.Random(1).randbytes(9000).hex().encode() + b";1\n")
    return target.getvalue()


def geojson_bytes(count=300):
    features = [
        {
            "type": "Feature",
            "id": f"f.{i}",
            "properties": {"code_qp": f"QN{i:05d}M", "lib_qp": 'Le "bourg" {' * (i % 3)},
            "geometry": {"type": "Point", "coordinates": [4.8, 45.7]},
        }
        for i in range(count)
    ]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False).encode()


BODIES = {
    "csv": csv_bytes,
    "zip": zip_bytes,
    "geojson": geojson_bytes,
    "gzip": lambda: gzip.compress(csv_bytes(), mtime=0),
}


@dataclasses.dataclass
class Site:
    """Un producteur, un dossier vide, et de quoi vérifier ce qui y est."""

    producer: Producer
    path: str

    def answer(self, function):
        self.producer.answers[self.path] = function

    @property
    def mirrors(self):
        return {"https://www.data.gouv.fr": self.producer.base}

    def fetch(self, *ids, **options):
        options = {"policy": QUICK, "mirrors": self.mirrors, "announce": lambda message: None} | options
        return fetch(*(ids or (SOURCE,)), **options)

    def files(self):
        folder = storage.official_folder()
        return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}

    def bodies(self):
        return list(self.files().values())

    def consistent(self):
        """Ni fichier abîmé, ni registre qui dise autre chose que le disque."""
        for one in {p.parent.name for p in storage.official_folder().glob("*/*")}:
            with registry.locked(one):
                registry.recover(one)
            records = registry.files_of(one)
            assert {r.state() for r in records.values()} <= {"intact"}
            assert {p.name for p in (storage.official_folder() / one).iterdir()} == set(records)


@pytest.fixture(autouse=True)
def empty_cache(tmp_path, monkeypatch):
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NO_PROXY", "localhost,127.0.0.1")
    monkeypatch.setenv(storage.CACHE_VARIABLE, str(tmp_path / "dossier de datakit"))


@pytest.fixture
def producer():
    server = Producer()
    yield server
    server.close()


@pytest.fixture
def site(producer):
    return Site(producer, urlsplit(source(SOURCE).downloads[0].url).path)


def french(error):
    """Un message pour une personne : en français, avec la suite à donner, sans mots d'une autre bibliothèque."""
    assert isinstance(error, DatakitError)
    text = str(error)
    assert error.remedy and "À faire" in text
    for word in ("Traceback", "urllib3", "HTTPConnection", "Errno", "requests.", "Max retries", "None"):
        assert word not in text, text
    return text
