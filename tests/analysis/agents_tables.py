"""Soixante fichiers comme en ont les agents, chacun avec la bonne issue écrite d'abord, et un lecteur indépendant.

Le lecteur ne demande rien à datakit : il relit le fichier écrit, pose les sommes et les parts que le tirage connaît,
et cherche, par son propre programme linéaire, ce qu'il peut dire de chaque effectif secret.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import openpyxl
from openpyxl.comments import Comment
from openpyxl.styles import Alignment
from scipy.optimize import linprog

T = "Ensemble"
SMALL = {"A": (40, 5), "B": (35, 30), "C": (20, 25)}
BIG = {"A": (40, 50), "B": (35, 30), "C": (20, 25)}
WIDE = {"A": (38, 120, 31), "B": (7, 64, 18), "C": (22, 91, 26), "D": (44, 58, 37)}
Key = tuple


@dataclass
class Case:
    """Un fichier : ses feuilles (listes de lignes), l'issue attendue, et ce qu'un lecteur sait de ses cases."""

    name: str
    outcome: str  # "publie", "masque", "refuse"
    sheets: dict[str, list[list]]
    says: str = ""
    kind: str = "csv"
    options: dict = field(default_factory=dict)
    places: dict[tuple, Key] = field(default_factory=dict)  # (sheet, row, column) -> count
    truth: dict[Key, float] = field(default_factory=dict)
    sums: list[tuple[Key, list[Key]]] = field(default_factory=list)
    shares: list[tuple] = field(default_factory=list)  # (sheet, row, column), numerator, denominator, scale
    silent: list[tuple] = field(default_factory=list)  # cells that must be empty in what is written
    finish: Callable[[openpyxl.Workbook], None] | None = None
    delimiter: str = ";"
    encoding: str = "utf-8"
    minimum: int = 11

    def write(self, folder: Path) -> Path:
        """Écrire le fichier de l'agent."""
        path = folder / f"{self.name}.{self.kind}"
        if self.kind == "csv":
            buffer = io.StringIO(newline="")
            csv.writer(buffer, delimiter=self.delimiter).writerows(next(iter(self.sheets.values())))
            path.write_bytes(buffer.getvalue().encode(self.encoding))
            return path
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, rows in self.sheets.items():
            page = book.create_sheet(title)
            for row in rows:
                page.append([None if v == "" else v for v in row])
        if self.finish:
            self.finish(book)
        book.save(path)
        return path


def french(value) -> str:
    """Un nombre comme un tableur français l'écrit."""
    return str(value).replace(".", ",")


class Grid:
    """Une feuille que l'on remplit en notant où est chaque effectif."""

    def __init__(self, case: Case, title: str = "") -> None:
        self.case, self.title, self.rows = case, title, case.sheets.setdefault(title, [])

    def line(self, *cells) -> int:
        self.rows.append(list(cells))
        return len(self.rows) - 1

    def count(self, row: int, column: int, key: Key, value) -> None:
        while len(self.rows[row]) <= column:
            self.rows[row].append("")
        self.rows[row][column] = value
        self.case.places[self.title, row, column] = key

    def share(self, row: int, column: int, top: Key, bottom: Key, decimals: int, scale: float = 100.0) -> None:
        while len(self.rows[row]) <= column:
            self.rows[row].append("")
        value = round(scale * self.case.truth[top] / self.case.truth[bottom], decimals)
        value = int(value) if decimals == 0 else value
        self.rows[row][column] = french(value) if self.case.kind == "csv" else value
        self.case.shares.append(((self.title, row, column), top, bottom, scale, decimals))


def facts(case: Case, values: dict, names: tuple, *, prefix: tuple = ()) -> None:
    """Les effectifs vrais d'un croisement, ses totaux et ses sommes."""
    for label, numbers in values.items():
        for name, v in zip(names, numbers, strict=True):
            case.truth[*prefix, label, name] = v
        case.truth[*prefix, label, T] = sum(numbers)
        case.sums.append(((*prefix, label, T), [(*prefix, label, n) for n in names]))
    for name in (*names, T):
        case.truth[*prefix, T, name] = sum(case.truth[*prefix, label, name] for label in values)
        case.sums.append(((*prefix, T, name), [(*prefix, label, name) for label in values]))


def cross(
    name: str,
    outcome: str,
    values: dict,
    names: tuple = ("F", "H"),
    *,
    says: str = "",
    kind: str = "csv",
    before=(),
    after=(),
    header=None,
    row_total: str | None = T,
    column_total: str | None = T,
    first: bool = False,
    left: bool = False,
    gap: int = 0,
    title: str = "",
    **more,
) -> Case:
    """Un croisement ordinaire, avec des lignes avant et après, des totaux où l'on veut."""
    case = Case(name, outcome, {}, says=says, kind=kind, **more)
    facts(case, values, names)
    grid = Grid(case, title)
    for text in before:
        grid.line(*([text] if isinstance(text, str) else text))
    columns = ([T] if left and column_total else []) + list(names) + ([T] if column_total and not left else [])
    grid.line(*(header or ["Quartier", *(column_total if c == T else c for c in columns)]))
    labels = ([T] if first and row_total else []) + list(values) + ([T] if row_total and not first else [])
    for n, label in enumerate(labels):
        if gap and n and n % gap == 0:
            grid.line()
        r = grid.line(row_total if label == T else label)
        for c, column in enumerate(columns, 1):
            grid.count(r, c, (label, column), case.truth[label, column])
    for text in after:
        grid.line(*([text] if isinstance(text, str) else text))
    return case


def with_shares(
    name: str, outcome: str, values: dict, decimals: int, *, across: bool, sheet: bool = False, **more
) -> Case:
    """Un croisement et ses parts : à droite, ou sur une autre feuille."""
    case = cross(name, outcome, values, kind="xlsx" if sheet else more.pop("kind", "csv"), **more)
    title = next(iter(case.sheets))
    grid = Grid(case, "Parts" if sheet else title)
    rows = [r for r, row in enumerate(case.sheets[title]) if (title, r, 1) in case.places]
    top = rows[0] - 1
    if sheet:
        grid.line("Quartier", "F", "H", T)
        for label in (*values, T):
            r = grid.line(label)
            for c, n in enumerate(("F", "H", T), 1):
                grid.share(r, c, (label, n), (label, T) if across else (T, n), decimals)
        return case
    for c, n in enumerate(("F", "H"), 4):
        grid.rows[top] += [f"{n} (%)"]
        for r in rows:
            label = case.places[title, r, 1][0]
            grid.share(r, c, (label, n), (label, T) if across else (T, n), decimals)
    return case


def one_column(
    name: str, outcome: str, values: dict, *, extra=(), total: str | None = T, unit: str = "Ménages", **more
) -> Case:
    """Une liste : un effectif par ligne, et des colonnes qui le suivent (nom, fonction de l'étiquette)."""
    case = Case(name, outcome, {}, **more)
    case.truth = {(k,): v for k, v in values.items()} | {(T,): sum(values.values())}
    case.sums = [((T,), [(k,) for k in values])]
    grid = Grid(case)
    grid.line("Quartier", unit, *(n for n, _ in extra))
    for label in (*values, *([T] if total else [])):
        r = grid.line(total if label == T else label)
        grid.count(r, 1, (label,), case.truth[label,])
        for c, (_, what) in enumerate(extra, 2):
            if what == "part":
                grid.share(r, c, (label,), (T,), 1)
            else:
                grid.rows[r].append(what(label))
                if 0 < case.truth[label,] < 11:
                    case.silent.append(("", r, c))
    return case


def pivot(name: str, outcome: str, values: dict, *, indent: bool, kind: str = "xlsx", names=("F", "H")) -> Case:
    """Le tableau croisé d'un tableur, forme compacte : quartiers puis sexes, sous « Étiquettes de lignes »."""
    case = Case(name, outcome, {}, kind=kind)
    facts(case, values, names)
    case.sums = [s for s in case.sums if s[0][0] != T or s[0][1] == T]
    grid = Grid(case, "TCD")
    grid.line("Étiquettes de lignes", "Somme de Ménages")
    inside = []
    for label in values:
        r = grid.line(label)
        grid.count(r, 1, (label, T), case.truth[label, T])
        for n in names:
            r = grid.line(n)
            inside.append(r)
            grid.count(r, 1, (label, n), case.truth[label, n])
    r = grid.line("Total général")
    grid.count(r, 1, (T, T), case.truth[T, T])

    def finish(book: openpyxl.Workbook) -> None:
        for row in inside:
            book["TCD"].cell(row + 1, 1).alignment = Alignment(indent=1)

    case.finish = finish if indent else None
    return case


def reader_intervals(case: Case, seen: dict[tuple, str]) -> dict[Key, tuple[float, float]]:
    """Pour chaque effectif secret, le bas et le haut qu'un lecteur du fichier écrit peut en dire."""
    keys = list(case.truth)
    at = {k: i for i, k in enumerate(keys)}
    known: dict[Key, float] = {}
    for place, key in case.places.items():
        text = "0" if seen.get(place) == "-" and case.truth[key] == 0 else seen.get(place, "")
        if text not in ("", None, "s", "nd", "…", "..", "*", "-"):
            known[key] = float(str(text).replace(",", ".").replace("\u202f", "").replace(" ", ""))
    equal, right = [], []
    for total, parts in case.sums:
        line = np.zeros(len(keys))
        line[at[total]] = -1
        for p in parts:
            line[at[p]] += 1
        equal.append(line)
        right.append(0.0)
    less = []
    for place, top, bottom, scale, decimals, *shift in case.shares:
        text = seen.get(place, "")
        if text in ("", None):
            continue
        value = float(str(text).replace(",", ".").rstrip("% ")) + sum(shift)
        half = 0.5 * 10.0**-decimals + 1e-9
        for sign, end in ((1, value + half), (-1, value - half)):
            line = np.zeros(len(keys))
            line[at[top]] += sign * scale
            line[at[bottom]] -= sign * end
            less.append(line)
    limits = [(known[k], known[k]) if k in known else (0, None) for k in keys]
    out = {}
    for key, true in case.truth.items():
        if not 0 < true < case.minimum:
            continue
        ends = []
        for sign in (1.0, -1.0):
            aim = np.zeros(len(keys))
            aim[at[key]] = sign
            answer = linprog(
                aim,
                A_ub=np.array(less) if less else None,
                b_ub=np.zeros(len(less)) if less else None,
                A_eq=np.array(equal) if equal else None,
                b_eq=right if equal else None,
                bounds=limits,
                method="highs",
            )
            ends.append(sign * answer.fun if answer.status == 0 else (np.inf if answer.status == 3 else np.nan))
        out[key] = (ends[0], ends[1])
    return out


def cells_of(path: Path, case: Case) -> dict[tuple, str]:
    """Relire le fichier écrit, sans datakit."""
    if path.suffix == ".csv":
        rows = list(
            csv.reader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline=""), delimiter=case.delimiter)
        )
        return {(next(iter(case.sheets)), r, c): v for r, row in enumerate(rows) for c, v in enumerate(row)}
    book = openpyxl.load_workbook(path)
    return {
        (page.title, r, c): "" if v is None else v
        for page in book.worksheets
        for r, row in enumerate(page.iter_rows(values_only=True))
        for c, v in enumerate(row)
    }


def _median(label):
    return {"A": "14 200", "B": "15 100", "C": "18 300", T: "16 900"}[label]


def _merged(book: openpyxl.Workbook) -> None:
    page = book.worksheets[0]
    page.merge_cells("B1:C1")
    page.merge_cells("D1:E1")


def _notes_and_hidden(book: openpyxl.Workbook) -> None:
    page = book.create_sheet("données")
    page.append(["Quartier", "F", "H"])
    page.append(["A", 40, 5])
    page.sheet_state = "hidden"
    book.worksheets[0]["C2"].comment = Comment("5 ménages seulement", "agent")


def two_levels(name: str, outcome: str, *, merged: bool, kind: str = "xlsx") -> Case:
    """Deux étages d'en-tête : année, puis sexe ; pas de somme entre années."""
    case = Case(name, outcome, {}, kind=kind)
    for year, values in ((2022, BIG), (2023, SMALL)):
        facts(case, values, ("F", "H"), prefix=(year,))
    grid = Grid(case, "F1" if kind == "xlsx" else "")
    grid.line("", "2022", "", "", "2023", "", "")
    grid.line("Quartier", "F", "H", T, "F", "H", T)
    for label in (*SMALL, T):
        r = grid.line(label)
        for c, (year, n) in enumerate([(y, n) for y in (2022, 2023) for n in ("F", "H", T)], 1):
            grid.count(r, c, (year, label, n), case.truth[year, label, n])
    if merged:

        def finish(book: openpyxl.Workbook) -> None:
            book.worksheets[0].merge_cells("B1:D1")
            book.worksheets[0].merge_cells("E1:G1")

        case.finish = finish
    return case


def two_sheets(name: str, outcome: str, *, other: dict, second: tuple, linked: bool, extra_sheet: bool = False) -> Case:
    """Deux feuilles : sexe, puis âge des mêmes quartiers (ou d'autres)."""
    case = Case(name, outcome, {}, kind="xlsx")
    facts(case, SMALL, ("F", "H"))
    if linked:
        for label, numbers in other.items():
            case.truth |= {(label, n): v for n, v in zip(second, numbers, strict=True)}
            case.sums.append(((label, T), [(label, n) for n in second]))
        for n in second:
            case.truth[T, n] = sum(case.truth[label, n] for label in other)
            case.sums.append(((T, n), [(label, n) for label in other]))
        case.sums.append(((T, T), [(T, n) for n in second]))
    else:
        facts(case, other, second, prefix=("autre",))
    for title, names, prefix in (("Sexe", ("F", "H"), ()), ("Âge", second, () if linked else ("autre",))):
        grid = Grid(case, title)
        grid.line("Quartier", *names, T)
        for label in (*(SMALL if title == "Sexe" else other), T):
            r = grid.line(label)
            for c, n in enumerate((*names, T), 1):
                grid.count(r, c, (*prefix, label, n), case.truth[*prefix, label, n])
    if extra_sheet:
        case.sheets["Lisez-moi"] = [["Source : CAF"], ["Champ : ménages allocataires"]]
    return case


def long_form(name: str, outcome: str, *, blank: bool = False, code: bool = False) -> Case:
    """Une ligne par case, totaux écrits ; parfois un code à côté du nom, ou des libellés non répétés."""
    case = Case(name, outcome, {})
    facts(case, SMALL, ("F", "H"))
    grid = Grid(case)
    grid.line(*(["code_qp"] if code else []), "Quartier", "Sexe", "Ménages")
    for n, label in enumerate((*SMALL, T)):
        for k, sex in enumerate(("F", "H", T)):
            shown = "" if blank and k else label
            r = grid.line(*([f"QN06900{n}N" if label != T else T] if code else []), shown, sex)
            grid.count(r, 3 if code else 2, (label, sex), case.truth[label, sex])
    return case


def dont_column(name: str, outcome: str, inside: dict, **more) -> Case:
    """« Ménages ; dont monoparentaux » : le reste se soustrait."""
    case = Case(name, outcome, {}, **more)
    whole = {"A": 45, "B": 65, "C": 45}
    for label in whole:
        case.truth |= {
            (label, T): whole[label],
            (label, "dont"): inside[label],
            (label, "hors"): whole[label] - inside[label],
        }
        case.sums.append(((label, T), [(label, "dont"), (label, "hors")]))
    for n in (T, "dont", "hors"):
        case.truth[T, n] = sum(case.truth[label, n] for label in whole)
        case.sums.append(((T, n), [(label, n) for label in whole]))
    grid = Grid(case)
    grid.line("Quartier", "Ménages", "dont monoparentaux")
    for label in (*whole, T):
        r = grid.line(label)
        grid.count(r, 1, (label, T), case.truth[label, T])
        grid.count(r, 2, (label, "dont"), case.truth[label, "dont"])
    return case


def rate_column(name: str, outcome: str, rates: dict, **more) -> Case:
    """« Ménages ; Taux de pauvreté » : le numérateur n'est pas dans le fichier, mais chacun le recalcule."""
    case = Case(name, outcome, {}, **more)
    whole = {"A": 120, "B": 200, "C": 150}
    for label in whole:
        poor = rates[label]
        case.truth |= {(label, T): whole[label], (label, "pauvres"): poor, (label, "autres"): whole[label] - poor}
        case.sums.append(((label, T), [(label, "pauvres"), (label, "autres")]))
    for n in (T, "pauvres", "autres"):
        case.truth[T, n] = sum(case.truth[label, n] for label in whole)
        case.sums.append(((T, n), [(label, n) for label in whole]))
    grid = Grid(case)
    grid.line("Quartier", "Ménages", "Taux de pauvreté (%)")
    for label in (*whole, T):
        r = grid.line(label)
        grid.count(r, 1, (label, T), case.truth[label, T])
        grid.share(r, 2, (label, "pauvres"), (label, T), 1)
    return case


def subtotals(name: str, outcome: str, *, above: bool, words: bool) -> Case:
    """Deux communes et leurs quartiers, sous-totaux au-dessus ou en dessous, nommés ou non."""
    case = Case(name, outcome, {})
    groups = {"Vaulx": {"A": 40, "B": 5, "C": 35}, "Bron": {"D": 30, "E": 21}}
    case.truth = {(q,): v for g in groups.values() for q, v in g.items()} | {
        (g,): sum(v.values()) for g, v in groups.items()
    }
    case.truth[T,] = sum(sum(v.values()) for v in groups.values())
    case.sums = [((g,), [(q,) for q in v]) for g, v in groups.items()] + [((T,), [(g,) for g in groups])]
    grid = Grid(case)
    grid.line("Territoire", "Ménages")
    for g, inside in groups.items():
        lines = [*inside]
        lines = [g, *lines] if above else [*lines, g]
        for label in lines:
            r = grid.line(f"Total {label}" if words and label == g else label)
            grid.count(r, 1, (label,), case.truth[label,])
    r = grid.line("Total")
    grid.count(r, 1, (T,), case.truth[T,])
    return case


def marked(name: str, outcome: str, mark: str, *, both: bool = True, **more) -> Case:
    """Un tableau que l'agent a masqué lui-même, d'un signe à lui."""
    case = cross(name, outcome, SMALL, **more)
    grid = case.sheets[""]
    hide = [("A", "H"), ("A", "F"), ("C", "F"), ("C", "H")] if both else [("A", "H")]
    for (title, r, c), key in list(case.places.items()):
        if key in hide:
            grid[r][c] = mark
        del title
    return case


def _replace(case: Case, row: int, column: int, value) -> Case:
    next(iter(case.sheets.values()))[row][column] = value
    return case


def _months(name: str, outcome: str, *, total: bool) -> Case:
    months = ("janv. 2023", "févr. 2023", "mars 2023")
    values = {"A": (40, 5, 30), "B": (35, 30, 22), "C": (20, 25, 41)}
    case = cross(
        name, outcome, values, months, column_total="Total général" if total else None, row_total="Total général"
    )
    case.sheets[""][0][0] = "Étiquettes de lignes"
    if not total:
        case.sums = [s for s in case.sums if s[0][1] != T]
        case.truth = {k: v for k, v in case.truth.items() if k[1] != T}
    return case


def cases() -> list[Case]:
    """Les soixante fichiers."""
    rank = {"A": "3", "B": "2", "C": "1", T: ""}
    return [
        # -- clean tables and notes
        cross("01_propre", "publie", BIG),
        cross("02_une_case", "masque", SMALL),
        cross("03_source_dessous", "masque", SMALL, after=["Source : CAF, 31/12/2023"]),
        cross("04_note_etoile", "masque", SMALL, after=["* dont 3 ménages de moins de 25 ans"], silent=[("", 5, 0)]),
        cross(
            "05_titre_et_champ",
            "masque",
            SMALL,
            before=["Tableau 3 – Ménages par quartier, 2023", "Champ : ménages fiscaux", []],
        ),
        cross("06_lignes_vides", "masque", SMALL, gap=2, after=[[], "Lecture : à lire avec prudence."]),
        cross("07_total_en_tete", "masque", SMALL, first=True),
        cross("08_total_a_gauche", "masque", SMALL, left=True),
        cross("09_total_general", "masque", SMALL, row_total="Total général", column_total="Total"),
        cross("10_sans_totaux", "masque", SMALL, row_total=None, column_total=None),
        cross("11_anglais", "masque", SMALL, row_total="Grand Total", column_total="All", delimiter=","),
        cross("12_latin1", "masque", {"Écully": (40, 5), "Genas": (35, 30), "Mions": (20, 25)}, encoding="utf-8-sig"),
        _replace(cross("13_faux_total", "refuse", SMALL, says="somme"), 4, 3, 156),
        _replace(cross("14_faux_total_ligne", "refuse", BIG, says="somme"), 1, 3, 91),
        # -- marks
        marked("15_s_suffisant", "publie", "s"),
        marked("16_s_insuffisant", "masque", "s", both=False),
        marked("17_inferieur_a_11", "masque", "<11", both=False),
        marked("18_nd", "publie", "nd"),
        marked("19_points", "publie", "…"),
        marked("20_deux_points", "publie", ".."),
        marked("21_etoile", "publie", "*"),
        marked("22_tiret_masque", "publie", "-"),
        marked("23_blanc_masque", "publie", ""),
        cross("24_tiret_zero", "publie", {"A": (40, 0), "B": (35, 30), "C": (20, 25)}),
        _replace(cross("25_tiret_vaut_zero", "publie", {"A": (40, 0), "B": (35, 30), "C": (20, 25)}), 1, 2, "-"),
        _replace(
            cross("26_tiret_douteux", "refuse", SMALL, row_total=None, column_total=None, says="vaut-elle 0"), 2, 2, "-"
        ),
        _replace(
            cross(
                "27_tiret_dit_zero",
                "masque",
                {"A": (40, 5), "B": (35, 0), "C": (20, 25)},
                row_total=None,
                column_total=None,
                options={"roles": {"-": "zéro"}},
            ),
            2,
            2,
            "-",
        ),
        _replace(cross("28_mot_inconnu", "refuse", SMALL, says="un mot trouvé"), 1, 2, "peu"),
        _replace(cross("29_erreur_tableur", "refuse", SMALL, says="erreur de tableur"), 1, 2, "#REF!"),
        # -- shares, rates, medians, ranks
        one_column("30_part_a_cote", "masque", {"A": 5, "B": 35, "C": 80}, extra=[("Part (%)", "part")]),
        with_shares("31_parts_en_ligne", "masque", SMALL, 1, across=True),
        with_shares("32_parts_en_colonne", "masque", SMALL, 1, across=False),
        with_shares("33_parts_entieres", "masque", SMALL, 0, across=True),
        with_shares("34_parts_autre_feuille", "masque", SMALL, 1, across=True, sheet=True, title="Effectifs"),
        with_shares("35_parts_deux_decimales", "masque", SMALL, 2, across=False, sheet=True, title="Effectifs"),
        one_column("36_mediane", "masque", {"A": 5, "B": 35, "C": 80}, extra=[("Revenu médian (€)", _median)]),
        one_column("37_rang", "masque", {"A": 5, "B": 35, "C": 80}, extra=[("Rang", lambda k: rank[k])]),
        Case(
            "38_pourcentages",
            "refuse",
            {"": [["Quartier", "Hommes", "Femmes"], ["A", "11,1", "88,9"], ["B", "46,2", "53,8"]]},
            says="effectifs",
        ),
        Case(
            "39_pourcentages_entiers",
            "refuse",
            {"": [["Quartier", "H", "F"], ["A", "11", "89"], ["B", "46", "54"], ["C", "70", "30"]]},
            says="effectifs",
        ),
        rate_column("40_taux_qui_avoue", "masque", {"A": 5, "B": 60, "C": 40}),
        rate_column("41_taux_sans_danger", "publie", {"A": 30, "B": 60, "C": 40}),
        one_column(
            "42_indice_inconnu",
            "refuse",
            {"A": 55, "B": 35, "C": 80},
            extra=[("Score", lambda k: {"A": "1,7", "B": "2,4", "C": "3,1", T: "2,2"}[k])],
            says="rôle",
        ),
        one_column(
            "43_indice_retire",
            "publie",
            {"A": 55, "B": 35, "C": 80},
            extra=[("Score", lambda k: {"A": "1,7", "B": "2,4", "C": "3,1", T: "2,2"}[k])],
            options={"roles": {"Score": "retirer"}},
        ),
        one_column(
            "44_evolution_sans_base",
            "refuse",
            {"A": 55, "B": 35, "C": 80},
            extra=[("Évolution 2022-2023 (%)", lambda k: "4,2")],
            says="départ",
        ),
        # -- « dont », subtotals, nested headings
        dont_column("45_dont_petit", "masque", {"A": 12, "B": 5, "C": 20}),
        dont_column("46_reste_petit", "masque", {"A": 42, "B": 30, "C": 20}),
        dont_column("47_dont_sans_danger", "publie", {"A": 12, "B": 30, "C": 20}),
        subtotals("48_sous_totaux_dessus", "masque", above=True, words=False),
        subtotals("49_sous_totaux_dessous", "masque", above=False, words=True),
        pivot("50_pivot_retraits", "masque", SMALL, indent=True),
        pivot("51_pivot_sans_retrait", "masque", SMALL, indent=False),
        _months("52_mois_en_colonnes", "masque", total=True),
        _months("53_mois_sans_total", "masque", total=False),
        two_levels("54_annees_fusionnees", "masque", merged=True),
        two_levels("55_annees_csv", "masque", merged=False, kind="csv"),
        # -- several sheets, several tables, long form
        two_sheets(
            "56_deux_feuilles_liees",
            "masque",
            other={"A": (30, 15), "B": (32, 33), "C": (22, 23)},
            second=("<25", "25+"),
            linked=True,
            extra_sheet=True,
        ),
        two_sheets(
            "57_deux_feuilles_distinctes",
            "masque",
            other={"A": (300, 150), "B": (320, 333), "C": (220, 9)},
            second=("<25", "25+"),
            linked=False,
        ),
        long_form("58_forme_longue", "masque"),
        long_form("59_codes_et_libelles_non_repetes", "masque", code=True),
        cross("60_feuille_masquee", "masque", SMALL, kind="xlsx", title="F1", finish=_notes_and_hidden),
    ]
