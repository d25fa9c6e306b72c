"""Deux grandes tables à protéger : les habitants d'Orvanche croisés quatre fois, les QPV d'un pays tiré au sort."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.data import SEED

TOTAL = "Ensemble"
AGES = (0, 6, 15, 25, 40, 55, 65, 75, 200)
LARGE_FAMILY = "couple avec trois enfants ou plus"


@dataclass(frozen=True)
class Large:
    """Une table longue et la hiérarchie de ses zones."""

    table: pd.DataFrame
    hierarchies: dict[str, pd.DataFrame]


def orvanche() -> Large:
    """Parts QPV × commune, QPV, communes, EPCI × 2 sexes × 8 âges × 6 types de ménage : une case par croisement."""
    from datakit import load_microdata

    people, homes = load_microdata("individus"), load_microdata("menages")
    people = people.merge(homes[["id_menage", "type_menage", "personnes"]], on="id_menage", validate="many_to_one")
    commune = people["insee_com"].astype(str)
    part = people["code_qp_2024"].astype("str").fillna("hors QPV") + " | " + commune
    kind = people["type_menage"].astype(str)
    kind = kind.mask((kind == "couple avec enfants") & (people["personnes"] >= 5), LARGE_FAMILY)
    age = pd.cut(people["age"], AGES, right=False, labels=[f"{a} ans et plus" for a in AGES[:-1]]).astype(str)
    epci = dict(_epci_of_communes())
    parts = sorted(part.unique())
    links = [(p, p.split(" | ")[1]) for p in parts]
    links += [(p, p.split(" | ")[0]) for p in parts if not p.startswith("hors")]
    links += [(c, epci[c]) for c in sorted(commune.unique())]
    cube = pd.DataFrame({"zone": part, "sexe": people["sexe"].astype(str), "age": age, "type": kind})
    return _with_totals(cube.value_counts().rename("n").reset_index(), links)


def _epci_of_communes() -> list[tuple[str, str]]:
    from datakit import load_communes

    communes = load_communes(depot="ecole")
    return list(zip(communes["insee_com"], communes["siren_epci"], strict=True))


def country(qpv: int = 1584, straddling: int = 149, categories: int = 10) -> Large:
    """QPV, communes, départements, régions × catégories ; ni les parts ni le reste des communes ne sont publiés."""
    rng = np.random.default_rng(SEED)
    communes = [f"C{k:04}" for k in range(860)]
    home = np.sort(rng.integers(0, len(communes), qpv))
    parts = [(f"Q{q:04}", communes[c]) for q, c in enumerate(home)]
    across = rng.choice(qpv, straddling, replace=False)
    parts += [(f"Q{q:04}", communes[(home[q] + 1) % len(communes)]) for q in across]
    leaves = [f"{q} | {c}" for q, c in parts] + [f"hors QPV | {c}" for c in communes]
    size = np.r_[rng.gamma(2.0, 500, len(parts)), rng.gamma(1.2, 8000, len(communes))]
    share = rng.dirichlet(np.linspace(0.4, 4, categories), len(leaves))
    n = rng.poisson(size[:, None] * share).astype(float)
    long = pd.DataFrame(n, index=pd.Index(leaves, name="zone"), columns=[f"t{k}" for k in range(categories)])
    links = [(f"{q} | {c}", parent) for q, c in parts for parent in (q, c)]
    links += [(f"hors QPV | {c}", c) for c in communes]
    links += [(c, f"D{k * 101 // len(communes):03}") for k, c in enumerate(communes)]
    links += [(f"D{d:03}", f"R{d * 18 // 101:02}") for d in range(101)]
    made = _with_totals(long.rename_axis("type", axis=1).stack().rename("n").reset_index(), links)
    return Large(made.table[~made.table["zone"].isin(leaves)].reset_index(drop=True), made.hierarchies)


def _with_totals(leaves: pd.DataFrame, links: list[tuple[str, str]]) -> Large:
    """La table complète : chaque zone par ses descendants, chaque autre dimension par son total."""
    names = [c for c in leaves.columns if c != "n"]
    above: dict[str, set[str]] = {}
    parents = pd.DataFrame(links, columns=["child", "parent"]).groupby("child")["parent"].agg(list)
    for zone in leaves["zone"].unique():
        reached, todo = {zone, TOTAL}, [zone]
        while todo:
            fresh = set(parents.get(todo.pop(), [])) - reached
            reached |= fresh
            todo += fresh
        above[zone] = reached
    every = leaves.assign(zone=leaves["zone"].map({zone: sorted(found) for zone, found in above.items()})).explode(
        "zone"
    )
    every = every.groupby(names, as_index=False, sort=True)["n"].sum()
    for name in names[1:]:
        rest = [c for c in names if c != name]
        total = every.groupby(rest, as_index=False)["n"].sum().assign(**{name: TOTAL})
        every = pd.concat([every, total], ignore_index=True)
    index = pd.MultiIndex.from_product([sorted(every[c].unique()) for c in names], names=names)
    whole = every.set_index(names)["n"].reindex(index, fill_value=0).astype(float).reset_index()
    return Large(whole, {"zone": pd.DataFrame(links, columns=["child", "parent"])})
