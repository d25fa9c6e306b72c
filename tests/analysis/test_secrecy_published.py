"""Attaquer les fichiers publiés : ce qu'Orvanche laisse retrouver est une leçon, et figure dans la liste."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pandas as pd

from datakit.analysis.secrecy import attack
from datakit.core.places import content
from datakit.sources.dialects import read_table, to_number

OPEN = tomllib.loads(Path(__file__).with_name("orvanche_open.toml").read_text(encoding="utf-8"))


def recomputed(path: Path, sums: list[list[str]]) -> set[str]:
    """Les colonnes dont une case masquée se retrouve par soustraction, dans un fichier à une ligne par quartier."""
    frame = read_table(path).frame
    found = set()
    for total, *parts in sums:
        columns = [*parts, total]
        if not set(columns) <= set(frame.columns):
            continue
        numbers = pd.DataFrame({c: to_number(frame[c], column=c, path=path.name, missing=("NA", "s")) for c in columns})
        holes = numbers[numbers[parts].isna().any(axis=1) & numbers[total].notna()]
        for row in holes.to_dict("records"):
            table = pd.DataFrame({"categorie": [*parts, "Ensemble"], "n": [row[c] for c in columns]})
            answer = attack(table)
            found |= set(answer.loc[answer["exact"], "categorie"])
    return found


def test_orvanche_resists_but_where_the_lesson_is_left_open():
    for name, lesson in OPEN["fichier"].items():
        path = next(content("data").rglob(name))
        assert recomputed(path, OPEN["sommes"]["egalites"]) <= set(lesson["colonnes"]), name


def test_real_files_give_nothing_that_their_own_totals_contradict(real):
    for path in sorted((real / "insee_qpv2015").glob("IPRO_*.csv")):
        frame = read_table(path).frame
        for total, *parts in OPEN["sommes"]["egalites"][:2]:
            if not {total, *parts} <= set(frame.columns):
                continue
            numbers = pd.DataFrame({c: to_number(frame[c], column=c, path=path.name) for c in (*parts, total)})
            holes = numbers[numbers[parts].isna().any(axis=1) & numbers[total].notna()].head(20)
            for row in holes.to_dict("records"):
                table = pd.DataFrame({"categorie": [*parts, "Ensemble"], "n": [row[c] for c in (*parts, total)]})
                answer = attack(table)
                assert (answer["low"] >= -1e-9).all()
                assert (answer["high"] <= row[total] + 1e-6).all()
