"""Quarante fichiers d'un lecteur malveillant : ce qui redonne un effectif sans en avoir l'air, l'issue écrite d'abord.

Une case comptée s'écrit ``n(valeur, ligne, colonne)`` ; les sommes se déduisent des étiquettes, ``T`` étant l'ensemble.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import openpyxl
from openpyxl.comments import Comment

from tests.analysis.agents_tables import Case, Key, T

SAFE = ("masque", "refuse")  # either is right, so long as nothing leaks


class n(NamedTuple):
    """Un effectif et ce qu'il compte."""

    value: float
    row: str
    column: str = T


def table(name: str, outcome: str, *sheets: list[list], kind: str = "csv", titles: tuple = ("F1", "F2", "F3"),
          shares: tuple = (), sums: tuple = (), silent: tuple = (), finish: Callable | None = None,
          says: str = "", minimum: int = 11, rest: dict | None = None, **options) -> Case:  # fmt: skip
    """Le fichier : ses feuilles, où sont ses effectifs, les sommes qu'un lecteur en fait, et ce que nul n'écrit."""
    case = Case(name, outcome, {}, says=says, kind=kind, options=options, finish=finish, minimum=minimum)
    for title, rows in zip(titles if kind == "xlsx" else ("",), sheets, strict=False):
        case.sheets[title] = [[c.value if isinstance(c, n) else c for c in row] for row in rows]
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                if isinstance(cell, n):
                    key = (cell.row, cell.column)
                    case.places[title, r, c] = key
                    case.truth[key] = float(str(cell.value).replace(" ", "").replace(",", ".").rstrip("*"))
    case.sums = [*_sums(case.truth), *sums]
    case.truth |= rest or {}
    case.shares, case.silent = list(shares), list(silent)
    return case


def _sums(truth: dict[Key, float]) -> list[tuple[Key, list[Key]]]:
    out = []
    for r, c in truth:
        row = [k for k in truth if k[0] == r and k[1] != T]
        column = [k for k in truth if k[1] == c and k[0] != T]
        out += [((r, c), row)] if c == T and row and sum(truth[k] for k in row) == truth[r, c] else []
        out += [((r, c), column)] if r == T and column and sum(truth[k] for k in column) == truth[r, c] else []
    return out


HEAD = ["Quartier", "F", "H", T]
FH = [
    ["A", n(5, "A", "F"), n(40, "A", "H"), n(45, "A")],
    ["B", n(35, "B", "F"), n(30, "B", "H"), n(65, "B")],
    ["C", n(20, "C", "F"), n(25, "C", "H"), n(45, "C")],
    [T, n(60, T, "F"), n(95, T, "H"), n(155, T)],
]
ONE = [["A", n(5, "A")], ["B", n(35, "B")], ["C", n(80, "C")], [T, n(120, T)]]


def beside(header: str, *cells, rows=ONE, head=("Quartier", "Ménages")) -> list[list]:
    """Une colonne de plus."""
    return [[*head, header], *([*row, cell] for row, cell in zip(rows, cells, strict=True))]


def ratios(column: int, tops: str, scale: float, decimals: int, *, bottom: str = "H", rows=FH, start: int = 1) -> tuple:
    """Pour chaque ligne, la place d'un rapport de deux effectifs de la ligne."""
    labels = [row[0] for row in rows]
    return tuple((("", r, column), (lab, tops), (lab, bottom), scale, decimals) for r, lab in enumerate(labels, start))


def hidden_column(book: openpyxl.Workbook) -> None:
    book.worksheets[0].column_dimensions["E"].hidden = True


def hidden_row(book: openpyxl.Workbook) -> None:
    book.worksheets[0].row_dimensions[2].hidden = True


def commented(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B2"].comment = Comment("en fait 5 ménages", "agent")
    book.properties.title = "A : 5 ménages"
    book.properties.description = "A : 5 ménages"
    book.properties.keywords = "A5"
    page = book.create_sheet("brut")
    page.append(["A", 5])
    page.sheet_state = "veryHidden"


def formula(book: openpyxl.Workbook) -> None:
    book.worksheets[0]["B5"] = "=SUM(B2:B4)"


def named(book: openpyxl.Workbook) -> None:
    from openpyxl.workbook.defined_name import DefinedName

    book.defined_names["menages_A"] = DefinedName("menages_A", attr_text="5")
    book.worksheets[0].oddHeader.center.text = "A : 5 ménages"
    book.worksheets[0]["B2"].number_format = '0 "(5 ménages)"'


def cases() -> list[Case]:
    """Les quarante."""
    cumul = [["Quartier", "Ménages", "Cumul"], *([*r, v] for r, v in zip(ONE[:3], (
        n(5, "à A", "cumul"), n(40, "à B", "cumul"), n(120, "à C", "cumul")), strict=True)), [*ONE[3], ""]]  # fmt: skip
    steps = ((("à A", "cumul"), [("A", T)]), (("à B", "cumul"), [("A", T), ("B", T)]))
    years = [["Quartier", "2022", "2023", "Écart"]]
    for lab, a, b in (("A", 5, 17), ("B", 35, 30), ("C", 80, 90), (T, 120, 137)):
        years.append([lab, n(a, lab, "2022"), n(b, lab, "2023"), b - a])
    return [
        # -- columns that follow a count under an innocent name
        table("h01_cumul", SAFE, cumul, sums=steps),
        table("h02_cumul_sans_total", SAFE, [["Quartier", "Ménages", "Effectif cumulé"], *cumul[1:4]], sums=steps),
        table("h03_rapport_pour_100", SAFE, beside("Femmes pour 100 hommes", 13, 117, 80, 63, rows=FH, head=HEAD),
              shares=ratios(4, "F", 100.0, 0)),
        table("h04_rapport_decimal", SAFE, beside("F/H", "0,13", "1,17", "0,80", "0,63", rows=FH, head=HEAD),
              shares=ratios(4, "F", 1.0, 2)),
        table("h05_rapport_sans_total", SAFE, beside("Femmes pour 100 hommes", 13, 117, 80,
              rows=[r[:3] for r in FH[:3]], head=HEAD[:3]), shares=ratios(3, "F", 100.0, 0, rows=FH[:3])),
        table("h06_indice_base_100", SAFE, beside("Indice (base 100)", "4,2", "29,2", "66,7", "100,0"),
              silent=[("", 1, 2)]),
        table("h07_part_cumulee", SAFE, beside("Part cumulée (%)", "4,2", "33,3", "100,0", ""), silent=[("", 1, 2)]),
        table("h08_ecart_a_la_moyenne", SAFE, beside("Écart à la moyenne", -35, -5, 40, 0), silent=[("", 1, 2)]),
        table("h09_rang", SAFE, beside("Classement", 3, 2, 1, "")),
        table("h10_pour_mille", SAFE, beside("‰", "41,7", "291,7", "666,7", "1000,0"), silent=[("", 1, 2)]),
        table("h11_copie_en_milliers", SAFE, beside("Ménages (milliers)", "0,005", "0,035", "0,080", "0,120"),
              silent=[("", 1, 2)]),
        table("h12_copie_exacte", SAFE, beside("Ménages bis", n(5, "A", "bis"), n(35, "B", "bis"), n(80, "C", "bis"),
                                               n(120, T, "bis")),
              sums=tuple(((lab, "bis"), [(lab, T)]) for lab in ("A", "B", "C", T))),
        table("h13_ecart_annuel", SAFE, years),
        table("h14_mediane_sur_peu", "masque", beside("Revenu médian (€)", "14 200", "15 100", "18 300", "16 900"),
              silent=[("", 1, 2)]),
        table("h15_montant_sur_peu", "masque", beside("Montant versé (€)", "1 420", "15 100", "18 300", "34 820"),
              silent=[("", 1, 2)]),
        table("h16_surface_par_menage", SAFE, beside("Surface moyenne (m²)", "61,5", "70,2", "68,0", "68,4"),
              silent=[("", 1, 2)]),
        # -- lines that follow
        table("h17_ligne_moyenne", SAFE, [HEAD[:3], *(r[:3] for r in FH[:3]), ["Moyenne", n(20, "m", "F"), "31,7"]],
              sums=()),
        table("h18_ligne_parts", SAFE, [HEAD, *FH, ["Part (%)", "38,7", "61,3", "100,0"]]),
        table("h19_ligne_mediane", SAFE, [["Quartier", "Ménages"], *ONE, ["Médiane", 35]]),
        table("h20_ligne_maximum", SAFE, [["Quartier", "Ménages"], *ONE, ["Maximum", 80], ["Minimum", 5]]),
        # -- words that carry a figure
        table("h21_libelle_entre_parentheses", "refuse",
              [["Quartier", "Ménages"], ["A (5 ménages)", n(5, "A")], *ONE[1:]], says="libellé"),
        table("h22_libelle_deux_points", "refuse", [["Quartier", "Ménages"], ["A : 5", n(5, "A")], *ONE[1:]],
              says="libellé"),
        table("h23_entete_qui_compte", "refuse", [["Quartier", "Femmes (60)", "Hommes (95)"],
              *([r[0], r[1], r[2]] for r in FH[:3])], says="libellé"),
        table("h24_note_dont", "masque", [["Quartier", "Ménages"], *ONE, ["* dont 5 ménages en A"]],
              silent=[("", 5, 0)]),
        table("h25_titre_qui_compte", "masque", [["Ménages : 120, dont 5 en A"], ["Quartier", "Ménages"], *ONE],
              silent=[("", 0, 0)]),
        table("h26_commentaire_a_cote", "masque", beside("Observation", "seulement 5", "stable", "", ""),
              silent=[("", 1, 2)]),
        table("h27_note_en_lettres", "masque", [["Quartier", "Ménages"], *ONE, ["Note : cinq ménages en A"]],
              silent=[("", 5, 0)]),
        # -- what a workbook carries
        table("h28_commentaire_proprietes", "masque", [HEAD, *FH], kind="xlsx", finish=commented),
        table("h29_noms_et_formats", "masque", [HEAD, *FH], kind="xlsx", finish=named),
        table("h30_formule_jamais_calculee", "refuse", [["Quartier", "Ménages"], *ONE], kind="xlsx", finish=formula,
              says="formule"),
        table("h31_colonne_cachee", SAFE, [[*HEAD, "copie"], *([*r, r[1].value] for r in FH)], kind="xlsx",
              finish=hidden_column, silent=[("F1", 1, 4)]),
        table("h32_ligne_cachee", "masque", [HEAD, *FH], kind="xlsx", finish=hidden_row),
        table("h33_nom_de_feuille", "refuse", [HEAD, *FH], kind="xlsx", titles=("A 5 ménages",), says="feuille"),
        # -- already masked, and not enough
        table("h34_s_recalculable", "masque", [HEAD, ["A", "s", n(40, "A", "H"), n(45, "A")], *FH[1:]]),
        table("h35_moins_de_cinq", "masque", [["Quartier", "Ménages"], ["A", "<5"], ["B", n(35, "B")],
              [T, n(38, T)]]),
        table("h36_nd_et_points", "masque", [HEAD, ["A", "nd", "…", n(45, "A")],
              ["B", "…", n(30, "B", "H"), n(65, "B")], *FH[2:]]),
        table("h37_total_faux", "refuse", [HEAD, *FH[:3], [T, 61, 95, 156]], says=""),
        table("h38_export_pandas", "masque", [HEAD, *([r[0], *(n(float(c.value), c.row, c.column) for c in r[1:])]
              for r in FH)], kind="xlsx"),
        # -- several sheets
        table("h39_ecart_sur_une_autre_feuille", SAFE, [["Quartier", "2023"], ["A", n(5, "A")], ["B", n(35, "B")],
              ["C", n(80, "C")], [T, n(120, T)]], [["Quartier", "Écart 2022-2023"],
              ["A", 2], ["B", 3], ["C", 4], [T, 9]],
              kind="xlsx"),
        table("h40_deux_decoupages", "masque", [HEAD, *FH], [["Âge", "F", "H", T],
              ["jeunes", n(30, "jeunes", "F"), n(40, "jeunes", "H"), n(70, "jeunes")],
              ["autres", n(30, "autres", "F"), n(55, "autres", "H"), n(85, "autres")],
              [T, n(60, T, "F"), n(95, T, "H"), n(155, T)]], kind="xlsx", titles=("Quartiers", "Âges"),
              sums=(((T, "F"), [("jeunes", "F"), ("autres", "F")]), ((T, "H"), [("jeunes", "H"), ("autres", "H")]))),
    ]  # fmt: skip
