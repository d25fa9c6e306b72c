"""Protéger de grandes tables : temps de processeur et mémoire, face à la limite que le projet s'est donnée."""

from __future__ import annotations

from benchmarks import tables_secrecy
from benchmarks.measure import in_new_process

# what, table, seconds allowed, memory allowed (MiB)
LARGE = (
    ("Orvanche : parts, QPV, communes, EPCI × 2 sexes × 8 âges × 6 types", "orvanche", 180.0, 1024.0),
    ("1 584 QPV × communes × départements × régions × 10 catégories", "country", 60.0, 1024.0),
)


def protecting(name):
    """``protect`` sur une des grandes tables ; la réponse est le nombre de cases cachées."""
    from datakit.analysis.secrecy import protect

    large = getattr(tables_secrecy, name)()
    return lambda: int(protect(large.table, "fiscal", hierarchies=large.hierarchies).table["n"].isna().sum())


def rows():
    """Une ligne par table, une seule exécution, en secondes de processeur : le « pair » est la limite."""
    for what, name, seconds, mebibytes in LARGE:
        ours = in_new_process("benchmarks.rows_secrecy:protecting", name, repeats=1)
        limit = {"first": seconds, "best": seconds, "peak": mebibytes, "answer": ours.get("answer")}
        yield what, "limite", ours, limit
