"""Écrire beaucoup de fiches : un dossier ouvert par processus, chaque fiche en trois formats, une page d'index."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from datakit.core.codes import qpv_geography
from datakit.core.french import plural
from datakit.output.fiche.dossier import Dossier, open_dossier
from datakit.output.fiche.html import index_html

_ALONE = 12  # below this many sheets, starting other processes costs more than it saves
_opened: dict[int, Dossier] = {}


def codes_of(commune: str, depot: str | None) -> list[str]:
    """Les quartiers d'une commune, dans le découpage le plus récent du dépôt."""
    from datakit.core.errors import CodeError, SourceError
    from datakit.tables.perimeters import load_qpv

    for geography in (2024, 2015):
        try:
            return sorted(load_qpv(geography, commune=commune, depot=depot)["code_qp"])
        except (CodeError, SourceError):
            if geography == 2015:
                raise
    return []


def write_profiles(
    codes: Sequence[str], folder: Path, depot: str | None = None, *, workers: int | None = None
) -> Iterator[tuple[str, str, str]]:
    """Écrire les fiches de ``codes`` dans ``folder`` ; rend (code, nom, commune) au fur et à mesure."""
    folder.mkdir(parents=True, exist_ok=True)
    many = min(workers or os.cpu_count() or 1, 4) if len(codes) > _ALONE else 1
    if many == 1:
        yield from (_write(code, str(folder), depot) for code in codes)
        return
    # spawn everywhere: the same behaviour on Windows, macOS and Linux, and no lock copied half-held
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(many, mp_context=context) as pool:
        yield from pool.map(_write, codes, [str(folder)] * len(codes), [depot] * len(codes), chunksize=4)


def write_index(folder: Path, done: Sequence[tuple[str, str, str]]) -> Path:
    """La page qui mène à chaque fiche, dans l'ordre des communes puis des noms."""
    from datakit.core.french import sort_key

    ordered = sorted(done, key=lambda sheet: (sort_key(sheet[2]), sort_key(sheet[1]), sheet[0]))
    target = folder / "index.html"
    target.write_text(
        index_html(plural(len(done), "fiche de quartier", "fiches de quartier"), ordered),
        encoding="utf-8",
        newline="\n",
    )
    return target


def _write(code: str, folder: str, depot: str | None) -> tuple[str, str, str]:
    from datakit.output.profile import Profile

    geography = qpv_geography(code)
    if geography not in _opened:
        _opened.clear()
        _opened[geography] = open_dossier(geography, depot)
    made = Profile(_opened[geography], code)
    made.html(Path(folder) / f"{code}.html")
    made.pdf(Path(folder) / f"{code}.pdf")
    made.xlsx(Path(folder) / f"{code}.xlsx")
    return code, made.sheet.name, made.sheet.place


def forget() -> None:
    """Oublier le dépôt gardé ouvert."""
    _opened.clear()
