import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from datakit.analysis.locating.locate import locate

dask = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

# Dask and its event loop warn about themselves
pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def qpv():
    squares = [box(4.83, 45.76, 4.84, 45.77), box(4.84, 45.76, 4.85, 45.77)]
    columns = {"code_qp": ["QN06901N", "QN06902N"], "insee_com": ["69123", "69266"]}
    return gpd.GeoDataFrame(columns, geometry=squares, crs=4326)


@pytest.fixture
def points():
    rng = np.random.default_rng(5)
    table = pd.DataFrame({"lon": rng.uniform(4.82, 4.86, 5000), "lat": rng.uniform(45.75, 45.78, 5000)})
    table.loc[0, "lon"] = np.nan
    return table


@pytest.mark.complete
def test_a_cluster_of_two_workers_answers_like_pandas(points, qpv):
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=2, dashboard_address=None) as cluster,
        distributed.Client(cluster) as client,
    ):
        found = locate(dask.from_pandas(points, npartitions=8), qpv)
        assert type(found).__module__.startswith("dask")
        assert len(client.scheduler_info()["workers"]) == 2
        computed = found.compute()
    expected = locate(points, qpv)
    pd.testing.assert_frame_equal(computed, expected, check_dtype=False, check_categorical=False)


def test_nothing_is_computed_before_asked(points, qpv):
    lazy = locate(dask.from_pandas(points, npartitions=3), qpv, near_m=10)
    assert list(lazy.columns) == list(locate(points.head(1), qpv).columns)
    assert lazy["status"].compute(scheduler="synchronous").value_counts().sum() == 5000
