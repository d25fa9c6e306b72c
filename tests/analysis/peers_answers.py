"""Lancé par un autre Python, où pycanon et acro sont installés : leurs réponses, en JSON, sur les fichiers donnés."""

import json
import sys

import pandas as pd


def pycanon_answers(path: str) -> dict:
    from pycanon.anonymity import k_anonymity, l_diversity

    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    quasi = [c for c in table.columns if c != "sensible"]
    return {"k": int(k_anonymity(table, quasi)), "l": int(l_diversity(table, quasi, ["sensible"]))}


def acro_answers(path: str) -> dict:
    from acro import ACRO

    table = pd.read_csv(path)
    session = ACRO(suppress=False)
    session.crosstab(table["zone"], table["ape"], values=table["ca"], aggfunc="sum")
    outcome = session.results.get_index(0).outcome
    return {f"{r}|{c}": str(outcome.loc[r, c]) for r in outcome.index for c in outcome.columns}


def survey_rows(path: str) -> dict:
    """L'enquête électorale américaine de 1996 (domaine public), livrée avec statsmodels, dont acro dépend."""
    from statsmodels.datasets import anes96

    table = anes96.load_pandas().data[["age", "educ", "income", "PID"]].astype(int).astype(str)
    table.rename(columns={"PID": "sensible"}).to_csv(path, index=False)
    return {"lignes": len(table)}


ANSWERS = {"pycanon": pycanon_answers, "acro": acro_answers, "enquete": survey_rows}

if __name__ == "__main__":
    kind, path = sys.argv[1:]
    print("\n" + json.dumps(ANSWERS[kind](path)))  # noqa: T201
