"""Lecteur par lecteur : ce que le rapport dit protégé l'est, pour un lecteur écrit ici, sans rien de datakit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datakit.analysis.secrecy import check_file, protect
from datakit.cli import main
from datakit.core.errors import SecrecyError
from tests.analysis.agents_tables import Case, Grid, cells_of
from tests.analysis.random_files import (
    cube_cases,
    linked_cases,
    open_cells,
    piled_case,
    random_case,
    seen_together,
    two_years,
    whole_cells,
)

KINDS = {
    "croisement": lambda seed: [random_case(seed)],
    "parts": lambda seed: [random_case(seed, decimals=seed % 3)],
    "deux fichiers": lambda seed: linked_cases(seed, 2),
    "cube": cube_cases,
    "deux années": lambda seed: [two_years(seed)],
    "onglets": lambda seed: [piled_case(seed)],
}


def opened(cases: list[Case], folder: Path) -> list[str]:
    """Ce que les lecteurs retrouvent de fichiers que le rapport dit protégés."""
    folder.mkdir()
    paths = [case.write(folder) for case in cases]
    report = check_file(paths[0], "fiscal", linked=paths[1:], seconds=2.0)
    if report.problem:
        return []
    out = folder / "publie"
    out.mkdir()
    written = report.save(out)
    whole, seen = (cases[0], cells_of(written[0], cases[0])) if len(cases) == 1 else seen_together(cases, written)
    found = [f"continu {c}" for c in open_cells(whole, seen)]
    assert report.readers["continu"] == "protege"
    if report.readers["entier"] == "protege":
        found += [f"entier {c}" for c in whole_cells(whole, seen)]
    if report.readers["regle"] == "protege":
        found += [f"regle {c}" for c in whole_cells(whole, seen, rule=True)]
    return found


def compare(kind: str, seeds: range, folder: Path) -> list[str]:
    return [f"{kind} {s} : {c}" for s in seeds for c in opened(KINDS[kind](s), folder / f"{kind}-{s}")]


@pytest.mark.parametrize("kind", KINDS)
def test_no_reader_finds_more_than_the_report_says_on_random_tables(kind, tmp_path):
    assert compare(kind, range(3), tmp_path) == []


@pytest.mark.complete
@pytest.mark.parametrize("kind", KINDS)
def test_no_reader_finds_more_than_the_report_says_on_a_thousand_tables(kind, tmp_path):
    assert compare(kind, range(1000, 1200), tmp_path) == []


@pytest.mark.parametrize("seed", range(8))
def test_categories_named_after_units_do_not_part_two_files_of_the_same_homes(seed, tmp_path):
    """« personne seule » et « logement social » nomment des catégories de ménages, pas ce qui est compté."""
    cases = linked_cases(seed, 2, ("personne seule ", "logement social "))
    paths = [case.write(tmp_path) for case in cases]
    report = check_file(paths[0], "fiscal", linked=paths[1:], readers=("continu",), seconds=2.0)
    if not report.problem:
        (tmp_path / "o").mkdir()
        assert open_cells(*seen_together(cases, report.save(tmp_path / "o"))) == []


def linked_through_the_command(seed: int, several: int, folder: Path) -> list[str]:
    folder.mkdir()
    cases = linked_cases(seed, several)
    paths = [case.write(folder) for case in cases]
    out = folder / "publie"
    out.mkdir()
    linked = [part for p in paths[1:] for part in ("--linked", str(p))]
    code = main(["secrecy", "protect", str(paths[0]), *linked, "-o", str(out), "--readers", "continu,entier"])
    if code == 1:
        return []
    assert code == 0
    assert sorted(p.name for p in out.iterdir()) == sorted(p.name for p in paths)
    whole, seen = seen_together(cases, [out / p.name for p in paths])
    return [f"{seed} : {c}" for c in open_cells(whole, seen)]


@pytest.mark.parametrize("several", [2, 3])
def test_every_linked_file_is_written_and_resists_with_the_others(several, tmp_path):
    assert [c for s in range(4) for c in linked_through_the_command(s, several, tmp_path / str(s))] == []


@pytest.mark.complete
@pytest.mark.parametrize("several", [2, 3])
def test_a_hundred_pairs_and_triples_of_linked_files_resist(several, tmp_path):
    assert [c for s in range(100, 200) for c in linked_through_the_command(s, several, tmp_path / str(s))] == []


def test_each_cell_is_named_under_its_own_file(tmp_path, capsys):
    first, second = tmp_path / "l1.csv", tmp_path / "l2.csv"
    first.write_text("QPV;Âge;n\nA;jeunes;3\nA;autres;40\nA;Ensemble;43\nB;jeunes;30\nB;autres;25\nB;Ensemble;55\n"
                     "Ensemble;jeunes;33\nEnsemble;autres;65\nEnsemble;Ensemble;98\n", encoding="utf-8")  # fmt: skip
    second.write_text("QPV;Sexe;n\nA;F;39\nA;H;4\nA;Ensemble;43\nB;F;25\nB;H;30\nB;Ensemble;55\n"
                      "Ensemble;F;64\nEnsemble;H;34\nEnsemble;Ensemble;98\n", encoding="utf-8")  # fmt: skip
    out = tmp_path / "o.csv"
    code = main(["secrecy", "check", str(first), "--by", "QPV,Âge", "--value", "n", "--minimum", "5", "--linked",
                 str(second), "-o", str(out)])  # fmt: skip
    text = capsys.readouterr().out.replace("\xa0", " ")
    assert code == 1
    assert text.index("   l1.csv :") < text.index("Âge = jeunes") < text.index("   l2.csv :") < text.index("Sexe = H")
    other = tmp_path / "o_l2.csv"
    assert pd.read_csv(out, sep=";")["n"].isna().sum() == 4
    assert pd.read_csv(other, sep=";")["n"].isna().sum() == 4
    assert f"{other} (pour l2.csv)" in text
    assert main(["secrecy", "attack", str(out), str(other), "--minimum", "5"]) == 0


CUBE = np.array([[[12, 3, 0], [0, 0, 0]], [[11, 0, 11], [0, 0, 7]]])


def face(a: int, b: int) -> pd.DataFrame:
    inner = CUBE.sum(axis=3 - a - b)
    whole = np.pad(inner, ((0, 1), (0, 1)))
    whole[-1], whole[:, -1] = whole[:-1].sum(0), np.r_[inner.sum(1), inner.sum()]
    names = [[*(f"{'ABC'[d]}{i}" for i in range(CUBE.shape[d])), "Ensemble"] for d in (a, b)]
    frame = pd.DataFrame(whole, index=pd.Index(names[0], name="ABC"[a]), columns=pd.Index(names[1], name="ABC"[b]))
    return frame.stack().rename("n").reset_index()


def test_the_smallest_cube_known_to_leak_is_covered_when_it_is_known_to_be_one():
    faces = [face(0, 1), face(0, 2), face(1, 2)]
    made = protect(faces[0], "fiscal", linked=faces[1:], cube=True)
    secret = made.linked[0].bounds.loc[(faces[1]["A"] == "A0") & (faces[1]["C"] == "C1")]
    assert ((secret["high"] - secret["low"]) >= 11).all()
    for part in (made, *made.linked):
        assert ((part.bounds["high"] - part.bounds["low"]) >= 11 * (1 - 1e-6)).all()


def test_a_report_names_every_reader_and_what_it_costs_to_stop_the_last(tmp_path):
    case = random_case(3)
    report = check_file(case.write(tmp_path), "fiscal")
    assert set(report.readers) == {"continu", "entier", "regle", "cube", "annee", "geographie"}
    assert report.readers["cube"] == "non_essaye"
    assert "regle (connaît en plus la règle" in report.text
    if report.readers["regle"] == "retrouve":
        assert "connaît la règle" in " ".join(report.said)


def test_a_file_that_its_own_attack_opens_is_not_left(tmp_path, monkeypatch):
    from datakit.analysis.secrecy.files import verdict, writing

    case = random_case(3)
    report = check_file(case.write(tmp_path), "fiscal", readers=("continu",))
    # a writer that forgets one cell: what it leaves must not stay

    def forgetful(book, gone, path, mark=""):
        fewer = {sheet: set(sorted(places)[:-1]) for sheet, places in gone.items()}
        writing.write_book(book, fewer, path, mark)

    monkeypatch.setattr(verdict, "write_book", forgetful)
    with pytest.raises(SecrecyError, match="fichier écrit"):
        report.save(tmp_path / "o.csv")
    assert [p.name for p in tmp_path.iterdir()] == [f"{case.name}.csv"]


@pytest.mark.parametrize("seed", range(40, 46))
def test_the_reader_of_two_years_finds_nothing_and_is_named(seed, tmp_path):
    case = two_years(seed)
    report = check_file(case.write(tmp_path), "fiscal", readers=("continu",), seconds=2.0)
    assert report.problem or report.readers["annee"] == "protege"
    if not report.problem:
        assert open_cells(case, cells_of(report.save(tmp_path / "o.csv")[0], case)) == []


def nested_cuts(seed: int) -> list[Case]:
    """Des quartiers dans un fichier, des secteurs qui les réunissent dans un autre : tout lecteur a la carte."""
    rng = np.random.default_rng(seed)
    zones = {f"Z{i}": int(v) for i, v in enumerate(rng.poisson(rng.gamma(1.3, 25, size=6)) + 1)}
    groups = {"Nord": ["Z0", "Z1"], "Centre": ["Z2", "Z3"], "Sud": ["Z4", "Z5"]}
    truth = {(z,): v for z, v in zones.items()} | {(g,): sum(zones[z] for z in m) for g, m in groups.items()}
    truth |= {("T",): sum(zones.values())}
    sums = [(("T",), [(z,) for z in zones]), *(((g,), [(z,) for z in m]) for g, m in groups.items())]
    made = []
    for name, head, lines in (("quartiers", "Quartier", zones), ("secteurs", "Secteur", groups)):
        case = Case(name, "masque", {}, truth=truth, sums=sums)
        grid = Grid(case)
        grid.line(head, "Ménages")
        for line in (*lines, "T"):
            grid.count(grid.line("Ensemble" if line == "T" else line), 1, (line,), truth[line,])
        made.append(case)
    return made


@pytest.mark.parametrize("seed", range(8))
def test_another_cut_is_only_called_protected_when_its_nesting_is_given(seed, tmp_path):
    cases = nested_cuts(seed)
    paths = [case.write(tmp_path) for case in cases]
    blind = check_file(paths[0], "fiscal", linked=paths[1:], readers=("continu",))
    assert blind.readers["geographie"] == "non_essaye"
    links = [(z, g) for (g,), m in cases[0].sums[1:] for (z,) in m] + [(g, "Ensemble") for (g,), _ in cases[0].sums[1:]]
    nesting = {"Quartier": pd.DataFrame(links, columns=["child", "parent"])}
    report = check_file(paths[0], "fiscal", linked=paths[1:], readers=("continu",), hierarchies=nesting)
    assert report.problem or report.readers["geographie"] == "protege"
    if not report.problem:
        (tmp_path / "o").mkdir()
        assert open_cells(*seen_together(cases, report.save(tmp_path / "o"))) == []


def rectangles(seeds: range) -> list[pd.DataFrame]:
    """Des tables de deux lignes, assez petites pour que toutes celles qu'un lecteur peut croire se comptent."""
    out = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        values = rng.poisson(rng.gamma(1.5, 25, size=(2, 3)))
        values[0, 0] = int(rng.integers(1, 11))
        out.append(pd.DataFrame(values, index=["A", "B"], columns=["x", "y", "z"]))
    return out


def test_who_knows_the_rule_and_replays_the_algorithm_cannot_tell_where_it_says_protected(tmp_path):
    tried = 0
    for n, table in enumerate(rectangles(range(12))):
        path = tmp_path / f"{n}.csv"
        full = table.assign(Ensemble=table.sum(axis=1))
        full.loc["Ensemble"] = full.sum()
        full.rename_axis("Quartier").to_csv(path, sep=";")
        report = check_file(path, "fiscal")
        if report.problem or report.readers["regle"] != "protege":
            continue
        hidden = protect(full, "fiscal").table.isna()
        rows, columns = (np.flatnonzero(hidden.any(axis=a)) for a in (1, 0))
        if hidden.to_numpy().sum() != 4 or len(rows) != 2 or len(columns) != 2:
            continue
        tried += 1
        moved = np.array([[1, -1], [-1, 1]])
        possible = []
        for step in range(-400, 400):  # the one way to change a rectangle without changing a total
            other = full.copy()
            other.iloc[rows, columns] += step * moved
            if (other.to_numpy() < 0).any():
                continue
            try:
                same = protect(other, "fiscal").table.isna().equals(hidden)
            except SecrecyError:
                same = False
            if same:
                possible.append(other)
        for r, c in zip(*np.nonzero(hidden.to_numpy()), strict=True):
            if 0 < full.iat[r, c] < 11:
                ends = [other.iat[r, c] for other in possible]
                assert max(ends) - min(ends) >= 11, (n, full, min(ends), max(ends))
    assert tried >= 2
