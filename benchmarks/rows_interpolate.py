"""Interpoler 2,3 millions de carreaux : datakit et tobler, avec ses réglages justes puis ceux par défaut."""

from __future__ import annotations

from benchmarks import data
from benchmarks.measure import in_new_process


def with_datakit():
    """Par la surface, comme le pair."""
    from datakit import interpolate

    grid, zones = data.grid(), data.metropolitan()
    return lambda: float(interpolate(grid, zones, "ind", "area")["ind"].sum())


def with_tobler(allocate_total):
    """La même question à tobler."""
    from tobler.area_weighted import area_interpolate

    grid, zones = data.grid(), data.metropolitan()
    return lambda: float(
        area_interpolate(grid, zones, extensive_variables=["ind"], allocate_total=allocate_total)["ind"].sum()
    )


def rows():
    """Réglages justes (vitesse et total), puis réglages par défaut (total seul)."""
    ours = in_new_process("benchmarks.rows_interpolate:with_datakit", rounds=3)
    for name, total in (("tobler (allocate_total=False)", False), ("tobler (par défaut)", True)):
        theirs = in_new_process("benchmarks.rows_interpolate:with_tobler", total, repeats=2, rounds=3)
        yield "2,3 M carreaux", name, ours, theirs
