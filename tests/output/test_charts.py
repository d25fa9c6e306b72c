"""Les graphiques : ce qu'ils disent, ce qu'ils refusent."""

import re

import numpy as np
import pandas as pd
import pytest

import datakit
from datakit.core.errors import FormatError, OptionError
from datakit.core.french import number as french_number
from datakit.output import render
from datakit.output.charts.bars import bars
from datakit.output.charts.distribution import distribution
from datakit.output.charts.flow import flow
from datakit.output.charts.pyramid import pyramid
from datakit.output.charts.scatter import READING, scatter
from datakit.output.charts.slope import _apart, slope
from datakit.output.panel import drawn
from datakit.output.tables import show

RATES = pd.Series([20.0, 30.0, 45.0, np.nan], index=["A", "B", "C", "D"], name="taux_pauvrete")


def draw(figure):
    assert render.png(figure)[:4] == b"\x89PNG"
    return figure


def test_bars_keep_the_order_of_the_table_or_of_names():
    table = pd.DataFrame({"taux_pauvrete": [1.0, 2.0, 3.0]}, index=["Écully", "Zéro", "Dardilly"])
    assert list(draw(bars(table, "taux_pauvrete")).table.index) == ["Écully", "Zéro", "Dardilly"]
    assert list(bars(table, "taux_pauvrete", order="nom").table.index) == ["Dardilly", "Écully", "Zéro"]
    with pytest.raises(OptionError, match="order"):
        bars(table, "taux_pauvrete", order="valeur")


def test_bars_write_intervals_and_comparators():
    table = pd.DataFrame({"taux_pauvrete": [30.0], "bas": [28.0], "haut": [33.0]}, index=["A"])
    figure = draw(bars(table, "taux_pauvrete", low="bas", high="haut", comparators={"France": 14.9, "Ville": 15.0}))
    assert "France 14,9\u202f% et Ville 15,0\u202f%" in figure.alt and "intervalle" in figure.alt
    assert list(figure.table.columns) == ["Taux de pauvreté (%)", "De", "À"]


def test_bars_of_nothing_published_still_say_so():
    figure = draw(bars(pd.Series([np.nan], index=["A"], name="taux_pauvrete")))
    assert "aucune valeur publiée" in figure.title and "1\xa0valeur manque" in figure.alt


@pytest.mark.parametrize("value", ["taux_pauvret", "inconnu"])
def test_an_unknown_column_lists_the_columns(value):
    with pytest.raises(OptionError, match="pas de colonne"):
        bars(RATES.to_frame(), value)


def test_text_and_infinity_are_refused():
    with pytest.raises(FormatError, match="texte"):
        bars(pd.Series(["12,5"], index=["A"], name="taux_pauvrete"))
    with pytest.raises(FormatError, match="infinie"):
        bars(pd.Series([np.inf], index=["A"], name="taux_pauvrete"))
    with pytest.raises(FormatError, match="vide"):
        bars(pd.Series([], dtype=float, name="taux_pauvrete"))


def test_an_unknown_highlight_is_refused():
    with pytest.raises(OptionError, match="pas dans la table"):
        bars(RATES, highlight="Z")


def test_distribution_places_one_neighbourhood():
    figure = draw(distribution(RATES, highlight="C", comparators={"Ville": 18.0}))
    assert "C (45,0\u202f%) se situe dans le quart le plus élevé" in figure.title
    assert "Médiane : 30,0\u202f%" in figure.alt
    assert "valeur non publiée" in draw(distribution(RATES, highlight="D")).alt
    with pytest.raises(FormatError, match="toutes manquent"):
        distribution(RATES * np.nan)


def test_distribution_of_many_uses_columns():
    many = pd.Series(np.linspace(10, 60, 1400), index=[f"Q{i}" for i in range(1400)], name="taux_pauvrete")
    assert "tranche" in draw(distribution(many, highlight="Q3")).subtitle


def test_slope_says_both_dates():
    table = pd.DataFrame({"2018": [40.0, 20.0, np.nan], "2021": [43.0, 19.0, 10.0]}, index=["A", "B", "C"])
    figure = draw(slope(table, "2018", "2021", indicator="taux_pauvrete", highlight="A"))
    assert "A : 40,0\u202f% (2018), 43,0\u202f% (2021)" in figure.title
    assert "1\xa0territoire sans valeur" in figure.alt
    assert "en hausse pour 1\xa0territoire sur 2" in slope(table, "2018", "2021", indicator="taux_pauvrete").title
    with pytest.raises(FormatError, match="deux dates"):
        slope(table.iloc[2:], "2018", "2021")


def test_a_value_is_written_at_the_height_of_its_point():
    table = pd.DataFrame({"2018": [45.0, 20.0], "2021": [43.0, 19.0]}, index=["A", "B"])
    with drawn(slope(table, "2018", "2021", indicator="taux_pauvrete")) as canvas:
        axes, tall = canvas.axes[0], canvas.bbox.height
        points = [axes.transData.transform((0, v))[1] for v in table["2018"]]
        written = [t.get_position()[1] * tall for t in canvas.texts if t.get_text().startswith(("A  ", "B  "))]
    assert sorted(written) == pytest.approx(sorted(points), abs=1)


def test_labels_are_moved_apart_around_their_points():
    moved = _apart({0: 1.0, 1: 1.0, 2: 5.0}, 0.2)
    assert moved[1] - moved[0] == pytest.approx(0.2) and moved[2] == 5.0
    assert (moved[0] + moved[1]) / 2 == pytest.approx(1.0)


def test_scatter_warns_about_people():
    table = pd.DataFrame({"taux_pauvrete": [30.0, 40.0, np.nan], "part_moins_25": [35.0, 42.0, 1.0]}, index=list("ABC"))
    figure = draw(scatter(table, "part_moins_25", "taux_pauvrete", highlight=["A", "B"]))
    assert READING in figure.caption and "A : 35,0\u202f% et 30,0\u202f%" in figure.alt
    assert "1\xa0quartier sans l'une" in figure.alt
    draw(scatter(table, "part_moins_25", "taux_pauvrete"))
    with pytest.raises(FormatError, match="deux valeurs"):
        scatter(table.iloc[2:], "part_moins_25", "taux_pauvrete")


def test_the_name_of_a_point_hides_no_other_point():
    table = pd.DataFrame({"x": [35.0, 35.6, 36.2, 42.0], "y": [40.0, 40.0, 40.0, 50.0]}, index=["Les Pins", *"BCD"])
    drawn = render.svg(scatter(table, "x", "y", highlight="Les Pins", units=("%", "%"))).decode()
    turned = render.svg(scatter(table.iloc[[0, 3]], "x", "y", highlight="Les Pins", units=("%", "%"))).decode()

    def right_of_its_point(svg):
        return float(re.search(r'<text[^>]*x="([\d.]+)"[^>]*>Les Pins', svg)[1])

    # alone, the name stands to the right; with neighbours there, it moves
    assert right_of_its_point(drawn) != right_of_its_point(turned)


def test_pyramid_shares_sum_to_a_hundred():
    ages = pd.DataFrame({"femmes": [30, 20], "hommes": [35, np.nan]}, index=["0 à 29 ans", "30 ans et plus"])
    other = pd.DataFrame({"femmes": [10, 20], "hommes": [10, 20]}, index=ages.index)
    figure = draw(pyramid(ages, comparator=other, comparator_name="Ville", name="Les Pins"))
    assert figure.table[["Femmes (%)", "Hommes (%)"]].sum().sum() == pytest.approx(100, abs=0.2)
    assert "Plus grand écart avec Ville : 0 à 29 ans" in figure.alt and "1 effectif manque" in figure.alt
    assert figure.labels["comparateur"] == "Ville"
    for bad in (-ages, ages * 0):
        with pytest.raises(FormatError):
            pyramid(bad)
    with pytest.raises(FormatError, match="mêmes tranches"):
        pyramid(ages, comparator=other.iloc[:1])


def test_flow_says_who_moved():
    table = pd.DataFrame({"effectif": [800, 200, 250], "taux_pauvrete": [41.0, 30.0, 55.0]})
    table.index = ["restes", "partis", "arrives"]
    figure = draw(flow(table, indicator="taux_pauvrete", start=2015, end=2020, name="Les Pins"))
    assert "200 personnes sont parties, 250 sont arrivées" in figure.title
    assert "800 sont restées" in figure.alt and "55,0\u202f%" in figure.alt
    with pytest.raises(FormatError, match="groupe"):
        flow(table.iloc[:2])
    with pytest.raises(FormatError, match="négatif"):
        flow(table.assign(effectif=[-1, 2, 3]))


def test_a_table_is_shown_with_caption_and_scope():
    table = pd.DataFrame({"lib_qp": ["<script>", "B"], "taux_pauvrete": [30.0, np.nan]}, index=["QN1", "QN2"])
    view = show(table, "Pauvreté")
    page = view._repr_html_()
    assert "&lt;script&gt;" in page and "<script" not in page and page.count('scope="row"') == 2
    assert "n.d." in repr(view) and "Taux de pauvreté (%)" in repr(view) and repr(view) == repr(show(table, "Pauvreté"))


def test_a_hidden_cell_is_said_secret_and_statuses_are_words():
    view = show(pd.DataFrame({"menages": [np.nan, 12]}, index=["A", "B"]), "Ménages", missing="secret")
    assert "secret" in repr(view) and ">secret<" in view._repr_html_() and "n.d." not in view._repr_html_()
    counts = pd.Series({"publie": 3, "non_disponible": 1}, name="cases").rename_axis("status")
    assert "publié" in repr(show(counts, "Cases")) and "non disponible" in repr(show(counts, "Cases"))
    assert "Statut" in repr(show(counts, "Cases"))


def test_a_bold_name_is_not_cut():
    from datakit.output.panel import drawn

    names = ["Les Embruns de la Mer", "Commune"]
    with drawn(bars(pd.Series([1.0, 2.0], index=names, name="v"), highlight=names[0])) as canvas:
        edges = {t.get_text(): t.get_window_extent().x0 for t in canvas.texts}
    assert edges[names[0]] > 0


def test_two_neighbourhoods_of_the_same_name_are_told_apart():
    table = pd.DataFrame(
        {"lib_qp": ["La Verrerie", "La Verrerie", "Montjoie"], "lib_com": ["A", "B", "B"], "v": [1, 2, 3]}
    )
    assert list(bars(table, "v").table.index) == ["La Verrerie (A)", "La Verrerie (B)", "Montjoie"]


def test_drawn_comparators_are_named_under_the_figure():
    made = bars(pd.Series([1.0], index=["A"], name="v"), comparators={"France": 14.5})
    assert "Comparateur : France" in made.caption


def test_flow_draws_what_flows_returns():
    """De bout en bout : le journal des parcours, qui reste et qui part, le dessin."""
    code = datakit.load_qpv(2024)["code_qp"].iloc[0]
    found = datakit.flows(datakit.load_microdata("parcours"), code, 2015, 2020)
    made = datakit.flow(found, indicator="taux_pauvrete")
    assert made.title.startswith("Le quartier : entre 2015 et 2020, ")
    assert made.table["Personnes"].tolist() == found["effectif"].tolist()
    assert made.fiction and made.labels["perimetre"] == f"QPV 2024 ({code})"
    before, after = (french_number(found.loc["restes", c], 1, "%") for c in ("taux_debut", "taux_fin"))
    assert f"sont restées, taux de pauvreté : {before} en 2015, {after} en 2020" in made.alt
    # those who left have no rate afterwards, those who came none before
    assert list(made.table.columns) == ["Personnes", "Taux de pauvreté (%), 2015", "Taux de pauvreté (%), 2020"]
    assert made.table.iloc[1, 2] == made.table.iloc[2, 1] == "–"
    drawing = render.svg(made).decode()
    assert f"taux de pauvreté : {before} en 2015" in drawing and "Après le point" not in drawing


def test_a_table_indexed_by_quarters_is_known_by_quarters():
    """La commune, en colonne, passait avant le code du quartier, en index."""
    table = pd.DataFrame({"v": [1.0, 2.0], "insee_com": ["96001", "96001"]}, index=["QN09601I", "QN09602M"])
    table.index.name = "code_qp"
    assert "QN09602M" in bars(table, "v", highlight="QN09602M", unit="%").alt


def test_what_is_missing_has_no_bar():
    """Une barre hachurée avait une longueur."""
    table = pd.DataFrame(
        {"v": [30.0, np.nan], "bas": [28.0, 1.0], "haut": [33.0, 90.0], "status": ["publie", "secret"]}
    )
    with drawn(bars(table, "v", low="bas", high="haut", unit="%")) as canvas:
        lengths = [p.get_width() for axes in canvas.axes for p in axes.patches]
        words = {t.get_text(): t.xy[0] for axes in canvas.axes for t in axes.texts}
    assert lengths == [30.0] and words["secret"] == 0
    ages = pd.DataFrame({"femmes": [30, 20], "hommes": [35, np.nan]}, index=["0 à 29 ans", "30 ans et plus"])
    with drawn(pyramid(ages)) as canvas:
        assert sorted(p.get_width() > 0 for axes in canvas.axes for p in axes.patches) == [False, True, True, True]


def test_a_value_stands_at_the_end_of_its_bar():
    with drawn(bars(pd.Series({"A": 2.0, "B": 60.0}, name="v"), unit="%")) as canvas:
        (axes,) = canvas.axes
        ends = {t.get_text(): (t.get_window_extent(), axes.transData.transform(t.xy)[0]) for t in axes.texts}
        whole = canvas.bbox.width
    for extent, end in ends.values():
        assert 0 < extent.x0 - end < 20 and extent.x1 < whole


def test_an_interval_that_misses_its_value_is_refused():
    table = pd.DataFrame({"v": [30.0], "bas": [31.0], "haut": [33.0]}, index=["A"])
    with pytest.raises(FormatError, match="n'encadre pas"):
        bars(table, "v", low="bas", high="haut")


def test_the_outline_of_a_pyramid_is_closed():
    ages = pd.DataFrame({"femmes": [30, 20], "hommes": [35, 15]}, index=["0 à 29 ans", "30 ans et plus"])
    with drawn(pyramid(ages, comparator=ages[::-1].set_axis(ages.index))) as canvas:
        outlines = [p.get_path().vertices for axes in canvas.axes for p in axes.patches if len(p.get_path()) > 5]
    assert outlines and all(edge[0][0] == edge[-1][0] == 0 for edge in outlines)


def test_few_points_leave_no_empty_sky():
    few = distribution(RATES)
    many = distribution(pd.Series([30.0 + i % 3 for i in range(40)], name="taux_pauvrete"))
    assert few.height(6.84) < 1.5 < many.height(6.84)


def test_dumbbell_says_how_many_and_how_far():
    table = pd.DataFrame({"taux_pauvrete": [40.0, 35.0, np.nan], "autour": [15.0, 18.0, 14.0]}, index=list("ABC"))
    figure = draw(datakit.dumbbell(table, "taux_pauvrete", "autour", highlight="B"))
    assert "pour 2\xa0quartiers sur 2" in figure.title and "1\xa0quartier sans l'une" in figure.alt
    assert "B : 35,0\u202f%, environnement urbain 18,0\u202f%" in figure.alt
    assert "quartier : n.d." in render.svg(figure).decode() and "environnement urbain" in figure.caption
    with pytest.raises(FormatError, match="deux valeurs"):
        datakit.dumbbell(table.iloc[2:], "taux_pauvrete", "autour")


def test_strips_place_a_quarter_among_others():
    table = pd.DataFrame(
        {"taux_pauvrete": [30.0, 40, 50, np.nan], "part_moins_25": [35.0, 42, 30, 1]}, index=list("ABCD")
    )
    figure = draw(datakit.strips(table, ["taux_pauvrete", "part_moins_25"], highlight="B"))
    assert "au-dessus de la médiane pour 1\xa0indicateur sur 2" in figure.title
    assert "valeur non publiée" in draw(datakit.strips(table, ["taux_pauvrete"], highlight="D")).alt
    for bad in ([], ["taux_pauvrete"] * 11):
        with pytest.raises(FormatError, match="indicateurs"):
            datakit.strips(table, bad, highlight="B")


def test_a_scatter_speaks_of_a_link_only_when_it_is_clear():
    table = pd.DataFrame({"x": range(12), "y": [2 * v for v in range(12)], "z": [5, 1] * 6})
    assert "vont souvent ensemble" in scatter(table, "x", "y", units=("%", "%")).title
    assert "sans lien net" in scatter(table, "x", "z", units=("%", "%")).title
    assert "lien" not in scatter(table.iloc[:5], "x", "y", units=("%", "%")).title


def test_bars_out_of_ten_are_ten_boxes_filled_up_to_the_value():
    from matplotlib.patches import Rectangle

    table = pd.Series({"partis": 3, "restés": 4.5}, name="adultes sur dix")
    figure = draw(bars(table, of=10))
    assert figure.alt.startswith("Graphique en cases, sur 10 : adultes sur dix")
    with drawn(figure) as canvas:
        boxes = [
            b for a in canvas.axes for b in a.get_children() if isinstance(b, Rectangle) and 0.5 < b.get_height() < 0.6
        ]
    filled = [b.get_width() for b in boxes if b.get_facecolor()[3] and b.get_width()]
    assert len(boxes) == 40 and filled == pytest.approx([0.86] * 7 + [0.43])
    for wrong in (4, 0, 1000):
        with pytest.raises(FormatError, match="tout"):
            bars(table, of=wrong)
    assert "1\xa0valeur manque" in bars(pd.Series([np.nan], index=["A"], name="v"), of=10).alt
