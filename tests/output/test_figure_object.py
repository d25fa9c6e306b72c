"""Une figure ne va jamais sans ses mots, et les porte dans tous ses formats."""

import io
import re

import pandas as pd
import pikepdf
import pytest
from PIL import Image

import datakit
from datakit.core.errors import GeographyError, OptionError, UnsafeOperation
from datakit.core.labels import make_labels
from datakit.output import render
from datakit.output.charts.bars import bars

LABELS = make_labels("INSEE, Filosofi", "2021", "QPV 2024", "ménages fiscaux", "environnement urbain")


@pytest.fixture
def figure():
    table = pd.DataFrame(
        {"taux_pauvrete": [43.2, 14.5, None], "status": ["publie", "publie", "secret"]},
        index=["Les Grands Pins", "Environnement urbain", "La Jetée"],
    )
    table.attrs |= {"labels": LABELS, "reserves": ["illustration."]}
    return bars(table, "taux_pauvrete", highlight="Les Grands Pins")


def test_an_empty_alternative_is_refused(figure):
    with pytest.raises(UnsafeOperation, match="texte de remplacement"):
        bars(figure.table, "Taux de pauvreté (%)", alt="  ")


def test_the_draft_says_kind_extremes_and_what_is_missing(figure):
    assert figure.alt.startswith("Graphique en barres : taux de pauvreté (%), 3\xa0territoires.")
    assert "De 14,5\u202f% (Environnement urbain) à 43,2\u202f% (Les Grands Pins)" in figure.alt
    assert "1\xa0valeur manque (1 : secret)" in figure.alt


def test_plain_text_is_alternative_and_labels(figure):
    first, second = repr(figure).split("\n")
    assert first == figure.alt
    assert second.startswith("Source : INSEE, Filosofi · Millésime : 2021") and "Réserve : illustration." in second


def test_html_has_figure_alt_caption_and_folded_table(figure):
    page = figure._repr_html_()
    assert page == figure._repr_html_()
    assert re.search(r'<figure[^>]*><img alt="Graphique en barres', page)
    assert "<figcaption" in page and "<details><summary>" in page
    assert page.count('scope="row"') == 3 and 'scope="col"' in page and "<caption" in page


def test_png_svg_and_pdf_carry_the_same_texts(figure, tmp_path):
    with Image.open(figure.save(tmp_path / "f.png")) as picture:
        assert picture.text["Title"] == figure.title and picture.text["Description"] == figure.alt
        assert picture.text["Source"] == figure.caption
    drawing = figure.save(tmp_path / "f.svg").read_text(encoding="utf-8")
    assert f"<title>{figure.title}</title>" in drawing and 'role="img"' in drawing and "Filosofi" in drawing
    with pikepdf.open(figure.save(tmp_path / "f.pdf")) as pdf:
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang).startswith("fr")
        held = [str(o.Alt) for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and "/Alt" in o]
        assert figure.alt in held


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_saving_twice_gives_the_same_bytes(figure, tmp_path, suffix):
    first = figure.save(tmp_path / f"a{suffix}").read_bytes()
    assert figure.save(tmp_path / f"b{suffix}").read_bytes() == first


def test_another_extension_is_refused(figure, tmp_path):
    with pytest.raises(OptionError, match="extension"):
        figure.save(tmp_path / "f.jpg")


def test_school_data_are_marked_as_fictional():
    table = pd.DataFrame({"taux_pauvrete": [43.2]}, index=pd.Index(["QN09601M"], name="code_qp"))
    assert bars(table, "taux_pauvrete").caption.startswith("Données fictives.")


def test_orvanche_and_real_quarters_are_never_in_one_figure():
    """Far beyond the first rows, in the index or in a column; and five digits are not always a commune."""
    codes = [f"QN069{n:02d}M" for n in range(1, 80)] + ["QN09601M"]
    table = pd.DataFrame({"code_qp": codes, "taux_pauvrete": 40.0})
    for mixed in (table, table.set_index("code_qp"), table[["taux_pauvrete"]].set_axis(codes)):
        with pytest.raises(GeographyError, match="mélangés"):
            bars(mixed, "taux_pauvrete", labels=LABELS)
    sizes = pd.DataFrame({"taux_pauvrete": [40.0, 41.0]}, index=pd.Index(["96120", "13055"], name="effectif"))
    assert not bars(sizes, "taux_pauvrete", labels=LABELS).fiction


def test_drawing_changes_no_global_setting(figure):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    figure._repr_html_()
    assert dict(mpl.rcParams) == before


def test_picture_is_not_blank(figure):
    with Image.open(io.BytesIO(render.png(figure))) as picture:
        assert len(picture.convert("RGB").getcolors(100_000)) > 50


def test_a_figure_is_dated_by_its_own_columns():
    """Le thème « population » réunit deux années ; sous la population municipale, une seule est vraie."""
    both = datakit.join(datakit.load_qpv(2024), datakit.load_indicators("population"))
    all_of_them = datakit.join(both, datakit.load_indicators("revenus"))
    years = all_of_them.attrs["origins"]
    people, young, poor = "population_municipale", "part_moins_25", "taux_pauvrete"
    assert years[people][1] != years[young][1] != years[poor][1]
    for figure in (datakit.bars(all_of_them, people), datakit.circles(all_of_them, people, ground=None)):
        assert (figure.labels["source"], figure.labels["millesime"], figure.labels["champ"]) == years[people]
    crossed = datakit.scatter(all_of_them, young, poor).labels
    assert crossed["millesime"] == f"{years[young][1]} ; {years[poor][1]}"
    assert years[poor][0] in crossed["source"] and years[people][1] not in crossed["millesime"]
    table = all_of_them[["lib_qp", people]]
    assert datakit.show(table, "Habitants").labels["millesime"] == years[people][1]
    # a column of unknown origin may come from anywhere: everything is then named
    whole = datakit.show(table.assign(calcul=1.0), "Habitants").labels["millesime"]
    assert all(years[name][1] in whole for name in (people, young, poor))
    assert datakit.bars(all_of_them, people, labels={"millesime": "autre"}).labels["millesime"] == "autre"


@pytest.mark.parametrize(
    "labels, meant",
    [
        ({"année": "2024"}, "'millesime'"),
        ({"Source": "nos adresses"}, "'source'"),
        ({"sources": "nos adresses"}, "'source'"),
        ({"périmètre": "la ville"}, "'perimetre'"),
        ({"repère": "la ville"}, "'comparateur'"),
        ({"source": "nous", "zzz": "x"}, "labels parmi"),
        ("nos adresses", "labels={"),
        ([("source", "nous")], "labels={"),
    ],
)
@pytest.mark.parametrize("verb", ["bars", "distribution", "show", "export_gis"])
def test_a_label_that_would_be_lost_is_refused(labels, meant, verb, tmp_path):
    qpv = datakit.load_qpv(2024)
    asked = {
        "bars": lambda: datakit.bars(qpv.assign(n=1).set_index("lib_qp"), "n", labels=labels),
        "distribution": lambda: datakit.distribution(qpv.assign(n=range(len(qpv))), "n", labels=labels),
        "show": lambda: datakit.show(qpv, "Titre", labels=labels),
        "export_gis": lambda: datakit.export_gis(qpv, tmp_path / "q.gpkg", labels=labels),
    }
    with pytest.raises(OptionError) as refused:
        asked[verb]()
    assert meant in str(refused.value)
    assert not list(tmp_path.iterdir())
