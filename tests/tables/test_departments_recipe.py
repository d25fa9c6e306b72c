"""La recette de ``departments.npz``, refaite sur de vraies communes."""

import geopandas as gpd
import pytest
import shapely

from datakit.tables.context import load_communes
from workshop import departments


@pytest.mark.complete
def test_the_recipe_is_sure_of_lyon_and_leaves_the_neighbours_out(real):
    whole = departments.departments(load_communes(depot=real / "communes"))
    rings, names, holes = departments.sure(whole)
    rhone = [r for r, name, hole in zip(rings, names, holes, strict=True) if name == "69" and not hole]
    inside = shapely.union_all(shapely.polygons(rhone))
    lyon, vienne = gpd.GeoSeries.from_xy([4.835, 4.878], [45.76, 45.525], crs=4326).to_crs(2154)
    assert inside.contains(lyon) and not inside.contains(vienne)
    isere = whole["38"]
    assert shapely.intersection(inside, isere).area == 0
