import numpy as np
import pytest
from pyproj import CRS, Transformer

from datakit.core.errors import GeographyError
from datakit.sources.reading.crs import box_in, label, named, resolve

UNNAMED = (
    'GEOGCS["unknown",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563],AUTHORITY["EPSG","6326"]],'
    'PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433],AXIS["Longitude",EAST],AXIS["Latitude",NORTH]]'
)
ESRI_LAMBERT = (
    'PROJCS["RGF93_Lambert_93",GEOGCS["GCS_RGF93",DATUM["D_RGF_1993",SPHEROID["GRS_1980",6378137,298.257222101]],'
    'PRIMEM["Greenwich",0],UNIT["Degree",0.0174532925199433]],PROJECTION["Lambert_Conformal_Conic"],'
    'PARAMETER["standard_parallel_1",49],PARAMETER["standard_parallel_2",44],PARAMETER["latitude_of_origin",46.5],'
    'PARAMETER["central_meridian",3],PARAMETER["false_easting",700000],PARAMETER["false_northing",6600000],'
    'UNIT["Meter",1]]'
)
# longitude and latitude of a town in each territory
TOWNS = {
    "Lyon": (4.85, 45.75), "Lille": (3.06, 50.63), "Brest": (-4.49, 48.39), "Ajaccio": (8.74, 41.93),
    "Strasbourg": (7.75, 48.58), "Perpignan": (2.9, 42.7), "Marseille": (5.37, 43.3), "Bayonne": (-1.47, 43.49),
    "Pointe-à-Pitre": (-61.53, 16.24), "Fort-de-France": (-61.07, 14.6), "Cayenne": (-52.33, 4.93),
    "Saint-Denis": (55.45, -20.88), "Mamoudzou": (45.23, -12.78), "Saint-Pierre": (-56.18, 46.78),
    "Papeete": (-149.57, -17.54),
}  # fmt: skip
MAINLAND = ("Lyon", "Lille", "Brest", "Ajaccio", "Strasbourg", "Perpignan", "Marseille", "Bayonne")


def bounds(town, epsg, size=300):
    x, y = Transformer.from_crs(4326, epsg, always_xy=True).transform(*TOWNS[town])
    step = size if CRS.from_epsg(epsg).is_projected else size / 111_000
    return np.array([[x, y, x + step, y + step]])


@pytest.mark.parametrize(
    ("declared", "epsg"),
    [
        (UNNAMED, 4326), ("OGC:CRS84", 4326), ("EPSG:4326", 4326), ("IGNF:WGS84G", 4326),
        (ESRI_LAMBERT, 2154), ("IGNF:LAMB93", 2154), ("ESRI:102110", 2154), ("EPSG:9794", 2154), ("EPSG:2154", 2154),
        ("IGNF:ETRS89LAEA", 3035), ("EPSG:3035", 3035), ("ESRI:102100", 3857), ("EPSG:3857", 3857),
        ("IGNF:RGR92UTM40S", 2975), ("IGNF:GUAD48UTM20", 2970), ("IGNF:UTM22RGFG95", 2972), ("IGNF:RGM04UTM38S", 4471),
        ("EPSG:5490", 5490), ("EPSG:2987", 2987), ("EPSG:4467", 4467), ("EPSG:3297", 3297), ("EPSG:32620", 32620),
    ],
)  # fmt: skip
def test_a_declared_projection_gets_its_code(declared, epsg):
    assert named(declared).to_epsg() == epsg


@pytest.mark.parametrize(
    "declared", [None, "", "pas une projection", 'LOCAL_CS["Undefined Cartesian SRS",UNIT["Meter",1]]']
)
def test_an_undefined_projection_is_none(declared):
    assert named(declared) is None


def test_a_projection_without_a_code_is_kept():
    crs = named("+proj=laea +lat_0=46 +lon_0=2 +units=m")
    assert crs.to_epsg() is None and label(crs)


@pytest.mark.parametrize("epsg", [4326, 2154, 3857, 3035])
@pytest.mark.parametrize("town", MAINLAND)
def test_an_absent_projection_is_never_mistaken(town, epsg):
    try:
        crs, origin = resolve(None, bounds(town, epsg), "f.shp")
    except GeographyError as error:
        assert f"EPSG:{epsg}" in error.details["Projections possibles"] and "crs=" in error.remedy
    else:
        assert (crs.to_epsg(), origin) == (epsg, "déduite des coordonnées")


# south of 44°, Lambert-93 metres are also web Mercator metres of the north: they stay ambiguous
NORTH = ("Lyon", "Lille", "Brest", "Ajaccio", "Strasbourg")


@pytest.mark.parametrize(
    ("town", "epsg"), [*((t, e) for t in MAINLAND for e in (4326, 3035)), *((t, 2154) for t in NORTH)]
)
def test_the_usual_projections_of_the_mainland_are_found(town, epsg):
    assert resolve(None, bounds(town, epsg), "f.shp")[0].to_epsg() == epsg


@pytest.mark.parametrize(
    ("town", "epsg"), [("Cayenne", 2972), ("Saint-Denis", 2975), ("Mamoudzou", 4471), ("Lyon", 3946), ("Lille", 3950)]
)
def test_local_projections_are_found(town, epsg):
    assert resolve(None, bounds(town, epsg), "f.shp")[0].to_epsg() == epsg


@pytest.mark.parametrize(("town", "epsg"), [("Pointe-à-Pitre", 5490), ("Fort-de-France", 5490), ("Saint-Pierre", 4467)])
def test_two_systems_of_the_same_zone_are_ambiguous(town, epsg):
    with pytest.raises(GeographyError, match="ne suffisent pas") as caught:
        resolve(None, bounds(town, epsg), "f.shp")
    assert f"EPSG:{epsg}" in caught.value.details["Projections possibles"]
    assert resolve(None, bounds(town, epsg), "f.shp", imposed=epsg)[1] == "imposée"


def test_degrees_outside_france_are_not_assumed():
    with pytest.raises(GeographyError, match="ne suffisent pas"):
        resolve(None, np.array([[139.7, 35.6, 139.8, 35.7]]), "tokyo.shp")


def test_a_layer_over_all_france_is_in_degrees():
    assert resolve(None, np.vstack([bounds(t, 4326) for t in TOWNS]), "qpv.shp")[0].to_epsg() == 4326


def test_an_empty_layer_is_in_degrees():
    assert resolve(None, np.empty((0, 4)), "f.shp")[0].to_epsg() == 4326
    assert resolve("EPSG:2154", np.full((1, 4), np.nan), "f.shp")[0].to_epsg() == 2154


@pytest.mark.parametrize("town", MAINLAND)
def test_lambert_that_claims_degrees_is_contradicted(town):
    with pytest.raises(GeographyError, match="contredisent") as caught:
        resolve("OGC:CRS84", bounds(town, 2154), "qpv.geojson")
    assert (
        "EPSG:2154" in caught.value.details["Elles ressemblent à"] and caught.value.details["Fichier"] == "qpv.geojson"
    )


@pytest.mark.parametrize("epsg", [2154, 3857, 3035, 2975])
def test_degrees_that_claim_metres_are_contradicted(epsg):
    with pytest.raises(GeographyError, match="contredisent") as caught:
        resolve(epsg, bounds("Lyon", 4326), "qpv.shp")
    assert caught.value.details["Elles ressemblent à"] == "EPSG:4326"


@pytest.mark.parametrize(("declared", "true"), [(2154, 3857), (2154, 3035), (2975, 2154), (2154, 2975), (3857, 2154)])
def test_metres_of_another_system_are_contradicted_or_elsewhere(declared, true):
    town = "Saint-Denis" if true == 2975 else "Lyon"
    if declared == 3857:  # the whole world uses it: Lyon in Lambert-93 reads as a place in Germany
        assert resolve(declared, bounds(town, true), "f")[0].to_epsg() == 3857
        return
    with pytest.raises(GeographyError, match="contredisent"):
        resolve(declared, bounds(town, true), "f.gpkg")


def test_one_row_in_another_system_is_enough():
    mixed = np.vstack([bounds("Lyon", 2154), bounds("Lille", 2154), bounds("Saint-Denis", 2975)])
    with pytest.raises(GeographyError, match="contredisent") as caught:
        resolve("EPSG:2154", mixed, "mixte.gpkg")
    assert caught.value.details["Géométries"] == "1 sur 3"


def test_overseas_written_in_lambert_is_strange_but_true():
    assert resolve("EPSG:2154", bounds("Saint-Denis", 2154), "france.gpkg")[0].to_epsg() == 2154


def test_swapped_longitude_and_latitude_are_named():
    with pytest.raises(GeographyError, match="contredisent") as caught:
        resolve("EPSG:4326", bounds("Lyon", 4326)[:, [1, 0, 3, 2]], "qpv.geojson")
    assert "interverties" in caught.value.why


def test_degrees_elsewhere_in_the_world_are_accepted():
    assert resolve("EPSG:4326", np.array([[-0.13, 51.5, -0.12, 51.6]]), "londres.geojson")[0].to_epsg() == 4326


def test_an_imposed_projection_is_checked_too():
    with pytest.raises(GeographyError, match="contredisent"):
        resolve("EPSG:2154", bounds("Lyon", 2154), "f", imposed=4326)
    with pytest.raises(GeographyError, match="n'existe pas"):
        resolve(None, bounds("Lyon", 2154), "f", imposed="Lambert quelque chose")


def test_an_imposed_projection_replaces_a_wrong_one():
    crs, origin = resolve("OGC:CRS84", bounds("Lyon", 2154), "f", imposed=2154)
    assert (crs.to_epsg(), origin) == (2154, "imposée")


def test_a_box_in_degrees_is_carried_into_metres():
    west, south, east, north = box_in(CRS.from_epsg(2154), (4.8, 45.7, 4.9, 45.8))
    assert 838_000 < west < east < 849_000 and 6_511_000 < south < north < 6_525_000


@pytest.mark.parametrize("bbox", [(842000, 6519000, 843000, 6520000), (4.9, 45.7, 4.8, 45.8), (45.7, 4.8, 45.8, 94)])
def test_a_box_that_is_not_in_degrees_is_refused(bbox):
    with pytest.raises(GeographyError, match="rectangle"):
        box_in(CRS.from_epsg(2154), bbox)
