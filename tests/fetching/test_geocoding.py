"""Géocoder : rien ne part sans un oui, rien que les adresses, et les réponses reviennent à leur ligne."""

import csv
import email
import io
import json

import pandas as pd
import pytest

from datakit import cli
from datakit.core.errors import NetworkError, OptionError, UnsafeOperation
from datakit.sources.fetching.addresses import MIRROR_VARIABLE
from datakit.sources.fetching.geocoding import geocode
from datakit.sources.fetching.http import Web
from tests.fetching.conftest import QUICK, always, french, in_turn, send

TABLE = pd.DataFrame(
    {
        "nom": ["A. Secret", "B. Secret", "C. Secret"],
        "adresse": ["1 rue de la Paix", "chemin; « creux »", "zzz"],
        "insee": ["69123", "69199", "01053"],
    },
    index=[10, 5, 7],
)
PATH = "/geocodage/search/csv"


def posted(handler):
    body = handler.rfile.read(int(handler.headers["Content-Length"]))
    head = f"Content-Type: {handler.headers['Content-Type']}\r\n\r\n".encode()
    parts = email.message_from_bytes(head + body).get_payload()
    fields = [(p.get_param("name", header="content-disposition"), p.get_payload(decode=True).decode()) for p in parts]
    return fields, list(csv.DictReader(io.StringIO(dict(fields)["data"])))


def service(received, shuffle=True, lose=0, status=200):
    def answer(handler):
        fields, rows = posted(handler)
        received.append((fields, rows))
        out = io.StringIO()
        names = [*rows[0], "longitude", "latitude", "result_score", "result_type", "result_status"]
        writer = csv.DictWriter(out, names)
        writer.writeheader()
        for i, row in enumerate(reversed(rows) if shuffle else rows):
            if i < lose:
                continue
            found = row["adresse"] != "zzz"
            place = {"longitude": "4.83", "latitude": "45.76", "result_score": "0.97", "result_type": "housenumber"}
            writer.writerow(row | (place if found else {}) | {"result_status": "ok" if found else "not-found"})
        send(handler, out.getvalue().encode(), status=status)

    return answer


def run(producer, **options):
    web = Web(QUICK, {"https://data.geopf.fr": producer.base})
    return geocode(TABLE, ["adresse"], citycode="insee", web=web, **options)


def test_nothing_leaves_without_a_yes(producer):
    with pytest.raises(UnsafeOperation) as caught:
        run(producer)
    text = str(caught.value)
    assert "data.geopf.fr" in text and "IGN" in text and "3 adresses" in text
    assert producer.seen == []


def test_answers_come_back_to_their_rows_and_only_addresses_leave(producer):
    received = []
    producer.answers[PATH] = service(received)
    found = run(producer, consent=True)
    assert list(found.index) == [10, 5, 7]
    assert list(found["nom"]) == list(TABLE["nom"])
    assert found["longitude"].tolist()[:2] == [4.83, 4.83] and pd.isna(found["longitude"].iloc[2])
    fields, rows = received[0]
    assert [v for n, v in fields if n == "columns"] == ["adresse"]
    assert ("citycode", "insee") in fields
    assert set(rows[0]) == {"adresse", "insee", "datakit_ligne"}
    assert not any("Secret" in str(row) for row in rows)


@pytest.mark.parametrize("limits", [{"max_rows": 2}, {"max_bytes": 150}])
def test_batches_stay_under_the_limits_of_the_service(producer, limits):
    received = []
    producer.answers[PATH] = service(received)
    assert len(run(producer, consent=True, **limits)) == 3
    assert len(received) > 1


def test_a_busy_service_is_waited_for(producer):
    received = []
    busy = lambda handler: (posted(handler), send(handler, b"", status=429, headers={"Retry-After": "0"}))  # noqa: E731
    producer.answers[PATH] = in_turn(busy, service(received))
    assert len(run(producer, consent=True)) == 3


@pytest.mark.parametrize(
    "answer",
    [service([], lose=1), always(b"<html>portail</html>"), always(b""), always(b"\xff\xfe\x00")],
    ids=["ligne perdue", "page web", "vide", "octets"],
)
def test_an_answer_that_does_not_match_is_refused(producer, answer):
    producer.answers[PATH] = answer
    with pytest.raises(NetworkError) as caught:
        run(producer, consent=True)
    french(caught.value)


def test_addresses_do_not_follow_a_redirection(producer):
    producer.answers[PATH] = always(status=307, headers={"Location": "/ailleurs"})
    with pytest.raises(NetworkError):
        run(producer, consent=True)
    assert {path for _, path, _ in producer.seen} == {PATH}


def test_wrong_columns_are_refused_before_anything():
    with pytest.raises(OptionError, match="adresse"):
        geocode(TABLE, ["adrese"], consent=True)
    with pytest.raises(OptionError):
        geocode(TABLE, [], consent=True)
    with pytest.raises(OptionError, match="déjà"):
        geocode(TABLE.assign(longitude=1), ["adresse"], consent=True)


def test_the_command_asks_then_locates(producer, tmp_path, monkeypatch, capsys):
    received = []
    producer.answers[PATH] = service(received)
    monkeypatch.setenv(MIRROR_VARIABLE, json.dumps({"https://data.geopf.fr": producer.base}))
    source, target = tmp_path / "a.csv", tmp_path / "b.csv"
    TABLE.to_csv(source, sep=";", index=False)
    arguments = ["locate", str(source), "-o", str(target), "--geocode", "adresse"]
    assert cli.main(arguments) == 2
    assert "data.geopf.fr" in capsys.readouterr().err
    assert received == [] and not target.exists()
    assert cli.main([*arguments, "--oui"]) == 0
    found = pd.read_csv(target, sep=";", dtype=str)
    assert found["nom"].tolist() == TABLE["nom"].tolist()
    assert found["statut"].tolist()[2] == "indetermine"
