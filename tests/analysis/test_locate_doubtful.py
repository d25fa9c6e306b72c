"""Des coordonnées douteuses ne passent jamais pour sûres : géocodeurs, paires de colonnes, décimales écrites."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import Point, box

from datakit import locate
from datakit.core.errors import FormatError, OptionError

HERE = {"lon": 4.835123, "lat": 45.765123}


@pytest.fixture
def qpv():
    columns = {"code_qp": ["QN06901N"], "insee_com": ["69123"]}
    return gpd.GeoDataFrame(columns, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)


def answers(qpv, rows, **options):
    return locate(pd.DataFrame(rows), qpv, **{"covers": "69"} | options)["status"].tolist()


# --- a geocoder is known by what its columns say, whatever their names

GEOCODERS = {
    "BAN": ({"result_score": 0.95, "result_type": "housenumber"}, {"result_type": "street"}, {"result_score": 0.3}),
    "BAN, noms nus": ({"score": 0.95, "type": "housenumber"}, {"type": "municipality"}, {"score": 0.3}),
    "BAN, second passage": ({"result_score1": 0.95, "result_type1": "housenumber"}, {"result_type1": "locality"}),
    "Sirene géocodé": ({"geo_score": 0.9, "geo_type": "housenumber"}, {"geo_type": "street"}, {"geo_score": 0.4}),
    "texte à la française": ({"Score": "0,95", "Type": "HouseNumber"}, {"Type": "Street"}, {"Score": "0,3"}),
    "Géoportail": ({"accuracy": 0.95, "matchType": "street number"}, {"matchType": "city"}, {"accuracy": 0.2}),
    "Google": ({"location_type": "ROOFTOP"}, {"location_type": "GEOMETRIC_CENTER"}, {"location_type": "APPROXIMATE"}),
    "Google, état": ({"status": "OK", "location_type": "ROOFTOP"}, {"status": "ZERO_RESULTS"}),
    "Nominatim": ({"addresstype": "house", "place_rank": 30}, {"addresstype": "road", "place_rank": 26}),
    "Photon": ({"type": "house", "osm_type": "N"}, {"type": "street"}, {"type": "city"}),
    "ArcGIS": (
        {"Score": 98.5, "Addr_type": "PointAddress", "Match_type": "A"},
        {"Addr_type": "Locality"},
        {"Score": 50.5},
    ),
    "HERE": ({"resultType": "houseNumber", "queryScore": 0.97}, {"resultType": "locality"}, {"queryScore": 0.4}),
    "Mapbox": ({"accuracy": "rooftop", "relevance": 0.98}, {"accuracy": "street"}, {"relevance": 0.45}),
    "Bing": ({"Confidence": "High", "geocode_confidence": "High"}, {"geocode_confidence": "Low"}),
    "complément Excel": (
        {"Niveau de précision": "Numéro", "Score": "0,91"},
        {"Niveau de précision": "Rue"},
        {"Score": "0,5"},
    ),
    "en français": ({"precision_geocodage": "à l'adresse"}, {"precision_geocodage": "à la commune"}),
    "insee": ({"qualite_xy": "11"}, {"qualite_xy": "33"}),
}


@pytest.mark.parametrize("geocoder", GEOCODERS)
def test_geocoder_is_known_by_meaning(qpv, geocoder):
    good, *doubtful = GEOCODERS[geocoder]
    rows = [HERE | good, *(HERE | good | change for change in doubtful)]
    found = locate(pd.DataFrame(rows), qpv)
    assert found["status"].tolist() == ["dedans", *["indetermine"] * len(doubtful)]
    assert any("géocodage" in said for said in found.attrs["reserves"])


OTHER_COLUMNS = {
    "type d'équipement": {"type": ["école", "crèche"]},
    "type de voie": {"type_voie": ["RUE", "AVENUE"]},
    "score de réussite": {"score": [12, 15]},
    "score d'un autre sujet": {"score_ecole": [0.2, 0.9]},
    "état du dossier": {"statut": ["actif", "clos"]},
    "niveau scolaire": {"niveau": ["CP", "CM2"]},
    "qualité du logement": {"qualite": ["bonne", "mauvaise"]},
}


@pytest.mark.parametrize("kind", OTHER_COLUMNS)
def test_column_of_another_meaning_changes_nothing(qpv, kind):
    table = pd.DataFrame([HERE, HERE]).assign(**OTHER_COLUMNS[kind])
    found = locate(table, qpv)
    assert found["status"].tolist() == ["dedans", "dedans"]
    assert found.attrs["reserves"] == []


def test_interpolated_number_is_less_precise_than_a_known_one(qpv):
    edge = gpd.GeoSeries([Point(4.83, 45.765)], crs=4326).to_crs(2154)[0]
    near = gpd.GeoSeries([Point(edge.x + 30, edge.y)], crs=2154).to_crs(4326)[0]
    rows = [{"lon": near.x, "lat": near.y, "geo_type": kind} for kind in ("housenumber", "interpolation")]
    assert answers(qpv, rows) == ["dedans", "limite"]


def test_street_and_municipality_keep_their_commune(tmp_path, qpv):
    communes = gpd.GeoDataFrame({"code": ["69123"], "nom": ["Lyon"]}, geometry=[box(4.8, 45.7, 4.9, 45.8)], crs=4326)
    communes.to_file(tmp_path / "communes-69.geojson", driver="GeoJSON")
    rows = [{"type": "municipality", "score": 0.9}, {"type": "street", "score": 0.9}, {"type": "street", "score": 0.2}]
    found = locate(pd.DataFrame([HERE | r for r in rows]), qpv, depot=str(tmp_path))
    assert found["status"].tolist() == ["indetermine"] * 3
    assert found["insee_com"].fillna("").tolist() == ["69123", "69123", ""]
    assert found["code_qp"].isna().all()


# --- two pairs of coordinates: ask, never choose

OLD, NEW = (2.352212, 48.856613), (4.835123, 45.765123)
PAIRS = {
    "anciennes et géocodées": (("lon", "lat"), ("longitude", "latitude")),
    "numérotées": (("lon", "lat"), ("lon_2", "lat_2")),
    "préfixées": (("adresse_lon", "adresse_lat"), ("siege_lon", "siege_lat")),
    "majuscules": (("Longitude", "Latitude"), ("LNG", "LAT")),
    "x et y en degrés": (("lon", "lat"), ("result_longitude", "result_latitude")),
}


@pytest.mark.parametrize("kind", PAIRS)
def test_two_pairs_that_differ_are_refused_with_the_way_out(qpv, kind):
    old, new = PAIRS[kind]
    table = pd.DataFrame([dict(zip([*old, *new], [*OLD, *NEW], strict=True))])
    with pytest.raises(FormatError, match="deux paires") as refused:
        locate(table, qpv)
    for name in (*old, *new):
        assert name in str(refused.value)
    assert locate(table, qpv, columns={new[0]: "lon", new[1]: "lat"})["status"].tolist() == ["dedans"]
    assert locate(table, qpv, columns=dict.fromkeys(old, ""))["status"].tolist() == ["dedans"]


@pytest.mark.parametrize("kind", PAIRS)
def test_two_pairs_that_agree_are_one(qpv, kind):
    old, new = PAIRS[kind]
    table = pd.DataFrame([dict(zip([*old, *new], [*NEW, *NEW], strict=True))])
    assert locate(table, qpv)["status"].tolist() == ["dedans"]


def test_metres_beside_degrees_are_not_a_second_pair(qpv):
    """The national address file has both."""
    table = pd.DataFrame([HERE | {"x": 842_700.0, "y": 6_519_400.0}])
    assert locate(table, qpv)["status"].tolist() == ["dedans"]
    assert locate(table, qpv, crs=2154)["status"].notna().all()


NAMES = [
    ("lon", "lat"), ("long", "lat"), ("lng", "lat"), ("Longitude", "Latitude"), ("x_longitude", "y_latitude"),
    ("X", "Y"), ("lon_wgs84", "lat_wgs84"), ("site.longitude", "site.latitude"), ("GPS Longitude", "GPS Latitude"),
]  # fmt: skip


@pytest.mark.parametrize("names", NAMES)
def test_coordinates_are_known_by_the_words_of_their_names(qpv, names):
    assert answers(qpv, [dict(zip(names, NEW, strict=True))]) == ["dedans"]


# --- one column that holds both

TOGETHER = {
    "geo_point_2d": "45.765123, 4.835123",
    "Coordonnées": "45.765123,4.835123",
    "coordonnees_gps": "[45.765123, 4.835123]",
    "lat_lon": "45,765123 ; 4,835123",
    "Position": "45.765123 4.835123",
    "lonlat": "4.835123,45.765123",
    "geometry": "POINT (4.835123 45.765123)",
}


@pytest.mark.parametrize("name", TOGETHER)
def test_one_column_of_both_coordinates_is_read_in_the_order_that_falls_in_france(qpv, name):
    assert answers(qpv, [{name: TOGETHER[name]}, {name: ""}]) == ["dedans", "indetermine"]


def test_a_bad_cell_of_both_coordinates_is_named(qpv):
    with pytest.raises(FormatError, match="paire") as refused:
        locate(pd.DataFrame({"gps": [*["45.76512, 4.83512"] * 60, "45.76512"]}), qpv)
    assert "« 45.76512 »" in str(refused.value)


# --- the decimals that are written say how sure a point is


def near_edge(metres, decimals):
    """A point at some metres inside the western edge, its longitude rounded."""
    return {"lon": round(4.83 + metres / 77_700, decimals), "lat": 45.7651}


@pytest.mark.parametrize(("decimals", "metres", "status"), [(4, 8, "limite"), (4, 16, "dedans"), (3, 78, "limite")])
def test_written_decimals_widen_the_limit(qpv, decimals, metres, status):
    found = locate(pd.DataFrame([near_edge(metres, decimals)]).round(decimals), qpv)
    assert found["status"].tolist() == [status]
    assert any("décimales" in said for said in found.attrs["reserves"])
    assert locate(pd.DataFrame([near_edge(metres, decimals)]), qpv, precision=0)["status"].tolist() == ["dedans"]


@pytest.mark.parametrize("form", [float, str, lambda v: str(v).replace(".", ",")])
def test_written_decimals_are_seen_in_numbers_and_in_text(qpv, form):
    table = pd.DataFrame([near_edge(8, 4)]).map(form)
    assert locate(table, qpv)["status"].tolist() == ["limite"]


def test_written_decimals_of_a_layer_count_too(qpv):
    row = near_edge(8, 4)
    assert locate(gpd.GeoDataFrame(geometry=[Point(row["lon"], row["lat"])], crs=4326), qpv)["status"][0] == "limite"


def test_a_point_with_more_decimals_makes_the_others_sure(qpv):
    rows = [near_edge(8, 4), {"lon": 4.8351234, "lat": 45.7651}]
    found = locate(pd.DataFrame(rows), qpv)
    assert found["status"].tolist() == ["dedans", "dedans"]
    assert found.attrs["reserves"] == []


def test_five_thousand_points_rounded_to_four_decimals_near_real_contours(real):
    """The ones within 11 m of a contour are limits: none passes for sure."""
    from datakit import load_qpv

    layer = load_qpv(2024, depot=str(real / "qpv2024"))
    lyon = layer[layer["code_qp"].str.startswith("QN069")]
    rng = np.random.default_rng(3)
    bounds = lyon.bounds.to_numpy()[rng.integers(0, len(lyon), 5000)]
    points = (bounds[:, :2] + rng.random((5000, 2)) * (bounds[:, 2:] - bounds[:, :2])).round(4)
    table = pd.DataFrame(points, columns=["lon", "lat"])
    found, every = locate(table, lyon), locate(table, lyon, precision=0, distances="toutes")
    near = every["distance_m"] <= 11
    assert near.sum() > 200
    assert (found["status"][near] == "limite").all()
    assert not (found["status"][every["distance_m"] > 11] == "limite").any()


# --- columns=: the person knows better


def test_mapping_is_checked(qpv):
    table = pd.DataFrame([HERE])
    for columns, message in [
        ({"longitud": "lon"}, "n'existe pas"),
        ({"lon": "longueur"}, "peut être"),
        (["lon"], "dictionnaire"),
    ]:
        with pytest.raises(OptionError, match=message):
            locate(table, qpv, columns=columns)


def test_mapping_names_any_column(qpv):
    table = pd.DataFrame([{"abs": NEW[0], "ord": NEW[1], "fiab": 0.2, "genre": "housenumber"}])
    where = {"abs": "lon", "ord": "lat"}
    assert locate(table, qpv, columns=where)["status"].tolist() == ["dedans"]
    assert locate(table, qpv, columns=where | {"fiab": "score"})["status"].tolist() == ["indetermine"]
    assert locate(table, qpv, columns=where | {"genre": "type"})["status"].tolist() == ["dedans"]


def test_mapping_ignores_a_column_taken_for_a_geocoder_s(qpv):
    table = pd.DataFrame([HERE | {"score": 0.2}, HERE | {"score": 0.9}])
    assert locate(table, qpv)["status"].tolist() == ["indetermine", "dedans"]
    assert locate(table, qpv, columns={"score": ""})["status"].tolist() == ["dedans", "dedans"]
