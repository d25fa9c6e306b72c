"""Les points d'un fichier : comment tomber sur chaque refus, et ce que son remède fait faire."""

import io
import zipfile

import geopandas as gpd
import pandas as pd
import shapely

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


case(
    "une position qui ne se lit pas",
    lambda t: dk.locate(pd.DataFrame({"GPS": ["46 4.2 -5 28.8"]})),
    lambda t: dk.locate(pd.DataFrame({"GPS": ["48.8936, 2.4883"]})),
    lambda t: dk.locate(pd.DataFrame({"GPS": ["48°53'37\"N 2°29'18\"E"]})),
    lambda t: dk.locate(pd.DataFrame({"lon": [-5.48], "lat": [46.07]})),
)
STOREYS = "Identité;;;Lieu;;\nN°;nom;jour;lon;lat;montant\n" + "".join(f"{k};a;2023;-5,48;46,07;12\n" for k in range(9))
case(
    "un en-tête à deux étages",
    lambda t: locate(t, put(t, "e.csv", STOREYS)),
    lambda t: locate(t, put(t, "e.csv", STOREYS), "--entete", "2"),
)
case(
    "un en-tête à deux étages, aussi larges",
    lambda t: locate(t, put(t, "e.csv", STOREYS.replace("Lieu;;", "Lieu;;Aide"))),
    lambda t: locate(t, put(t, "e.csv", STOREYS.replace("Lieu;;", "Lieu;;Aide")), "--entete", "2"),
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


METRES = [shapely.box(60_000, 6_600_000, 61_000, 6_601_000), shapely.box(62_000, 6_600_000, 63_000, 6_601_000)]


def zones(t, name, names, shapes=None, crs=2154, declared=None):
    """A layer of zones of one's own, and the points of a file in them."""
    layer = gpd.GeoDataFrame({"nom": names}, geometry=METRES[: len(names)] if shapes is None else shapes, crs=crs)
    layer = layer if declared is None else layer.set_crs(declared, allow_override=True)
    layer.to_file(t.make("points") / name)
    return t.make("points") / name


def among(t, layer):
    t.command("locate", put(t, "a.csv", POINTS), "-o", t.folder / "dans.csv", "--perimetres", layer)


def corrected(t):
    wrong = zones(t, "faux.geojson", ["A", "B"], declared=4326)
    gpd.read_file(wrong).set_crs(2154, allow_override=True).to_file(t.make("points") / "zones.gpkg")
    return t.make("points") / "zones.gpkg"


def united(t):
    found = gpd.read_file(zones(t, "double.gpkg", ["A", "A"])).dissolve(by="nom", as_index=False)
    found.to_file(t.make("points") / "un.gpkg")
    return t.make("points") / "un.gpkg"


RINGS = [shape.exterior for shape in METRES]
case(
    "des zones en mètres dites en degrés",
    lambda t: among(t, zones(t, "faux.geojson", ["A", "B"], declared=4326)),
    lambda t: among(t, corrected(t)),
)
case(
    "deux zones du même nom",
    lambda t: among(t, zones(t, "double.gpkg", ["A", "A"])),
    lambda t: among(t, zones(t, "simple.gpkg", ["A", "B"])),
    lambda t: among(t, united(t)),
)
case(
    "une zone sans nom",
    lambda t: among(t, zones(t, "vide.gpkg", ["A", None])),
    lambda t: among(t, zones(t, "simple.gpkg", ["A", "B"])),
)
case(
    "des lignes pour zones",
    lambda t: among(t, zones(t, "lignes.gpkg", ["A", "B"], [shapely.LineString(r) for r in RINGS])),
    lambda t: among(t, zones(t, "surfaces.gpkg", ["A", "B"], [shapely.Polygon(shapely.LineString(r)) for r in RINGS])),
)
