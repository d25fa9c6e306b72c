"""Les fichiers : comment tomber sur chaque refus ; on suit le remède en remettant un fichier juste à la même place."""

import gzip
import io
import json
import re
import zipfile

import geopandas as gpd
import openpyxl
import pandas as pd
import shapely

import datakit as dk
from datakit.core.places import content
from datakit.sources.reading.dialects import Dialect, read_table, write_table
from datakit.sources.reading.layers import read_layer
from tests.remedies.calls import case

GOOD = "CODGEO;TP60;DISP_Q2\nQP096001;41,4;14180\nQP096002;30,1;15000\n"
OUTLINE = {"type": "Polygon", "coordinates": [[[4.83, 45.75], [4.84, 45.75], [4.84, 45.76], [4.83, 45.75]]]}
FEATURE = {"type": "Feature", "properties": {"code_qp": "QN06901M", "lib_qp": "A"}, "geometry": OUTLINE}
GEOJSON = json.dumps({"type": "FeatureCollection", "features": [FEATURE]})


def zipped(**files):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("__", "."), content)
    return buffer.getvalue()


def book(*sheets):
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines in sheets:
        page = made.create_sheet(name)
        for line in lines:
            page.append(line)
    buffer = io.BytesIO()
    made.save(buffer)
    return buffer.getvalue()


LINES = [["CODGEO", "TP60"], ["QP096001", 41.4], ["QP096002", 30.1]]


def read_case(name, file, bad, *good, read=read_table, options=None, mended=None):
    """``bad`` at the place of ``file`` is refused; each ``good``, or other options, is read."""

    def put(t, content):
        path = t.make("lus") / file
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    follow = [lambda t, g=g: read(put(t, g), **(options or {})) for g in good]
    follow += [lambda t, m=m: read(put(t, bad), **m) for m in mended or ()]
    case(name, lambda t: read(put(t, bad), **(options or {})), *follow)


read_case("un fichier vide", "a.csv", "", GOOD)
read_case("un pointeur LFS", "b.csv", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", GOOD)
read_case("une page web", "c.csv", "<!DOCTYPE html><html><body>connexion</body></html>", GOOD)
read_case("une image", "d.csv", b"\x89PNG\r\n\x1a\n" + bytes(64), GOOD)
read_case("des octets nuls", "e.csv", GOOD.encode() + bytes(40) + b"a;b", GOOD)
read_case("un texte sans en-tête", "g.csv", "1;2;3\n4;5;6\n7;8;9\n", GOOD)
read_case("un en-tête hors du fichier", "h.csv", GOOD, options={"header_row": 90}, mended=[{"header_row": 1}])
read_case("une ligne trop longue", "i.csv", GOOD + "QP096003;1;2;3;4;5\n", GOOD)
read_case("un guillemet qui ne se ferme pas", "j.csv", 'CODGEO;LIB\nQP096001;"Les\nQP096002;B\n', GOOD)
read_case(
    "un encodage qui change",
    "k.csv",
    "CODGEO;LIB\nQP096001;Été\n".encode() + "QP096002;Hôtel é\n".encode("latin-1"),
    GOOD,
)
read_case("deux colonnes du même nom", "l.csv", "CODGEO;TP60;TP60\nQP096001;1;2\n", GOOD)
read_case(
    "une colonne sans nom", "m.csv", "CODGEO;TP60;\nQP096001;1;2\nQP096002;1;3\n", "CODGEO;TP60;X\nQP096001;1;2\n", GOOD
)
read_case(
    "un JSON tronqué", "n.json", '[{"CODGEO": "QP096001", ', json.dumps([{"CODGEO": "QP096001", "TP60": 1}]), GOOD
)
read_case("une page d'un service", "o.json", json.dumps({"total": 900, "results": [{"CODGEO": "QP096001"}]}), GOOD)
read_case("un classeur tronqué", "p.xlsx", book(("a", LINES))[:900], book(("a", LINES)))
read_case("plusieurs feuilles", "q.xlsx", book(("a", LINES), ("b", LINES)), mended=[{"sheet": "a"}])
read_case(
    "une feuille absente",
    "r.xlsx",
    book(("donnees", LINES)),
    options={"sheet": "donnes"},
    mended=[{"sheet": "donnees"}],
)
read_case(
    "une formule jamais calculée", "s.xlsx", book(("a", [["CODGEO", "TP60"], ["QP096001", "=1+1"]])), book(("a", LINES))
)
read_case("plusieurs fichiers dans l'archive", "t.zip", zipped(a__csv=GOOD, b__csv=GOOD), mended=[{"member": "a.csv"}])
read_case("un membre absent", "u.zip", zipped(a__csv=GOOD), options={"member": "aa.csv"}, mended=[{"member": "a.csv"}])
read_case("une archive tronquée", "v.zip", zipped(a__csv=GOOD * 50)[:-30], zipped(a__csv=GOOD))
read_case("une archive vide", "w.zip", zipped(), zipped(a__csv=GOOD))
read_case("une archive qui sort de son dossier", "x.zip", zipped(**{"../a__csv": GOOD}), zipped(a__csv=GOOD))
read_case(
    "une bombe", "y.csv.gz", gzip.compress(b"CODGEO;TP60\n" + b"0" * 400_000_000, 9), gzip.compress(GOOD.encode())
)
case("un fichier mal écrit", lambda t: read_table(t.make("lus") / "zz.csv"), lambda t: read_table(t.csv))
case("un dossier pour un fichier", lambda t: read_table(t.make("lus")), lambda t: read_table(t.csv))
case(
    "un caractère hors de l'encodage",
    lambda t: write_table(pd.DataFrame({"a": ["→"]}), t.folder / "w.csv", Dialect(encoding="latin-1")),
    lambda t: write_table(pd.DataFrame({"a": ["→"]}), t.folder / "w.csv"),
)
case(
    "un caractère invisible",
    lambda t: write_table(pd.DataFrame({"a": ["x\x01"]}), t.folder / "w.xlsx"),
    lambda t: write_table(pd.DataFrame({"a": ["x\x01"]}), t.folder / "w.csv"),
    lambda t: write_table(pd.DataFrame({"a": ["x"]}), t.folder / "w.xlsx"),
)
case(
    "trop de lignes pour un classeur",
    lambda t: write_table(pd.DataFrame({"a": range(1_048_576)}), t.folder / "w.xlsx"),
    lambda t: write_table(pd.DataFrame({"a": range(1_048_576)}), t.folder / "w.csv"),
)

# --- les couches
read_case("une table pour une couche", "a.csv", GOOD, GEOJSON, read=read_layer)
read_case(
    "une colonne de couche absente",
    "b.geojson",
    GEOJSON,
    read=read_layer,
    options={"columns": ["code_qpp"]},
    mended=[{"columns": ["code_qp"]}],
)
read_case("une couche absente", "c.geojson", GEOJSON, read=read_layer, options={"layer": "quartier"}, mended=[{}])
read_case("une couche tronquée", "d.geojson", GEOJSON[:-40], GEOJSON, read=read_layer)
read_case(
    "un rectangle à l'envers",
    "e.geojson",
    GEOJSON,
    read=read_layer,
    options={"bbox": (45.0, 4.0, 3.0, 2.0)},
    mended=[{"bbox": (4.77, 45.70, 4.90, 45.81)}],
)
read_case(
    "une projection inventée pour une couche",
    "f.geojson",
    GEOJSON,
    read=read_layer,
    options={"crs": 99_999},
    mended=[{"crs": 4326}],
)


def layers(t, name, **options):
    path = t.make("lus") / name
    frame = gpd.GeoDataFrame({"code_qp": ["QN06901M"]}, geometry=[shapely.box(842_000, 6_519_000, 843_000, 6_520_000)])
    for layer, crs in options.items():
        frame.set_crs(crs, allow_override=True).to_file(path, layer=layer)
    return path


case(
    "plusieurs couches",
    lambda t: read_layer(layers(t, "deux.gpkg", a=2154, b=2154)),
    lambda t: read_layer(layers(t, "deux.gpkg", a=2154, b=2154), layer="a"),
)
case(
    "une projection qui contredit ses coordonnées",
    lambda t: read_layer(layers(t, "faux.gpkg", a=4326)),
    lambda t: read_layer(layers(t, "faux.gpkg", a=4326), crs=2154),
)


INVALID = GOOD.encode() + "QP096003;é".encode("latin-1") + b"\x81\x8d;3\n"


def geoparquet():
    made = io.BytesIO()
    gpd.GeoDataFrame({"code_qp": ["QN06901M"]}, geometry=[shapely.box(4.8, 45.7, 4.9, 45.8)], crs=4326).to_parquet(made)
    return made.getvalue()


read_case("un parquet tronqué", "z.parquet", b"PAR1" + bytes(40), geoparquet(), read=read_layer)
case(
    "un fichier de points sans coordonnées",
    lambda t: dk.load_points(
        "adresses",
        depot=folder(
            t, "d11", adresses__csv="id;numero;nom_voie;code_postal;code_insee;nom_commune\n1;1;rue;69100;69266;V\n"
        ),
    ),
    lambda t: dk.load_points("adresses", depot="ecole"),
)
case("un dépôt disparu", lambda t: dk.open_depot(t.folder / "disparu"), lambda t: dk.open_depot("ecole"))
case(
    "un IRIS sur huit caractères",
    lambda t: dk.load_iris(depot=_iris(t, "69123010")),
    lambda t: dk.load_iris(depot=_iris(t, "691230101")),
)
case(
    "des colonnes sans codes",
    lambda t: dk.load_qpv(2024, columns={"lib_qp": "code_qp"}, depot=folder(t, "d12", q__geojson=GEOJSON)),
    lambda t: dk.load_qpv(2024, columns={"code_qp": "code_qp"}, depot=folder(t, "d12", q__geojson=GEOJSON)),
)


def _iris(t, code):
    shape = {
        "CODE_IRIS": code,
        "NOM_IRIS": "Centre",
        "INSEE_COM": "69123",
        "IRIS": "0101",
        "TYP_IRIS": "H",
        "NOM_COM": "Lyon",
    }
    made = {"type": "FeatureCollection", "features": [{"type": "Feature", "properties": shape, "geometry": OUTLINE}]}
    return folder(t, "d13", iris__geojson=json.dumps(made))


def shape(t, *without):
    folder = t.make("shp")
    for old in folder.iterdir():
        old.unlink()
    gpd.GeoDataFrame(
        {"code_qp": ["QN06901M"]}, geometry=[shapely.box(842_000, 6_519_000, 843_000, 6_520_000)], crs=2154
    ).to_file(folder / "q.shp")
    for suffix in without:
        (folder / f"q{suffix}").unlink()
    return folder / "q.shp"


def cut(path):
    path.write_bytes(path.read_bytes()[:-20])
    return path


case("un shapefile incomplet", lambda t: read_layer(shape(t, ".dbf")), lambda t: read_layer(shape(t)))
case("un shapefile tronqué", lambda t: read_layer(cut(shape(t))), lambda t: read_layer(shape(t)))
case(
    "un shapefile sans projection",
    lambda t: read_layer(_small(shape(t, ".prj"))),
    lambda t: read_layer(_small(shape(t, ".prj")), crs=2154),
)


def _small(path):
    """Coordinates that no projection of France explains."""
    frame = gpd.GeoDataFrame({"code_qp": ["QN06901M"]}, geometry=[shapely.box(700, 900, 720, 950)], crs=2154)
    frame.to_file(path)
    path.with_suffix(".prj").unlink()
    return path


def objects(t, damage):
    """A layer of two points; a damaged « type » is passed over by GDAL without a word."""
    path = t.make("objets") / "points.geojson"
    frame = gpd.GeoDataFrame({"nom": ["a", "b"]}, geometry=gpd.points_from_xy([4.8, 4.9], [45.7, 45.8]), crs=4326)
    path.write_text(frame.to_json().replace('"Feature"', damage, 1), encoding="utf-8")
    return path


case(
    "un objet de couche abîmé",
    lambda t: read_layer(objects(t, '"Featur"')),
    lambda t: read_layer(objects(t, '"Feature"')),
)


# --- les dossiers
def folder(t, name, **files):
    place = t.make(name)
    for old in place.iterdir():
        old.unlink()
    for file, text in files.items():
        (place / file.replace("__", ".")).write_text(text, encoding="utf-8")
    return place


DEMO = (content("data") / "DEMO_2022.csv").read_text(encoding="utf-8-sig")
AGAIN = DEMO.splitlines()[1] + "\n"
# a share of the first quarter, whatever the territory gives it today
SHARE = next(cell for cell in AGAIN.split(";") if re.fullmatch(r"[1-9]\d,\d", cell))
case(
    "un code deux fois dans un fichier",
    lambda t: dk.load_indicators("population", depot=folder(t, "d1", DEMO_2022__csv=DEMO + AGAIN)),
    lambda t: dk.load_indicators("population", depot=folder(t, "d1", DEMO_2022__csv=DEMO)),
)
case(
    "deux découpages dans un fichier",
    lambda t: dk.load_indicators(
        "population", depot=folder(t, "d2", DEMO_2022__csv=DEMO + AGAIN.replace("QP096001", "QN09601I"))
    ),
    lambda t: dk.load_indicators("population", depot=folder(t, "d2", DEMO_2022__csv=DEMO)),
)
case(
    "une valeur impossible",
    lambda t: dk.load_indicators(
        "population", depot=folder(t, "d3", DEMO_2022__csv=DEMO.replace(SHARE, SHARE.replace(",", "")))
    ),
    lambda t: dk.load_indicators("population", depot=folder(t, "d3", DEMO_2022__csv=DEMO)),
)
case(
    "une valeur qui n'est pas un nombre",
    lambda t: dk.load_indicators("population", depot=folder(t, "d4", DEMO_2022__csv=DEMO.replace(SHARE, "beaucoup"))),
    lambda t: dk.load_indicators("population", depot=folder(t, "d4", DEMO_2022__csv=DEMO)),
)
OWN = "Code;Taux\nQP096001;41,4\nQP096002;30,1\n"
case(
    "un fichier à soi sans code",
    lambda t: dk.load_indicators("revenus", columns={"Taux": "taux_pauvrete"}, depot=folder(t, "d5", mes__csv=OWN)),
    lambda t: dk.load_indicators(
        "revenus", columns={"Code": "code_qp", "Taux": "taux_pauvrete"}, depot=folder(t, "d5", mes__csv=OWN)
    ),
)
case(
    "un indicateur mal écrit",
    lambda t: dk.load_indicators(
        "revenus", columns={"Code": "code_qp", "Taux": "taux_pauvret"}, depot=folder(t, "d6", mes__csv=OWN)
    ),
    lambda t: dk.load_indicators(
        "revenus", columns={"Code": "code_qp", "Taux": "taux_pauvrete"}, depot=folder(t, "d6", mes__csv=OWN)
    ),
)
case(
    "un code qui n'en est pas un",
    lambda t: dk.load_indicators(
        "revenus", columns={"Taux": "code_qp", "Code": "taux_pauvrete"}, depot=folder(t, "d7", mes__csv=OWN)
    ),
    lambda t: dk.load_indicators(
        "revenus", columns={"Code": "code_qp", "Taux": "taux_pauvrete"}, depot=folder(t, "d7", mes__csv=OWN)
    ),
)
case(
    "un dossier qui a changé",
    lambda t: _changed(t),
    lambda t: dk.load_indicators("population", depot=dk.open_depot(folder(t, "d9", DEMO_2022__csv=DEMO))),
)
CELLS = "idcar_200m;i_est_200;lcog_geo;ind;men\nCRS3035RES200mN2466800E3482800;0;69123;9;4\n"
case(
    "un carreau illisible",
    lambda t: dk.load_grid(depot=folder(t, "d10", c__csv=CELLS + "CRS3035RES;0;69123;9;4\n")),
    lambda t: dk.load_grid(depot=folder(t, "d10", c__csv=CELLS)),
)
case(
    "un dépôt qui n'existe pas",
    lambda t: dk.load_qpv(2024, depot=t.folder / "nulle_part"),
    lambda t: dk.load_qpv(2024, depot=folder(t, "d8", q__geojson=GEOJSON)),
)


def _changed(t):
    place = folder(t, "d9", DEMO_2022__csv=DEMO)
    depot = dk.open_depot(place)
    (place / "DEMO_2022.csv").unlink()
    return dk.load_indicators("population", depot=depot)
