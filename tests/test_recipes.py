"""Douze travaux du lundi : chaque recette tourne telle quelle, et ses chiffres sont recalculés sans datakit."""

import csv
import io
import re
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pikepdf
import pyogrio
import pytest
import shapely
from scipy.optimize import linprog

from datakit.core.places import content
from workshop.recipes import page, recipes

RECIPES = {one.name[:2]: one for one in recipes()}
SCHOOL = Path(__file__).parents[1] / "data"
# the same script on the real files of another territory: its codes are replaced, nothing else
REAL = {
    "02": {
        "release=2022": "release=2019",
        'apres = dk.load_indicators("population", geography=2024)[["population_municipale"]]': (
            'apres = dk.load_indicators("population", geography=2015, release=2022)[["population_municipale"]]\n'
            'apres = dk.convert(apres[apres.index.isin(passage["origin"])], passage)'
        ),
    },
    "05": {"QN09602M": "QP069002"},
    "06": {'2024, epci="209600001"': '2015, department="69"', "geography=2024": "geography=2015"},
    "07": {'["209600001", "209600002"]': '["200046977", "243300316", "245900410"]'},
    "08": {
        'load_iris(commune="96001")': 'load_communes(code=["59350", "59512"])',
        '["ind", "men", "men_pauv"]': '["ind"]',
    },
    "09": {"release=2021": "release=2018", "(2020, 2021)": "(2018, 2022)"},
    "11": {'2024, department="96"': '2015, department="69"', "geography=2024": "geography=2015"},
    "12": {'2024, department="96"': '2015, department="69"', "geography=2024": "geography=2015"},
}


# what a person has in the folder, read by csv and zipfile alone
def rows(depot, name, member=None):
    path = depot / name
    if member:
        with zipfile.ZipFile(path) as archive:
            text = archive.read(member).decode("utf-8-sig")
    else:
        text = path.read_text(encoding="utf-8-sig")
    lines = csv.DictReader(io.StringIO(text), delimiter=";")
    return {line["CODGEO"]: line for line in lines}


def figure(text):
    plain = re.sub(r"[\s\u202f\xa0]", "", text or "").replace(",", ".")
    return float(plain) if re.fullmatch(r"-?\d+(\.\d+)?", plain) else float("nan")


def sheet(path, name=None):
    book = openpyxl.load_workbook(path)
    page = book[name] if name else book.worksheets[0]
    head, *lines = page.iter_rows(values_only=True)
    return pd.DataFrame(lines, columns=head).set_index(head[0])


def said(path):
    return " ".join(f"{a} : {b}" for a, b in openpyxl.load_workbook(path)["À lire"].iter_rows(values_only=True))


def raw_qpv(depot, year):
    if depot == SCHOOL:
        name = "qpv-2024-geojson.zip" if year == 2024 else "qp-politiquedelaville-shp.zip"
        member = next(n for n in zipfile.ZipFile(depot / name).namelist() if n.endswith((".geojson", ".shp")))
        layers = [gpd.read_file(f"zip://{depot / name}!{member}")]
    elif year == 2024:
        layers = [gpd.read_file(depot / "qpv2024" / "qpv2024_wgs84.geojson")]
    else:
        layers = [gpd.read_file(path) for path in sorted((depot / "qpv2015").iterdir())]
        layers.append(gpd.read_file(depot / "carreaux_200m" / "lille.gpkg", layer="qpvs"))
    found = []
    for layer in layers:
        code = next(c for c in layer.columns if c.lower() in ("code_qp", "code_quartier"))
        metres = layer.set_crs(4326, allow_override=True) if layer.crs is None or layer.crs.is_geographic else layer
        shape = metres.to_crs(2154).geometry.make_valid()
        found.append(gpd.GeoDataFrame({"code": layer[code]}, geometry=shape.tolist(), crs=2154))
    return pd.concat(found, ignore_index=True).drop_duplicates("code").set_index("code")


def raw_grid(depot, name="bordeaux"):
    """Squares and people, from the identifiers."""
    if depot == SCHOOL:
        with zipfile.ZipFile(depot / "Filosofi2021_carreaux_200m_csv.zip") as archive:
            table = pd.read_csv(archive.open("carreaux_200m_met.csv"), sep=None, engine="python")
    else:
        file = {"bordeaux": "bordeaux_metropole_2015.gpkg", "lille": "lille.gpkg"}[name]
        layer = {"bordeaux": None, "lille": "enriched_grid"}[name]
        table = pyogrio.read_dataframe(depot / "carreaux_200m" / file, layer=layer, read_geometry=False)
    table.columns = [c.lower() for c in table.columns]
    table = table.rename(columns={"num_people": "ind"})
    ids = next(c for c in ("idcar_200m", "idinspire", "id") if c in table)
    corner = table[ids].str.extract(r"N(\d+)E(\d+)").astype(float)
    boxes = shapely.box(corner[1], corner[0], corner[1] + 200, corner[0] + 200)
    values = {
        c: table[c].astype(str).str.replace(",", ".").astype(float) for c in ("ind", "men", "men_pauv") if c in table
    }
    return gpd.GeoDataFrame(values, geometry=boxes, crs=3035)


def shared_by_area(grid, zone, column):
    near = grid[grid.intersects(zone)]
    return float((near[column] * near.intersection(zone).area / near.area).sum())


@pytest.fixture(scope="module", params=["ecole", pytest.param("real", marks=pytest.mark.complete)])
def place(request, tmp_path_factory):
    """A person's folder: her own files, and the depot that the scripts will read."""
    depot = SCHOOL if request.param == "ecole" else request.getfixturevalue("real")
    folder = tmp_path_factory.mktemp(f"lundi_{request.param}")
    if request.param == "ecole":
        with zipfile.ZipFile(depot / "adresses-96.csv.zip") as archive:
            addresses = pd.read_csv(archive.open("adresses-96.csv"), sep=";").iloc[::9]
    else:
        addresses = pd.read_csv(depot / "adresses" / "ban_bondy_adresse.csv")
    addresses[["lon", "lat"]].to_csv(folder / "adresses.csv", index_label="numero")
    grid = raw_grid(depot)
    centre = grid.geometry[grid["ind"].idxmax()].centroid
    whole = shapely.union_all(grid.geometry[grid.intersects(centre.buffer(450))].to_numpy())
    zones = gpd.GeoDataFrame({"nom": ["carreaux entiers", "cercle"]}, geometry=[whole, centre.buffer(500)], crs=3035)
    zones.to_crs(2154).to_file(folder / "perimetre.geojson")
    draw = np.random.default_rng(4)
    codes, ages = raw_qpv(depot, 2024).index[:14], ["0-17 ans", "18-29 ans", "30-59 ans", "60 ans et plus"]
    people = {"code_qp": draw.choice(codes, 900), "age": draw.choice(ages, 900, p=[0.45, 0.2, 0.3, 0.05])}
    pd.DataFrame(people).to_csv(folder / "beneficiaires.csv", index=False)
    return request.param, depot, folder


@pytest.fixture
def run(place, monkeypatch):
    """Run the recipe of a number where the person is; its variables, the depot and the folder."""
    where, depot, folder = place
    monkeypatch.chdir(folder)
    monkeypatch.setenv("DATAKIT_DEPOT", "ecole" if where == "ecole" else str(depot))

    def play(number):
        code = RECIPES[number].code
        for old, new in REAL.get(number, {}).items() if where == "real" else ():
            assert old in code
            code = code.replace(old, new)
        names = {}
        exec(compile(code, RECIPES[number].name, "exec"), names)  # noqa: S102 - our own recipes
        return names, depot, folder

    return play


def test_there_are_twelve_and_each_is_short():
    assert len(RECIPES) == 12
    assert max(one.lines for one in RECIPES.values()) <= 12


def test_the_page_prints_what_runs():
    assert (content("docs") / "recettes.md").read_text(encoding="utf-8") == page()


def test_01_addresses(run):
    _, depot, folder = run("01")
    points = pd.read_csv("adresses.csv")
    places = gpd.GeoSeries.from_xy(points["lon"], points["lat"], crs=4326)
    qpv = raw_qpv(depot, 2024).to_crs(4326)
    pairs = gpd.GeoDataFrame(geometry=places).sjoin(qpv.reset_index(), predicate="intersects")
    expected = pairs.groupby(level=0)["code"].min().value_counts().sort_index()
    found = sheet(folder / "adresses_par_quartier.xlsx")["Adresses"]
    assert found.to_dict() == expected.to_dict() and len(found) > 1
    assert len(pd.read_csv("adresses_localisees.csv")) == len(points)


def test_02_evolution(run, place):
    _, depot, folder = run("02")
    found = sheet(folder / "evolution.xlsx")
    old, new = raw_qpv(depot, 2015), raw_qpv(depot, 2024)
    before = rows(depot, "DEMO_2022.csv") if depot == SCHOOL else rows(depot / "insee_qpv2015", "DEMO_2019.csv")
    counts = {c: figure(line["POP_MUN"]) for c, line in before.items()}
    for code in found.index:
        inside = old.intersection(new.geometry[code]).area / old.area
        share = inside[inside > 0.01]
        by_hand = sum(counts[c] * s for c, s in share.items())
        # outlines that the list says unchanged pass whole: two drawings of one outline never coincide
        whole = code.endswith("I") and found.at[code, "Avant"] == counts[share.idxmax()]
        assert whole or found.at[code, "Avant"] == pytest.approx(by_hand, rel=0.05), code
        assert found.at[code, "Écart"] == pytest.approx(100 * (found.at[code, "Après"] / found.at[code, "Avant"] - 1))
    assert len(found) > 10
    after = {c: figure(v["PMUN20"]) for c, v in rows(depot, "pop_QPV24.csv").items()} if depot == SCHOOL else {}
    assert all(found.at[c, "Après"] == v for c, v in after.items() if c in found.index)
    assert "2024" in said(folder / "evolution.xlsx") and "Réserve" in said(folder / "evolution.xlsx")


def test_03_own_polygon(run):
    _, depot, folder = run("03")
    found, grid = sheet(folder / "perimetre.xlsx"), raw_grid(depot)
    zones = gpd.read_file("perimetre.geojson").to_crs(3035).set_index("nom").geometry
    people = "Personnes des ménages fiscaux"
    inside = grid[grid.centroid.within(zones["carreaux entiers"])]
    assert found.at["carreaux entiers", people] == pytest.approx(inside["ind"].sum(), rel=1e-4)
    rate = 100 * inside["men_pauv"].sum() / inside["men"].sum()
    assert found.at["carreaux entiers", "Part des ménages pauvres (%)"] == pytest.approx(rate, rel=1e-4)
    by_area = shared_by_area(grid, zones["cercle"], "ind")
    assert found.at["cercle", f"{people}, au moins"] <= by_area <= found.at["cercle", f"{people}, au plus"]
    with pikepdf.open(folder / "perimetre.pdf") as pdf:
        assert len(pdf.pages) <= 2


def test_04_table_to_publish(run):
    _, _, folder = run("04")
    people = pd.read_csv("beneficiaires.csv")
    truth = pd.crosstab(people["code_qp"], people["age"], margins=True, margins_name="Ensemble")
    found = sheet(folder / "a_publier.xlsx")
    hidden = found.map(lambda v: v == "secret").to_numpy()
    values = truth.loc[found.index, found.columns].to_numpy(float)
    assert (found.to_numpy()[~hidden].astype(float) == values[~hidden]).all()
    assert hidden[(values > 0) & (values < 11)].all() and hidden.any() and not hidden.all()
    # the reader's best guess of each hidden cell, by linear programming on sums alone
    many, wide = values.shape
    signs = [1] * (many - 1) + [-1], [1] * (wide - 1) + [-1]
    lines = [np.outer(np.eye(many)[k], signs[1]) for k in range(many)]
    columns = [np.outer(signs[0], np.eye(wide)[k]) for k in range(wide)]
    system = np.array([m.ravel() for m in [*lines, *columns]])
    limits = [(0, None) if h else (v, v) for h, v in zip(hidden.ravel(), values.ravel(), strict=True)]
    for cell in np.flatnonzero(hidden.ravel()):
        goal = np.eye(1, hidden.size, cell).ravel()
        low, high = (linprog(s * goal, A_eq=system, b_eq=np.zeros(many + wide), bounds=limits) for s in (1, -1))
        assert high.status == 3 or -high.fun - low.fun >= 11 - 1e-6


_OFFICIAL = {"population_municipale": "POP_MUN", "part_moins_25": "TX_TOT_0A24", "taux_pauvrete": "TP60",
             "niveau_vie_median": "DISP_Q2", "taux_emploi": "TX_TOT_EMPL"}  # fmt: skip
_SCHOOL_INCOMES = ("revenus_pauvrete_2021_qp24_v2_csv.zip", "revenu-disponible-qp24-2021_QP.csv")


def official(depot, code):
    """The figures of a quarter, as the producer wrote them."""
    if depot == SCHOOL and code.startswith("QN"):
        line = rows(depot, *_SCHOOL_INCOMES)[code]
        return {
            "population_municipale": figure(rows(depot, "pop_QPV24.csv")[code]["PMUN20"]),
            "taux_pauvrete": figure(line["DISP_TP60_A21"]),
            "niveau_vie_median": figure(line["DISP_MED_A21"]),
        }
    folder = depot if depot == SCHOOL else depot / "insee_qpv2015"
    line = {k: v for f in ("DEMO", "REVN", "IPRO") for k, v in rows(folder, f"{f}_2022.csv")[code].items()}
    return {name: figure(line[column]) for name, column in _OFFICIAL.items()}


def test_05_sheet_for_a_council(run):
    names, depot, folder = run("05")
    found = sheet(folder / "fiche.xlsx", "Indicateurs").reset_index().set_index("Nom technique")["Quartier"]
    for name, value in official(depot, names["fiche"].sheet.code).items():
        assert found[name] == value if value == value else found[name] is None
    with pikepdf.open(folder / "fiche.pdf") as pdf:
        assert len(pdf.pages) <= 2
    assert not re.search(r'(src|href)="http', (folder / "fiche.html").read_text(encoding="utf-8"))


def test_06_map_for_a_report(run):
    names, depot, folder = run("06")
    table = names["carte"].table
    codes = names["quartiers"].set_index("lib_qp")["code_qp"]
    assert len(table) == len(names["quartiers"]) > 5
    shown = 0
    for label, line in zip(table.index, table.itertuples(index=False), strict=True):
        code = label if label in set(codes) else codes.get(label)
        value = official(depot, code)["taux_pauvrete"] if isinstance(code, str) else float("nan")
        if value == value:
            assert value in list(line)
            shown += 1
    assert shown > 5
    for file in ("carte.png", "carte_diapo.png", "carte.pdf"):
        assert (folder / file).stat().st_size > 10_000


def test_07_intercommunalities(run):
    names, depot, folder = run("07")
    raw = (
        rows(depot, "FILO2021_DISP_EPCI.csv")
        if depot == SCHOOL
        else rows(depot / "comparateurs", "FILO2019_DISP_EPCI.csv")
    )
    year = "21" if depot == SCHOOL else "19"
    found = sheet(folder / "epci.xlsx")
    assert len(found) == len(names["siren"])
    for siren in names["siren"]:
        line = found.loc[names["noms"][siren]]
        expected = [figure(raw[siren][f"{c}{year}"]) for c in ("Q2", "PPSOC", "PPEN")]
        assert line.tolist() == expected
    assert (folder / "epci.png").stat().st_size > 5_000


def test_08_grid_to_iris(run, place):
    _, depot, folder = run("08")
    found = sheet(folder / "iris.xlsx")["Personnes des ménages fiscaux"]
    if depot == SCHOOL:
        layer = gpd.read_file(f"zip://{depot / 'contours-iris.zip'}!CONTOURS-IRIS/iris.shp")
        layer["code"] = layer["id"]
    else:
        layer = gpd.read_file(depot / "carreaux_200m" / "lille.gpkg", layer="cities")
        layer["code"] = layer["INSEE_COM"]
    zones = layer.set_index("code").to_crs(3035).geometry
    grid = raw_grid(depot, "lille")
    assert len(found) > 1
    for code, value in found.items():
        assert value == pytest.approx(shared_by_area(grid, zones[code], "ind"), rel=2e-3), code


def test_09_one_year_against_another(run):
    _, depot, folder = run("09")
    at = depot if depot == SCHOOL else depot / "insee_qpv2015"
    first, second = (rows(at, f"IPRO_{y}.csv") for y in ((2021, 2022) if depot == SCHOOL else (2018, 2022)))
    found = sheet(folder / "emploi.xlsx")
    rates = found[found["Unité"] == "points"]
    counts = found[found["Unité"] == "%"]
    for table, column in ((rates, "TX_TOT_EMPL"), (counts, "ABC")):
        for code, line in table.iterrows():
            before, after = figure(first[code][column]), figure(second[code][column])
            if before == before and after == after:
                expected = after - before if column != "ABC" else 100 * (after / before - 1)
                assert line["Écart"] == pytest.approx(expected)
            else:
                assert line["Écart"] == "n.d."
    assert len(rates) == len(counts) == len(set(first) & set(second) - {"Ensemble"}) or depot != SCHOOL
    assert "Années déclarées" in said(folder / "emploi.xlsx")


def test_10_missing_data(run):
    _, depot, folder = run("10")
    at = depot if depot == SCHOOL else depot / "insee_qpv2015"
    columns = [
        "POP_MUN",
        "POP_COM_QP",
        "POP_COM",
        "TX_F",
        "TX_TOT_0A24",
        "TX_F_0A24",
        "TX_TOT_60ETPLUS",
        "TX_F_60ETPLUS",
        "IND_JEUNE",
        "TX_TOT_MEN1",
        "TX_TOT_MEN6",
        "TX_TOT_ET",
        "TX_F_ET",
    ]
    raw = {c: line for c, line in rows(at, "DEMO_2022.csv").items() if c.startswith("QP")}
    empty = {(code, c) for code, line in raw.items() for c in columns if figure(line[c]) != figure(line[c])}
    found = pd.read_csv(folder / "ce_qui_manque.csv")
    assert len(found) == len(empty) and set(found["code"]) == {code for code, _ in empty}
    assert sheet(folder / "raisons.xlsx").iloc[:, 0].sum() == len(empty)


def test_11_gis_hand_over(run):
    _, depot, folder = run("11")
    layer = pyogrio.read_dataframe(folder / "quartiers.gpkg", layer="quartiers")
    year = 2024 if depot == SCHOOL else 2015
    outlines = raw_qpv(depot, year)
    assert layer.crs.is_projected and len(layer) == sum(
        c[3:5] == ("96" if depot == SCHOOL else "69") for c in outlines.index
    )
    here = layer.set_index("code_qp").to_crs(2154)
    assert (here.area / outlines.loc[here.index].area - 1).abs().max() < 0.01
    for code in here.index:
        value = official(depot, code)["taux_pauvrete"]
        assert here.at[code, "taux_pauvrete"] == value or value != value


def test_12_whole_department(run):
    _, depot, folder = run("12")
    year, department = (2024, "96") if depot == SCHOOL else (2015, "69")
    codes = sorted(c for c in raw_qpv(depot, year).index if c[3:5] == department)
    assert sorted(p.stem for p in (folder / "fiches").glob("*.pdf")) == codes
    found = sheet(folder / "departement.xlsx")["Population municipale (habitants)"]
    for code in codes:
        value = official(depot, code)["population_municipale"]
        assert found[code] == value if value == value else found[code] == "n.d."
