"""Des serveurs qui mentent exprès : en-têtes, morceaux, reprises, noms. Rien de faux n'entre, tout se dit."""

import contextlib
import gc
import json
import socket
import threading
import time
import warnings
import zlib

import pytest

from datakit.core.errors import DatakitError
from datakit.sources.fetching import storage
from tests.fetching.conftest import SOURCE, always, csv_bytes, french, in_turn, send, static
from tests.fetching.test_fetch_faults import fails

# an answer that urllib3 gives up half read (two lengths at once) leaves its socket to the garbage collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

BODY = csv_bytes()


@pytest.fixture(autouse=True)
def lines_left_open():
    """requests laisse ouverte la ligne d'une réponse qu'il refuse : la fermer ici, non dans l'essai d'un autre."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def raw(*lines, body=b"", close=True):
    """Une réponse écrite telle quelle sur la ligne."""

    def answer(handler):
        handler.wfile.write(b"\r\n".join([*lines, b"", b""]) + body)
        handler.wfile.flush()
        handler.close_connection = close

    return answer


def pieces(*sizes):
    return raw(
        b"HTTP/1.1 200 OK",
        b"Transfer-Encoding: chunked",
        body=b"".join(b"%s\r\n%s\r\n" % (s, BODY[:50]) for s in sizes),
    )


GARBAGE = {
    "taille qui n'en est pas une": pieces(b"zz"),
    "taille négative": pieces(b"-32"),
    "taille de cinq mille chiffres": pieces(b"f" * 5000),
    "morceau plus court qu'annoncé": pieces(b"32", b"fff"),
    "rien": pieces(),
    "en-têtes sans nombre": raw(b"HTTP/1.1 200 OK", *(b"X-%d: a" % n for n in range(300)), body=BODY),
    "en-tête sans fin": raw(b"HTTP/1.1 200 OK", b"X: " + b"a" * 200_000, body=BODY),
    "pas du HTTP": raw(b"SSH-2.0-OpenSSH_9.6"),
    "un code qui n'en est pas un": raw(b"HTTP/1.1 deux cents"),
    "rien du tout": lambda handler: setattr(handler, "close_connection", True),
}


@pytest.mark.parametrize("kind", GARBAGE)
def test_an_answer_that_is_not_one(site, kind):
    fails(site, GARBAGE[kind])


@pytest.mark.parametrize("length", ["-5", "+5", "0x10", "1e3", "12, 13", "12\r\nContent-Length: 13", ""])
def test_a_length_that_is_not_a_number(site, length):
    site.answer(raw(b"HTTP/1.1 200 OK", b"Content-Length: " + length.encode(), body=BODY))
    try:
        site.fetch()
    except DatakitError as error:
        french(error)
    assert site.bodies() in ([], [BODY])


def ranged(start, stop, total, *, asked=b""):
    """Un morceau que personne n'a demandé, donné pour ce qu'il est."""

    def answer(handler):
        if asked and "Range" in handler.headers:
            send(handler, b"", status=416)
        else:
            mark = {"Content-Range": f"bytes {start}-{stop - 1}/{total}", "ETag": '"v1"'}
            send(handler, BODY[start:stop], status=206, headers=mark)

    return answer


END = BODY.index(b"\r\n", 5000) + 2


@pytest.mark.parametrize("total", [len(BODY), "*"])
@pytest.mark.parametrize("asked", [b"", b"x"])
def test_a_piece_that_nobody_asked_for_is_not_the_file(site, total, asked):
    fails(site, ranged(0, END, total, asked=asked), "abandon")


def test_a_resumed_piece_that_stops_before_the_total_it_announces(site):
    cut = always(BODY, headers={"ETag": '"v1"'}, cut=1000)

    def short(handler):
        if "If-Range" not in handler.headers:
            send(handler, b"", status=416)
        else:
            mark = {"Content-Range": f"bytes 1000-{END - 1}/{len(BODY)}", "ETag": '"v1"'}
            send(handler, BODY[1000:END], status=206, headers=mark)

    site.answer(in_turn(cut, short))
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    french(caught.value)
    assert site.bodies() == []


def test_nothing_changed_said_of_a_file_that_has_just_begun(site):
    old = csv_bytes(40, "ancien")
    site.answer(static(old, '"ancien"'))
    site.fetch()
    # the new edition is cut, then the server answers, to the request for the rest, that nothing has changed
    cut, unchanged = always(BODY, headers={"ETag": '"v2"'}, cut=5000), always(status=304, length=False)
    site.answer(in_turn(cut, unchanged, static(BODY, '"v2"')))
    assert site.fetch()["etat"].tolist() == ["remplacé"]
    assert site.bodies() == [BODY]
    site.consistent()


def test_nothing_changed_said_of_a_file_that_is_damaged_here(site):
    site.answer(static(BODY))
    site.fetch()
    (path,) = (p for p in storage.official_folder().rglob("*") if p.is_file())
    path.write_bytes(BODY[:100])
    site.answer(always(status=304, length=False))
    with pytest.raises(DatakitError) as caught:
        site.fetch()
    french(caught.value)
    site.answer(static(BODY))
    site.fetch()
    assert site.bodies() == [BODY]


@pytest.mark.parametrize("code", ["br", "deflate", "compress", "zstd", "gzip, gzip", "inconnu"])
def test_a_compression_that_nobody_asked_for(site, code):
    fails(site, always(zlib.compress(BODY), headers={"Content-Encoding": code}))


@pytest.mark.parametrize(
    "name",
    [
        "..",
        ".",
        "",
        "a" * 5000 + ".csv",
        "CON.csv",
        "a\\b\\..\\c.csv",
        "a.csv.etat",
        ".cache",
        "x\x01\x7f.csv",
        "UTF-8''%2e%2e%2fa.csv",
    ],
)
def test_a_name_chosen_by_the_server_stays_in_its_folder(site, name):
    parameter = "filename*=" + name if "''" in name else f'filename="{name}"'
    site.answer(always(BODY, headers={"Content-Disposition": f"attachment; {parameter}"}))
    site.fetch()
    (found,) = site.files()
    assert found.startswith(f"{SOURCE}/") and found.count("/") == 1 and ".." not in found and len(found) < 200
    site.consistent()
    site.fetch()


@pytest.mark.parametrize("mark", ["a" * 60_000, "a\r\n b", "\xe9\xff", "  x", '"a", "b"', "*", ""])
def test_a_mark_of_edition_that_cannot_be_sent_back(site, mark):
    site.answer(always(BODY, headers={"ETag": mark, "Last-Modified": mark}))
    site.fetch()
    assert site.fetch()["etat"].tolist() == ["à jour"]
    site.answer(in_turn(always(BODY + b"x;y;1\r\n", headers={"ETag": mark}, cut=4000), static(BODY + b"x;y;1\r\n")))
    site.fetch()
    assert site.bodies() == [BODY + b"x;y;1\r\n"]


@pytest.mark.parametrize(
    "address",
    [
        "/" + "a" * 70_000,
        "\xe9\xe0",
        "?",
        "http://a:b@127.0.0.1:9/",
        "http://",
        "/%00",
        "http://127.0.0.1:99999/",
    ],
)
def test_a_redirection_to_an_address_that_makes_no_sense(site, address):
    fails(site, always(status=302, headers={"Location": address}))


def test_two_addresses_that_send_back_to_each_other(site):
    site.producer.answers["/b"] = always(status=307, headers={"Location": site.path})
    text = fails(site, always(status=301, headers={"Location": "/b"}), "sans fin")
    assert "coupée" not in text


@pytest.fixture
def port():
    """Une porte qui répond à sa façon : ``port(geste)`` rend son adresse."""
    doors = []

    def door(gesture):
        listening = socket.create_server(("127.0.0.1", 0))
        doors.append(listening)

        def serve():
            while True:
                try:
                    line, _ = listening.accept()
                except OSError:
                    return
                with line, contextlib.suppress(OSError):
                    gesture(line)

        threading.Thread(target=serve, daemon=True).start()
        return f"https://localhost:{listening.getsockname()[1]}"

    yield door
    for each in doors:
        each.close()


def refuse(line):
    line.recv(1000)
    line.sendall(b"\x15\x03\x03\x00\x02\x02\x28")  # alert: handshake failure


def plain(line):
    line.recv(1000)
    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")


@pytest.mark.parametrize("gesture", [refuse, plain, lambda line: line.recv(1), lambda line: time.sleep(0.1)])
def test_a_secure_line_that_is_refused(site, port, gesture):
    with pytest.raises(DatakitError) as caught:
        site.fetch(mirrors={"https://www.data.gouv.fr": port(gesture)})
    french(caught.value)
    assert site.bodies() == []


FORGED = {
    "ailleurs": {"name": "../../evade.csv"},
    "octet nul": {"name": "a\0.csv"},
    "une liste": {"name": ["a.csv"]},
    "une source": {"source": "../.."},
    "rien": {"sha256": None},
    "vraie": {},
}


@pytest.mark.parametrize("replaces", [[], ["../../a.csv"], [3], None, "a.csv", ["a\0"]])
@pytest.mark.parametrize("kind", FORGED)
def test_a_forged_journal_of_an_interrupted_replacement_moves_nothing(site, kind, replaces):
    site.answer(static(BODY))
    site.fetch()
    (registry_file,) = (storage.root() / "registre").glob("*.json")
    (record,) = json.loads(registry_file.read_text(encoding="utf-8"))["files"].values()
    (storage.root() / "a.csv").write_bytes(b"autre chose")
    before = sorted(p.relative_to(storage.root()).as_posix() for p in storage.root().rglob("*") if p.is_file())
    journal = storage.folder("en-cours", SOURCE) / "a.csv.journal"
    journal.write_text(json.dumps({"record": record | FORGED[kind], "replaces": replaces}), encoding="utf-8")
    assert site.fetch()["etat"].tolist() == ["à jour"]
    assert sorted(p.relative_to(storage.root()).as_posix() for p in storage.root().rglob("*") if p.is_file()) == before
    site.consistent()
