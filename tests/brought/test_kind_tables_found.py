"""Ce qu'une table apportée dit de faux sans le savoir : projection, effectif négatif, fraction, codes mal rangés."""

from __future__ import annotations

import pandas as pd
import pytest

import datakit as dk
from datakit.errors import OptionError


@pytest.mark.parametrize("crs", ["Lambert", "", "EPSG:", 9999999, 0, True, 2154.5, [2154], {}, object(), "EPSG:5720"])
@pytest.mark.parametrize("name", ["o.gpkg", "o.geojson", "o.shp"])
def test_a_projection_that_does_not_exist_is_refused_in_french(tmp_path, crs, name):
    with pytest.raises(OptionError, match="n'est pas une projection connue") as caught:
        dk.export_gis(dk.load_qpv(2024), tmp_path / name, crs=crs)
    assert "crs=2154" in str(caught.value) and not list(tmp_path.iterdir())


@pytest.mark.parametrize("crs", ["Lambert", "EPSG:", 9999999, [2154], {}, "EPSG:5720"])
def test_locate_refuses_the_same_projections(crs):
    with pytest.raises(OptionError, match="n'est pas une projection connue"):
        dk.locate(pd.DataFrame({"x": [842_000.0], "y": [6_519_000.0]}), dk.load_qpv(2024), crs=crs)


@pytest.mark.parametrize("crs", [2154, "EPSG:2154", "2154", 4326])
def test_a_projection_that_exists_is_written(tmp_path, crs):
    import geopandas as gpd

    path = dk.export_gis(dk.load_qpv(2024), tmp_path / "o.gpkg", crs=crs)
    assert gpd.read_file(path, layer="quartiers").crs.to_epsg() == int(str(crs).removeprefix("EPSG:"))
