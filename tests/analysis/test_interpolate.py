import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely import box

from datakit.analysis.interpolate import interpolate
from datakit.core.errors import FormatError, GeographyError, OptionError, UnsafeOperation
from datakit.sources.reading.dialects import read_table, to_number


def lattice(columns, rows, **values):
    squares = [box(200 * i, 200 * j, 200 * i + 200, 200 * j + 200) for j in range(rows) for i in range(columns)]
    return gpd.GeoDataFrame(values, geometry=squares, crs=3035)


@pytest.fixture
def grid():
    return lattice(4, 1, ind=[100.0, 200.0, 40.0, 10.0], men=[50.0, 80.0, 20.0, 5.0], i_est_200=[0, 0, 1, 1])


def zones(*polygons, crs=3035):
    codes = [f"QN069{k:02}N" for k in range(1, len(polygons) + 1)]
    return gpd.GeoDataFrame({"code_qp": codes}, geometry=list(polygons), crs=crs)


def test_area_shares_the_cells_that_the_zone_cuts(grid):
    found = interpolate(grid, zones(box(100, 0, 500, 200)), ["ind", "men"], "area").iloc[0]
    assert found["ind"] == pytest.approx(50 + 200 + 20)
    assert found["men"] == pytest.approx(25 + 80 + 10)
    assert found["share_imputed"] == pytest.approx(20 / 270)


def test_zones_in_another_projection_are_reprojected(grid):
    there = zones(box(100, 0, 500, 200)).to_crs(4326)
    shifted = grid.set_geometry(grid.translate(3_500_000, 2_500_000))
    there = zones(box(3_500_100, 2_500_000, 3_500_500, 2_500_200)).to_crs(4326)
    assert interpolate(shifted, there, "ind", "area")["ind"].iloc[0] == pytest.approx(270, abs=0.01)


def test_a_missing_cell_is_never_a_zero(grid):
    grid.loc[1, "ind"] = np.nan
    found = interpolate(grid, zones(box(0, 0, 400, 200), box(400, 0, 800, 200)), "ind", "area")
    assert found["ind"].isna().tolist() == [True, False]
    assert "sans valeur" in found["warning"].iloc[0]


def test_a_zone_without_cells_has_no_estimate(grid):
    found = interpolate(grid, zones(box(0, 0, 400, 200), box(9000, 0, 9400, 200)), "ind", "area").iloc[1]
    assert np.isnan(found["ind"])
    assert (found["coverage"], found["warning"].split(" ;")[0]) == (0, "aucun carreau : pas d'estimation")


def test_coverage_says_how_much_of_the_zone_has_cells(grid):
    found = interpolate(grid, zones(box(0, 0, 800, 400)), "ind", "area").iloc[0]
    assert found["coverage"] == pytest.approx(0.5)
    assert found["ind"] == pytest.approx(350)


def test_dwellings_share_a_cell_where_people_live(grid):
    spots = gpd.GeoDataFrame(
        {"logements": [30, 10, 1]}, geometry=gpd.points_from_xy([150, 50, 250], [100, 100, 100]), crs=3035
    )
    half = zones(box(100, 0, 200, 200))
    assert interpolate(grid, half, "ind", "area")["ind"].iloc[0] == pytest.approx(50)
    assert interpolate(grid, half, "ind", "addresses", by=spots)["ind"].iloc[0] == pytest.approx(50)
    assert interpolate(grid, half, "ind", "dwellings", by=spots, weight="logements")["ind"].iloc[0] == pytest.approx(75)


def test_a_cell_without_dwellings_falls_back_on_its_area_and_says_so(grid):
    spots = gpd.GeoDataFrame(geometry=gpd.points_from_xy([150], [100]), crs=3035)
    found = interpolate(grid, zones(box(100, 0, 300, 200)), "ind", "addresses", by=spots).iloc[0]
    assert found["ind"] == pytest.approx(100 + 100)
    assert "1\xa0carreau sans point" in found["warning"]


def test_cells_cut_at_a_border_are_shared_exactly(grid):
    cut = grid.copy()
    cut.loc[0, "geometry"] = shapely.Polygon([(0, 0), (200, 0), (200, 200)])
    found = interpolate(cut, zones(box(100, 0, 200, 200)), "ind", "area")
    assert found["ind"].iloc[0] == pytest.approx(75)


def test_population_sees_that_quarters_are_denser_than_their_surroundings():
    """Squares of 5 000 people per cell in a town of 500: half a cell of quarter holds far more than half the people."""
    rng = np.random.default_rng(1)
    size, quarters = 40, [box(900 + 1600 * k, 1100, 1700 + 1600 * k, 1900) for k in range(4)]
    empty = lattice(size, 20, ind=np.zeros(size * 20))
    shares = shapely.area(shapely.intersection(np.array(empty.geometry)[:, None], np.array(quarters)[None, :])) / 40_000
    inside = shares.sum(1)
    people = rng.poisson(5000 * inside) + rng.poisson(500 * (1 - inside))
    grid = empty.assign(ind=people.astype(float))
    truth = pd.Series((shares * 5000).sum(0), index=[f"QN069{k:02}N" for k in range(1, 5)])
    area, population = (interpolate(grid, zones(*quarters), "ind", m, truth=truth) for m in ("area", "population"))
    assert area.attrs["error"]["median_ratio"] < 0.95
    assert abs(population.attrs["error"]["median_ratio"] - 1) < 0.04
    # held back towards what the outline of a quarter leaves to expect: a small zone invents no extreme contrast
    assert 5 < population.attrs["contrast"] <= 10


def test_zones_that_share_all_the_cells_keep_their_total(grid):
    halves = zones(box(0, 0, 300, 200), box(300, 0, 800, 200))
    assert interpolate(grid, halves, "ind")["ind"].sum() == pytest.approx(350)


def test_error_is_reported_not_hidden(grid):
    truth = pd.Series({"QN06901N": 400.0})
    found = interpolate(grid, zones(box(0, 0, 400, 200)), "ind", "area", truth=truth)
    assert found["error"].iloc[0] == pytest.approx(-25)
    assert found.attrs["error"]["median_ratio"] == pytest.approx(0.75)
    assert "sous-estime" in found.attrs["reserves"][0]
    with pytest.raises(FormatError, match="vraie valeur"):
        interpolate(grid, halves := zones(box(0, 0, 400, 200)), "ind", truth=pd.Series({"X": 1.0}))
    assert len(halves) == 1


def test_weights_are_kept_but_never_for_other_contours(grid):
    here = zones(box(100, 0, 500, 200))
    first = interpolate(grid, here, "ind", "area")["ind"].iloc[0]
    assert interpolate(grid, here, "men", "area")["men"].iloc[0] == pytest.approx(115)
    moved = here.assign(geometry=here.translate(200))
    assert interpolate(grid, moved, "ind", "area")["ind"].iloc[0] != first


@pytest.mark.parametrize("name", ["niveau_vie_median", "taux_pauvrete", "part_menages_1p", "poverty_ratio"])
def test_rates_and_medians_are_refused(grid, name):
    grid[name] = 1.0
    with pytest.raises(UnsafeOperation, match="ne se répartit pas") as refusal:
        interpolate(grid, zones(box(0, 0, 400, 200)), name)
    assert "rate(" in str(refusal.value)
    found = interpolate(grid, zones(box(0, 0, 400, 200)), name, ok_because="essai de séance")
    assert "essai de séance" in found.attrs["reserves"][0]


def test_bad_arguments_are_refused(grid):
    here = zones(box(0, 0, 400, 200))
    cases = [
        (lambda: interpolate(grid, here, "indd"), OptionError, "« ind »"),
        (lambda: interpolate(grid, here, "ind", "volume"), OptionError, "method"),
        (lambda: interpolate(grid.to_crs(4326), here, "ind"), GeographyError, "degrés"),
        (lambda: interpolate(grid.set_crs(None, allow_override=True), here, "ind"), GeographyError, "projection"),
        (lambda: interpolate(grid, here.set_crs(None, allow_override=True), "ind"), GeographyError, "projection"),
        (lambda: interpolate(grid, here.iloc[:0], "ind"), FormatError, "vide"),
        (
            lambda: interpolate(grid, zones(shapely.Polygon([(0, 0), (9, 9), (9, 0), (0, 9)])), "ind"),
            GeographyError,
            "valides",
        ),
        (
            lambda: interpolate(grid, here, "ind", "dwellings", by=here.set_geometry(here.centroid), weight="n"),
            OptionError,
            "colonne « n »",
        ),
    ]
    for call, error, message in cases:
        with pytest.raises(error, match=message):
            call()


NOWHERE = [None, shapely.Polygon(), shapely.Point(50, 50)]


@pytest.mark.parametrize("shape", NOWHERE, ids=["absent", "vide", "point"])
def test_a_zone_or_a_cell_without_outline_is_refused_in_words(grid, shape):
    with pytest.raises(GeographyError, match="les zones ne sont pas toutes des polygones valides"):
        interpolate(grid, zones(shape, box(0, 0, 400, 200)), "ind", "area")
    # not at the start alone: the bounds of the first cells are read before the others
    for row in (0, len(grid) - 1):
        holed = grid.copy()
        holed.loc[holed.index[row], "geometry"] = shape
        with pytest.raises(GeographyError, match="carreaux n'ont pas de contour"):
            interpolate(holed, zones(box(-50, -50, 900, 900)), "ind", "area")


def test_zones_outside_the_projection_of_the_cells_are_refused_in_words(grid):
    metres_as_degrees = zones(box(840_000, 6_500_000, 841_000, 6_501_000)).set_crs(4326, allow_override=True)
    with pytest.raises(GeographyError, match="hors de la projection"):
        interpolate(grid, metres_as_degrees, "ind", "area")


def test_on_orvanche_people_are_at_least_twice_better_placed_than_by_area():
    import datakit

    grid, qpv, homes = datakit.load_grid(), datakit.load_qpv(2024), datakit.load_microdata("menages")
    truth = homes[homes["champ_fiscal"]].groupby("code_qp_2024")["personnes"].sum()
    by_area, by_people = (interpolate(grid, qpv, "ind", m, truth=truth).attrs["error"] for m in ("area", "population"))
    assert by_people["median_absolute"] <= by_area["median_absolute"] / 2
    assert by_people["p90_absolute"] <= by_area["p90_absolute"]


def test_the_known_under_count_of_lille_is_reported(real):
    path = real / "carreaux_200m" / "lille.gpkg"
    grid, qpv = gpd.read_file(path, layer="enriched_grid"), gpd.read_file(path, layer="qpvs")
    grid["geometry"], qpv["geometry"] = grid.make_valid(), qpv.make_valid()
    qpv = qpv.rename(columns={"CODE_QP": "code_qp"})
    demo = read_table(real / "insee_qpv2015" / "DEMO_2017.csv").frame.set_index("CODGEO")
    truth = to_number(demo["POP_MUN"], column="POP_MUN", path="DEMO_2017.csv")
    grid = grid.dropna(subset=["num_people"])
    found = interpolate(grid, qpv, "num_people", "area", truth=truth)
    assert found.attrs["error"]["median_ratio"] == pytest.approx(0.74, abs=0.01)
    assert "0,74" in found.attrs["reserves"][0]
    better = interpolate(grid, qpv, "num_people", truth=truth)
    assert better.attrs["error"]["median_percent"] < found.attrs["error"]["median_percent"] / 2


@pytest.mark.parametrize("method", ["dwellings", "addresses"])
def test_on_orvanche_the_points_of_the_depot_share_the_cells(method):
    """End to end, without ``by``: the points come from where the cells come from, and nothing is lost or hidden."""
    import datakit

    grid, communes, qpv = datakit.load_grid(), datakit.load_communes(), datakit.load_qpv(2024)
    whole = interpolate(grid, communes, "ind", method)
    assert whole["ind"].sum() == pytest.approx(interpolate(grid, communes, "ind", "area")["ind"].sum(), rel=0.01)
    homes = datakit.load_microdata("menages")
    truth = homes[homes["champ_fiscal"]].groupby("code_qp_2024")["personnes"].sum()
    found = interpolate(grid, qpv, "ind", method, truth=truth)
    assert found["ind"].notna().all()
    assert found["truth"].equals(truth.reindex(found.index).astype(float))
    assert any("L'estimation" in reserve for reserve in found.attrs["reserves"])
    assert found.attrs["labels"]["champ"].endswith({"dwellings": "logements", "addresses": "adresses"}[method])


SIZES = (1, 5, 25)


def check_against_area(grid, qpv, truth, column="ind"):
    """A zone alone or among others, and errors beside those of the areas, for 1, 5 and 25 zones drawn at random."""
    rng = np.random.default_rng(20)
    whole = interpolate(grid, qpv, column)
    alone = {code: interpolate(grid, qpv.iloc[[k]], column).iloc[0] for k, code in enumerate(whole.index)}
    for code, one in alone.items():
        together = whole.loc[code]
        assert abs(one[column] / together[column] - 1) <= 0.1, code
        assert one[f"{column}_low"] <= together[column] <= one[f"{column}_high"]
        assert together[f"{column}_low"] <= one[column] <= together[f"{column}_high"]
    for size in SIZES:
        draws = [qpv.sample(min(size, len(qpv)), random_state=rng.integers(1000)) for _ in range(12)]
        known = np.concatenate([truth.reindex(d["code_qp"]) for d in draws])
        area, people = (
            np.abs(np.concatenate([interpolate(grid, d, column, method)[column] for d in draws]) - known)
            for method in ("area", "population")
        )
        # in persons, then in percent: a small quarter weighs as much as a large one
        for unit in (1, known):
            assert np.nanmedian(people / unit) <= np.nanmedian(area / unit)
            assert np.nanquantile(people / unit, 0.9) <= np.nanquantile(area / unit, 0.9)


def test_on_orvanche_a_quarter_counts_the_same_alone_or_among_others():
    import datakit

    homes = datakit.load_microdata("menages")
    truth = homes[homes["champ_fiscal"]].groupby("code_qp_2024")["personnes"].sum()
    check_against_area(datakit.load_grid(), datakit.load_qpv(2024), truth)


def test_on_lille_a_quarter_counts_the_same_alone_or_among_others(real):
    import datakit

    qpv = datakit.load_qpv(2015, depot=real / "carreaux_200m" / "lille.gpkg")
    truth = datakit.load_indicators("population", geography=2015, depot=real)["population_municipale"]
    check_against_area(datakit.load_grid(depot=real / "carreaux_200m" / "lille.gpkg"), qpv, truth)
    every = interpolate(datakit.load_grid(depot=real / "carreaux_200m" / "lille.gpkg"), qpv, "ind", truth=truth)
    assert every.attrs["error"]["median_absolute"] < 266
    assert every.attrs["error"]["p90_absolute"] < 775


def test_an_ordinary_polygon_is_not_taken_for_a_quarter(grid):
    """Drawn around emptier ends, three cells would explain any contrast: it stays near the area, and bounded."""
    shape = box(150, 50, 650, 200)
    ours = gpd.GeoDataFrame({"nom": ["mon périmètre"]}, geometry=[shape], crs=3035)
    area, found = (interpolate(grid, ours, "ind", method)["ind"].iloc[0] for method in ("area", "population"))
    assert found == pytest.approx(area, rel=0.05)
    assert interpolate(grid, ours, "ind").index.tolist() == ["mon périmètre"]


def test_a_range_is_said_beside_an_estimate_that_depends_on_what_is_assumed(grid):
    found = interpolate(grid, zones(box(50, 50, 350, 150)), "ind").iloc[0]
    assert found["ind_low"] < found["ind"] < found["ind_high"]
    assert "selon la densité supposée autour" in found["warning"]


@pytest.mark.parametrize("name", ["land_surface_temperature", "mean_std_living", "i_est_200", "bruit"])
def test_what_is_not_known_to_add_up_is_averaged_or_refused(grid, name):
    grid[name] = [10.0, 20.0, 40.0, 40.0]
    here = zones(box(0, 0, 400, 200))
    with pytest.raises(UnsafeOperation, match='averaged_by="ind"'):
        interpolate(grid, here, name)
    found = interpolate(grid, here, name, "area", averaged_by="ind")
    assert found[name].iloc[0] == pytest.approx((100 * 10 + 200 * 20) / 300)
    assert "moyennes pondérées par ind" in found.attrs["labels"]["champ"]
    with pytest.raises(UnsafeOperation, match="on pondère par un effectif"):
        interpolate(grid, here, name, averaged_by=name)


def test_a_median_is_refused_even_weighted(grid):
    with pytest.raises(UnsafeOperation, match="ne se répartit pas"):
        interpolate(
            grid.assign(niveau_vie_median=1.0), zones(box(0, 0, 400, 200)), "niveau_vie_median", averaged_by="men"
        )


def test_a_method_by_points_without_points_there_is_refused(grid):
    far = gpd.GeoDataFrame(geometry=gpd.points_from_xy([90_000], [90_000]), crs=3035)
    here = zones(box(100, 0, 500, 200))
    for none in (far, far.iloc[:0]):
        with pytest.raises(OptionError, match="n'a de points"):
            interpolate(grid, here, "ind", "addresses", by=none)


@pytest.mark.filterwarnings("error")
def test_nothing_is_said_in_the_words_of_numpy(grid):
    here = zones(box(0, 0, 400, 200), box(9000, 0, 9400, 200))
    empty = grid.assign(ind=0.0, men=np.nan)
    for method in ("population", "area"):
        interpolate(empty, here, ["ind", "men"], method, truth=pd.Series({"QN06901N": 5.0, "QN06902N": 0.0}))
        interpolate(empty.assign(taux=1.0), here, "taux", method, averaged_by="ind")
    with pytest.raises(FormatError, match="vraie valeur"):
        interpolate(grid, here, "ind", truth=pd.Series({"QN06901N": 0.0}))


def coarser(grid, shift):
    """Four cells in one: a grid whose cells are cut by what the small ones fill."""
    corner = np.floor((shapely.bounds(grid.geometry.to_numpy())[:, :2] - shift) / 400)
    sums = grid.assign(i=corner[:, 0], j=corner[:, 1]).groupby(["i", "j"])["ind"].sum().reset_index()
    x, y = sums["i"] * 400 + shift, sums["j"] * 400 + shift
    return gpd.GeoDataFrame({"ind": sums["ind"]}, geometry=shapely.box(x, y, x + 400, y + 400), crs=3035)


def made_of_cells(grid, qpv):
    """Each quarter as the cells that it mostly covers, and how many people they hold: a truth that nobody disputes."""
    outlines, cells = qpv.to_crs(3035).geometry.to_numpy(), grid.geometry.to_numpy()
    zone, cell = shapely.STRtree(cells).query(outlines, predicate="intersects")
    kept = shapely.area(shapely.intersection(outlines[zone], cells[cell])) > 20_000
    pairs = pd.DataFrame({"zone": zone[kept], "cell": cell[kept]}).groupby("zone")["cell"].agg(list)
    codes = qpv["code_qp"].to_numpy()[pairs.index]
    shapes = [shapely.union_all(cells[own]) for own in pairs]
    truth = pd.Series([grid["ind"].to_numpy()[own].sum() for own in pairs], index=codes)
    layer = gpd.GeoDataFrame({"code_qp": codes}, geometry=shapes, crs=3035)
    return layer[(truth > 0).to_numpy()], truth[truth > 0]


@pytest.mark.parametrize("where", ["bordeaux", "lille", "orvanche"])
def test_where_the_truth_is_exact_people_are_better_placed_than_by_area(where, request):
    """On cells four times as large, where each quarter is whole small cells: median error and last decile."""
    import datakit

    if where == "orvanche":
        grid, qpv = datakit.load_grid(), datakit.load_qpv(2024)
    else:
        real = request.getfixturevalue("real") / "carreaux_200m"
        file = real / {"bordeaux": "bordeaux_metropole_2015.gpkg", "lille": "lille.gpkg"}[where]
        grid = datakit.load_grid(depot=file)
        qpv = datakit.load_qpv(2015, depot=file) if where == "lille" else datakit.load_qpv(2024, depot=real.parent)
        qpv = qpv if where == "lille" else qpv[qpv["insee_dep"] == "33"]
    zones, truth = made_of_cells(grid, qpv)
    for shift in (0, 200):
        large = coarser(grid, shift)
        area, people = (interpolate(large, zones, "ind", m, truth=truth) for m in ("area", "population"))
        for key in ("median_absolute", "p90_absolute", "median_percent"):
            assert people.attrs["error"][key] <= area.attrs["error"][key]
        inside = (people["ind_low"] <= people["truth"]) & (people["truth"] <= people["ind_high"])
        assert inside.mean() > 0.8


def test_points_that_no_method_would_use_are_refused(grid):
    """They were dropped without a word."""
    spots = gpd.GeoDataFrame(geometry=gpd.points_from_xy([150], [100]), crs=3035)
    for wrong in ({"by": spots}, {"weight": "logements"}):
        with pytest.raises(OptionError, match="ne servent à rien") as refusal:
            interpolate(grid, zones(box(0, 0, 400, 200)), "ind", **wrong)
        assert 'method="addresses"' in str(refusal.value)
