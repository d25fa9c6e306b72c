"""La fiche de quartier : ses trois formats, ses phrases, ses comparateurs, ses manques."""

import re

import openpyxl
import pikepdf
import pytest

from datakit.analysis.comparison import compare
from datakit.cli import main
from datakit.core.errors import CodeError, SourceError
from datakit.output.fiche.content import content
from datakit.output.fiche.profile import profile
from datakit.tables.indicators import load_indicators
from datakit.tables.perimeters import load_qpv

GEOGRAPHIES = (2024, 2015)


def codes():
    """Un quartier de chaque découpage du territoire-école."""
    return [load_qpv(g)["code_qp"].iloc[0] for g in GEOGRAPHIES]


@pytest.fixture(scope="module", params=GEOGRAPHIES)
def fiche(request):
    return profile(load_qpv(request.param)["code_qp"].iloc[0])


def test_five_plain_sentences_open_the_sheet(fiche):
    facts = fiche.sheet.facts
    assert len(facts) == 5 and all(f.endswith(".") and "{" not in f and "nan" not in f for f in facts)
    assert facts[0].startswith(fiche.sheet.name)
    assert all(f in repr(fiche) for f in facts)


def test_every_theme_is_there_or_said_missing(fiche):
    assert len(fiche.sheet.blocks) == len(content()["theme"]) == 8
    assert all(block.rows or block.note for block in fiche.sheet.blocks)


def test_a_comparator_has_the_same_year_and_is_never_a_head_count(fiche):
    for row in fiche.sheet.rows:
        assert row.year and row.mark
        if row.words.unit in ("habitants", "personnes", "foyers"):
            assert not row.beside and row.median != row.median


def test_a_share_that_the_sheet_computes_has_comparators():
    rows = {row.indicator: row for row in profile(codes()[0]).sheet.rows}
    for name in ("part_rsa", "part_c2s", "part_demandeurs_femmes"):
        assert {"Environnement urbain", "Commune", "EPCI"} <= set(rows[name].beside)
    place = load_indicators("prestations", level="commune").loc[load_qpv(2024)["insee_com"].iloc[0].split(", ")[0]]
    expected = 100 * place["allocataires_rsa"] / place["allocataires_caf"]
    assert rows["part_rsa"].beside["Commune"] == pytest.approx(expected)


def test_one_map_and_charts_each_with_words(fiche):
    figures = fiche.figures
    assert figures[0].title.startswith("Où est ") and 1 < len(figures) <= 6
    assert all(f.alt and f.labels["source"] != "non précisé" for f in figures)


def test_the_page_stands_alone(fiche, tmp_path):
    page = fiche.html(tmp_path / "f.html").read_text(encoding="utf-8")
    assert page.count("<h1>") == 1 and "À retenir" in page and "Ce que ces données ne disent pas" in page
    assert "Données fictives" in page and "<script" not in page and "http" not in page.replace("http-equiv", "")
    assert len(re.findall(r"<img alt=\"[^\"]{20,}\"", page)) == len(fiche.figures)
    assert fiche._repr_html_().startswith('<iframe title="Fiche : ')


@pytest.mark.complete
@pytest.mark.parametrize("geography", GEOGRAPHIES)
def test_every_sheet_of_the_school_has_two_pages(geography, tmp_path):
    for code in load_qpv(geography)["code_qp"]:
        with pikepdf.open(profile(code).pdf(tmp_path / "f.pdf")) as pdf:
            assert len(pdf.pages) == 2, code


def test_the_pdf_has_two_tagged_pages(fiche, tmp_path):
    with pikepdf.open(fiche.pdf(tmp_path / "f.pdf")) as pdf:
        assert len(pdf.pages) == 2 and pdf.Root.MarkInfo.Marked
        assert str(pdf.docinfo["/Title"]) == fiche.sheet.name


def test_the_workbook_keeps_numbers_and_sources(fiche, tmp_path):
    book = openpyxl.load_workbook(fiche.xlsx(tmp_path / "f.xlsx"))
    assert book.sheetnames == ["À retenir", "Indicateurs", "Notes et sources"]
    page = book["Indicateurs"]
    heads = [c.value for c in page[1]]
    values = [r[heads.index("Quartier")].value for r in page.iter_rows(min_row=2)]
    assert sum(isinstance(v, (int, float)) for v in values) == sum(r.value == r.value for r in fiche.sheet.rows)
    assert any("fictives" in str(c.value) for row in book["Notes et sources"].iter_rows() for c in row)


def test_the_same_data_give_the_same_files(fiche, tmp_path):
    for kind in ("html", "pdf"):
        first = getattr(fiche, kind)(tmp_path / f"a.{kind}").read_bytes()
        assert getattr(profile(fiche.sheet.code), kind)(tmp_path / f"b.{kind}").read_bytes() == first


def test_an_unknown_neighbourhood_is_refused():
    with pytest.raises(CodeError, match="pas dans ce dépôt"):
        profile("QN09699N")
    with pytest.raises(CodeError, match="pas un code"):
        profile("Les Embruns")


def test_the_command_writes_sheets_and_an_index(tmp_path, capsys):
    wanted = codes()
    assert main(["profile", *wanted, "-o", str(tmp_path)]) == 0
    assert "2\xa0fiches écrites" in capsys.readouterr().out
    index = (tmp_path / "index.html").read_text(encoding="utf-8")
    for code in wanted:
        assert all(f'href="{code}.{kind}"' in index for kind in ("html", "pdf", "xlsx"))
        assert all((tmp_path / f"{code}.{kind}").stat().st_size > 5000 for kind in ("html", "pdf", "xlsx"))
    assert main(["profile", "-o", str(tmp_path)]) == 2


def test_a_commune_gives_all_its_neighbourhoods(tmp_path):
    from datakit.output.fiche.asking import codes_of

    commune = load_qpv(2024)["insee_com"].iloc[0]
    found = codes_of(commune, None)
    assert found and all(c.startswith("QN096") for c in found)
    # neither year is named as the only one looked at
    with pytest.raises(SourceError, match="aucun quartier prioritaire trouvé") as refusal:
        codes_of("96999", None)
    assert {"En 2024", "En 2015"} <= set(refusal.value.details)


@pytest.mark.parametrize("code", ["QN09602M", "QN09607M"])
def test_the_sheet_prints_the_rows_of_compare_and_no_other(code):
    computed = {extra["name"] for extra in content()["derived"]}
    theme_of = {i: theme["id"] for theme in content()["theme"] for i in theme["indicators"] if i not in computed}
    sheet, checked = profile(code, depot="ecole").sheet, 0
    for row in sheet.rows:
        if not row.beside or row.indicator not in theme_of:
            continue
        levels = list(dict.fromkeys(c.level for c in sheet.comparators))
        table = compare(code, theme_of[row.indicator], to=levels, year=int(row.year), depot="ecole")
        mine = table[(table["indicator"] == row.indicator) & (table["level"] != "qpv") & (table["note"] == "")]
        for one in row.known(sheet.comparators):
            rows = mine[(mine["level"] == one.level) & (one.code is None or mine["code"] == one.code)]
            assert rows["value"].tolist() == [row.beside[one.name]], (row.indicator, one.name)
            checked += 1
    assert checked > 5


def test_a_quarter_on_several_communes_has_a_column_for_each_commune_and_epci(tmp_path):
    sheet = profile("QN09607M", depot="ecole").sheet
    # the list cites Orvanche first; the main commune is the one that holds most of the outline
    assert sheet.place == "Trémalène (77\u202f%), Vaucresque, Orvanche"
    assert any("Commune principale : Trémalène" in line for line in sheet.limits)
    assert [c.name for c in sheet.comparators] == [
        "Environnement urbain",
        *(f"Commune : {name}" for name in ("Trémalène", "Vaucresque", "Orvanche")),
        *(f"EPCI : {name}" for name in ("Orvanche Métropole", "CA du Pays d'Ambrelle")),
        "France",
    ]
    rate = next(row for row in sheet.rows if row.indicator == "taux_pauvrete")
    around = load_indicators("revenus", level="epci", depot="ecole")["taux_pauvrete"]
    published = {c.name: around[c.code] for c in sheet.comparators if c.level == "epci"}
    assert len(published) == 2 and {name: rate.beside[name] for name in published} == published
    assert any("aucune n'est à elle seule son repère" in line for line in sheet.limits)
    with pikepdf.open(profile("QN09607M", depot="ecole").pdf(tmp_path / "f.pdf")) as pdf:
        assert len(pdf.pages) == 2


def test_a_sentence_names_every_commune_where_no_surroundings_are_published():
    from datakit.output.fiche.sentences import key_facts

    sheet = profile("QN09607M", depot="ecole").sheet
    rows = {row.indicator: row for row in sheet.rows}
    fact = key_facts("Le Clos Fleuri", "", rows, (), [c for c in sheet.comparators if c.level == "commune"])[1]
    assert all(f"dans la commune ({name})" in fact for name in ("Trémalène", "Vaucresque", "Orvanche"))


def test_one_bad_code_does_not_stop_the_others(tmp_path, capsys):
    assert main(["profile", "QN09603I", "QN09602", "QN09699M", "-o", str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert "1\xa0fiche écrite, 2\xa0demandes refusées" in said.out
    assert "QN09602M (Les Trois Moulins)" in said.err
    assert (tmp_path / "QN09603I.html").is_file()


def test_a_commune_and_an_epci_are_accepted_by_name():
    from datakit.output.fiche.asking import codes_of

    assert codes_of("orvanche", None) == codes_of("96001", None)
    assert codes_of("Orvanche Métropole", None, "epci") == codes_of("209600001", None, "epci")
    with pytest.raises(CodeError, match=r"96001 \(Orvanche\)"):
        codes_of("Orvanch", None)


def test_a_name_or_a_code_with_another_letter_leads_to_the_code():
    with pytest.raises(CodeError, match=r"QN09602M \(Les Trois Moulins\)"):
        profile("Les Trois Moulins")
    with pytest.raises(CodeError, match="Codes proches : QN09602M"):
        profile("QN09602I")


def test_what_stands_apart_is_chosen_by_rank_one_line_per_theme():
    """Never an age, never an interdecile ratio; every line says among how many quarters, and beyond noise."""
    for code in load_qpv(2024)["code_qp"]:
        sheet = profile(code).sheet
        lines = [*sheet.strengths, *sheet.difficulties]
        assert not [line for line in lines if re.search(r"interdécile|25\u202f?ans|jeunesse", line)]
        assert all("quartiers comparables (médiane" in line for line in lines)
        assert len(sheet.strengths) <= 3 >= len(sheet.difficulties)
        for side in (sheet.strengths, sheet.difficulties):
            titles = [
                b.title for line in side for b in sheet.blocks if any(line.startswith(r.words.label) for r in b.rows)
            ]
            assert len(set(titles)) == len(titles)


def _ranked(indicator, value, others, *, people=5000.0, theme="revenus"):
    """What a sheet says of one indicator, among quarters that have these values."""
    import pandas as pd

    from datakit.output.fiche.ranking import findings
    from datakit.output.fiche.rows import Row
    from datakit.output.words import words_for

    codes = [f"QN069{k:02}N" for k in range(1, len(others) + 1)]
    values = pd.DataFrame({indicator: [value, *others]}, index=["QN06999N", *codes])
    table = type("Table", (), {"values": values})()
    dossier = type("Dossier", (), {"themes": {theme: table}})()
    row = Row(indicator, words_for(indicator, values[indicator]), value, "publie", "2021", {},
              float(values[indicator].median()), "●")  # fmt: skip
    return findings(dossier, "QN06999N", {indicator: row}, people)


def test_a_gap_of_one_rounding_step_or_within_the_noise_of_the_census_is_not_told():
    assert _ranked("taux_pauvrete", 40.1, [40.0] * 30) == []
    assert [f.good for f in _ranked("taux_pauvrete", 40.2, [40.0] * 30)] == [False]
    close = [44.0 + k / 100 for k in range(30)]
    assert _ranked("taux_emploi", 46.0, close, people=2000, theme="emploi") == []
    assert [f.good for f in _ranked("taux_emploi", 60.0, close, people=2000, theme="emploi")] == [True]


def test_the_middle_half_and_too_few_quarters_are_not_told():
    spread = [float(v) for v in range(20, 60)]
    assert _ranked("taux_pauvrete", 45.0, spread) == []
    assert _ranked("taux_pauvrete", 55.0, spread[:9]) == []
    found = _ranked("taux_pauvrete", 58.5, spread)
    assert "plus que dans 98\u202f% des quartiers comparables" in found[0].text
    assert found[0].first


def test_the_shares_of_income_add_up_with_taxes_shown(fiche):
    shares = {r.indicator: r.value for r in fiche.sheet.rows}
    parts = ("activite", "pensions", "prestations", "patrimoine")
    names = [n for n in shares if n.startswith("part_revenus_") or n in ("part_pensions", "part_prestations_sociales")]
    assert "part_impots" in shares and len(names) == len(parts)
    assert sum(shares[n] for n in [*names, "part_impots"]) == pytest.approx(100, abs=0.5)


def test_years_are_said_theme_by_theme(fiche):
    assert all(
        block.heading.split(" · ")[1] for block in fiche.sheet.blocks if any(r.value == r.value for r in block.rows)
    )
    years = {r.year for r in fiche.sheet.rows if r.value == r.value}
    if any(y.startswith("fichier") for y in years):
        assert "année non documentée" in fiche.sheet.facts[-1]


def test_the_page_never_sends_to_python_nor_repeats_a_code(fiche, tmp_path):
    page = fiche.html(tmp_path / "f.html").read_text(encoding="utf-8")
    assert ".table</code>" not in page
    assert not re.search(r"\b(Q[NP]\w{6})\b\W+(?:<[^>]+>)*\W*\1\b", re.sub(r"<[^>]+>", " ", page))


def test_the_main_commune_is_the_one_with_the_largest_share_and_it_is_said():
    sheet = profile("QN09602M").sheet
    assert sheet.place == "Orvanche (58\u202f%), Trémalène"
    assert any(line.startswith("Commune principale : Orvanche") for line in sheet.limits)
    assert [c.lib for c in sheet.comparators if c.level == "commune"] == ["Orvanche", "Trémalène"]


def test_on_real_files_an_unchanged_quarter_shows_its_figures_under_its_old_code(real):
    here = str(real)
    old, new = profile("QP069042", here).sheet, profile("QN06939I", here).sheet
    shown = {r.indicator: r.value for r in new.rows if r.value == r.value}
    assert len(shown) > 20
    assert shown == {r.indicator: r.value for r in old.rows if r.value == r.value}
    assert all("QP069042" in block.note for block in new.blocks if block.rows)
    assert any("QP069042" in line for line in new.limits)


def test_on_real_files_a_quarter_without_figures_says_so(real):
    sheet = profile("QN06913M", str(real)).sheet
    assert sheet.nothing == "Ces fichiers ne contiennent aucun chiffre sur ce quartier."
    assert "aucun chiffre" in sheet.facts[0]
    assert sheet.place == "Vénissieux (91\u202f%), Saint-Fons"
