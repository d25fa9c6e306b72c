"""Rendre compte d'un lot de téléchargements : une ligne par fichier, une barre d'avancement, les échecs réunis."""

from __future__ import annotations

import contextlib
import dataclasses
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from datakit.core.errors import DatakitError, NetworkError
from datakit.core.french import plural
from datakit.sources.fetching.targets import Aimed

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("source", "fichier", "etat", "taille", "millesime", "detail")


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Ce qu'il est advenu d'un fichier : ``nouveau``, ``remplacé``, ``à jour``, ``échec`` ou ``sans fichier``."""

    source: str
    name: str
    state: str
    size: int = 0
    vintage: str = ""
    detail: str = ""
    error: DatakitError | None = None

    @property
    def here(self) -> bool:
        """Vrai si le fichier est en place."""
        return self.state in ("nouveau", "remplacé", "à jour")

    def row(self) -> tuple[object, ...]:
        """La ligne du compte rendu."""
        detail = f"{self.detail} À faire : {self.error.remedy}" if self.error else self.detail
        return self.source, self.name, self.state, self.size, self.vintage, detail


def report(outcomes: list[Outcome], territory: Aimed | None = None, *, raising: bool = True) -> pd.DataFrame:
    """Le compte rendu en table ; lever ce qui a échoué, en disant ce qui est en place, si ``raising``."""
    import pandas as pd

    failures = [o.error for o in outcomes if o.error is not None]
    table = pd.DataFrame([o.row() for o in outcomes], columns=list(COLUMNS))
    if raising and len(failures) == 1 and len(outcomes) == 1:
        raise failures[0]
    if raising and failures:
        raise _several(failures, outcomes)
    if territory is not None:
        table.attrs["territoire"] = territory.code
    return table


def _several(failures: list[DatakitError], outcomes: list[Outcome]) -> NetworkError:
    good = [o for o in outcomes if o.here]
    listed = {f"Échec {i}": _indented(error) for i, error in enumerate(failures, 1)}
    return NetworkError(
        f"{plural(len(failures), 'fichier')} sur {len(outcomes)} n'ont pas pu être rapatriés."
        if len(failures) > 1
        else f"un fichier sur {len(outcomes)} n'a pas pu être rapatrié.",
        details={**listed, "En place": ", ".join(o.name for o in good) or "aucun"},
        remedy="suivre les indications de chaque échec, puis relancer la même commande : ce qui est en place ne sera"
        " pas téléchargé de nouveau.",
    )


def _indented(error: DatakitError) -> str:
    return str(error).replace("\n", "\n  ")


class Bar:
    """Une barre pour tout le lot : elle n'apparaît qu'au bout d'une seconde."""

    def __init__(self, bar: object) -> None:
        self._bar, self._lock = bar, threading.Lock()
        self._done: dict[str, int] = {}
        self._totals: dict[str, int] = {}

    def follow(self, url: str) -> Callable[[int, int | None], None]:
        """La fonction que le téléchargement de ``url`` appelle à chaque morceau."""

        def moved(received: int, total: int | None) -> None:
            with self._lock:
                step = received - self._done.get(url, 0)
                self._done[url] = received
                self._totals[url] = total or received
                bar = self._bar
                bar.total = sum(self._totals.values())  # type: ignore[attr-defined]
                bar.update(max(step, 0))  # type: ignore[attr-defined]

        return moved


@contextlib.contextmanager
def progress() -> Iterator[Bar]:
    """Ouvrir la barre, sur la sortie d'erreur."""
    from tqdm import tqdm

    with tqdm(
        unit="o", unit_scale=True, delay=1, desc="Téléchargement", leave=False, disable=None, file=sys.stderr
    ) as bar:
        yield Bar(bar)
