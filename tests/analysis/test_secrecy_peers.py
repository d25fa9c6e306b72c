"""k, l et le secret primaire, comparés à pycanon et à acro.

Leurs versions figées de pandas les empêchent d'être installés à côté de nous : ils tournent dans un autre Python, que
``DATAKIT_PEERS_PYTHON`` désigne (voir ``docs/decisions/052-pairs-du-secret.md``).
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datakit import load_microdata
from datakit.analysis.secrecy import Rule, check, k_anonymity, l_diversity

PEERS = os.environ.get("DATAKIT_PEERS_PYTHON", "")
pytestmark = pytest.mark.skipif(not PEERS, reason="DATAKIT_PEERS_PYTHON ne désigne aucun Python avec pycanon et acro")
SCRIPT = Path(__file__).with_name("peers_answers.py")


def answers(kind: str, table: pd.DataFrame | None, folder: Path) -> dict:
    path = folder / "table.csv"
    if table is not None:
        table.to_csv(path, index=False)
    done = subprocess.run([PEERS, str(SCRIPT), kind, str(path)], capture_output=True, text=True, check=True, cwd=folder)
    return json.loads(done.stdout.strip().splitlines()[-1])


@pytest.mark.parametrize("seed", range(5))
def test_k_and_l_equal_pycanon(seed, tmp_path):
    rng = np.random.default_rng(seed)
    table = pd.DataFrame({
        "age": rng.integers(0, 5 + seed, 400), "sexe": rng.choice(["F", "H"], 400),
        "sensible": rng.choice(list("abcdef"), 400),
    }).astype(str)  # fmt: skip
    found = answers("pycanon", table, tmp_path)
    assert found == {
        "k": k_anonymity(table, ["age", "sexe"]),
        "l": l_diversity(table, ["age", "sexe"], "sensible"),
    }


def test_k_and_l_equal_pycanon_on_orvanche(tmp_path):
    people = load_microdata("individus").head(20_000)
    table = pd.DataFrame({
        "tranche": (people["age"] // 20).astype(str), "sexe": people["sexe"].astype(str),
        "commune": people["insee_com"].astype(str), "sensible": people["diplome"].astype(str),
    })  # fmt: skip
    found = answers("pycanon", table, tmp_path)
    quasi = ["tranche", "sexe", "commune"]
    assert found == {"k": k_anonymity(table, quasi), "l": l_diversity(table, quasi, "sensible")}


@pytest.mark.parametrize("quasi", [["educ"], ["educ", "income"], ["age", "educ"], ["age", "educ", "income"]])
def test_k_and_l_equal_pycanon_on_a_published_survey(quasi, tmp_path):
    assert answers("enquete", None, tmp_path)["lignes"] > 900
    survey = pd.read_csv(tmp_path / "table.csv", dtype=str)[[*quasi, "sensible"]]
    broad = survey.assign(**{c: (survey[c].astype(int) // 10).astype(str) for c in quasi})
    for table in (survey, broad):
        found = answers("pycanon", table, tmp_path)
        assert found == {"k": k_anonymity(table, quasi), "l": l_diversity(table, quasi, "sensible")}


def test_primary_cells_equal_acro(tmp_path):
    rng = np.random.default_rng(3)
    units = pd.DataFrame({
        "zone": rng.choice(["A", "B", "C"], 160),
        "ape": rng.choice(["x", "y", "z", "t"], 160, p=[0.5, 0.3, 0.15, 0.05]),
        "ca": np.round(rng.pareto(0.9, 160) * 100 + 1, 2),
    })  # fmt: skip
    theirs = answers("acro", units, tmp_path)
    groups = units.groupby(["zone", "ape"])["ca"]
    cells = groups.agg(n="sum", effectif="count").reset_index()
    cells["m1"] = groups.apply(lambda g: g.nlargest(2).iloc[0]).to_numpy()
    cells["m2"] = groups.apply(lambda g: g.nlargest(2).iloc[1] if len(g) > 1 else 0.0).to_numpy()
    for name, rule in {
        "MinimumThresholdCheck": Rule("seuil", minimum=10),
        "NKCheck": Rule("dominance", dominance=90, dominance_units=2),
    }.items():
        mine = set()
        for one in cells.to_dict("records"):
            table = pd.DataFrame([{**one, "case": "seule"}, {**one, "case": "Ensemble"}])
            columns = {"value": "n", "count": "effectif", "largest": ["m1", "m2"]}
            if not check(table, rule, by="case", **columns).empty:
                mine.add(f"{one['zone']}|{one['ape']}")
        # acro also flags the combinations nobody is in; ours do not exist, and no rule of the catalogue covers 0
        present = {f"{one['zone']}|{one['ape']}" for one in cells.to_dict("records")}
        assert mine == {cell for cell, flags in theirs.items() if name in flags} & present, name
