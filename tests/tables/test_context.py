"""Ce qui entoure les quartiers : communes, IRIS, carreaux, points, et le territoire choisi."""

from __future__ import annotations

import pytest

import datakit
from datakit.errors import CodeError, FormatError, OptionError, SourceError

GRID = (
    "idcar_200m,i_est_200,lcog_geo,ind,men,men_pauv,ind_snv\n"
    "CRS3035RES200mN2466800E3482800,0,69123,63.5,30,12,1200000\n"
    "CRS3035RES200mN2466800E3483000,1,69123-69266,8,4,1,90000\n"
)


def test_grid_cells_are_squares_of_200_m(tmp_path):
    (tmp_path / "carreaux.csv").write_text(GRID, encoding="utf-8")
    grid = datakit.load_grid(depot=tmp_path)
    assert grid.crs.to_epsg() == 3035
    assert grid.area.tolist() == [40_000, 40_000]
    assert grid["ind"].sum() == 71.5
    assert grid.attrs["imputed"] == 0.5
    assert len(datakit.load_grid(commune="69266", depot=tmp_path)) == 1


def test_a_cell_on_two_communes_is_in_each(tmp_path):
    """INSEE writes their codes one after the other."""
    (tmp_path / "carreaux.csv").write_text(GRID.replace("69266", "6926669029"), encoding="utf-8")
    assert len(datakit.load_grid(commune="69029", depot=tmp_path)) == 1
    assert len(datakit.load_grid(department="69", depot=tmp_path)) == 2


def test_cells_points_and_iris_are_kept_by_epci_and_department():
    for load in (datakit.load_grid, datakit.load_iris, lambda **k: datakit.load_points("equipements", **k)):
        whole, one = load(department="96"), load(epci="209600001")
        assert 0 < len(one) < len(whole) == len(load())


def test_cells_without_commune_are_placed_by_their_centre(real):
    grid = datakit.load_grid(commune="59350", depot=real / "carreaux_200m" / "lille.gpkg")
    lille = datakit.load_communes(code="59350", depot=real / "carreaux_200m" / "lille.gpkg").to_crs(3035)
    assert grid.centroid.within(lille.union_all()).all()
    assert any("placés par leur centre" in r for r in grid.attrs["reserves"])


def test_an_arrondissement_has_its_own_iris(real):
    iris = datakit.load_iris(commune="69381", depot=real)
    assert set(iris["insee_com_iris"]) == {"69381"}
    assert iris.attrs["reserves"] == []


def test_a_cell_that_does_not_say_where_it_is(tmp_path):
    (tmp_path / "carreaux.csv").write_text(GRID + "CRS3035RES200mN24668,0,69123,9,4,1,90000\n", encoding="utf-8")
    with pytest.raises(FormatError, match="N24668"):
        datakit.load_grid(depot=tmp_path)


def test_points_in_several_projections_at_once(tmp_path):
    (tmp_path / "geo.csv").write_text(
        "siret;x;y;qualite_xy;epsg;plg_qp24;plg_code_commune\n"
        "1;842000;6519000;11;2154;HZ;69123\n2;338000;7691000;11;2975;HZ;97411\n3;;;33;;HZ;69383\n",
        encoding="utf-8",
    )
    points = datakit.load_points("etablissements", depot=tmp_path)
    assert points.attrs["without_location"] == 1
    assert [round(x) for x in points.geometry.x] == [5, 55]
    assert [round(y) for y in points.geometry.y] == [46, -21]
    assert len(datakit.load_points("etablissements", commune="97411", depot=tmp_path)) == 1
    with pytest.raises(OptionError, match="adresses"):
        datakit.load_points("adresse", depot=tmp_path)


@pytest.mark.parametrize(
    ("code", "level", "filters"),
    [
        ("69383", "commune", {"commune": "69123"}),
        ("200046977", "epci", {"epci": "200046977"}),
        ("974", "departement", {"department": "974"}),
        (None, "tout", {}),
    ],
)
def test_the_territory_of_the_course(code, level, filters):
    chosen = datakit.territory(code)
    assert (chosen.level, chosen.filters) == (level, filters)


def test_the_territory_comes_from_the_environment(monkeypatch, folder):
    monkeypatch.setenv("DATAKIT_TERRITOIRE", "69266")
    assert len(datakit.territory().qpv(depot=folder)) == 1
    with pytest.raises(CodeError):
        datakit.territory("Lyon 3e")


def test_microdata_exist_only_for_the_school():
    people = datakit.load_microdata("individus")
    assert people.attrs["depot"] == "ecole" and len(people) > 1_000
    with pytest.raises(OptionError):
        datakit.load_microdata("adresses")


def test_the_school_has_every_context_layer():
    assert len(datakit.load_communes()) == 13
    assert datakit.load_iris()["insee_com"].str.startswith("96").all()
    assert (datakit.load_grid()["i_est_200"] == 1).any()
    for kind in ("equipements", "etablissements", "adresses", "logements_sociaux"):
        assert len(datakit.load_points(kind, commune="96001")) > 0
    with pytest.raises(SourceError, match="rien pour"):
        datakit.load_communes(code="69123")


def test_real_context_layers(real):
    communes = datakit.load_communes(depot=real)
    assert communes["insee_com"].is_unique and communes.geometry.is_valid.all()
    assert len(datakit.load_communes(epci="200046977", depot=real)) == 59
    iris = datakit.load_iris(depot=real)
    assert len(iris) == 358
    assert len(datakit.load_iris(commune="69123", depot=real)) == (iris["insee_com"] == "69123").sum() > 0
    grid = datakit.load_grid(depot=real)
    assert len(grid) == grid["idcar_200m"].nunique() > 15_000
    assert len(datakit.load_points("adresses", depot=real)) > 8_000
