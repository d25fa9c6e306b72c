"""Les points d'un fichier : comment tomber sur chaque refus, et ce que son remède fait faire."""

import io
import zipfile

import pandas as pd

import datakit as dk
from tests.remedies.calls import case
from tests.remedies.files import book

POINTS = "nom;lon;lat\na;-5,48;46,07\n"
HEADER = "nom;lon;lat\n"


def put(t, name, content):
    path = t.make("points") / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def locate(t, path, *options):
    t.command("locate", path, "-o", t.folder / f"localise{path.suffix}", *options)


LINES = [["nom", "lon", "lat"], ["a", -5.48, 46.07]]
case(
    "un fichier de points sans un point",
    lambda t: locate(t, put(t, "a.csv", HEADER)),
    lambda t: locate(t, put(t, "a.csv", POINTS)),
    lambda t: locate(t, put(t, "a.xlsx", book(("vide", LINES[:1]), ("pleine", LINES))), "--feuille", "pleine"),
)
case(
    "un Parquet de points abîmé",
    lambda t: locate(t, put(t, "a.parquet", "<erreur>introuvable</erreur>\n")),
    lambda t: locate(t, put(t, "a.parquet", _parquet())),
    lambda t: locate(t, put(t, "b.csv", POINTS)),
)


def _parquet():
    made = io.BytesIO()
    pd.DataFrame({"nom": ["a"], "lon": [-5.48], "lat": [46.07]}).to_parquet(made)
    return made.getvalue()


MANY = ["46.07, -5.48"] * 60
case(
    "une paire incomplète après cent bonnes",
    lambda t: dk.locate(pd.DataFrame({"position": [*MANY, "46.07"]})),
    lambda t: dk.locate(pd.DataFrame({"position": [*MANY, "46.07, -5.48"]})),
)


def prolonged():
    """A formula dragged below the table gives an empty text: a spreadsheet shows nothing there."""
    made = book(("a", [*LINES, ["", '=IF(A3="","",A3)', ""]]))
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as before, zipfile.ZipFile(kept, "w") as after:
        for name in before.namelist():
            data = before.read(name)
            if name.endswith("sheet1.xml"):
                data = data.replace(b'<c r="B3"', b'<c r="B3" t="str"')
            after.writestr(name, data)
    return kept.getvalue()


case(
    "une formule prolongée sous la table",
    lambda t: locate(t, put(t, "c.xlsx", prolonged())),
    lambda t: locate(t, put(t, "c.xlsx", book(("a", LINES)))),
    lambda t: locate(t, put(t, "c.csv", POINTS)),
)
