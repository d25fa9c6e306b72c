"""Parler à un serveur : certificats, proxy, délais, nouvelles tentatives ; et dire en français ce qui a échoué."""

from __future__ import annotations

import dataclasses
import datetime as dt
import email.utils
import random
import ssl
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from datakit.core.errors import NetworkError
from datakit.sources.fetching.addresses import Pace, actual, host
from datakit.sources.fetching.errors import Interrupted, Place, gave_up, refused, translated

if TYPE_CHECKING:
    import requests

# whole, whole through a proxy, the rest of a file, unchanged, nothing after the end
_USABLE = (200, 203, 206, 304, 416)
_TRY_AGAIN = (429, 500, 502, 503, 504)


@dataclasses.dataclass(frozen=True)
class Policy:
    """La patience du téléchargement : essais, attentes (secondes), débit sous lequel un serveur est jugé muet."""

    tries: int = 6
    base_wait: float = 1.0
    longest_wait: float = 60.0
    connect_timeout: float = 15.0
    read_timeout: float = 60.0
    slow_window: float = 60.0
    slow_bytes: int = 20_000
    workers: int = 10
    largest_mb: float = 0.0  # 0: ten times what the catalogue says of each file


class Web:
    """Une session vers les producteurs : une seule par ``fetch``, partagée entre les fils d'exécution."""

    def __init__(self, policy: Policy | None = None, mirrors: Mapping[str, str] | None = None) -> None:
        self.policy, self.mirrors, self.pace = policy or Policy(), mirrors, Pace()
        self._session = _session(self.policy.workers)

    def open(
        self, place: Place, *, headers: Mapping[str, str] | None = None, method: str = "GET", **sent: Any
    ) -> requests.Response:
        """Appeler une adresse ; rendre la réponse sans en lire le corps.

        Raises
        ------
        Interrupted
            Panne passagère : un nouvel essai a un sens.
        NetworkError
            Panne que répéter n'arrangera pas.
        """
        seen: list[requests.Response] = []
        try:
            with self.pace.turn(place.url):
                response = self._session.request(
                    method,
                    actual(place.url, self.mirrors),
                    # a compressed transfer cannot be resumed, and files are compressed already
                    headers={"Accept-Encoding": "identity", **(headers or {})},
                    stream=True,
                    timeout=(self.policy.connect_timeout, self.policy.read_timeout),
                    # addresses to geocode must not follow the server elsewhere
                    allow_redirects=method == "GET",
                    hooks={"response": lambda response, **_: seen.append(response)},
                    **sent,
                )
        except Exception as error:
            for response in seen:  # requests leaves open the one whose redirection it could not follow
                response.close()
            raise translated(error, place) from error
        if response.is_redirect:
            with response:
                raise refused(response.status_code, place)
        if response.status_code in _USABLE:
            _refuse_downgrade(response, place)
            return response
        with response:
            raise self._refused(response, place)

    def read(self, place: Place, *, method: str = "GET", limit: int = 20_000_000, **sent: Any) -> bytes:
        """Lire une petite réponse en mémoire (métadonnées, page web), avec de nouveaux essais.

        Raises
        ------
        NetworkError
            Réseau, refus, ou réponse plus grosse que ``limit``.
        """
        failures = 0
        while True:
            try:
                with self.open(place, method=method, **sent) as response:
                    return _body(response, place, limit)
            except Interrupted as error:
                failures += 1
                self.pause(error, place, failures)

    def pause(self, error: Interrupted, place: Place, failures: int) -> None:
        """Attendre avant l'essai suivant, ou renoncer après ``policy.tries`` échecs de suite."""
        if failures >= self.policy.tries:
            raise gave_up(error, place, failures) from error
        time.sleep(self._delay(error, failures))

    def _delay(self, error: Interrupted, attempt: int) -> float:
        if error.wait is not None:
            return min(error.wait, self.policy.longest_wait)
        # random part: twenty laptops cut at the same instant must not come back at the same instant
        wait: float = self.policy.base_wait * 2 ** (attempt - 1) * random.uniform(0.7, 1.3)
        return min(wait, self.policy.longest_wait)

    def _refused(self, response: requests.Response, place: Place) -> Exception:
        status = response.status_code
        if status in _TRY_AGAIN:
            wait = retry_after(response.headers.get("Retry-After", ""))
            if status == 429:
                self.pace.hold(place.url, min(wait or 0.0, self.policy.longest_wait))
            busy = "le serveur demande de ralentir" if status == 429 else "le serveur est en panne ou surchargé"
            return Interrupted(f"{busy} (réponse {status})", wait)
        return refused(status, place)


def retry_after(value: str, now: dt.datetime | None = None) -> float | None:
    """Le délai demandé par l'en-tête ``Retry-After`` (secondes ou date HTTP), ou ``None``.

    Examples
    --------
    >>> retry_after("5"), retry_after("bientôt")
    (5.0, None)
    """
    text = value.strip()
    if text.isdecimal():
        return float(text)
    try:
        when = email.utils.parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return max(0.0, (when - (now or dt.datetime.now(dt.UTC))).total_seconds())


def _body(response: requests.Response, place: Place, limit: int) -> bytes:
    body = b""
    try:
        for chunk in response.iter_content(1 << 16):
            body += chunk
            if len(body) > limit:
                raise NetworkError(
                    f"la réponse de {host(place.url)} est démesurée.", details=place.details(), remedy=place.by_hand()
                )
    except NetworkError:
        raise
    except Exception as error:
        raise translated(error, place) from error
    return body


def _refuse_downgrade(response: requests.Response, place: Place) -> None:
    secure = [*response.history, response][0].url.startswith("https:")
    if secure and not response.url.startswith("https:"):
        with response:
            raise NetworkError(
                f"{host(place.url)} renvoie vers une adresse non chiffrée : refusé.",
                details=place.details(Renvoi=response.url.split("?")[0]),
                why="un portail de connexion (hôtel, salle de formation) s'interpose peut-être.",
                remedy="ouvrir un navigateur pour s'identifier sur le réseau, puis relancer.",
            )


def _session(workers: int) -> requests.Session:
    import http.cookiejar

    import requests
    import truststore

    from datakit import __version__

    class SystemTrust(requests.adapters.HTTPAdapter):
        """Les certificats du système d'exploitation : c'est là que les entreprises installent le leur."""

        def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
            super().init_poolmanager(*args, ssl_context=truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT), **kwargs)

        def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
            context = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            return super().proxy_manager_for(proxy, ssl_context=context, **kwargs)

    session = requests.Session()
    session.max_redirects = 8
    session.headers["User-Agent"] = f"datakit-quartiers/{__version__}"
    # no cookie is kept, no password of ~/.netrc is sent
    session.cookies.set_policy(http.cookiejar.DefaultCookiePolicy(allowed_domains=[]))
    session.auth = lambda request: request
    session.mount("https://", SystemTrust(pool_maxsize=workers))
    session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=workers))
    return session
