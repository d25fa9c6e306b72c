"""Tout effectif publié est un comptage des habitants, ou il est masqué, ou il est imputé et exact au niveau naturel."""

import io
import zipfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from datakit import aggregate, join, load_indicators, load_qpv
from datakit.core.errors import GeographyError
from workshop.school.calibration import AROUND, ring
from workshop.school.measures import population
from workshop.school.publish_qpv2024 import FILES


def member(data, archive, name, **options):
    with zipfile.ZipFile(data / archive) as opened:
        return pd.read_csv(io.BytesIO(opened.read(name)), dtype=str, keep_default_na=False, **options)


def number(values):
    return pd.to_numeric(values.str.replace(",", ".").where(~values.isin(["s", "ns", "nd", "so", ""]), None))


@pytest.fixture(scope="module")
def micro(data):
    return {k: pd.read_parquet(data / "microdonnees" / f"{k}.parquet") for k in ("menages", "individus", "parcours")}


@pytest.fixture(scope="module")
def grid(data):
    return member(data, "Filosofi2021_carreaux_200m_csv.zip", "carreaux_200m_met.csv")


def test_qpv_populations_are_counts_of_residents(data, orvanche):
    published = member(data, FILES[0].archive, "estimations-demographiques-2022_QP.csv", sep=";").set_index("CODGEO")
    s = orvanche.state(2022)
    zone = orvanche.qpv2024.zone[orvanche.places.block[s.dwelling]]
    expected = population(s, zone, len(orvanche.qpv2024))["pop"]
    assert number(published.POP).tolist() == expected.tolist()


@pytest.mark.parametrize("file", [f for f in FILES if f.need != ("income",)], ids=lambda f: f.stem)
def test_communes_add_up_to_their_epci(data, file):
    communes = member(data, file.archive, f"{file.stem}_COM.csv", sep=";").set_index("CODGEO")
    epci = member(data, file.archive, f"{file.stem}_EPCI.csv", sep=";").set_index("CODGEO")
    of = pd.read_csv(data / "EPCI_2020.csv", sep=";", dtype=str, encoding="utf-8-sig").set_index("CODGEO").EPCI
    checked = 0
    for column in file.columns:
        if column.digits:
            continue
        parts = number(communes[column.name])
        if parts.isna().any():
            continue
        assert parts.groupby(of).sum().to_dict() == number(epci[column.name]).to_dict(), column.name
        checked += 1
    assert checked


def test_grid_counts_every_resident(grid, micro):
    assert number(grid.ind).sum() == len(micro["individus"])
    assert round(number(grid.men).sum(), 3) == len(micro["menages"])


def test_imputed_cells_are_exact_at_natural_level(data, grid):
    natural = member(data, "Filosofi2021_carreaux_nivNaturel_csv.zip", "carreaux_nivNaturel_met.csv").set_index(
        "idcar_nat"
    )
    for column in ("ind", "men", "men_pauv", "ind_snv", "log_soc", "ind_0_3", "men_surf"):
        total = number(grid[column]).groupby(grid.idcar_nat).sum()
        assert np.allclose(total, number(natural[column]).loc[total.index], atol=0.02), column


def test_true_cells_hold_eleven_households(grid):
    true = grid[grid.i_est_200 == "0"]
    assert number(true.men).min() >= 11


def test_true_cells_match_the_residents(grid, micro):
    people = micro["menages"].groupby("idcar_200m", observed=True).personnes.sum()
    cells = grid.set_index("idcar_200m")
    assert (number(cells.ind) == people.reindex(cells.index)).all()


def test_poverty_rate_is_that_of_the_fiscal_field(data, micro):
    published = member(data, FILES[1].archive, "revenu-disponible-qp24-2021_QP.csv", sep=";").set_index("CODGEO")
    m = micro["menages"][micro["menages"].champ_fiscal]
    poor = (m.personnes * m.pauvre).groupby(m.code_qp_2024, observed=True).sum()
    rate = 100 * poor / m.groupby("code_qp_2024", observed=True).personnes.sum()
    shown = number(published.DISP_TP60_A21)
    assert shown.notna().sum() >= 10
    assert ((shown - rate).abs() <= 0.051)[shown.notna()].all()


def test_nothing_fiscal_is_published_under_eleven_households(data):
    for level in ("QP", "COM"):
        table = member(data, FILES[1].archive, f"revenu-disponible-qp24-2021_{level}.csv", sep=";")
        few = number(table.DISP_NBMEN_A21).fillna(0) < 11
        assert (table.loc[few, "DISP_MED_A21"] == "s").all()


def test_a_fiscal_value_is_really_hidden(data):
    iris = pd.read_csv(data / "BASE_TD_FILO_DISP_IRIS_2021.csv", sep=";", dtype=str, encoding="utf-8-sig")
    qpv = member(data, FILES[1].archive, "revenu-disponible-qp24-2021_QP.csv", sep=";")
    assert (iris == "s").to_numpy().any() or (qpv == "s").to_numpy().any()


def test_each_address_lies_in_its_zones(data, orvanche):
    rng = np.random.default_rng(0)
    rows = rng.choice(len(orvanche.addresses), 6000, replace=False)
    xy = orvanche.addresses.xy[rows]
    points = gpd.GeoDataFrame({"row": rows}, geometry=gpd.points_from_xy(*xy.T), crs=2154)
    block = orvanche.addresses.block[rows]
    iris = gpd.read_file(f"zip://{data}/contours-iris.zip!CONTOURS-IRIS/iris.shp")
    found = gpd.sjoin(points, iris.to_crs(2154), predicate="within", how="left")
    codes = np.array(orvanche.zoning.iris_code)[orvanche.zoning.iris[block]]
    assert (found.id.to_numpy() == codes).all()
    qpv = gpd.read_file(f"zip://{data}/qpv-2024-geojson.zip!GEOJSON/QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson")
    found = gpd.sjoin(points, qpv.to_crs(2154), predicate="within", how="left")
    codes = np.array([*orvanche.qpv2024.code, None], dtype=object)[orvanche.qpv2024.zone[block]]
    assert (found.code_qp.fillna("").to_numpy() == np.where(codes == None, "", codes)).all()  # noqa: E711


def test_log_gives_back_the_residents_of_2021(micro):
    log = micro["parcours"]
    last = log[log.annee <= 2021].groupby("id_individu").tail(1)
    here = last[~last.evenement.isin(["depart", "deces"])].set_index("id_individu")
    people = micro["individus"].set_index("id_individu")
    assert here.index.equals(people.index)
    assert (here.code_iris.astype(str) == people.code_iris.astype(str)).all()
    # turning fifteen is no event: such a person reads « moins de 15 ans » until something happens to them
    known = here.activite != "moins de 15 ans"
    assert (here.activite.astype(str) == people.activite.astype(str))[known].all()
    assert (people.age[~known] < 15 + 9).all()


def test_nothing_lies_on_real_land(data):
    communes = gpd.read_file(data / "communes-96-orvanche.geojson").to_crs(2154)
    # the nearest real land, Penmarc'h and Noirmoutier, is beyond 100 km of this box
    assert communes.total_bounds[2] < 140_000 and communes.total_bounds[3] < 6_700_000
    assert communes.code.str.fullmatch(r"96\d{3}").all()


def test_the_surroundings_are_the_rest_of_the_urban_units(data, orvanche):
    published = member(data, FILES[1].archive, "revenu-disponible-qp24-2021_ENVURB.csv", sep=";").iloc[0]
    s = orvanche.state(2021)
    around = (ring(orvanche)[s.dwelling] == AROUND) & s.fiscal
    assert published.CODGEO == "EU"
    assert int(published.DISP_NBMEN_A21) == around.sum()
    rate = 100 * (s.size * s.poor)[around].sum() / s.size[around].sum()
    assert float(published.DISP_TP60_A21.replace(",", ".")) == pytest.approx(rate, abs=0.051)


def test_figures_of_orvanche_never_mix_with_real_ones():
    school = load_indicators("revenus")
    real = pd.DataFrame(school.head(2).to_numpy(), columns=school.columns, index=["QN06901N", "QN06902N"])
    mixed = pd.concat([school, real.rename_axis("code_qp")])
    with pytest.raises(GeographyError, match="fictif"):
        aggregate(mixed, "taux_pauvrete", "menages_fiscaux")
    with pytest.raises(GeographyError, match="fictif"):
        join(load_qpv(2024), real.rename_axis("code_qp"))
