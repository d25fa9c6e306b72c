"""Ce qu'une table apportée dit de faux sans le savoir : projection, effectif négatif, fraction, codes mal rangés."""

from __future__ import annotations

import geopandas as gpd
import pandas as pd
import pytest
import shapely

import datakit as dk
from datakit.cli import main
from datakit.core.places import content
from datakit.errors import CodeError, FormatError, JoinError, OptionError, UnsafeOperation


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
    path = dk.export_gis(dk.load_qpv(2024), tmp_path / "o.gpkg", crs=crs)
    assert gpd.read_file(path, layer="quartiers").crs.to_epsg() == int(str(crs).removeprefix("EPSG:"))


def told(name, values, year=2021, codes=("QN06901I", "QN06902I", "QN06903I")):
    table = pd.DataFrame({name: values}, index=pd.Index(codes[: len(values)], name="code_qp"))
    table.attrs |= {"years": {name: year}, "labels": {"source": "INSEE, Filosofi"}}
    return table


PASSAGE = pd.DataFrame(
    {"origin": ["QP069001", "QP069002"], "target": ["QN06901I"] * 2, "share_origin": 1.0, "share_target": 0.5}
)


def grid(*counted):
    boxes = [shapely.box(200 * k, 0, 200 * k + 200, 200) for k in range(len(counted))]
    return gpd.GeoDataFrame({"ind": counted, "moyenne": 1.0}, geometry=boxes, crs=3035)


ZONE = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[shapely.box(100, 0, 500, 200)], crs=3035)
POINTS = gpd.GeoDataFrame({"logements": [4.0, -999.0]}, geometry=gpd.points_from_xy([50, 250], [50, 50]), crs=3035)
SUMMED = {
    "convert": lambda v: dk.convert(told("menages", [v, 5.0], codes=("QP069001", "QP069002")), PASSAGE),
    "convert, une colonne inconnue": lambda v: dk.convert(
        told("kiosques", [v, 5.0], codes=("QP069001", "QP069002")), PASSAGE
    ),
    "change, avant": lambda v: dk.change(told("menages", [v, 5.0], 2018), told("menages", [4.0, 5.0])),
    "change, après": lambda v: dk.change(told("menages", [4.0, 5.0], 2018), told("menages", [4.0, v])),
    "aggregate": lambda v: dk.aggregate(told("menages", [4.0, v]), "menages"),
    "aggregate, poids": lambda v: dk.aggregate(
        told("taux_pauvrete", [40.0, 41.0]).assign(menages=[4.0, v]), "taux_pauvrete", "menages"
    ),
    "rate, numérateur": lambda v: dk.rate(told("pauvres", [v, 1.0])["pauvres"], told("n", [9.0, 9.0])["n"]),
    "rate, dénominateur": lambda v: dk.rate(told("n", [0.0, 1.0])["n"], told("menages", [v, 9.0])["menages"]),
    "interpolate": lambda v: dk.interpolate(grid(v, 90.0, 40.0), ZONE, "ind"),
    "interpolate, surface": lambda v: dk.interpolate(grid(90.0, v, 40.0), ZONE, "ind", "area"),
    "interpolate, pondération": lambda v: dk.interpolate(grid(90.0, v, 4.0), ZONE, "moyenne", averaged_by="ind"),
}


@pytest.mark.parametrize("value", [-999.0, -5.0, -0.5, "-999"])
@pytest.mark.parametrize("where", SUMMED)
def test_a_negative_count_is_refused_wherever_it_would_be_summed(where, value):
    with pytest.raises(FormatError, match="négatif") as caught:
        SUMMED[where](value)
    said = str(caught.value)
    assert said.replace("\u2212", "-").count(str(round(float(value)))) and "None" in said


@pytest.mark.parametrize("where", SUMMED)
@pytest.mark.parametrize("value", [None, 0.0])
def test_a_missing_count_or_none_at_all_is_not_refused(where, value):
    SUMMED[where](value)


def test_a_refusal_of_a_negative_count_names_the_first_codes_and_the_column():
    table = told("menages", [-999.0, 4.0, -5.0])
    with pytest.raises(FormatError) as caught:
        dk.aggregate(table, "menages")
    said = str(caught.value)
    assert "menages" in said and "QN06901I" in said and "QN06903I" in said and "QN06902I" not in said
    table["menages"] = table["menages"].mask(table["menages"] < 0)
    assert dk.aggregate(table, "menages").hidden == 2


def test_the_points_of_an_interpolation_have_no_negative_count():
    with pytest.raises(FormatError, match="négatif"):
        dk.interpolate(grid(90.0, 90.0, 40.0), ZONE, "ind", "dwellings", by=POINTS, weight="logements")


@pytest.mark.parametrize("name", ["solde_migratoire", "variation_menages", "ecart"])
def test_a_balance_may_be_negative(name):
    table = told(name, [-7.0, 5.0], codes=("QP069001", "QP069002"))
    assert dk.convert(table, PASSAGE).loc["QN06901I", name] == -2
    with pytest.raises(UnsafeOperation, match="pondère"):
        dk.aggregate(told("taux_pauvrete", [40.0, 41.0]).assign(**{name: [-4.0, 2.0]}), "taux_pauvrete", name)


def test_a_mean_of_cells_may_be_negative():
    cells = grid(90.0, 10.0, 40.0).assign(moyenne=[-5.0, -2.0, 1.0])
    assert dk.interpolate(cells, ZONE, "moyenne", averaged_by="ind")["moyenne"].notna().all()


def squares(name, values):
    table = told(name, values)
    boxes = [shapely.box(840_000 + 900 * k, 6_519_000, 840_800 + 900 * k, 6_519_800) for k in range(len(values))]
    layer = gpd.GeoDataFrame(table.reset_index(), geometry=boxes, crs=2154)
    layer.attrs |= table.attrs
    return layer


RATES = {
    "change, avant": lambda n, v, t: dk.change(told(n, v, 2018), told(n, [41.0, 42.0, 43.0])),
    "change, après": lambda n, v, t: dk.change(told(n, [41.0, 42.0, 43.0], 2018), told(n, v)),
    "aggregate": lambda n, v, t: dk.aggregate(told(n, v).assign(menages=10.0), n, "menages"),
    "bars": lambda n, v, t: dk.bars(told(n, v), n),
    "bars, une colonne": lambda n, v, t: dk.bars(told(n, v)[n]),
    "distribution": lambda n, v, t: dk.distribution(told(n, v), n),
    "strips": lambda n, v, t: dk.strips(told(n, v), [n], highlight="QN06901I"),
    "scatter": lambda n, v, t: dk.scatter(told(n, v).assign(niveau=[1.0, 2.0, 3.0]), "niveau", n),
    "dumbbell": lambda n, v, t: dk.dumbbell(told(n, v).assign(autour=15.0), n, "autour"),
    "choropleth": lambda n, v, t: dk.choropleth(squares(n, v), n, ground=None),
    "webmap": lambda n, v, t: dk.webmap(squares(n, v), n, ground=None),
    "export_gis": lambda n, v, t: dk.export_gis(squares(n, v), t / "o.gpkg", value=n),
    "export_gis, sans style": lambda n, v, t: dk.export_gis(squares(n, v), t / "o.geojson"),
    "show": lambda n, v, t: dk.show(told(n, v), "Taux"),
}


@pytest.mark.parametrize("values", [[0.30, 0.41, 0.5], [0.4, 1.0, None], [None, 0.4, None], [0.0, 0.4, 0.5]])
@pytest.mark.parametrize("name", ["taux_pauvrete", "part_moins_25", "part_pensions"])
@pytest.mark.parametrize("where", RATES)
def test_a_known_rate_in_fractions_is_refused(tmp_path, where, name, values):
    with pytest.raises(FormatError, match="semblent des fractions") as caught:
        RATES[where](name, values, tmp_path)
    said = str(caught.value)
    assert name in said and f'100 * table["{name}"]' in said and "QN0690" in said


@pytest.mark.parametrize("values", [[300.0, 410.0, 500.0], [41.0, 3900.0, None], [41.0, -999.0, 42.0]])
@pytest.mark.parametrize("where", RATES)
def test_a_known_share_far_from_a_hundred_is_refused(tmp_path, where, values):
    with pytest.raises(FormatError, match="impossible"):
        RATES[where]("taux_pauvrete", values, tmp_path)


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("taux_pauvrete", [41.0, 0.9, 42.0]),  # one of them is enough to say that these are per cents
        ("taux_pauvrete", [1.0, 1.0, 0.0]),
        ("taux_pauvrete", [None, None, None]),
        ("part_de_marche", [0.3, 0.4, 0.5]),
        ("taux_d_effort", [300.0, 410.0, 500.0]),
        ("part_pensions", [101.0, -3.0, 20.0]),
    ],
)
@pytest.mark.parametrize("where", [w for w in RATES if w not in ("distribution", "dumbbell", "scatter", "strips")])
def test_what_may_be_true_is_neither_refused_nor_doubted(tmp_path, where, name, values):
    found = RATES[where](name, values, tmp_path)
    said = getattr(found, "reserves", None) or getattr(found, "attrs", {}).get("reserves", [])
    assert not any("fractions" in r or "sort de" in r for r in said)


@pytest.mark.parametrize("where", ["change, après", "aggregate", "bars", "choropleth", "webmap", "show"])
def test_what_nothing_settles_is_said(tmp_path, where):
    for name, values, said in (
        ("part_etrangers", [0.2, 0.4, 0.9], "fractions"),
        ("part_menages_6p", [0.2, None, 0.9], "fractions"),
        ("part_femmes", [108.6, 52.0, 51.0], "sort de 0 à 100"),
    ):
        found = RATES[where](name, values, tmp_path)
        reserves = getattr(found, "reserves", None) or getattr(found, "attrs", {}).get("reserves", [])
        assert any(said in r for r in reserves), name


def test_what_a_file_says_is_not_doubted_twice():
    small = dk.load_indicators("revenus", level="commune").nsmallest(3, "part_prestations_logement")
    assert not any("fractions" in r for r in dk.bars(small, "part_prestations_logement").reserves)
    assert dk.aggregate(dk.load_indicators("revenus"), "taux_pauvrete", "menages_fiscaux").value > 1


def test_the_remedies_of_a_rate_are_followed():
    table = told("taux_pauvrete", [0.3, 0.41, 0.5])
    table["taux_pauvrete"] = 100 * table["taux_pauvrete"]
    assert dk.bars(table, "taux_pauvrete").table.iloc[0].notna().all()


@pytest.fixture
def without_outlines(tmp_path):
    """Les revenus de deux quartiers, le périmètre d'un seul."""
    depot = tmp_path / "depot"
    depot.mkdir()
    for name in ("qp-politiquedelaville-shp.zip", "REVN_2022.csv"):
        (depot / name).write_bytes((content("data") / name).read_bytes())
    text = (depot / "REVN_2022.csv").read_text(encoding="utf-8-sig").splitlines(keepends=True)
    text.append(text[1].replace("QP096001", "QP096099"))
    (depot / "REVN_2022.csv").write_text("".join(text), encoding="utf-8-sig")
    return depot


def test_a_quarter_with_figures_and_no_outline_is_said_so(without_outlines):
    for asked in ("QP096099", ["QP096099", "QP096001"]):
        with pytest.raises(CodeError, match="pas son contour") as caught:
            dk.compare(asked, "revenus", depot=without_outlines)
        assert "QP096099" in str(caught.value) and "load_indicators" in str(caught.value)
    assert dk.load_indicators("revenus", geography=2015, depot=without_outlines).loc["QP096099"].notna().any()


def test_a_quarter_that_no_file_knows_is_still_absent(without_outlines):
    with pytest.raises(CodeError, match="n'est pas dans ce dépôt"):
        dk.compare("QP096098", "revenus", depot=without_outlines)
    with pytest.raises(CodeError, match="n'est pas dans ce dépôt"):
        dk.compare("QP096099", "emploi", depot=without_outlines)


def test_the_real_quarter_without_outline(real):
    with pytest.raises(CodeError, match="pas son contour"):
        dk.compare("QP001001", "revenus", depot=real)


@pytest.mark.parametrize("inside", [None, "vide"])
def test_an_empty_folder_says_that_there_is_nothing_to_read(tmp_path, capsys, inside):
    if inside:
        (tmp_path / inside).mkdir()
    assert main(["catalog", "--local", str(tmp_path)]) == 0
    said = capsys.readouterr().out
    assert "Rien à lire" in said and str(tmp_path) in said


def test_a_folder_of_one_file_says_its_fate(tmp_path, capsys):
    (tmp_path / "note.txt").write_text("bonjour", encoding="utf-8")
    assert main(["catalog", "--local", str(tmp_path)]) == 0
    assert "note.txt" in capsys.readouterr().out


def test_codes_badly_placed_are_told_the_true_way_out():
    old, new = told("menages", [4.0, 5.0], 2018, ("QP069001", "QP069002")), told("menages", [4.0, 5.0])
    for wrong in (
        lambda: dk.convert(old.reset_index(), PASSAGE),
        lambda: dk.change(new.reset_index(), new),
        lambda: dk.change(new, new.reset_index()),
    ):
        with pytest.raises(JoinError, match="dans une colonne") as caught:
            wrong()
        assert '.set_index("code_qp")' in str(caught.value)
    for wrong in (
        lambda: dk.convert(old.set_index(old.index.str.lower()), PASSAGE),
        lambda: dk.change(new, new.set_index(new.index.str.lower())),
    ):
        with pytest.raises(JoinError, match="minuscules") as caught:
            wrong()
        assert ".str.upper()" in str(caught.value)
    assert len(dk.convert(old.reset_index().set_index("code_qp"), PASSAGE)) == 1


@pytest.mark.parametrize("change", [str.upper, str.lower])
def test_an_index_of_codes_without_a_name_is_told_to_take_one(change):
    qpv = dk.load_qpv(2024)
    table = pd.DataFrame({"n": 1}, index=[change(c) for c in qpv["code_qp"]])
    with pytest.raises(JoinError, match="ne s'appelle pas") as caught:
        dk.join(qpv, table)
    assert '.rename_axis("code_qp")' in str(caught.value)
    assert dk.join(qpv, table.rename_axis("code_qp"))["n"].notna().all()
