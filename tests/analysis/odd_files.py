"""Trente autres fichiers d'agents : sous-totaux, « dont », étages d'en-tête, onglets qui s'additionnent, ce qu'un
classeur emporte ; l'issue est écrite d'abord, et ce qu'un lecteur en additionne aussi."""

from __future__ import annotations

import zipfile
from pathlib import Path

import openpyxl
from openpyxl.comments import Comment
from openpyxl.formatting.rule import CellIsRule, FormulaRule
from openpyxl.packaging.custom import StringProperty
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from tests.analysis.agents_tables import Case, T
from tests.analysis.hostile_files import FH, HEAD, ONE, SAFE, beside, n, table

MARK = "QuarantaineA5"


def rows_of(prefix: str, values: dict[str, tuple], names: tuple = ("F", "H")) -> list[list]:
    """Les lignes d'un croisement, totaux compris ; ``prefix`` distingue deux onglets aux mêmes libellés."""
    whole = {**values, T: tuple(map(sum, zip(*values.values(), strict=True)))}
    return [[label, *(n(v, prefix + label, prefix + c if c != T else T) for c, v in zip((*names, T), (*v, sum(v)),
             strict=True))] for label, v in whole.items()]  # fmt: skip


def inner(prefix: str, values: dict[str, tuple], names: tuple = ("F", "H")) -> list[tuple]:
    """Les sommes d'un croisement dont les étiquettes portent un préfixe."""
    every = (*values, T)
    out = [((prefix + r, T), [(prefix + r, prefix + c) for c in names]) for r in every]
    return out + [((prefix + T, c if c == T else prefix + c), [(prefix + r, c if c == T else prefix + c)
                   for r in values]) for c in (*names, T)]  # fmt: skip


def stacked(*prefixes: str, labels: tuple = ("A", "B", "C", T), names: tuple = ("F", "H", T)) -> list[tuple]:
    """Le dernier onglet est, case par case, la somme des autres."""
    *parts, whole = prefixes
    return [((whole + r, whole + c if c != T else T), [(p + r, p + c if c != T else T) for p in parts])
            for r in labels for c in names]  # fmt: skip


WOMEN = {"A": (5, 40), "B": (35, 30), "C": (20, 25)}
MEN = {"A": (30, 41), "B": (36, 33), "C": (22, 27)}
BOTH = {k: (WOMEN[k][0] + MEN[k][0], WOMEN[k][1] + MEN[k][1]) for k in WOMEN}
AGES = ("jeunes", "autres")


def indented(book: openpyxl.Workbook) -> None:
    for row in (3, 4, 6, 7):
        book.worksheets[0][f"A{row}"].alignment = Alignment(indent=1)


def merged_years(book: openpyxl.Workbook) -> None:
    book.worksheets[0].merge_cells("B1:D1")
    book.worksheets[0].merge_cells("E1:G1")


def header_comment(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["A1"].comment = Comment(f"{MARK} : A, F = 5", MARK)


def invisible(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B2"].number_format = ";;;"
    book.worksheets[0]["B2"].font = Font(color="FFFFFF")


def far_away(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["Z50"] = 5
    book.worksheets[0]["Z50"].font = Font(color="FFFFFF")


def far_column(book: openpyxl.Workbook) -> None:
    page = book.worksheets[0]
    for row, value in enumerate((5, 35, 20, 60), 2):
        page.cell(row, 30, value)
    page.column_dimensions["AD"].hidden = True


def custom(book: openpyxl.Workbook) -> None:
    book.custom_doc_props.append(StringProperty(name="Brouillon", value=MARK))
    book.properties.subject = book.properties.category = MARK


def conditional(book: openpyxl.Workbook) -> None:
    page, red = book.worksheets[0], PatternFill(bgColor="FFC7CE", fill_type="solid")
    page.conditional_formatting.add("B2:C4", CellIsRule(operator="lessThan", formula=["11"], fill=red))
    page.conditional_formatting.add("B2", FormulaRule(formula=[f'$A$2="{MARK}"'], fill=red))
    choice = DataValidation(type="list", formula1=f'"{MARK},40"', promptTitle="Saisie", prompt=MARK)
    page.add_data_validation(choice)
    choice.add("B2")


def grouped(book: openpyxl.Workbook) -> None:
    page = book.worksheets[0]
    page.row_dimensions.group(2, 3, hidden=True)
    page.print_title_rows = "1:1"
    page.oddFooter.left.text = MARK
    page.auto_filter.ref = "A1:D5"
    page.auto_filter.add_filter_column(0, [MARK, "B"])


def cached_formulas(path: Path) -> None:
    """Des formules et leur dernier résultat, comme un tableur les enregistre."""
    _rewrite(path, {"xl/worksheets/sheet1.xml": lambda xml: xml.replace(
        b'<c r="B5" t="n"><v>60</v></c>', b'<c r="B5"><f>SUM(B2:B4)</f><v>60</v></c>')})  # fmt: skip


def pivot_cache(path: Path) -> None:
    """Ce qu'un tableau croisé dynamique garde de sa source, sans le montrer."""
    _rewrite(path, {}, {"xl/pivotCache/pivotCacheRecords1.xml": f"<r><s v='{MARK}'/><n v='5'/></r>".encode()})


def picture(path: Path) -> None:
    """Une image dont le texte de remplacement dit le chiffre."""
    _rewrite(path, {}, {"xl/drawings/drawing1.xml": f"<xdr><cNvPr id='2' descr='{MARK} : 5 ménages'/></xdr>".encode(),
                        "xl/media/image1.png": MARK.encode()})  # fmt: skip


def _rewrite(path: Path, changed: dict, added: dict | None = None) -> None:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name, change in changed.items():
        assert change(parts[name]) != parts[name], "la pièce à changer n'a pas été trouvée"
        parts[name] = change(parts[name])
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in {**parts, **(added or {})}.items():
            archive.writestr(name, data)


PATCHES = {"o08_formules": cached_formulas, "o12_cache_de_croise": pivot_cache, "o13_image": picture}


def quarters() -> list[list]:
    return [["Quartier", "Q1", "Q2", "Q3", "Q4"],
            ["A", n(5, "A", "1"), n(40, "A", "2"), n(30, "A", "3"), n(25, "A", "4")],
            ["B", n(35, "B", "1"), n(30, "B", "2"), n(20, "B", "3"), n(15, "B", "4")],
            ["C", n(20, "C", "1"), n(25, "C", "2"), n(40, "C", "3"), n(35, "C", "4")],
            [T, n(60, T, "1"), n(95, T, "2"), n(90, T, "3"), n(75, T, "4")]]  # fmt: skip


def cases() -> list[Case]:
    """Les trente."""
    book = {"kind": "xlsx"}
    nested = [["Secteur", "Ménages"], ["A", n(5, "A")], ["B", n(35, "B")], ["Sous-total Nord", n(40, "N")],
              ["C", n(30, "C")], ["D", n(25, "D")], ["Sous-total Sud", n(55, "S")], [T, n(95, T)]]  # fmt: skip
    subs = ((("N", T), [("A", T), ("B", T)]), (("S", T), [("C", T), ("D", T)]), ((T, T), [("N", T), ("S", T)]))
    above = [["Secteur", "Ménages"], ["Nord", n(40, "N")], ["A", n(5, "A")], ["B", n(35, "B")],
             ["Sud", n(55, "S")], ["C", n(30, "C")], ["D", n(25, "D")], [T, n(95, T)]]  # fmt: skip
    years = [["", "2022", "", "", "2023", "", ""], ["Quartier", "F", "H", T, "F", "H", T]]
    years += [[q, *(n(v, q, y + c) for y, one in (("22", WOMEN[q]), ("23", MEN[q]))
                    for c, v in zip("FHT", (*one, sum(one)), strict=True))] for q in "ABC"]  # fmt: skip
    year_sums = [((r, f"{y}T"), [(r, f"{y}F"), (r, f"{y}H")]) for r in "ABC" for y in ("22", "23")]
    top = [[HEAD[0], T, "F", "H"], *([r[0], r[3], r[1], r[2]] for r in (FH[3], *FH[:3]))]
    shares = [["Quartier", "F (%)", "H (%)"], ["A", "11,1", "88,9"], ["B", "53,8", "46,2"], ["C", "44,4", "55,6"]]
    apart = tuple((("Parts", r, c), (q, s), (q, T), 100.0, 1)
                  for r, q in enumerate("ABC", 1) for c, s in ((1, "F"), (2, "H")))  # fmt: skip
    sides = [["Quartier", "F", "H", T, "", "Quartier", *AGES, T]]
    for row, young in zip(FH[:3], (18, 30, 20), strict=True):
        q, whole = row[0], row[3].value
        sides.append([*row, "", q, n(young, q, "jeunes"), n(whole - young, q, "autres"), n(whole, q)])
    side_sums = [((q, T), [(q, "jeunes"), (q, "autres")]) for q in "ABC"]
    home = [["Quartier", "Ménages", "Personnes", "Personnes par ménage"], ["A", n(5, "A", "m"), 12, "2,4"],
            ["B", n(35, "B", "m"), 70, "2,0"], ["C", n(80, "C", "m"), 200, "2,5"],
            [T, n(120, T, "m"), 282, "2,4"]]  # fmt: skip
    women, men, both = (rows_of(p, v, AGES) for p, v in (("f", WOMEN), ("h", MEN), ("e", BOTH)))
    piled = [*inner("f", WOMEN, AGES), *inner("h", MEN, AGES), *inner("e", BOTH, AGES),
             *stacked("f", "h", "e", names=(*AGES, T))]  # fmt: skip
    ages = ["Quartier", *AGES, T]
    long = [["Quartier", "Sexe", "Ménages"]]
    long += [[row[0], s, row[c]] for row in FH for c, s in ((1, "F"), (2, "H"), (3, T))]
    return [
        table("o01_sous_totaux", "masque", nested, sums=subs),
        table("o02_sous_totaux_au_dessus", "masque", above, sums=subs, finish=indented, **book),
        table("o03_lignes_dont", "masque", [["Quartier", "Ménages"], ["A", n(45, "A")], ["dont monoparentales",
              n(38, "A", "m")], ["B", n(65, "B")], ["dont monoparentales", n(20, "B", "m")], [T, n(110, T)]],
              sums=((("A", T), [("A", "m"), ("A", "reste")]), (("B", T), [("B", "m"), ("B", "reste")])),
              rest={("A", "reste"): 7, ("B", "reste"): 45}),
        table("o04_colonne_dont", "masque", [["Quartier", "Ménages", "dont monoparentales"], ["A", n(45, "A"),
              n(5, "A", "m")], ["B", n(65, "B"), n(20, "B", "m")], [T, n(110, T), n(25, T, "m")]]),
        table("o05_annees_fusionnees", "masque", years, sums=year_sums, finish=merged_years, **book),
        table("o06_totaux_en_haut", "masque", top),
        table("o07_parts_ailleurs", "masque", [HEAD, *FH], shares, titles=("Effectifs", "Parts"), shares=apart, **book),
        table("o08_formules", "masque", [HEAD, *FH], **book),
        table("o09_commentaire_d_entete", "masque", [HEAD, *FH], finish=header_comment, **book),
        table("o10_colonne_loin_et_cachee", SAFE, [HEAD, *FH], finish=far_column,
              silent=tuple(("F1", r, 29) for r in range(1, 5)), **book),
        table("o11_chiffre_loin", SAFE, [HEAD, *FH], finish=far_away, silent=(("F1", 49, 25),), **book),
        table("o12_cache_de_croise", "masque", [HEAD, *FH], **book),
        table("o13_image", "masque", [HEAD, *FH], **book),
        table("o14_proprietes", "masque", [HEAD, *FH], finish=custom, **book),
        table("o15_mises_en_forme", "masque", [HEAD, *FH], finish=conditional, **book),
        table("o16_format_invisible", "masque", [HEAD, *FH], finish=invisible, **book),
        table("o17_plan_et_filtre", "masque", [HEAD, *FH], finish=grouped, **book),
        table("o18_trimestres", "masque", quarters()),
        table("o19_quartiers_q1_q2", "masque", [["Sexe", "Q1", "Q2", T], ["F", n(5, "F", "1"), n(40, "F", "2"),
              n(45, "F")], ["H", n(30, "H", "1"), n(31, "H", "2"), n(61, "H")], [T, n(35, T, "1"), n(71, T, "2"),
              n(106, T)]]),
        table("o20_lignes_q1_q4", "masque", [["Trimestre", *HEAD[1:]], *([f"Q{i}", *row[1:]] for i, row in
              enumerate(FH[:3], 1)), FH[3]]),
        table("o21_cote_a_cote", "masque", sides, sums=side_sums),
        table("o22_fourchettes", SAFE, [["Quartier", "Ménages"], ["A", "5-9"], *ONE[1:]], silent=(("", 1, 1),)),
        table("o23_table_longue", "masque", long),
        table("o24_part_dans_la_case", "refuse", [["Quartier", "Ménages"],
              *([r[0], f"{r[1].value} (4,2 %)"] for r in ONE)]),
        table("o25_personnes_par_menage", SAFE, home, silent=(("", 1, 2), ("", 1, 3))),
        table("o26_femmes_hommes_ensemble", SAFE, [ages, *women], [ages, *men], [ages, *both],
              titles=("Femmes", "Hommes", "Ensemble"), sums=piled, **book),
        table("o27_commune_et_quartiers", SAFE, [["Territoire", "Ménages"], ["Commune", n(120, "c")],
              ["dont en QPV", n(115, "q")]], sums=((("c", T), [("q", T), ("hors", T)]),),
              rest={("hors", T): 5}),
        table("o28_pour_mille", SAFE, [["Quartier", "Population", "Allocataires (‰)"], ["A", 1200, "4,2"],
              ["B", 2000, "20,5"], ["C", 1500, "30,0"]], silent=(("", 1, 2),)),
        table("o29_densite", SAFE, beside("Ménages par hectare", "0,4", "2,8", "6,4", "3,2"), silent=(("", 1, 2),)),
        table("o30_note_de_lecture", "masque", [HEAD, *FH,
              ["Lecture : en A, 5 femmes seules vivent en logement social."]],
              silent=(("", 5, 0),)),
    ]  # fmt: skip
