"""La fiche d'un périmètre à soi : ce que les carreaux en disent, vérifié carreau par carreau."""

import geopandas as gpd
import pikepdf
import pytest
import shapely

import datakit as dk
from datakit.core.errors import AbsentError, DatakitError, OptionError


@pytest.fixture(scope="module")
def whole_cells():
    """A zone made of whole cells: what it holds is a sum that needs no estimate."""
    grid = dk.load_grid()
    inside = grid[grid.intersects(dk.load_qpv(2024).to_crs(3035).union_all())]
    middle = inside.geometry[inside["ind"].idxmax()].centroid
    cells = grid[grid.intersects(middle.buffer(450))]
    zone = gpd.GeoDataFrame({"nom": ["Secteur du port"]}, geometry=[shapely.union_all(cells.geometry)], crs=3035)
    return zone, cells


def test_every_figure_is_that_of_the_cells(whole_cells):
    zone, cells = whole_cells
    rows = {row.indicator: row.value for row in dk.profile(zone).sheet.rows}
    sums = cells.drop(columns="geometry").sum(numeric_only=True)
    young = sums[["ind_0_3", "ind_4_5", "ind_6_10", "ind_11_17"]].sum()
    assert rows["personnes"] == pytest.approx(sums["ind"], abs=5)
    assert rows["menages"] == pytest.approx(sums["men"], abs=5)
    assert rows["part_menages_pauvres"] == pytest.approx(100 * sums["men_pauv"] / sums["men"])
    assert rows["part_moins_18_ans"] == pytest.approx(100 * young / sums["ind"])
    assert rows["niveau_vie_moyen"] == pytest.approx(sums["ind_snv"] / sums["ind"])


def test_it_is_beside_its_communes_and_names_the_quarters_that_it_meets(whole_cells):
    zone, _ = whole_cells
    sheet = dk.profile(zone).sheet
    grid, communes = dk.load_grid(), dk.load_communes().to_crs(3035)
    commune = communes[communes["insee_com"] == sheet.comparators[0].code].geometry.iloc[0]
    share = grid.intersection(commune).area / grid.area
    expected = 100 * (grid["men_pauv"] * share).sum() / (grid["men"] * share).sum()
    row = next(r for r in sheet.rows if r.indicator == "part_menages_pauvres")
    assert row.beside[sheet.comparators[0].name] == pytest.approx(expected, rel=1e-6)
    qpv = dk.load_qpv(2024).to_crs(3035)
    met = qpv[qpv.intersection(zone.geometry.iloc[0]).area / qpv.area > 0.01]["code_qp"]
    said = " ".join(sheet.facts)
    assert len(met) and all(code in said for code in met)
    assert sheet.fiction


def test_it_is_written_in_the_three_formats(whole_cells, tmp_path):
    zone, _ = whole_cells
    made = dk.profile(zone)
    page = made.html(tmp_path / "z.html").read_text(encoding="utf-8")
    assert "Périmètre donné" in page and "Quartier prioritaire" not in page and "QPV médian" not in page
    with pikepdf.open(made.pdf(tmp_path / "z.pdf")) as pdf:
        assert 1 <= len(pdf.pages) <= 2
    assert made.xlsx(tmp_path / "z.xlsx").stat().st_size > 5000


def test_what_cannot_be_described_is_refused_in_words(whole_cells):
    zone, _ = whole_cells
    with pytest.raises(OptionError, match="une zone à la fois") as refusal:
        dk.profile(dk.load_qpv(2024))
    assert "iloc[[0]]" in str(refusal.value)
    with pytest.raises(AbsentError, match="aucun carreau"):
        dk.profile(zone.assign(geometry=zone.translate(500_000)))
    with pytest.raises(DatakitError, match="projection"):
        dk.profile(zone.set_crs(None, allow_override=True))
    assert dk.profile(zone.drop(columns="nom")).sheet.name == "Zone sans nom"


def test_a_real_zone_on_three_communes(real):
    zone = gpd.GeoDataFrame({"code": ["S1"]}, geometry=[shapely.box(-0.56, 44.82, -0.53, 44.85)], crs=4326)
    sheet = dk.profile(zone, depot=real).sheet
    assert [c.lib for c in sheet.comparators] == ["Bordeaux", "Floirac", "Cenon"]
    assert not sheet.fiction and len(sheet.rows) == 10
