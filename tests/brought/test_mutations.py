"""Douze fichiers officiels abîmés au hasard, graine fixe : les mêmes valeurs, un refus, ou une réserve qui nomme.

Jamais une autre exception, jamais un autre nombre. Vingt mutations par fichier à chaque lancement, deux cents dans le
jeu complet, sur les fichiers réels quand ils sont là (raccourcis à cent lignes, dans un dossier temporaire).
"""

from __future__ import annotations

import csv
import functools
import gzip
import io
import json
import random
import shutil
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import datakit
from datakit.core.places import content
from datakit.errors import DatakitError

resource = pytest.importorskip("resource", reason="la mémoire ne se mesure pas ainsi sous Windows")

REAL = Path(__file__).resolve().parents[3] / "shared" / "real"

ROWS = 100
SECONDS, MEGABYTES = 10, 500  # of processor, for one file; above what the process already holds, for them all


def indicators(theme, level="qpv", geography=None):
    return functools.partial(datakit.load_indicators, theme, level=level, geography=geography)


# name, path in the real folder, path in the school's, loader, count column and share column that a mutation may hit
POPULATION, AID = indicators("population", geography=2015), indicators("prestations", geography=2015)
WORK, INCOME = indicators("emploi", geography=2015), indicators("revenus", geography=2015)
OF_TOWNS, OF_IRIS = indicators("revenus", "commune"), indicators("revenus", "iris")
QPV, BESIDE = "insee_qpv2015/", "comparateurs/"
IRIS, CAF = "BASE_TD_FILO_DISP_IRIS_2019.csv", "data_CAF_2020_IRIS.csv"
TABLES = [
    ("DEMO_2022", QPV + "DEMO_2022.csv", "DEMO_2022.csv", POPULATION, "POP_MUN", "TX_F"),
    ("DEMO_2019", QPV + "DEMO_2019.csv", "DEMO_2021.csv", AID, "A", None),
    ("IPRO_2022", QPV + "IPRO_2022.csv", "IPRO_2022.csv", WORK, "ABC", "TX_TOT_EMPL"),
    ("REVN_2022", QPV + "REVN_2022.csv", "REVN_2022.csv", INCOME, None, "TP60"),
    ("filo18", QPV + "data_filo18_qp_revdis.csv", "REVN_2021.csv", INCOME, None, None),
    ("FILO_COM", BESIDE + "FILO2019_DISP_COM.csv", "FILO2019_DISP_COM.csv", OF_TOWNS, "NBMEN19", None),
    ("FILO_IRIS", BESIDE + IRIS, IRIS, OF_IRIS, None, "DISP_TP6019"),
    (
        "CAF_IRIS",
        BESIDE + "data_CAF_2020_IRIS.csv",
        "data_CAF_2020_IRIS.csv",
        indicators("prestations", "iris"),
        "A",
        None,
    ),
]
LAYERS = [
    ("qpv2024", "qpv2024/qpv2024_wgs84.geojson", None, functools.partial(datakit.load_qpv, 2024)),
    ("qpv2015", "qpv2015/qpv2015_rennes_saint_malo_redon.geojson", None, functools.partial(datakit.load_qpv, 2015)),
    ("communes", "communes/communes-69-rhone.geojson", "communes-96-orvanche.geojson", datakit.load_communes),
    ("communes-01", "communes/communes-01-ain.geojson", "communes-96-orvanche.geojson", datakit.load_communes),
]


def source(real: str, school: str | None) -> Path:
    if (REAL / real).is_file():
        return REAL / real
    if school is None:
        pytest.skip("fichier officiel réel absent")
    return content("data") / school


# --- tables: read plainly, written again otherwise


def plain(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(encoding="utf-8-sig", newline="") as text:
        sample = text.readline()
        text.seek(0)
        rows = list(csv.reader(text, delimiter=";" if sample.count(";") >= sample.count(",") else ","))
    width = max(i for i, c in enumerate(rows[0]) if c.strip()) + 1
    return rows[0][:width], [r[:width] for r in rows[1 : ROWS + 1]]


def written(head, rows, *, delimiter=";", encoding="utf-8-sig", above="", newline="\r\n") -> bytes:
    out = io.StringIO()
    out.write(above)
    csv.writer(out, delimiter=delimiter, lineterminator=newline).writerows([head, *rows])
    return out.getvalue().encode(encoding, "replace")


def mutate_table(rng: random.Random, head, rows, count, share) -> tuple[str, bytes]:
    head, rows = list(head), [list(r) for r in rows]
    line = rng.randrange(1, len(rows))
    code = next((i for i, h in enumerate(head) if h.strip().upper() in ("CODGEO", "IRIS")), 0)
    column = head.index(count) if count in head else None
    part = head.index(share) if share in head else None
    kind = rng.choice(_TABLE_KINDS)
    options = {}
    if kind == "séparateur":
        options["delimiter"] = rng.choice(",\t|")
    elif kind == "encodage":
        options["encoding"] = rng.choice(["utf-8", "utf-16", "cp1252"])
    elif kind == "fins de ligne":
        options["newline"] = rng.choice(["\n", "\r\n"])
    elif kind == "titre":
        options["above"] = "Un titre\r\n\r\n" * rng.randrange(1, 4)
    elif kind == "colonnes mêlées":
        order = rng.sample(range(len(head)), len(head))
        head, rows = [head[i] for i in order], [[r[i] for i in order] for r in rows]
    elif kind == "colonne de trop":
        head, rows = [*head, "observations"], [[*r, "vu"] for r in rows]
    elif kind == "espaces dans l'en-tête":
        head = [f" {h} " for h in head]
    elif kind == "lignes vides":
        rows[line:line] = [[""] * len(head)] * 2
    elif kind == "note":
        rows.append(["Source : Insee"] + [""] * (len(head) - 1))
    elif kind == "code en double":
        rows.insert(line, list(rows[rng.randrange(1, len(rows))]))
    elif kind == "code abîmé":
        rows[line][code] = rng.choice(["", "Total", "12", rows[line][code] + "X", rows[line][code][:-1]])
    elif kind == "code en minuscules":
        rows[line][code] = rows[line][code].lower()
    elif kind == "en-tête répété":
        rows.insert(line, list(head))
    elif kind == "en-tête abîmé":
        at = rng.randrange(len(head))
        head[at] = rng.choice(["", head[at] + "_", head[at][:-1], "Unnamed: 3"])
    elif kind == "colonne répétée":
        at = rng.randrange(len(head))
        head, rows = [*head, head[at]], [[*r, r[at] + "0"] for r in rows]
    elif kind == "ligne décalée":
        rows[line] = ["", *rows[line][:-1]]
    elif kind == "cellule de trop":
        rows[line].append("42")
    elif kind == "ligne coupée":
        rows[line] = rows[line][: rng.randrange(2, len(head) - 1)]
    elif kind == "effectif" and column is not None:
        rows[line][column] = rng.choice(["1.234", "1,234", "12,5", "-3", "mille", "#REF!", "1e99"])
    elif kind == "part" and part is not None:
        rows[line][part] = rng.choice(["521", "-99", "beaucoup", "1 234", "12,3,4"])
    elif kind == "milliers" and column is not None:
        for r in rows:
            digits = r[column].replace("\u202f", "").replace("\u00a0", "").replace(" ", "")
            r[column] = f"{int(digits):,}".replace(",", rng.choice("\u202f\u00a0 ")) if digits.isdigit() else r[column]
    data = written(head, rows, **options)
    if kind == "octets nuls":
        data = data[: len(data) // 2] + b"\x00\x00" + data[len(data) // 2 :]
    elif kind == "guillemet ouvert":
        data = data.replace(b"\r\n", b'\r\n"', 1)
    elif kind == "deux encodages":
        data += "QP069999;Étoile\r\n".encode("cp1252") + "é".encode()
    elif kind == "page web":
        data = b"<!DOCTYPE html><html>" + data
    elif kind == "vide":
        data = b""
    elif kind in ("octet", "octets"):
        data = stray_bytes(rng, data, 1 if kind == "octet" else 20)
    elif kind == "compressé":
        data = gzip.compress(data, mtime=0)
    elif kind == "coupé":
        data = cut(data, rng.randrange(len(data) // 3, len(data) - 3))
    return kind, data


def cut(data: bytes, at: int) -> bytes:
    """Un fichier coupé à mi-ligne ; jamais dans la dernière cellule d'une ligne, que rien ne trahirait.

    Les fichiers de l'INSEE finissent eux-mêmes sans fin de ligne : le leur et le coupé seraient de la même forme.
    """
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    last = data.rfind(b";", start, end if end >= 0 else len(data))
    return data[: min(at, last) if last > start else at]


def stray_bytes(rng: random.Random, data: bytes, count: int) -> bytes:
    """Des octets remplacés au hasard, par ce qu'un fichier abîmé porte ; jamais un chiffre, que rien ne trahirait."""
    made = bytearray(data)
    for _ in range(count):
        made[rng.randrange(3, len(made))] = rng.choice(b'x\x00\x1a\xe9\xff"@')
    return bytes(made)


_TABLE_KINDS = [
    "séparateur", "encodage", "fins de ligne", "titre", "colonnes mêlées", "colonne de trop", "espaces dans l'en-tête",
    "lignes vides", "note", "code en double", "code abîmé", "code en minuscules", "cellule de trop", "ligne coupée",
    "effectif", "part", "milliers", "octets nuls", "guillemet ouvert", "deux encodages", "page web", "vide",
    "octet", "octet", "octets", "compressé", "coupé", "en-tête répété", "en-tête abîmé", "colonne répétée",
    "ligne décalée",
]  # fmt: skip


def mutate_layer(rng: random.Random, whole: dict) -> tuple[str, bytes]:
    made = json.loads(json.dumps(whole))
    rows = made["features"]
    one = rng.choice(rows)
    kind = rng.choice(_LAYER_KINDS)
    if kind == "sans contour":
        one["geometry"] = rng.choice([None, {"type": "Point", "coordinates": [4.8, 45.7]}])
    elif kind == "répété":
        rows.append(one)
    elif kind == "page":
        made |= rng.choice([{"numberMatched": 9999}, {"exceededTransferLimit": True}, {"totalFeatures": "9999"}])
    elif kind == "déplacé":
        text = json.dumps(one["geometry"])
        one["geometry"] = json.loads(text, parse_float=lambda v: float(v) + 12)
    elif kind == "code abîmé":
        key = next(k for k in one["properties"] if k.lower() in ("code_qp", "code"))
        one["properties"][key] = rng.choice(["", None, "XX", "99999999", "QN99901N"])
    elif kind == "colonne de trop":
        for row in rows:
            row["properties"]["minutes"] = 5
    elif kind == "ordre":
        rng.shuffle(rows)
    elif kind == "en-tête":
        for row in rows:
            row["properties"] = {k.upper(): v for k, v in row["properties"].items()}
    elif kind == "interverti":
        for row in rng.choice([rows, [one]]):
            row["geometry"] = json.loads(json.dumps(row["geometry"]), object_hook=_swapped)
    elif kind == "projection fausse":
        made["crs"] = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{rng.choice([2154, 3857])}"}}
    elif kind == "propriété perdue":
        del one["properties"][rng.choice(list(one["properties"]))]
    data = json.dumps(made, ensure_ascii=rng.random() < 0.5).encode()
    if kind == "tronqué":
        data = data[: rng.randrange(10, len(data) - 2)]
    elif kind == "octet":
        data = stray_bytes(rng, data, rng.choice([1, 1, 5]))
    elif kind == "marque d'ordre":
        data = b"\xef\xbb\xbf" + data
    elif kind == "compressé":
        data = gzip.compress(data, mtime=0)
    return kind, data


def _swapped(shape: dict) -> dict:
    def turn(part):
        return part[::-1] if isinstance(part[0], (int, float)) else [turn(p) for p in part]

    return shape | {"coordinates": turn(shape["coordinates"])}


_LAYER_KINDS = [
    "sans contour",
    "répété",
    "page",
    "interverti",
    "code abîmé",
    "colonne de trop",
    "ordre",
    "en-tête",
    "tronqué",
    "déplacé",
    "octet",
    "octet",
    "projection fausse",
    "propriété perdue",
    "marque d'ordre",
    "compressé",
]


# --- what must come out


def judged(kind, loader, folder, expected, name):
    start = time.process_time()
    try:
        found = loader(depot=folder)
    except DatakitError as error:
        assert time.process_time() - start <= SECONDS, f"{kind} : trop long"
        assert name in str(error) or str(folder) in str(error), f"{kind} : le refus ne nomme pas le fichier\n{error}"
        assert "À faire" in str(error) or "À la place" in str(error), f"{kind} : rien à faire\n{error}"
        return
    assert time.process_time() - start <= SECONDS, f"{kind} : trop long"
    said = " ".join(found.attrs.get("reserves", []))
    codes = found.columns[0] if "geometry" in found else None
    found = found.set_index(codes) if codes else found
    lost = [c for c in expected.index if c not in found.index and str(c) not in said]
    assert not lost, f"{kind} : perdu sans un mot : {lost[:5]} ; {said}"
    assert not [c for c in found.index if c not in expected.index], f"{kind} : des lignes inventées"
    both = expected.index.intersection(found.index)
    if codes:
        areas = found.loc[both].geometry.to_crs(6933).area, expected.loc[both].geometry.to_crs(6933).area
        different = both[(np.abs(areas[0] / areas[1] - 1) > 0.001).to_numpy()]
    else:
        assert set(found.columns) <= set(expected.columns), kind
        mine, theirs = found.loc[both], expected.loc[both, found.columns]
        different = both[~((mine == theirs) | (mine.isna() & theirs.isna())).all(axis=1).to_numpy()]
    silent = [c for c in different if str(c) not in said]
    assert not silent, f"{kind} : autre valeur sans un mot : {silent[:5]} ; {said}"


def attempts(name, mutate, suffix, loader, tmp_path, count):
    original = tmp_path / "original"
    original.mkdir()
    rng = random.Random(f"datakit {name}")
    (original / f"{name}{suffix}").write_bytes(mutate(None)[1])
    expected = loader(depot=original)
    expected = expected.set_index(expected.columns[0]) if "geometry" in expected else expected
    assert isinstance(expected, pd.DataFrame) and len(expected) > 3
    before = peak()
    for number in range(count):
        folder = tmp_path / f"m{number}"
        folder.mkdir()
        kind, data = mutate(rng)
        (folder / f"{name}{suffix}").write_bytes(data)
        judged(f"n° {number}, {kind}", loader, folder, expected, f"{name}{suffix}")
        shutil.rmtree(folder)
    assert peak() - before <= MEGABYTES


def peak() -> float:
    """Le plus de mémoire que ce processus ait occupée, en Mo."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


COUNTS = [20, pytest.param(200, marks=pytest.mark.complete)]


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("name", "real", "school", "loader", "effectif", "part"), TABLES, ids=[t[0] for t in TABLES])
def test_a_mutated_table_never_gives_another_number(name, real, school, loader, effectif, part, count, tmp_path):
    path = source(real, school)
    head, rows = plain(path)

    def mutate(rng):
        return ("", written(head, rows)) if rng is None else mutate_table(rng, head, rows, effectif, part)

    attempts(path.stem, mutate, ".csv", loader, tmp_path, count)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("name", "real", "school", "loader"), LAYERS, ids=[t[0] for t in LAYERS])
def test_a_mutated_layer_never_gives_another_outline(name, real, school, loader, count, tmp_path):
    whole = json.loads(source(real, school).read_text(encoding="utf-8"))
    whole["features"] = whole["features"][:ROWS]

    def mutate(rng):
        return ("", json.dumps(whole).encode()) if rng is None else mutate_layer(rng, whole)

    attempts(name, mutate, ".geojson", loader, tmp_path, count)
