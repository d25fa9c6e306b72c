"""Les tables d'un dossier qui se contredisent : comment tomber sur chaque refus, et ce que son remède fait faire."""

import contextlib
import json

import pytest

import datakit as dk
from datakit.core.places import content
from datakit.core.reference import Geography, geographies
from datakit.sources import inventory
from datakit.tables import crosswalk as passage
from tests.brought.test_kind_editions import ADDRESS, BAN, GRID, HEAD, cell
from tests.remedies.calls import case
from tests.remedies.files import CELLS, OUTLINE, folder


def layer(*features):
    """A GeoJSON of squares: properties, then the south-west corner of each (none: the outline of the other cases)."""
    made = []
    for properties, *corner in features:
        ring = [[x + corner[0], y + corner[1]] for x, y in SQUARE] if corner else OUTLINE["coordinates"][0]
        made.append(
            {
                "type": "Feature",
                "properties": properties,
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    return json.dumps({"type": "FeatureCollection", "features": made})


SQUARE = [(0, 0), (0.01, 0), (0.01, 0.01), (0, 0.01), (0, 0)]
ONE, TWO = {"code_qp": "QN06901M", "lib_qp": "A"}, {"code_qp": "QN06902M", "lib_qp": "B"}


def perimeters(t, **files):
    return dk.load_qpv(2024, depot=folder(t, "d30", **files))


case(
    "un quartier sur deux lignes",
    lambda t: perimeters(t, q__geojson=layer((ONE, 4.83, 45.75), (ONE | {"code_qp": "qn06901m"}, 4.85, 45.75))),
    lambda t: perimeters(t, q__geojson=layer((ONE, 4.83, 45.75))),
    lambda t: perimeters(t, q__geojson=_merged()),
)


@contextlib.contextmanager
def heavy():
    """A layer too heavy to be measured when it is recognised: what it holds is checked once it is read."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inventory, "SMALL", 100)
        yield


def _merged():
    import geopandas as gpd

    both = gpd.GeoDataFrame.from_features(json.loads(layer((ONE, 4.83, 45.75), (ONE, 4.85, 45.75))), crs=4326)
    return both.dissolve(by="code_qp").reset_index().to_json()


case(
    "deux contours d'un quartier",
    lambda t: perimeters(
        t, a__geojson=layer((ONE, 4.83, 45.75), (TWO, 4.87, 45.75)), b__geojson=layer((ONE, 4.85, 45.75))
    ),
    lambda t: perimeters(t, a__geojson=layer((ONE, 4.83, 45.75), (TWO, 4.87, 45.75))),
)
case(
    "un quartier loin de son département",
    lambda t: perimeters(t, q__geojson=layer((ONE, 2.35, 48.85))),
    lambda t: perimeters(t, q__geojson=layer((ONE, 4.83, 45.75))),
)
case(
    "la commune contredit le code",
    lambda t: perimeters(t, q__geojson=layer((ONE | {"insee_com": "33063"}, 4.83, 45.75))),
    lambda t: perimeters(t, q__geojson=layer((ONE | {"insee_com": "69123"}, 4.83, 45.75))),
)


def iris(t, code, lon=4.83):
    row = {"NOM_IRIS": "Centre", "INSEE_COM": "69123", "TYP_IRIS": "H", "NOM_COM": "Lyon"}
    sound = [(row | {"CODE_IRIS": f"69123010{k}"}, 4.80 + k / 100, 45.75) for k in range(4, 9)]
    one = (row | {"CODE_IRIS": code}, lon, 45.75)
    return dk.load_iris(depot=folder(t, "d31", iris__geojson=layer(*sound, one)))


case(
    "un IRIS hors de son département",
    lambda t: iris(t, "691230101", 0.5),
    lambda t: iris(t, "691230101"),
)
case("un IRIS qui a perdu son zéro", lambda t: iris(t, "10530101", 4.83), lambda t: iris(t, "691230101", 4.83))


def communes(t, size):
    ring = [[4.80, 45.72], [4.80 + size, 45.72], [4.80 + size, 45.72 + size], [4.80, 45.72 + size], [4.80, 45.72]]
    row = {"code": "69123", "nom": "Lyon"}
    made = {"type": "Feature", "properties": row, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    text = json.dumps({"type": "FeatureCollection", "features": [made]})
    with heavy():
        return dk.load_communes(depot=folder(t, "d32", communes__geojson=text))


case("un bureau de vote pour une commune", lambda t: communes(t, 0.001), lambda t: communes(t, 0.05))
case(
    "deux éditions d'une année qui se contredisent",
    lambda t: _two(t, "d33", a__csv=GRID + cell(people=150), b__csv=GRID + cell(people=151)),
    lambda t: _two(t, "d33", a__csv=GRID + cell(people=150)),
    lambda t: _two(t, "d33", grille2019__csv=GRID + cell(people=150), grille2021__csv=GRID + cell(people=151)),
)


def _two(t, name, **files):
    return dk.load_grid(depot=folder(t, name, **files))


COMMUNES = "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n"
LYON = "69123;Lyon;200046977;M;69;84\n"
case(
    "une ligne qui contredit l'autre",
    lambda t: perimeters(t, q__geojson=_in_lyon(), c__csv=COMMUNES + LYON + LYON.replace("200046977", "246900245")),
    lambda t: perimeters(t, q__geojson=_in_lyon(), c__csv=COMMUNES + LYON),
)


def _in_lyon():
    return layer((ONE | {"insee_com": "69123"}, 4.83, 45.75))


MANY = CELLS + "".join(CELLS.splitlines()[1].replace("N2466800", f"N24{k}00") + "\n" for k in range(700, 720, 2))
case(
    "un carreau de coordonnées illisibles",
    lambda t: _grid(t, MANY + CELLS.splitlines()[1].replace("200mN2466800E3482800", "") + "\n"),
    lambda t: _grid(t, MANY),
)


def _grid(t, text):
    return dk.load_grid(depot=folder(t, "d34", carreaux__csv=text))


case(
    "des adresses sans coordonnées",
    lambda t: _addresses(t, "id;numero;nom_voie;code_postal;code_insee;nom_commune\n1;1;rue;69100;69266;V\n"),
    lambda t: dk.load_points("adresses", depot=folder(t, "d35", adresses__csv=BAN + ADDRESS.format(n=1))),
)


def _addresses(t, text):
    return dk.load_points("adresses", columns={"code_insee": "insee_com"}, depot=folder(t, "d35", adresses__csv=text))


case(
    "une table de l'école et des quartiers d'ailleurs",
    lambda t: dk.join(_elsewhere(t), t.revenus),
    lambda t: dk.join(dk.load_qpv(2024), t.revenus),
)


def _elsewhere(t):
    """The perimeters of the school, said to come from another depot."""
    made = t.qpv.copy()
    made.attrs = dict(made.attrs) | {"depot": "officiel"}
    return made


def national(t, code, extra=""):
    place = folder(t, "d36", q__geojson=_in_lyon(), communes__csv=_nation() + extra)
    return dk.load_qpv(2024, commune=code, depot=place)


def _nation():
    rows = [f"69{k:03d};C{k};200046977;M;69;84\n" for k in range(1, 400)]
    rows += [f"{d:02d}{k:03d};C;2000{d:02d}123;E;{d:02d};84\n" for d in range(1, 20) for k in range(1, 90)]
    return COMMUNES + "".join(rows)


case(
    "un code postal, et une liste nationale qui le dit",
    lambda t: national(t, "69950"),
    lambda t: national(t, "69123"),
    lambda t: national(t, "69950", "69950;Neuve;200046977;M;69;84\n"),
)
case(
    "un territoire de six lettres",
    lambda t: dk.territory("Lyonnais"),
    lambda t: dk.territory("69123"),
    lambda t: _chosen("69123"),
)


def _chosen(code):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DATAKIT_TERRITOIRE", code)
        return dk.territory()


@contextlib.contextmanager
def a_third_geography():
    """What a new cut of 2030 would be, before any list ties it to the others."""
    with pytest.MonkeyPatch.context() as patch:
        known = {**geographies(), 2030: Geography(2030, "QX", r"QX\d{7}", "QX + 7 chiffres")}
        patch.setattr(passage, "geographies", lambda: known)
        yield


def to_2030():
    with a_third_geography():
        return dk.crosswalk(2024, 2030)


case("un découpage qu'aucune liste ne relie", lambda t: to_2030(), lambda t: dk.catalog(), lambda t: dk.crosswalk())


def _written(t, code):
    text = (content("data") / "FILO2019_DISP_COM.csv").read_text(encoding="utf-8-sig").replace("96004", code)
    return dk.load_indicators("revenus", level="commune", depot=folder(t, "d37", f__csv=text))


case("un chiffre perdu dans un code", lambda t: _written(t, "9600"), lambda t: _written(t, "96004"))


def _around(t, *features):
    """A list that holds one quarter of Lyon, and a table of indicators that holds another of the department 93."""
    lines = HEAD + "QP069001;A;1200;51;40;1,2;3;4\nQP093001;B;1500;51;40;1,2;3;4\n"
    both = [({"code_qp": "QP069001", "insee_com": "69123"}, 4.83, 45.75), *features]
    return folder(t, f"d37{len(features)}", q__geojson=layer(*both), DEMO_2022__csv=lines)


BONDY = ({"code_qp": "QP093001", "lib_qp": "B", "insee_com": "93010"}, 2.48, 48.9)
case(
    "une commune que la liste ne couvre pas",
    lambda t: dk.load_indicators("population", geography=2015, commune="93010", depot=_around(t)),
    lambda t: dk.load_indicators("population", geography=2015, department="93", depot=_around(t)),
    lambda t: dk.load_indicators("population", geography=2015, commune="93010", depot=_around(t, BONDY)),
    lambda t: dk.load_qpv(2015, commune="93010", depot=_around(t, BONDY)),
)
