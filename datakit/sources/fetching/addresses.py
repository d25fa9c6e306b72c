"""Les adresses des producteurs : le rythme que chacun accepte, et leur remplacement par un miroir.

``DATAKIT_ADRESSES`` remplace des débuts d'adresse, en JSON : ``{"https://www.insee.fr": "https://miroir.exemple/insee"}``.
Une collectivité y met son miroir interne ; les essais y mettent leur serveur local.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import threading
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from urllib.parse import urlsplit

from datakit.core.errors import OptionError

MIRROR_VARIABLE = "DATAKIT_ADRESSES"


def mirrors() -> dict[str, str]:
    """Les débuts d'adresse à remplacer, lus dans ``$DATAKIT_ADRESSES``.

    Raises
    ------
    OptionError
        Si la variable n'est pas un dictionnaire JSON de textes.
    """
    text = os.environ.get(MIRROR_VARIABLE, "").strip()
    if not text:
        return {}
    try:
        read = json.loads(text)
    except ValueError:
        read = None
    if not isinstance(read, dict) or not all(isinstance(v, str) for v in read.values()):
        raise OptionError(
            f"la variable {MIRROR_VARIABLE} n'est pas un dictionnaire JSON.",
            details={"Valeur": text[:200]},
            remedy='l\'effacer, ou écrire {"https://adresse.officielle": "https://votre.miroir"}.',
        )
    return read


def actual(url: str, replaced: Mapping[str, str] | None = None) -> str:
    """L'adresse à appeler vraiment : la plus longue correspondance d'un miroir, sinon l'adresse elle-même.

    Examples
    --------
    >>> actual("https://www.insee.fr/a.zip", {"https://www.insee.fr": "http://localhost:8000"})
    'http://localhost:8000/a.zip'
    """
    table = mirrors() if replaced is None else replaced
    for prefix in sorted(table, key=len, reverse=True):
        if url.startswith(prefix):
            return table[prefix] + url[len(prefix) :]
    return url


def host(url: str) -> str:
    """Le serveur d'une adresse, pour les messages."""
    return urlsplit(url).netloc or url


@functools.cache
def producers() -> tuple[Mapping[str, object], ...]:
    """Les producteurs de ``producers.toml``, dans l'ordre où leurs débuts d'adresse sont essayés."""
    text = (files("datakit.sources.fetching") / "producers.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["producer"])


def rate_of(url: str) -> tuple[str, float]:
    """Le début d'adresse qui gouverne ``url`` et son nombre de requêtes par seconde.

    Examples
    --------
    >>> rate_of("https://data.geopf.fr/geocodage/search")[1] < 50
    True
    """
    for producer in producers():
        if url.startswith(str(producer["prefix"])):
            return str(producer["prefix"]), float(str(producer["requests_per_second"]))
    return "", 20.0


class Pace:
    """Le rythme des requêtes, partagé entre les fils d'exécution : en aucune seconde plus que le producteur n'admet.

    Une requête compte tant qu'elle est en route, puis une seconde encore après la réponse : quel que soit le retard du
    réseau, le serveur ne peut pas en voir arriver davantage. Les premières partent ensemble.
    """

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._running: Counter[str] = Counter()
        self._resting: dict[str, list[float]] = {}
        self._closed: dict[str, float] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def turn(self, url: str) -> Iterator[None]:
        """Attendre son tour, puis appeler ``url`` à l'intérieur du bloc."""
        prefix, rate = rate_of(url)
        # a rate below one request a second is one request every so many seconds
        most = max(int(rate), 1)
        while delay := self._delay(prefix, most):
            self._sleep(delay)
        try:
            yield
        finally:
            with self._lock:
                self._running[prefix] -= 1
                self._resting[prefix].append(self._clock() + most / rate)

    def _delay(self, prefix: str, most: int) -> float:
        """Prendre une place et rendre 0, ou dire combien attendre avant de redemander."""
        with self._lock:
            now = self._clock()
            resting = self._resting[prefix] = [end for end in self._resting.get(prefix, []) if end > now]
            wait = self._closed.get(prefix, 0.0) - now
            if wait <= 0 and self._running[prefix] + len(resting) < most:
                self._running[prefix] += 1
                return 0.0
            # every place is taken by a request on its way: it will not be long
            return max(wait, min(resting, default=now) - now, 0.005)

    def hold(self, url: str, seconds: float) -> None:
        """Faire patienter tous les appels à ce producteur (il a répondu 429)."""
        prefix, _ = rate_of(url)
        with self._lock:
            self._closed[prefix] = max(self._closed.get(prefix, 0.0), self._clock() + seconds)
