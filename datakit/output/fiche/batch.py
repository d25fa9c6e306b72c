"""Écrire beaucoup de fiches : un dépôt lu une fois pour tous les processus, chaque fiche en trois formats, un index."""

from __future__ import annotations

import multiprocessing
import os
import pickle
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat
from pathlib import Path

from datakit.core.codes import qpv_geography
from datakit.core.french import plural
from datakit.core.needs import has_processes
from datakit.core.writing import make_folder, write_whole
from datakit.output.fiche.dossier import Dossier, open_dossier
from datakit.output.fiche.html import index_html
from datakit.output.fiche.profile import Profile, profile
from datakit.output.fiche.rows import Delivered
from datakit.sources.depots import AnyDepot, Depot, opened

_ALONE = 30  # below this many sheets, other processes double the work (16 sheets: 11 processor seconds, or 22)
NO_FIGURE = "aucun chiffre dans ces fichiers"
_given: list[Dossier] = []  # the depot that this process was given, opened


def write_profiles(
    codes: Sequence[str], folder: Path, depot: AnyDepot = None, *, workers: int | None = None
) -> Iterator[Delivered]:
    """Écrire les fiches de ``codes`` dans ``folder`` ; rend chacune au fur et à mesure."""
    make_folder(folder)
    depot = opened(depot)
    many = min(workers or os.cpu_count() or 1, 4) if len(codes) > _ALONE and has_processes() else 1
    if many == 1:
        yield from (_files(profile(code, depot), code, folder) for code in codes)
        return
    # spawn everywhere: the same behaviour on Windows, macOS and Linux, and no lock copied half-held
    context = multiprocessing.get_context("spawn")
    for geography in dict.fromkeys(qpv_geography(code) for code in codes):
        asked = [code for code in codes if qpv_geography(code) == geography]
        # reading the files takes far more memory than what the sheets need of them: one process reads, and ends
        with ProcessPoolExecutor(1, mp_context=context) as reader:
            packed = reader.submit(_pack, geography, depot, asked[0]).result()
        with ProcessPoolExecutor(many, mp_context=context, initializer=_unpack, initargs=(packed,)) as pool:
            yield from pool.map(_write, asked, repeat(folder), chunksize=4)


def write_index(folder: Path, done: Sequence[Delivered]) -> Path:
    """La page qui mène à chaque fiche, dans l'ordre des communes puis des noms."""
    from datakit.core.french import sort_key

    ordered = sorted(done, key=lambda sheet: (sort_key(sheet[2]), sort_key(sheet[1]), sheet[0]))
    title = plural(len(done), "fiche de quartier", "fiches de quartier")
    return write_whole(folder / "index.html", index_html(title, ordered))


def _pack(geography: int, depot: Depot, code: str) -> bytes:
    dossier = open_dossier(geography, depot)
    Profile(dossier, code).figures  # noqa: B018 - reads what all sheets share: comparators, projected outlines
    return pickle.dumps(dossier)


def _unpack(packed: bytes) -> None:
    _given[:] = [pickle.loads(packed)]  # noqa: S301 - written a moment ago by our own process


def _write(code: str, folder: Path) -> Delivered:
    return _files(Profile(_given[0], code), code, folder)


def _files(made: Profile, code: str, folder: Path) -> Delivered:
    made.html(folder / f"{code}.html")
    made.pdf(folder / f"{code}.pdf")
    made.xlsx(folder / f"{code}.xlsx")
    known = any(row.value == row.value for row in made.sheet.rows)
    place = made.sheet.place if known else f"{made.sheet.place} · {NO_FIGURE}"
    return Delivered(code, made.sheet.name, place, made.sheet.reserves)
