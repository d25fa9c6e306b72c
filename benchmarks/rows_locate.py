"""Localiser des points : datakit, geopandas et, s'il sait, DuckDB ; la réponse comparée est le nombre de couples."""

from __future__ import annotations

from pathlib import Path

from benchmarks import data
from benchmarks.measure import in_new_process

SIZES = (100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000)
MEASURED = (1_000, 10_000, 100_000)


def _layers(communes):
    """Les périmètres seuls, ou ceux d'un dépôt suivis de ses communes et de ses IRIS."""
    if not communes:
        return [data.perimeters()]
    if not data.REAL.exists():
        raise FileNotFoundError("les vrais fichiers ne sont pas là")
    from datakit import load_communes, load_iris, load_qpv

    depot = str(data.REAL.parents[1])
    return [load_qpv(2024, depot=depot), load_communes(depot=depot), load_iris(depot=depot)]


def with_datakit(count, communes=False):
    """L'appel public, table comprise ; les périmètres d'un dépôt remplissent aussi communes et IRIS."""
    from datakit import locate

    points, layer = data.points(count), _layers(communes)[0]
    return lambda: int(locate(points, layer)["status"].isin(["dedans", "limite"]).sum())


def with_geopandas(count, communes=False):
    """Des coordonnées aux couples : construire les points, puis une jointure par couche."""
    import geopandas as gpd

    points, layers = data.points(count), _layers(communes)

    def call():
        shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=4326)
        found = [gpd.sjoin(shapes, layer, predicate="intersects").index.unique() for layer in layers]
        return len(found[0])

    return call


def every_distance(count):
    """Toutes les distances, aux périmètres gardés."""
    from datakit import locate

    points, layer = data.points(count), data.perimeters()
    return lambda: int(locate(points, layer, distances="toutes")["distance_m"].notna().sum())


def every_distance_with_geopandas(count):
    """Le plus proche périmètre de chaque point, en mètres."""
    import geopandas as gpd

    points, layer = data.points(count), data.perimeters().to_crs(2154)

    def call():
        shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=4326).to_crs(2154)
        return len(gpd.sjoin_nearest(shapes, layer, distance_col="distance_m").index.unique())

    return call


def with_duckdb(count):
    """La jointure spatiale de DuckDB, si son extension est installée."""
    import duckdb
    import duckdb_extension_spatial

    base = duckdb.connect()
    folder = Path(duckdb_extension_spatial.__file__).parent
    base.execute(f"LOAD '{next(folder.rglob('spatial.duckdb_extension'))}'")
    points, layer = data.points(count), data.perimeters()
    zones = layer.assign(wkb=layer.geometry.to_wkb()).drop(columns="geometry")
    base.register("points", points)
    base.register("zones", zones)
    base.execute("CREATE TABLE quarters AS SELECT code_qp, ST_GeomFromWKB(wkb) AS g FROM zones")
    query = "SELECT count(DISTINCT (lon, lat)) FROM points JOIN quarters ON ST_Intersects(g, ST_Point(lon, lat))"
    return lambda: int(base.execute(query).fetchone()[0])


def rows(sizes=SIZES):
    """Une ligne par taille, puis un seul point, puis DuckDB."""
    for count in (1, *sizes):
        repeats = 50 if count <= 1_000 else 5 if count <= 1_000_000 else 2
        rounds = 3 if count <= 1_000_000 else 1
        ours = in_new_process("benchmarks.rows_locate:with_datakit", count, repeats=repeats, rounds=rounds)
        theirs = in_new_process("benchmarks.rows_locate:with_geopandas", count, repeats=2, rounds=rounds)
        name = "1 point" if count == 1 else f"{count:,} points".replace(",", "\u202f")
        yield name, "geopandas.sjoin", ours, theirs
    for count in (m for m in MEASURED if m in sizes):
        ours = in_new_process("benchmarks.rows_locate:every_distance", count, repeats=5, rounds=3)
        theirs = in_new_process("benchmarks.rows_locate:every_distance_with_geopandas", count, repeats=2, rounds=3)
        name = f"{count:,} points, toutes les distances".replace(",", "\u202f")
        yield name, "geopandas.sjoin_nearest", ours, theirs
    for count in (s for s in sizes if s >= 1_000_000):
        ours = in_new_process("benchmarks.rows_locate:with_datakit", count, True, repeats=3)
        theirs = in_new_process("benchmarks.rows_locate:with_geopandas", count, True, repeats=2)
        name = f"{count:,}".replace(",", "\u202f") + " points, communes et IRIS compris"
        yield name, "geopandas.sjoin, trois fois", ours, theirs
    million = 1_000_000
    ours = in_new_process("benchmarks.rows_locate:with_datakit", million)
    yield "1\u202f000\u202f000 points", "DuckDB", ours, in_new_process("benchmarks.rows_locate:with_duckdb", million)
