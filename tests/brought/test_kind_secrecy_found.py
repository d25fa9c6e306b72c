"""Ce qu'un lecteur soustrait sans que rien ne le dise : tranches, gens d'un ensemble, sous-totaux, densités, listes."""

from __future__ import annotations

import csv

import openpyxl
import pytest

from datakit import cli

UNDER = 11


def checked(folder, rows, capsys, *options):
    """Code de sortie, texte, et le fichier masqué relu."""
    path, out = folder / "t.csv", folder / "sortie.csv"
    path.write_text("\n".join(";".join(map(str, r)) for r in rows) + "\n", encoding="utf-8")
    code = cli.main(["secrecy", "check", str(path), "-o", str(out), *options])
    shown = capsys.readouterr()
    kept = []
    if out.is_file():
        with out.open(encoding="utf-8-sig", newline="") as file:
            kept = list(csv.reader(file, delimiter=";"))
    return code, shown.out + shown.err, kept


def number(text):
    return int(text) if text.strip().isdigit() else None


def differences(rows, part, whole):
    """Ce que « whole − part » donne, ligne à ligne, là où les deux se lisent encore."""
    i, j = rows[0].index(part), rows[0].index(whole)
    read = [(number(r[i]), number(r[j])) for r in rows[1:]]
    return [w - p for p, w in read if p is not None and w is not None]


NESTED = {
    "moins de 25 et de 30": ("Moins de 25 ans", "Moins de 30 ans"),
    "18-64 dans 15-64": ("18-64 ans", "15-64 ans"),
    "plus de 75 dans plus de 60": ("75 ans et plus", "60 ans et plus"),
    "2021 dans 2021-2022": ("2021", "2021-2022"),
    "25-29 dans 25 et plus": ("25-29 ans", "25 ans et plus"),
    "femmes des allocataires": ("Femmes", "Allocataires"),
    "hommes de la population": ("Hommes", "Population"),
    "jeunes des usagers": ("Nombre de jeunes", "Usagers"),
    "moins de 25 ans des demandeurs": ("Moins de 25 ans", "Demandeurs d'emploi"),
    "femmes d'un total": ("Femmes", "Total bénéficiaires"),
    "femmes du nombre d'habitants": ("Femmes", "Nombre d'habitants"),
    "femmes des bénévoles": ("Femmes", "Bénévoles"),
    "jeunes d'un club": ("Moins de 30 ans", "Inscrits au club"),
    "actifs occupés": ("Actifs occupés", "Actifs"),
    "demandes satisfaites": ("Demandes satisfaites", "Demandes"),
    "logements vacants": ("Logements vacants", "Logements"),
}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", NESTED)
def test_secrecy_of_a_part_that_nothing_calls_a_part(tmp_path, capsys, name, turned):
    part, whole = NESTED[name]
    rows = [["Quartier", part, whole], ["A", 40, 45], ["B", 50, 90], ["C", 60, 120]]
    rows = [[r[0], r[2], r[1]] for r in rows] if turned else rows
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 1 and "Rien à masquer" not in said, said
    assert all(gap >= UNDER for gap in differences(kept, part, whole))


@pytest.mark.parametrize(
    "names",
    [("Hommes", "Femmes"), ("0-14 ans", "15-64 ans"), ("2021", "2022"), ("Les Pins", "Le Port"), ("RSA", "AAH")],
)
def test_secrecy_of_neighbours_is_not_a_part(tmp_path, capsys, names):
    rows = [["Quartier", *names], ["A", 40, 45], ["B", 50, 90], ["C", 60, 120]]
    assert checked(tmp_path, rows, capsys)[0] == 0


@pytest.mark.parametrize(
    "names", [("Moins de 18 ans", "Moins de 25 ans", "Population"), ("20-24 ans", "15-24 ans", "Usagers")]
)
def test_secrecy_of_three_nested_is_refused(tmp_path, capsys, names):
    rows = [["Quartier", *names], ["A", 40, 45, 200], ["B", 50, 90, 300], ["C", 60, 120, 400]]
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 2 and "s'emboîtent" in said and not kept
    # the remedy, followed
    code, said, kept = checked(tmp_path, rows, capsys, "--roles", f"{names[0]}=retirer")
    assert code in (0, 1) and names[0] not in kept[0]


SUBTOTALS = {
    "mois et trimestres": [("Janvier", 12), ("Février", 14), ("Mars", 5), ("1er trimestre", 31), ("Avril", 20),
                           ("Mai", 21), ("Juin", 30), ("2e trimestre", 71)],
    "communes dessous": [("A", 100), ("B", 5), ("C", 21), ("Bondy", 126), ("D", 11), ("E", 59), ("Sevran", 70)],
    "communes dessus": [("Bondy", 126), ("A", 100), ("B", 5), ("C", 21), ("Sevran", 70), ("D", 11), ("E", 59)],
    "trois communes": [("A", 40), ("B", 5), ("X", 45), ("C", 21), ("D", 33), ("Y", 54), ("E", 50),
                      ("F", 60), ("Z", 110)],
    "secteurs de trois": [("A", 40), ("B", 5), ("C", 30), ("Nord", 75), ("D", 33), ("E", 17), ("F", 44),
                          ("Sud", 94)],
}  # fmt: skip


@pytest.mark.parametrize("name", SUBTOTALS)
def test_secrecy_of_subtotals_without_a_total(tmp_path, capsys, name):
    lines = SUBTOTALS[name]
    code, said, kept = checked(tmp_path, [["Lieu", "Orientations"], *lines], capsys)
    assert code == 1, said
    shown = {label: number(text) for label, text in kept[1:]}
    blocks, block = [], []
    whole = dict(lines)
    for label, value in lines if "dessus" not in name else reversed(lines):
        if block and value == sum(whole[b] for b in block):
            blocks.append((label, block))
            block = []
        else:
            block.append(label)
    for top, parts in blocks:
        hidden = [p for p in parts if shown[p] is None]
        assert len(hidden) != 1 or shown[top] is None, (top, parts)


@pytest.mark.parametrize("word", ["Sous-total", "Total", "sous total"])
def test_secrecy_of_communes_and_quarters_with_their_subtotals(tmp_path, capsys, word):
    rows = [["Commune", "Quartier", "Ménages"], ["Bondy", "A", 12], ["Bondy", "B", 5], ["Bondy", word, 17],
            ["Sevran", "C", 40], ["Sevran", "D", 30], ["Sevran", word, 70], ["Total", "", 87]]  # fmt: skip
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 1 and "Bondy / B" in said
    assert [number(r[2]) for r in kept[1:4]].count(None) >= 2


@pytest.mark.parametrize(
    "header",
    ["Ménages au km²", "Densité", "Habitants/km2", "Population par hectare", "Habitants au km2", "densité (hab/ha)"],
)
def test_secrecy_of_a_density_is_refused(tmp_path, capsys, header):
    rows = [["Quartier", "Surface (ha)", header], ["A", 20, 25], ["B", 35, 800], ["C", 80, 1200]]
    code, said, _ = checked(tmp_path, rows, capsys)
    assert code == 2 and "surface" in said
    rows = [["Quartier", "Ménages", header], ["A", 20, 25], ["B", 35, 800], ["C", 80, 1200]]
    assert checked(tmp_path, rows, capsys, "--roles", f"{header}=retirer")[0] == 0


@pytest.mark.parametrize("header", ["age", "Âge", "Année de naissance", "ages", "Naissance"])
def test_secrecy_of_a_list_of_people_is_refused(tmp_path, capsys, header):
    rows = [["nom", "quartier", header], *([f"P{k}", f"Q{k % 3}", 20 + k] for k in range(30))]
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 2 and "liste de personnes" in said and not kept


@pytest.mark.parametrize("value", [-999, -1, -99, -9, "-8"])
def test_secrecy_of_a_negative_count_is_refused(tmp_path, capsys, value):
    rows = [["Quartier", "Ménages"], ["A", value], ["B", 50], ["C", 80]]
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 2 and "négatif" in said and f'--roles="{value}=masqué"' in said and not kept
    assert checked(tmp_path, rows, capsys, "--roles", "Ménages=effectif")[0] == 2
    assert checked(tmp_path, rows, capsys, f"--roles={value}=masqué")[0] in (0, 1)


def test_secrecy_of_a_number_kept_as_text(tmp_path, capsys):
    rows = [["Quartier", "Ménages"], ["A", "'5"], ["B", 35], ["C", 80], ["Total", 120]]
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 1 and "Quartier = A" in said and "5" not in kept[1][1]


LISTS = {
    "nom, quartier, sexe": lambda k: (f"N{k}", f"Q{k % 2}", "F" if k % 3 else "H"),
    "quartier, situation": lambda k: (f"Q{k % 2}", "suivi" if k % 3 else "sorti"),
    "rue, immeuble, famille": lambda k: (f"rue {k % 4}", f"bât. {'ABC'[k % 3]}", f"famille {k}"),
    "prénom, âge en lettres": lambda k: (f"P{k}", "jeune" if k % 2 else "adulte"),
    "date, motif": lambda k: (f"{k % 28 + 1:02d}/03/2024", "RSA" if k % 2 else "AAH"),
}


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("name", LISTS)
def test_secrecy_of_the_list_that_the_table_was_counted_from(tmp_path, capsys, name, hidden):
    """« TCD » et « Base » dans un classeur : la liste redonnerait chaque case masquée."""
    book = openpyxl.Workbook()
    table = book.active
    table.title = "TCD"
    for row in (["Quartier", "F", "H", "Total"], ["A", 5, 30, 35], ["B", 40, 20, 60], ["Total", 45, 50, 95]):
        table.append(row)
    base = book.create_sheet("Base")
    base.append([word.strip().title() for word in name.split(",")])
    for k in range(20):
        base.append(LISTS[name](k))
    base.sheet_state = "hidden" if hidden else "visible"
    path, out = tmp_path / "t.xlsx", tmp_path / "o.xlsx"
    book.save(path)
    code = cli.main(["secrecy", "protect", str(path), "-o", str(out)])
    shown = capsys.readouterr()
    assert "Base" in shown.out + shown.err
    # a hidden sheet is not copied, and that is said
    assert code == (0 if hidden else 2) and out.exists() == hidden
    assert not hidden or openpyxl.load_workbook(out).sheetnames == ["TCD"]
    # the remedy, followed
    assert cli.main(["secrecy", "protect", str(path), "-o", str(out), "--sheet", "TCD"]) == 0
    assert openpyxl.load_workbook(out).sheetnames == ["TCD"]


@pytest.mark.parametrize(
    "row", [["s", "secret statistique"], ["n.d.", "non disponible"], ["QPV", "quartier prioritaire"]]
)
def test_secrecy_of_a_legend_is_not_a_list(tmp_path, capsys, row):
    rows = [["Quartier", "F", "H", "Total"], ["A", 15, 30, 45], ["B", 40, 20, 60], ["Total", 55, 50, 105], [], row]
    rows += [["(1)", "données provisoires"], ["Champ", "ménages"]]
    assert checked(tmp_path, rows, capsys)[0] == 0


@pytest.mark.parametrize("others", [[15, 40, 10], [12, 12, 12], [30, 0, 20], [300, 200, 100], [11, 11, 50]])
def test_secrecy_of_a_missing_category_says_to_write_it(tmp_path, capsys, others):
    counts = [(25, 20), (130, 70), (200, 100)]
    rows = [["Quartier", "Jeunes", "Adultes", "Total"]]
    rows += [[q, a, b, a + b + o] for q, (a, b), o in zip("ABC", counts, others, strict=True)]
    code, said, _ = checked(tmp_path, rows, capsys)
    assert code == 2 and "Autres" in said
    mended = [[*r[:3], "Autres" if n == 0 else others[n - 1], r[3]] for n, r in enumerate(rows)]
    assert checked(tmp_path, mended, capsys)[0] in (0, 1)


BREAKDOWNS = {
    "deux": (["Hommes", "Femmes", "Moins de 25 ans", "25 ans et plus"],
             [(45, 55, 5, 95), (100, 100, 60, 140), (50, 60, 30, 80)]),
    "trois": (["Hommes", "Femmes", "Jeunes", "Autres", "Français", "Étrangers"],
              [(45, 55, 5, 95, 89, 11), (100, 100, 60, 140, 190, 10), (50, 60, 30, 80, 98, 12)]),
    "de tailles différentes": (["H", "F", "0-24", "25-59", "60+"], [(45, 55, 5, 70, 25), (100, 90, 60, 90, 40)]),
    "par trois": (["a", "b", "c", "x", "y", "z"], [(10, 20, 70, 5, 45, 50), (30, 30, 40, 20, 40, 40)]),
    "locataires et âges": (["Locataires", "Propriétaires", "Seuls", "Couples"], [(60, 40, 95, 5), (50, 70, 60, 60)]),
}  # fmt: skip


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("name", BREAKDOWNS)
def test_secrecy_of_several_breakdowns_of_one_total(tmp_path, capsys, name, turned):
    """45 + 55 − 95 = 5 : jugées une à une, elles laisseraient passer ce que l'une redonne de l'autre."""
    heads, counts = BREAKDOWNS[name]
    rows = [["Quartier", *heads], *([f"Z{n}", *row] for n, row in enumerate(counts))]
    rows = [list(column) for column in zip(*rows, strict=True)] if turned else rows
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 2 and "ventilations" in said and not kept


@pytest.mark.parametrize("rows", [
    [("Ensemble", 100), ("Hommes", 45), ("Femmes", 55), ("Moins de 25 ans", 5), ("25 ans et plus", 95)],
    [("Hommes", 45), ("Femmes", 55), ("Moins de 25 ans", 5), ("25 ans et plus", 95), ("Total", 100)],
])  # fmt: skip
def test_secrecy_of_several_breakdowns_under_one_total(tmp_path, capsys, rows):
    code, said, _ = checked(tmp_path, [["Population", "Effectif"], *rows], capsys)
    assert code == 2 and "ventilations" in said


@pytest.mark.parametrize("names", [
    ("Part des moins de 25 ans (%)", "Part des moins de 30 ans (%)"),
    ("Taux de 15-24 ans", "Taux de 15-64 ans"),
    ("Actifs occupés (%)", "Actifs (%)"),
    ("% 75 ans et plus", "% 60 ans et plus"),
    ("Part de femmes", "Part des allocataires"),
])  # fmt: skip
def test_secrecy_of_a_share_inside_another_is_refused(tmp_path, capsys, names):
    rows = [["Quartier", "Population", *names], ["A", 100, "40,0", "45,0"], ["B", 200, "30,0", "60,0"]]
    code, said, kept = checked(tmp_path, rows, capsys)
    assert code == 2 and "emboîtent" in said and not kept


@pytest.mark.parametrize(
    "wrong", ["Téléphone référant=retirer", "ligne 99=note", "Rang=note", "Menage=effectif", "colonne Z=retirer"]
)
def test_secrecy_of_a_correction_that_names_nothing(tmp_path, capsys, wrong):
    rows = [["Quartier", "Ménages", "Téléphone référent"], ["A", 15, 612345678], ["B", 35, 698765432]]
    code, said, kept = checked(tmp_path, rows, capsys, "--roles", wrong)
    assert code == 2 and "rien ne s'appelle" in said and not kept


def test_secrecy_of_subtotals_and_a_line_apart(tmp_path, capsys):
    rows = [["Quartier", "Femmes", "Hommes"], ["A", 100, 90], ["B", 5, 60], ["C", 21, 40], ["Bondy", 126, 190]]
    code, _, kept = checked(tmp_path, [*rows, ["Z", 14, 30]], capsys)
    assert code == 1
    assert [number(r[1]) for r in kept[1:5]].count(None) != 1
