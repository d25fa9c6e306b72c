"""Ce qu'on calcule et ce qu'on montre : comment tomber sur chaque refus, et ce que son remède fait faire."""

import geopandas as gpd
import pandas as pd
import shapely

import datakit as dk
from datakit.core import codes, projections
from datakit.core.places import content
from datakit.core.writing import refuse_own_input, write_whole
from datakit.sources.fetching.geocoding import geocode
from datakit.sources.reading.dialects import write_table

CASES = []
EXERCISES, NOTEBOOKS = content("exercises"), content("notebooks")


def case(name, trip, *follow):
    """``trip`` meets the refusal ; each ``follow`` does what its remedy says."""
    CASES.append((name, trip, follow))


def told(values, year=2021, source="INSEE, Filosofi", name="taux_pauvrete", codes=("QN06901I", "QN06902I")):
    frame = pd.DataFrame({name: values}, index=pd.Index(codes[: len(values)], name="code_qp"))
    frame.attrs |= {"years": {name: year}, "labels": {"source": source}}
    return frame


def box_zone(t, *boxes, **columns):
    shapes = [shapely.box(*b) for b in boxes]
    return gpd.GeoDataFrame(columns or {"nom": [f"z{k}" for k in range(len(boxes))]}, geometry=shapes, crs=4326)


# --- réunir, comparer, suivre
case(
    "somme d'une table vide",
    lambda t: dk.aggregate(t.revenus.iloc[:0], "taux_pauvrete", "menages_fiscaux"),
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", "menages_fiscaux"),
)
case(
    "colonne mal écrite",
    lambda t: dk.aggregate(t.revenus, "taux_pauvret"),
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", "menages_fiscaux"),
)
case(
    "un poids que la table n'a pas",
    lambda t: dk.aggregate(t.revenus[["taux_pauvrete", "part_pensions"]], "taux_pauvrete", "menages_fiscaux"),
    lambda t: dk.aggregate(
        t.revenus[["taux_pauvrete"]].assign(personnes=t.population["population_municipale"]),
        "taux_pauvrete",
        "personnes",
    ),
)
case(
    "moyenne de médianes",
    lambda t: dk.aggregate(t.revenus, "niveau_vie_median"),
    lambda t: dk.load_indicators("revenus", level="commune"),
    lambda t: dk.aggregate(t.revenus, value="taux_pauvrete", weight="menages_fiscaux"),
)
case(
    "moyenne sans poids",
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete"),
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", weight="menages_fiscaux"),
)
case(
    "pondérer par un taux",
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", "part_pensions"),
    lambda t: dk.aggregate(t.revenus, "taux_pauvrete", "menages_fiscaux"),
)
case(
    "poids négatifs",
    lambda t: dk.aggregate(t.revenus.assign(menages=-1.0), "taux_pauvrete", "menages"),
    lambda t: dk.aggregate(t.revenus.assign(menages=1.0), "taux_pauvrete", "menages"),
)
case(
    "un effectif négatif",
    lambda t: dk.aggregate(told([-999.0, 4.0], name="menages"), "menages"),
    lambda t: dk.aggregate(told([-999.0, 4.0], name="menages")[["menages"]].mask(lambda x: x < 0), "menages"),
    lambda t: dk.aggregate(told([-999.0, 4.0], name="solde_menages"), "solde_menages"),
)
case(
    "un taux en fractions",
    lambda t: dk.change(told([0.4, 0.5], 2018), told([41.0, 42.0])),
    lambda t: dk.change(told([40.0, 50.0], 2018), told([41.0, 42.0])),
)
case(
    "un taux dix fois trop grand",
    lambda t: dk.bars(told([300.0, 41.0]), "taux_pauvrete"),
    lambda t: dk.bars(told([300.0, 41.0]).where(lambda x: x["taux_pauvrete"].between(0, 100)), "taux_pauvrete"),
)
case(
    "année non documentée",
    lambda t: dk.change(told([40.0], None), told([41.0])),
    lambda t: dk.change(told([40.0], None), told([41.0]), years=(2018, 2021)),
)
case(
    "deux années qui se suivent",
    lambda t: dk.change(told([40.0], 2020), told([41.0], 2021)),
    lambda t: dk.change(told([40.0], 2018), told([41.0], 2021)),
)
case(
    "aucun indicateur commun",
    lambda t: dk.change(t.revenus, t.population),
    lambda t: dk.change(told([40.0], 2018), told([41.0])),
)
case(
    "aucun code commun",
    lambda t: dk.change(told([40.0], 2018), told([41.0], codes=("QN06907I",))),
    lambda t: dk.change(told([40.0], 2018), told([41.0])),
)
case(
    "années mal données",
    lambda t: dk.change(told([40.0]), told([41.0]), years=2018),
    lambda t: dk.change(told([40.0], None), told([41.0], None), years=(2018, 2022)),
)
case(
    "Filosofi avant et après 2022",
    lambda t: dk.change(told([40.0], 2021), told([41.0], 2023)),
    lambda t: dk.change(told([40.0], 2018), told([41.0], 2021)),
)
case(
    "deux découpages",
    lambda t: dk.change(t.before, t.population),
    lambda t: dk.change(t.before, t.population, links=dk.crosswalk(2015, 2024)),
)
case(
    "dans le mauvais ordre",
    lambda t: dk.change(told([40.0], 2021), told([41.0], 2018)),
    lambda t: dk.change(told([41.0], 2018), told([40.0], 2021)),
)
case(
    "une année déclarée contre le producteur",
    lambda t: dk.change(told([1.0], None), told([2.0]), years=(2018, 2022)),
    lambda t: dk.change(told([1.0], None), told([2.0]), years=(2018, 2021)),
)
case(
    "deux sources",
    lambda t: dk.change(told([40.0], 2018), told([41.0], source="CNAM")),
    lambda t: dk.change(told([40.0], 2018), told([41.0])),
)
case(
    "comparer un quartier absent",
    lambda t: dk.compare("QN09699M", "revenus"),
    lambda t: dk.load_qpv(2024)[["code_qp", "lib_qp"]],
    lambda t: dk.compare("QN09602M", "revenus"),
)
case(
    "comparer un thème qui n'a pas le quartier",
    lambda t: dk.compare("QP096001", "revenus", depot=t.partial),
    lambda t: dk.load_indicators("revenus", depot=t.partial).index,
)
case(
    "comparer un quartier sans son contour",
    lambda t: dk.compare("QP096099", "revenus", depot=t.uncharted),
    lambda t: dk.load_indicators("revenus", geography=2015, depot=t.uncharted).loc["QP096099"],
)
case(
    "convertir une table sans index",
    lambda t: dk.convert(t.before.reset_index(), t.passage),
    lambda t: dk.convert(t.before.reset_index().set_index("code_qp"), t.passage),
)
case(
    "convertir des codes en minuscules",
    lambda t: dk.convert(t.before.set_index(t.before.index.str.lower()), t.passage),
    lambda t: dk.convert(t.before.set_index(t.before.index.str.lower().str.upper()), t.passage),
)
case(
    "joindre un index sans nom",
    lambda t: dk.join(t.qpv, t.population.rename_axis(None)),
    lambda t: dk.join(t.qpv, t.population.rename_axis(None).rename_axis("code_qp")),
)
case(
    "convertir un taux",
    lambda t: dk.convert(t.revenus[["taux_pauvrete"]], t.passage),
    lambda t: dk.rate(
        dk.convert(t.before, t.passage)["population_municipale"],
        dk.convert(t.before, t.passage)["population_municipale"],
    ),
)
case(
    "convertir un quartier inconnu",
    lambda t: dk.convert(told([9.0], name="menages", codes=("QP069001",)), t.passage),
    lambda t: dk.convert(t.before[t.before.index.isin(t.passage["origin"])], t.passage),
)
case(
    "convertir sans parts",
    lambda t: dk.convert(t.before, dk.crosswalk(2015, 2024)),
    lambda t: dk.convert(t.before, dk.crosswalk(2015, 2024, weights="population")),
    lambda t: dk.convert(t.before, dk.crosswalk(2015, 2024, weights="area")),
)
case(
    "convertir sans passage",
    lambda t: dk.convert(t.before, t.revenus),
    lambda t: dk.convert(t.before, dk.crosswalk(2015, 2024, weights="population")),
)
case(
    "un passage vers soi",
    lambda t: dk.crosswalk(2024, 2024),
    lambda t: dk.crosswalk(2015, 2024),
    lambda t: dk.crosswalk(2024, 2015),
)
case(
    "hexagone et outre-mer",
    lambda t: dk.aggregate(
        told([4.0, 6.0], codes=("QN06901N", "QN97401M")).assign(menages=1), "taux_pauvrete", "menages"
    ),
    lambda t: dk.aggregate(told([4.0]).assign(menages=1), "taux_pauvrete", "menages"),
    lambda t: dk.aggregate(told([4.0], codes=("QN97401M",)).assign(menages=1), "taux_pauvrete", "menages"),
)
case(
    "une colonne en double",
    lambda t: dk.aggregate(pd.concat([t.population, t.population], axis=1), "population_municipale"),
    lambda t: dk.aggregate(t.population, "population_municipale"),
)
case(
    "un nombre qui n'en est pas un",
    lambda t: dk.aggregate(
        t.population.astype(object).replace(max(t.population["population_municipale"]), "?"), "population_municipale"
    ),
    lambda t: dk.aggregate(dk.load_indicators("population"), "population_municipale"),
)
case(
    "un code deux fois",
    lambda t: dk.aggregate(pd.concat([t.population, t.population]), "population_municipale"),
    lambda t: dk.aggregate(
        t.population.reset_index().drop_duplicates("code_qp").set_index("code_qp"), "population_municipale"
    ),
)

# --- taux, parcours
case("une confiance de 95", lambda t: dk.rate(4, 10, confidence=95), lambda t: dk.rate(4, 10, confidence=0.95))
case("plus que le tout", lambda t: dk.rate(10, 4), lambda t: dk.rate(4, 10))
case(
    "un texte pour un nombre",
    lambda t: dk.rate("4", "10"),
    lambda t: dk.rate(4, 10),
    lambda t: dk.rate(pd.Series([4.0]), pd.Series([10.0])),
)
case(
    "deux séries d'autres lignes",
    lambda t: dk.rate(pd.Series([1.0], ["a"]), pd.Series([2.0], ["b"])),
    lambda t: dk.rate(t.both["a"], t.both["b"]),
)
case(
    "suivre un quartier inconnu",
    lambda t: dk.flows(t.parcours, "QN06901I", 2015, 2023),
    lambda t: dk.flows(t.parcours, dk.load_qpv(2024)["code_qp"].iloc[0], 2015, 2023),
)
case(
    "ne suivre personne",
    lambda t: dk.flows(t.parcours, [], 2015, 2023),
    lambda t: dk.flows(t.parcours, "QN09602M", 2013, 2023),
)
case(
    "un autre journal",
    lambda t: dk.flows(t.population, "QN09602M", 2015, 2023),
    lambda t: dk.flows(dk.load_microdata("parcours"), "QN09602M", 2015, 2023),
)
case(
    "remonter le temps",
    lambda t: dk.flows(t.parcours, "QN09602M", 2023, 2015),
    lambda t: dk.flows(t.parcours, "QN09602M", 2015, 2023),
)

# --- interpoler
case(
    "une variable absente",
    lambda t: dk.interpolate(t.grid, t.qpv, "indd"),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind"),
)
case("aucune variable", lambda t: dk.interpolate(t.grid, t.qpv, []), lambda t: dk.interpolate(t.grid, t.qpv, "ind"))
case(
    "une part aux carreaux",
    lambda t: dk.interpolate(t.grid.assign(part_x=1.0), t.qpv, "part_x"),
    lambda t: dk.rate(*(dk.interpolate(t.grid, t.qpv, ["men_pauv", "men"])[c] for c in ("men_pauv", "men"))),
    lambda t: dk.interpolate(t.grid.assign(part_x=1.0), t.qpv, "part_x", averaged_by="ind"),
    lambda t: dk.interpolate(t.grid.assign(part_x=1.0), t.qpv, "part_x", ok_because="essai"),
)
case(
    "pondérer par autre chose",
    lambda t: dk.interpolate(t.grid, t.qpv, "i_est_200", averaged_by="i_est_200"),
    lambda t: dk.interpolate(t.grid, t.qpv, "i_est_200", averaged_by="ind"),
    lambda t: dk.interpolate(t.grid, t.qpv, "i_est_200", averaged_by="men"),
)
case(
    "des logements sans leur colonne",
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", "dwellings", weight="zzz"),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", "dwellings"),
)
case(
    "des points d'ailleurs",
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", "addresses", by=t.far),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", "addresses", by=dk.load_points("adresses")),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", method="population"),
)
case(
    "carreaux en degrés",
    lambda t: dk.interpolate(t.grid.to_crs(4326), t.qpv, "ind"),
    lambda t: dk.interpolate(t.grid.to_crs(4326).to_crs(3035), t.qpv, "ind"),
)
case(
    "zones sans projection",
    lambda t: dk.interpolate(t.grid, t.qpv.set_crs(None, allow_override=True), "ind"),
    lambda t: dk.interpolate(t.grid, t.qpv.set_crs(None, allow_override=True).set_crs(4326), "ind"),
)
case(
    "zones qui se recoupent",
    lambda t: dk.interpolate(t.grid, t.bowtie, "ind"),
    lambda t: dk.interpolate(t.grid, dk.load_qpv(2024), "ind"),
    lambda t: dk.interpolate(t.grid, t.bowtie.assign(geometry=t.bowtie.make_valid()), "ind"),
)
case(
    "carreaux sans contour",
    lambda t: dk.interpolate(t.holed, t.qpv, "ind"),
    lambda t: dk.interpolate(dk.load_grid(), t.qpv, "ind"),
    lambda t: dk.interpolate(t.holed[t.holed.geometry.notna()], t.qpv, "ind"),
)
case(
    "des mètres dits degrés",
    lambda t: dk.interpolate(t.grid, t.metres, "ind"),
    lambda t: dk.interpolate(t.grid, t.metres.set_crs(2154, allow_override=True), "ind"),
)
case(
    "un carreau deux fois",
    lambda t: dk.interpolate(pd.concat([t.grid, t.grid]), t.qpv, "ind"),
    lambda t: dk.interpolate(pd.concat([t.grid, t.grid]).drop_duplicates("idcar_200m"), t.qpv, "ind"),
)
case(
    "une vérité d'ailleurs",
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", truth=pd.Series({"X": 1.0})),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", truth=pd.Series({"QN09601I": 1281.0})),
)

# --- localiser
ADDRESS = pd.DataFrame({"lon": [-5.48], "lat": [46.07]})
LAMBERT = pd.DataFrame({"x": [60_000.0], "y": [6_600_000.0]})
case(
    "des colonnes introuvables",
    lambda t: dk.locate(pd.DataFrame({"a": [1.0], "b": [2.0]})),
    lambda t: dk.locate(pd.DataFrame({"a": [-5.48], "b": [46.07]}), columns={"a": "lon", "b": "lat"}),
)
case("des mètres sans projection", lambda t: dk.locate(LAMBERT), lambda t: dk.locate(LAMBERT, crs=2154))
case(
    "lon et lat échangées",
    lambda t: dk.locate(pd.DataFrame({"lon": [46.07], "lat": [-5.48]})),
    lambda t: dk.locate(pd.DataFrame({"lon": [46.07], "lat": [-5.48]}).rename(columns={"lon": "lat", "lat": "lon"})),
)
case(
    "des mètres sous le nom de degrés",
    lambda t: dk.locate(LAMBERT.set_axis(["lon", "lat"], axis=1)),
    lambda t: dk.locate(LAMBERT.set_axis(["lon", "lat"], axis=1), crs=2154),
)
MIXED = pd.DataFrame({"longitude": [-5.48, 60_000.0], "latitude": [46.07, 6_600_000.0]})
case(
    "des degrés et des mètres mêlés",
    lambda t: dk.locate(MIXED),
    lambda t: dk.locate(MIXED.iloc[1:], crs=2154),
    lambda t: dk.locate(MIXED.iloc[:1]),
)
case(
    "des degrés dits en mètres",
    lambda t: dk.locate(pd.DataFrame({"X": [-5.48], "Y": [46.07]}), crs=2154),
    lambda t: dk.locate(pd.DataFrame({"X": [-5.48], "Y": [46.07]}), crs=4326, columns={"X": "lon", "Y": "lat"}),
)
case(
    "x et y échangés",
    lambda t: dk.locate(pd.DataFrame({"X": [6_600_000.0], "Y": [60_000.0]}), crs=2154),
    lambda t: dk.locate(pd.DataFrame({"X": [6_600_000.0], "Y": [60_000.0]}), crs=2154, columns={"X": "y", "Y": "x"}),
)
case(
    "deux paires qui se contredisent",
    lambda t: dk.locate(pd.DataFrame({"longitude": [-5.48], "latitude": [46.07], "lon": [-5.40], "lat": [46.10]})),
    lambda t: dk.locate(
        pd.DataFrame({"longitude": [-5.48], "latitude": [46.07], "lon": [-5.40], "lat": [46.10]}),
        columns={"longitude": "lon", "latitude": "lat"},
    ),
)
case(
    "columns en liste",
    lambda t: dk.locate(ADDRESS, columns=["lon"]),
    lambda t: dk.locate(
        ADDRESS.set_axis(["longitude", "latitude"], axis=1), columns={"longitude": "lon", "latitude": "lat"}
    ),
)
case(
    "columns d'une autre table",
    lambda t: dk.locate(ADDRESS, columns={"lonn": "lon", "lat": "lat"}),
    lambda t: dk.locate(ADDRESS, columns={"lon": "lon", "lat": "lat"}),
)
case(
    "une seule colonne mal remplie",
    lambda t: dk.locate(pd.DataFrame({"position": ["46.07, -5.48"] * 5 + ["46.07"]})),
    lambda t: dk.locate(pd.DataFrame({"position": ["46.07, -5.48"] * 6})),
)
case("une distance négative", lambda t: dk.locate(ADDRESS, near_m=-5), lambda t: dk.locate(ADDRESS, near_m=5))
case(
    "points sans projection",
    lambda t: dk.locate(t.points.set_crs(None, allow_override=True)),
    lambda t: dk.locate(t.points.set_crs(None, allow_override=True).set_crs(4326)),
)
case(
    "des surfaces pour des points",
    lambda t: dk.locate(t.qpv),
    lambda t: dk.locate(t.qpv.set_geometry(t.qpv.representative_point())),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind"),
)
case("une précision négative", lambda t: dk.locate(ADDRESS, precision=-1), lambda t: dk.locate(ADDRESS, precision=0))
case(
    "un chemin pour une table",
    lambda t: dk.locate("adresses.csv"),
    lambda t: dk.locate(ADDRESS),
    lambda t: dk.locate(t.points),
)
case(
    "une projection inventée", lambda t: dk.locate(LAMBERT, crs="Lambert 3000"), lambda t: dk.locate(LAMBERT, crs=2154)
)
case(
    "exporter dans une projection inventée",
    lambda t: dk.export_gis(t.qpv, t.folder / "o.gpkg", crs="Lambert"),
    lambda t: dk.export_gis(t.qpv, t.folder / "o.gpkg", crs=2154),
)
case(
    "une précision dans une colonne absente",
    lambda t: dk.locate(ADDRESS, precision="metres"),
    lambda t: dk.locate(ADDRESS.assign(metres=5.0), precision="metres"),
    lambda t: dk.locate(ADDRESS, precision=5),
)
case(
    "une précision de trop",
    lambda t: dk.locate(ADDRESS, precision=[1.0, 2.0]),
    lambda t: dk.locate(ADDRESS, precision=[1.0]),
)
case(
    "quelle colonne nomme ces zones",
    lambda t: dk.locate(ADDRESS, box_zone(t, (-6, 46, -5, 47), a=["x"], b=["y"])),
    lambda t: dk.locate(ADDRESS, box_zone(t, (-6, 46, -5, 47), nom=["x"], b=["y"])),
)
case(
    "couche sans projection",
    lambda t: dk.locate(ADDRESS, t.qpv.set_crs(None, allow_override=True)),
    lambda t: dk.locate(ADDRESS, t.qpv.set_crs(None, allow_override=True).set_crs(4326)),
    lambda t: dk.locate(ADDRESS, dk.load_qpv(2024)),
)
case(
    "deux zones du même code",
    lambda t: dk.locate(ADDRESS, pd.concat([t.qpv, t.qpv])),
    lambda t: dk.locate(ADDRESS, pd.concat([t.qpv, t.qpv]).dissolve(by="code_qp").reset_index()),
)
case(
    "contours qui se recoupent",
    lambda t: dk.locate(ADDRESS, t.bowtie),
    lambda t: dk.locate(ADDRESS, dk.load_qpv(2024)),
    lambda t: dk.locate(ADDRESS, t.bowtie.set_geometry(t.bowtie.make_valid())),
)
case(
    "une table pour des périmètres",
    lambda t: dk.locate(ADDRESS, t.population.reset_index()),
    lambda t: dk.locate(ADDRESS, dk.load_qpv(2024)),
)

# --- charger et joindre
case(
    "joindre des colonnes déjà là",
    lambda t: dk.join(t.joined, t.revenus),
    lambda t: dk.join(t.joined.drop(columns=[c for c in t.revenus.columns if c in t.joined]), t.revenus),
)
case(
    "joindre un autre territoire",
    lambda t: dk.join(t.qpv, told([1.0], codes=("QN09699M",))),
    lambda t: dk.join(dk.load_qpv(2024, commune="96001"), t.revenus),
)
case(
    "joindre sans code",
    lambda t: dk.join(t.qpv, t.revenus.reset_index(drop=True)),
    lambda t: dk.join(t.qpv, t.revenus.reset_index(names="c").rename(columns={"c": "code_qp"})),
)
case(
    "joindre une forme longue",
    lambda t: dk.join(t.qpv, dk.load_indicators("revenus", form="long").rename(columns={"code": "code_qp"})),
    lambda t: dk.join(t.qpv, dk.load_indicators("revenus", form="wide")),
)
case(
    "joindre la fiction au réel",
    lambda t: dk.join(t.qpv, told([1.0])),
    lambda t: dk.join(dk.load_qpv(2024, depot="ecole"), dk.load_indicators("revenus", depot="ecole")),
)
case(
    "mêler deux découpages",
    lambda t: dk.load_qpv(2024, code=["QN09602M", "QP096001"]),
    lambda t: dk.load_qpv(2024, code=["QN09602M"]),
    lambda t: dk.crosswalk(2015, 2024),
)
case(
    "réunir la fiction et le réel",
    lambda t: dk.aggregate(told([1.0, 2.0], codes=("QN09601I", "QN06901I"), name="menages"), "menages"),
    lambda t: dk.aggregate(dk.load_indicators("population", depot="ecole"), "population_municipale"),
)
case(
    "une liste vide",
    lambda t: dk.load_qpv(2024, code=[]),
    lambda t: dk.load_qpv(2024, code=["QN09602M"]),
    lambda t: dk.load_qpv(2024),
)
case("les communes d'indicateurs", lambda t: dk.communes_of(t.revenus), lambda t: dk.communes_of(dk.load_qpv(2024)))
case(
    "une commune vide",
    lambda t: dk.load_qpv(2024, commune=""),
    lambda t: dk.load_qpv(2024, commune="96001"),
    lambda t: dk.load_qpv(2024),
)
case(
    "un code de quartier absent",
    lambda t: dk.load_qpv(2024, code="QN09699M"),
    lambda t: dk.load_qpv(2024, commune="96001")[["code_qp", "lib_qp"]],
)
case("un code abîmé", lambda t: dk.load_qpv(2024, code="QN0960"), lambda t: dk.load_qpv(2024, commune="96001"))
case(
    "une commune sans quartier",
    lambda t: dk.load_qpv(2024, commune="96013"),
    lambda t: dk.load_qpv(2024, commune="96001"),
)
case(
    "une commune qui n'est dans aucune table",
    lambda t: dk.load_communes(code="96999"),
    lambda t: dk.load_communes(code="96001"),
)
case("un EPCI inconnu", lambda t: dk.load_qpv(2024, epci="200046977"), lambda t: dk.load_qpv(2024, epci="209600001"))
case(
    "des contours de communes sans EPCI",
    lambda t: dk.load_qpv(2015, epci="209600001", depot=t.alone),
    lambda t: dk.load_qpv(2015, depot=t.alone),
)
case(
    "les communes de quartiers qui n'en disent pas",
    lambda t: dk.communes_of(dk.load_qpv(2015, depot=t.alone)),
    lambda t: dk.communes_of(dk.load_qpv(2015, depot="ecole")),
)
case("géocoder sans un oui", lambda t: geocode(t.both.assign(adresse="x"), ["adresse"]), lambda t: dk.locate(ADDRESS))
case("géocoder une colonne absente", lambda t: geocode(t.both, ["adresse"], consent=True), lambda t: dk.locate(ADDRESS))
case(
    "un notebook absent",
    lambda t: t.command("check", t.folder / "absent.ipynb"),
    lambda t: t.command("check", EXERCISES / "07_conclusion.ipynb"),
)
case(
    "un notebook abîmé",
    lambda t: t.command("check", t.text("07_conclusion.ipynb", "{")),
    lambda t: t.command("check", EXERCISES / "07_conclusion.ipynb"),
)
case(
    "une commune par son nom",
    lambda t: dk.load_qpv(2024, commune="Orvanche"),
    lambda t: dk.load_qpv(2024, commune="96001"),
)
case("une commune sur quatre chiffres", lambda t: codes.check_commune("ABCDE"), lambda t: codes.check_commune("01053"))
case("un code postal pour une commune", lambda t: codes.check_commune("93300"), lambda t: codes.check_commune("93066"))
case(
    "un EPCI sur huit chiffres",
    lambda t: codes.check_epci("20004697"),
    lambda t: dk.load_communes()[["lib_epci", "siren_epci"]],
)
case("un IRIS sur huit chiffres", lambda t: codes.check_iris("96001010"), lambda t: codes.check_iris("960010101"))
case(
    "un département inconnu",
    lambda t: codes.check_department("99"),
    lambda t: codes.check_department("69"),
    lambda t: codes.check_department("974"),
)
case(
    "un thème sans ce découpage",
    lambda t: dk.load_indicators("logement", geography=2015),
    lambda t: dk.load_indicators("logement", geography=2024),
)
case(
    "un niveau que rien ne donne",
    lambda t: dk.load_indicators("education", level="france"),
    lambda t: dk.catalog(theme="education"),
)
case(
    "une année absente",
    lambda t: dk.load_indicators("revenus", year=1990),
    lambda t: dk.load_indicators("revenus", year=2021),
    lambda t: dk.load_indicators("revenus", release=2021),
)
case(
    "une année en texte",
    lambda t: dk.load_indicators("revenus", year="2021"),
    lambda t: dk.load_indicators("revenus", year=2021),
)
case("un choix mal écrit", lambda t: dk.load_indicators("chômage"), lambda t: dk.load_indicators("emploi"))
case("une édition absente", lambda t: dk.load_grid(year=1990), lambda t: dk.load_grid(year=2021))
case("un territoire sans nom", lambda t: dk.territory("Lyonn"), lambda t: dk.territory("96001"))
case(
    "une colonne de fichier absente",
    lambda t: dk.load_qpv(2024, columns={"CODE": "code_qp"}),
    lambda t: dk.load_qpv(2024, columns={"code_qp": "code_qp"}),
)
case(
    "un nom qui n'est pas canonique",
    lambda t: dk.load_qpv(2024, columns={"code_qp": "code_qpv"}),
    lambda t: dk.load_qpv(2024, columns={"code_qp": "code_qp"}),
)
case(
    "un dépôt qui n'en est pas un",
    lambda t: dk.load_qpv(2024, depot=12),
    lambda t: dk.load_qpv(2024, depot="ecole"),
    lambda t: dk.load_qpv(2024, depot=dk.open_depot()),
)
case(
    "un dépôt mal écrit",
    lambda t: dk.load_qpv(2024, depot="offciel"),
    lambda t: dk.load_qpv(2024, depot="officiel"),
    lambda t: dk.load_qpv(2024, depot="ecole"),
)
case(
    "le dépôt officiel vide", lambda t: dk.load_qpv(2024, depot="officiel"), lambda t: dk.load_qpv(2024, depot="ecole")
)
case(
    "un dossier sans périmètres", lambda t: dk.load_qpv(2024, depot=t.empty), lambda t: dk.load_qpv(2024, depot="ecole")
)
case("une source mal écrite", lambda t: dk.source("anct-qpv"), lambda t: dk.source(dk.catalog().index[0]))

# --- appeler
case(
    "un argument mal écrit", lambda t: dk.load_qpv(2024, departement="96"), lambda t: dk.load_qpv(2024, department="96")
)
case("un argument oublié", lambda t: dk.load_indicators(), lambda t: dk.load_indicators("revenus"))
case("une valeur de trop", lambda t: dk.load_qpv(2024, "96001"), lambda t: dk.load_qpv(2024, code="QN09602M"))
case("deux fois le même", lambda t: dk.load_qpv(2024, geography=2024), lambda t: dk.load_qpv(2024))
case(
    "un texte pour une table",
    lambda t: dk.show("revenus", "Revenus"),
    lambda t: dk.show(dk.load_qpv(2024), "Quartiers"),
)
case(
    "deux projections légales",
    lambda t: projections.one_legal_crs(["69", "974"]),
    lambda t: [projections.one_legal_crs([d]) for d in ("69", "974")],
)
case(
    "un dossier qui n'existe pas",
    lambda t: write_table(t.both, t.folder / "absent" / "a.csv"),
    lambda t: (t.make("absent"), write_table(t.both, t.folder / "absent" / "a.csv")),
)
case(
    "écrire sur ce qu'on lit",
    lambda t: refuse_own_input(t.csv, [t.csv]),
    lambda t: refuse_own_input(t.folder / "b.csv", [t.csv]),
)
case(
    "écrire à la place d'un dossier",
    lambda t: write_whole(t.make("dossier"), "x"),
    lambda t: write_whole(t.folder / "fichier.txt", "x"),
)

# --- montrer
case(
    "colonne à dessiner mal écrite",
    lambda t: dk.bars(t.revenus, "taux_pauvret"),
    lambda t: dk.bars(t.revenus, "taux_pauvrete"),
)
case(
    "rien à mettre en avant",
    lambda t: dk.bars(t.revenus, "taux_pauvrete", highlight="QN09699M"),
    lambda t: dk.bars(t.revenus, "taux_pauvrete", highlight="QN09602M"),
)
case("quelle colonne montrer", lambda t: dk.bars(t.revenus), lambda t: dk.bars(t.revenus, "taux_pauvrete"))
case(
    "dessiner du texte",
    lambda t: dk.bars(t.revenus.assign(mot="a"), "mot"),
    lambda t: dk.bars(t.revenus.assign(mot=1.0), "mot"),
)
case(
    "un intervalle à l'envers",
    lambda t: dk.bars(t.revenus.assign(a=99.0, b=1.0), "taux_pauvrete", low="a", high="b"),
    lambda t: dk.bars(t.revenus.assign(a=0.0, b=100.0), "taux_pauvrete", low="a", high="b"),
)
case(
    "une figure sans texte",
    lambda t: dk.bars(t.revenus, "taux_pauvrete", alt=" "),
    lambda t: dk.bars(t.revenus, "taux_pauvrete"),
)
case(
    "une carte d'effectifs",
    lambda t: dk.choropleth(t.people, "population_municipale"),
    lambda t: dk.circles(t.people, "population_municipale"),
)
case(
    "des cercles de taux",
    lambda t: dk.circles(t.joined, "taux_pauvrete"),
    lambda t: dk.choropleth(t.joined, "taux_pauvrete"),
)
case(
    "des cercles négatifs",
    lambda t: dk.circles(t.people.assign(ecart=-5.0), "ecart"),
    lambda t: dk.choropleth(t.people.assign(ecart=-5.0), "ecart", unit="points"),
)
case(
    "une carte sans contours",
    lambda t: dk.choropleth(t.joined.iloc[:0], "taux_pauvrete"),
    lambda t: dk.choropleth(dk.join(dk.load_qpv(2024), t.revenus), "taux_pauvrete"),
)
case(
    "une carte sans projection",
    lambda t: dk.choropleth(t.joined.set_crs(None, allow_override=True), "taux_pauvrete"),
    lambda t: dk.choropleth(t.joined.set_crs(None, allow_override=True).set_crs(4326), "taux_pauvrete"),
)
case(
    "deux choses qui changent",
    lambda t: dk.choropleth({"a": t.joined, "b": t.joined}, ["taux_pauvrete", "part_pensions"]),
    lambda t: dk.choropleth(t.joined, ["taux_pauvrete", "part_pensions"]),
)
case(
    "exporter une table",
    lambda t: dk.export_gis(t.revenus, t.folder / "a.gpkg"),
    lambda t: dk.export_gis(dk.join(dk.load_qpv(2024), t.revenus), t.folder / "a.gpkg"),
)
case(
    "exporter sans projection",
    lambda t: dk.export_gis(t.qpv.set_crs(None, allow_override=True), t.folder / "a.gpkg"),
    lambda t: dk.export_gis(t.qpv.set_crs(None, allow_override=True).set_crs(4326), t.folder / "a.gpkg"),
)
case(
    "exporter deux fois un nom",
    lambda t: dk.export_gis(t.qpv[["code_qp", "lib_qp", "lib_qp", "geometry"]], t.folder / "a.gpkg"),
    lambda t: dk.export_gis(t.qpv[["code_qp", "lib_qp", "geometry"]], t.folder / "a.gpkg"),
)
case(
    "la fiche d'un quartier absent",
    lambda t: dk.profile("QN09699M"),
    lambda t: dk.profile(dk.load_qpv(2024)["code_qp"].iloc[0]),
)
case("la fiche d'un nom", lambda t: dk.profile("Les Trois Moulins"), lambda t: dk.profile("QN09602M"))
case("la fiche de plusieurs zones", lambda t: dk.profile(t.qpv), lambda t: dk.profile(t.qpv.iloc[[0]]))
case(
    "la fiche d'une zone sans carreaux",
    lambda t: dk.profile(t.elsewhere),
    lambda t: dk.fetch("insee-carreaux-200m", offline=True),
)

# --- la commande
case(
    "aucun quartier demandé",
    lambda t: t.command("profile", "-o", t.folder / "f"),
    lambda t: t.command("profile", "QN09602M", "-o", t.folder / "f"),
)
case(
    "une commune au nom inconnu",
    lambda t: t.command("profile", "--commune", "Orvanch", "-o", t.folder / "f"),
    lambda t: t.command("profile", "--commune", "96013", "-o", t.folder / "f"),
)
case(
    "une commune sans un seul quartier",
    lambda t: t.command("profile", "--commune", "96013", "-o", t.folder / "f"),
    lambda t: dk.load_communes(code="96013"),
)
case(
    "un territoire-école minuscule",
    lambda t: t.command("school", "--residents", "10", "--out", t.folder / "o"),
    lambda t: t.school(),
)
case(
    "rôle mal écrit",
    lambda t: t.command("secrecy", "check", t.csv, "--rule", "fiscal", "--roles", "part"),
    lambda t: t.command("secrecy", "check", t.csv, "--rule", "fiscal", "--roles", "n=effectif"),
)
case(
    "un format que datakit n'écrit pas",
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.docx"),
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.csv"),
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.xlsx"),
)
case(
    "un fichier absent",
    lambda t: t.command("locate", t.folder / "points.cvs", "-o", t.folder / "r.csv"),
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.csv"),
)
case(
    "un territoire couvert inconnu",
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.csv", "--couvre", "ZZ"),
    lambda t: t.command("locate", t.csv, "-o", t.folder / "r.csv", "--couvre", "96"),
)

# --- le cours
case("un indice de trop", lambda t: dk.hint("E01", 9), lambda t: dk.hint("E01"))
case("beside d'autre chose", lambda t: dk.beside(t.revenus), lambda t: dk.beside(dk.compare("QN09602M", "revenus")))
case("une clé de grille inconnue", lambda t: dk.gate({"finalitee": "x"}), lambda t: dk.gate({"finalite": "x"}))
case(
    "une réponse d'un mot",
    lambda t: dk.gate({"finalite": "x", 1: "bof"}),
    lambda t: dk.gate({"finalite": "x", 1: "oui"}),
    lambda t: dk.gate({"finalite": "x", 1: "parce que la loi le dit"}),
)
case(
    "une ligne sans cases",
    lambda t: dk.partner_table(["CAF"]),
    lambda t: dk.partner_table([("CAF", "allocataires", "donnée ouverte", "")]),
)
case(
    "une ligne trop courte",
    lambda t: dk.partner_table([("CAF", "allocataires")]),
    lambda t: dk.partner_table([("CAF", "allocataires", "", "")]),
)
case(
    "partenaires, aucune convention",
    lambda t: dk.agreement(dk.partner_table([("CAF", "allocataires", "donnée ouverte", "")])),
    lambda t: dk.agreement(dk.partner_table([("CAF", "allocataires", "convention", "")])),
)
case("que rapatrier", lambda t: dk.fetch(), lambda t: dk.fetch("anct-qpv-2024", offline=True))
REVN = content("data") / "REVN_2022.csv"
GOOD = "insee-qpv2015-revn"
case("rien à cet endroit", lambda t: dk.fetch(GOOD, file=t.folder / "rien.csv"), lambda t: dk.fetch(GOOD, file=REVN))
case(
    "un fichier d'une autre source", lambda t: dk.fetch("anct-qpv-2024", file=REVN), lambda t: dk.fetch(GOOD, file=REVN)
)
case(
    "un fichier qui n'est rien",
    lambda t: dk.fetch(GOOD, file=t.text("mot.csv", "a;b\n1;2\n")),
    lambda t: dk.fetch(GOOD, file=REVN),
)
case("un dossier sans données", lambda t: dk.fetch(GOOD, file=t.make("vide2")), lambda t: dk.fetch(GOOD, file=REVN))
case(
    "une source par territoire",
    lambda t: dk.fetch("ban-adresses"),
    lambda t: dk.fetch("ban-adresses", territoire="69123", offline=True),
)
case(
    "des miroirs mal écrits",
    lambda t: t.with_variable("DATAKIT_ADRESSES", "oups"),
    lambda t: t.with_variable("DATAKIT_ADRESSES", '{"https://a.fr": "https://b.fr"}'),
)
case(
    "des points qui ne serviraient à rien",
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", by=t.points),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind", "addresses", by=dk.load_points("adresses")),
    lambda t: dk.interpolate(t.grid, t.qpv, "ind"),
)
case(
    "une table pour des codes",
    lambda t: dk.compare(t.qpv, "revenus"),
    lambda t: dk.compare(t.qpv.head(2)["code_qp"], "revenus"),
)
case("la fiche d'une table", lambda t: dk.profile(t.revenus), lambda t: dk.profile("QN09602M"))
case(
    "la France d'une commune",
    lambda t: dk.load_indicators("revenus", level="france", commune="96001"),
    lambda t: dk.load_indicators("revenus", level="france"),
    lambda t: dk.load_indicators("revenus", level="commune", commune="96001"),
)
case(
    "un fichier à juger mal écrit",
    lambda t: dk.secrecy.check_file(t.folder / "absent.csv", "fiscal"),
    lambda t: dk.secrecy.check_file(t.text("bon.csv", "zone;effectif\nA;30\nB;20\nEnsemble;50\n"), "fiscal"),
)
case(
    "un code pour des zones",
    lambda t: dk.interpolate(t.grid, "QN09602M", "ind"),
    lambda t: dk.interpolate(t.grid, dk.load_qpv(2024), "ind"),
    lambda t: dk.interpolate(t.grid, dk.load_iris(commune="96001"), "ind"),
)

case(
    "des étiquettes qui n'en sont pas",
    lambda t: dk.show(t.revenus, "Titre", labels="nos adresses"),
    lambda t: dk.show(t.revenus, "Titre", labels={"source": "nos adresses", "millesime": "2024"}),
)
case(
    "une étiquette inconnue",
    lambda t: dk.show(t.revenus, "Titre", labels={"année": "2024"}),
    lambda t: dk.show(t.revenus, "Titre", labels={"millesime": "2024"}),
)


def _own_table(t, **asked):
    folder = t.make("mienne")
    (folder / "mon.csv").write_text("Code;Taux\nQN09314M;41,2\nQN09312I;38\n", encoding="utf-8")
    return dk.load_indicators("revenus", columns={"Code": "code_qp", "Taux": "taux_pauvrete"}, depot=folder, **asked)


case(
    "un fichier à soi d'un autre découpage",
    lambda t: _own_table(t, geography=2015),
    lambda t: _own_table(t, geography=2024),
)
