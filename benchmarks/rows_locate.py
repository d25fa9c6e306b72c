"""Localiser des points : datakit, geopandas et, s'il sait, DuckDB ; la réponse comparée est le nombre de couples."""

from __future__ import annotations

from pathlib import Path

from benchmarks import data
from benchmarks.measure import in_new_process

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)


def with_datakit(count):
    """L'appel public, table comprise."""
    from datakit import locate

    points, layer = data.points(count), data.perimeters()
    return lambda: int(locate(points, layer)["status"].isin(["dedans", "limite"]).sum())


def with_geopandas(count):
    """Des coordonnées aux couples : construire les points, puis joindre."""
    import geopandas as gpd

    points, layer = data.points(count), data.perimeters()

    def call():
        shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=4326)
        return len(gpd.sjoin(shapes, layer, predicate="intersects").index.unique())

    return call


def _depot():
    if not data.REAL.exists():
        raise FileNotFoundError("les vrais fichiers ne sont pas là")
    return str(data.REAL.parents[1])


def with_communes(count):
    """L'appel public sur les périmètres d'un dépôt : communes et IRIS sont remplis."""
    from datakit import load_qpv, locate

    points, layer = data.points(count), load_qpv(2024, depot=_depot())
    return lambda: int(locate(points, layer)["status"].isin(["dedans", "limite"]).sum())


def with_three_joins(count):
    """La même table par geopandas : une jointure par couche."""
    import geopandas as gpd

    from datakit import load_communes, load_iris, load_qpv

    points = data.points(count)
    layers = load_qpv(2024, depot=_depot()), load_communes(depot=_depot()), load_iris(depot=_depot())

    def call():
        shapes = gpd.GeoDataFrame(geometry=gpd.points_from_xy(points["lon"], points["lat"]), crs=4326)
        found = [gpd.sjoin(shapes, layer, predicate="intersects").index.unique() for layer in layers]
        return len(found[0])

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
        repeats = 50 if count == 1 else 5 if count <= 1_000_000 else 2
        rounds = 3 if count <= 1_000_000 else 1
        ours = in_new_process("benchmarks.rows_locate:with_datakit", count, repeats=repeats, rounds=rounds)
        theirs = in_new_process("benchmarks.rows_locate:with_geopandas", count, repeats=2, rounds=rounds)
        name = "1 point" if count == 1 else f"{count:,} points".replace(",", "\u202f")
        yield name, "geopandas.sjoin", ours, theirs
    for count in (s for s in sizes if s >= 1_000_000):
        ours = in_new_process("benchmarks.rows_locate:with_communes", count, repeats=3)
        theirs = in_new_process("benchmarks.rows_locate:with_three_joins", count, repeats=2)
        name = f"{count:,}".replace(",", "\u202f") + " points, communes et IRIS compris"
        yield name, "geopandas.sjoin, trois fois", ours, theirs
    million = 1_000_000
    ours = in_new_process("benchmarks.rows_locate:with_datakit", million)
    yield "1\u202f000\u202f000 points", "DuckDB", ours, in_new_process("benchmarks.rows_locate:with_duckdb", million)
