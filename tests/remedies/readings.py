"""Lire et écrire des fichiers abîmés ou fermés : comment tomber sur chaque refus, et ce que son remède fait faire."""

import contextlib
import io
import os
import shutil
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely

import datakit as dk
from datakit.core.errors import DatakitError
from datakit.sources.reading.archives import unpacked
from datakit.sources.reading.dialects import read_table
from datakit.sources.reading.layers import read_layer
from datakit.sources.reading.vectors import door
from datakit.sources.schema import Source, _build
from tests.remedies.calls import case
from tests.remedies.files import DEMO, GEOJSON, GOOD, LINES, book, folder, read_case, zipped

SQUARE = shapely.box(4.83, 45.76, 4.84, 45.77)


# --- texts
LONG = GOOD + "QP096003;1;2\n" * 20_000
CUT = b"\x00\xd8a\x00"  # half of a UTF-16 character
read_case("des octets nuls au milieu", "aa.csv", LONG.encode() + b"QP096004;\x00;3\n", LONG)
read_case("un UTF-16 abîmé dès le début", "ab.csv", GOOD.encode("utf-16") + CUT, GOOD, GOOD.encode("utf-16"))
read_case("un UTF-16 abîmé plus loin", "ac.csv", LONG.encode("utf-16") + CUT, LONG, LONG.encode("utf-16"))
read_case(
    "une colonne attendue mal écrite",
    "ad.csv",
    GOOD,
    options={"usecols": ["TP6O"]},
    mended=[{"usecols": ["TP60"]}],
)
read_case("des valeurs à droite de la table", "ae.csv", "A;B;\n1;2;3\n", "A;B;C\n1;2;3\n", "A;B;\n1;2;\n")


def unread(data):
    """A workbook whose sheet is announced, and torn."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(kept, "w") as after:
        for name in before.namelist():
            after.writestr(name, b"<worksheet" if name.endswith("sheet1.xml") else before.read(name))
    return kept.getvalue()


read_case("un classeur à la feuille déchirée", "af.xlsx", unread(book(("a", LINES))), book(("a", LINES)))
FORMULAS = book(("a", [["CODGEO", "LIB", "TP60"], ["QP096001", "A", "=1+1"], ["QP096002", "B", "=2"]]))
read_case("des formules jamais calculées", "ag.xlsx", FORMULAS, book(("a", LINES)))


# --- archives
def locked(data, bit=1):
    """The same archive, its first member said to be encrypted, or compressed in a way that Python does not know."""
    made = bytearray(data)
    for signature, flags, method in ((b"PK\x03\x04", 6, 8), (b"PK\x01\x02", 8, 10)):
        at = made.index(signature)
        if bit:
            made[at + flags] |= bit
        else:
            made[at + method : at + method + 2] = (97).to_bytes(2, "little")
    return bytes(made)


ZIP = zipped(a__csv=GOOD)
read_case("une archive à mot de passe", "ah.zip", locked(ZIP), ZIP, GOOD)
read_case("une compression inconnue", "ai.zip", locked(ZIP, 0), ZIP, GOOD)


def sevenzip(t, name, password=None, end=None):
    import py7zr

    place = t.make("sept") / name
    (t.make("clair") / "a.csv").write_text(GOOD, encoding="utf-8")
    with py7zr.SevenZipFile(place, "w", password=password) as archive:
        archive.write(t.make("clair") / "a.csv", "a.csv")
    place.write_bytes(place.read_bytes()[:end])
    return place


case(
    "un 7z à mot de passe",
    lambda t: read_table(sevenzip(t, "a.7z", password="essai")),  # noqa: S106 - nothing is hidden there
    lambda t: read_table(t.make("clair") / "a.csv"),
)
case(
    "un 7z tronqué",
    lambda t: read_table(sevenzip(t, "b.7z", end=-20)),
    lambda t: read_table(sevenzip(t, "b.7z")),
    lambda t: read_table(t.make("clair") / "a.csv"),
)


@contextlib.contextmanager
def limited(size):
    """No file above ``size`` may be written by this process: what a full disk does to it."""
    import resource
    import signal

    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)


def decompress(t, size):
    place = t.make("plein") / "a.zip"
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", os.urandom(60_000).hex())
    with limited(size), unpacked(place, "a.csv") as found:
        return found.stat().st_size


case(
    "un disque trop petit pour décompresser",
    lambda t: decompress(t, 4096),
    lambda t: decompress(t, 10_000_000),
    lambda t: _elsewhere(t),
)


def _elsewhere(t):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", str(t.make("temporaire")))
        patch.setattr("tempfile.tempdir", None)  # Python reads the variable once
        return decompress(t, 10_000_000)


def geodatabase(t, zipped):
    place = t.make("gdb")
    shutil.rmtree(place)
    place.mkdir()
    inner = place if not zipped else t.make("hors_gdb")
    shutil.rmtree(inner / "q.gdb", ignore_errors=True)
    gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[SQUARE], crs=4326).to_file(
        inner / "q.gdb", driver="OpenFileGDB"
    )
    if zipped:
        shutil.make_archive(str(place / "livraison"), "zip", inner, "q.gdb")
    return dk.load_qpv(2024, depot=place)


case(
    "une géodatabase dans une archive",
    lambda t: geodatabase(t, True),
    lambda t: geodatabase(t, False),
)


# --- layers
def broken_text(t, encoding):
    text = GEOJSON.replace('"A"', '"Été"')
    path = t.make("accents") / "q.geojson"
    path.write_bytes(text.encode(encoding))
    return path


case(
    "une couche qui n'est pas en UTF-8",
    lambda t: read_layer(broken_text(t, "latin-1")),
    lambda t: read_layer(broken_text(t, "utf-8")),
    lambda t: read_layer(_exported(t)),
)


def _exported(t):
    path = t.make("accents") / "q.gpkg"
    read_layer(broken_text(t, "utf-8")).to_file(path)
    return path


def unwritable(t, suffix, value):
    frame = gpd.GeoDataFrame({"n": value}, geometry=[SQUARE], crs=4326)
    door.write(frame, t.folder / f"ecrite{suffix}")


case(
    "une colonne qu'un format n'écrit pas",
    lambda t: unwritable(t, ".gpkg", np.array([2**63 + 1], dtype="uint64")),
    lambda t: unwritable(t, ".gpkg", [str(2**63 + 1)]),
    lambda t: pd.DataFrame({"n": [2**63 + 1]}).to_csv(t.folder / "ecrite.csv"),
)

# --- folders
case(
    "un fichier illisible du dossier",
    lambda t: dk.load_qpv(2024, depot=folder(t, "d20", q__geojson=GEOJSON[:-40])),
    lambda t: dk.load_qpv(2024, depot=folder(t, "d20", q__geojson=GEOJSON)),
)
case(
    "un dossier changé depuis son ouverture",
    lambda t: _changed(t),
    lambda t: dk.load_indicators("population", depot=dk.open_depot(t.make("d21"))),
)


def _changed(t):
    place = folder(t, "d21", DEMO_2022__csv=DEMO)
    depot = dk.open_depot(place)
    assert depot.matches
    (place / "DEMO_2022.csv").write_text(DEMO + "\n", encoding="utf-8-sig")
    return dk.load_indicators("population", depot=depot)


case(
    "un dossier effacé depuis son ouverture",
    lambda t: _gone(t),
    lambda t: dk.load_qpv(2024, depot=folder(t, "d22", q__geojson=GEOJSON)),
    lambda t: dk.load_qpv(2024, depot="ecole"),
)


def _gone(t):
    depot = dk.open_depot(folder(t, "d23", q__geojson=GEOJSON))
    shutil.rmtree(depot.root)
    return dk.load_qpv(2024, depot=depot)


case(
    "un champ inconnu d'une entrée de catalogue",
    lambda t: _build(Source, {"titre": "x"}, {}),
    lambda t: _entry(),
)


def _entry():
    """The word that the remedy offers is a field, and the next sentence is about another."""
    with pytest.raises(DatakitError, match="champ manquant"):
        _build(Source, {"title": "x"}, {})
