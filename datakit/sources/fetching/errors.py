"""Les pannes du réseau, en français : où, pourquoi, la suite à donner ; ou bien un nouvel essai a un sens."""

from __future__ import annotations

import dataclasses
import socket
import ssl

from datakit.core.errors import NetworkError
from datakit.sources.fetching.addresses import host

BY_HAND = "ouvrir la page dans un navigateur, télécharger le fichier, puis : datakit fetch {source} --from FICHIER"


class Interrupted(Exception):
    """Un échec qui mérite un nouvel essai ; ``wait`` est le délai que le serveur demande, s'il en demande un."""

    def __init__(self, reason: str, wait: float | None = None) -> None:
        super().__init__(reason)
        self.reason, self.wait = reason, wait


@dataclasses.dataclass
class Place:
    """Ce qu'un message d'erreur doit pouvoir dire : la source, son adresse officielle et la page à ouvrir."""

    source: str
    url: str
    page: str = ""

    def details(self, **more: object) -> dict[str, object]:
        """Les lignes « où » d'un message."""
        found: dict[str, object] = {"Source": self.source, "Adresse": self.url}
        return {**found, **({"Page": self.page} if self.page else {}), **more}

    def by_hand(self) -> str:
        """La façon de faire sans le programme."""
        return BY_HAND.format(source=self.source)


def refused(status: int, place: Place) -> NetworkError:
    """Une réponse définitive du serveur, en français."""
    if status in (401, 403):
        return NetworkError(
            f"{host(place.url)} refuse les programmes (réponse {status}).",
            details=place.details(),
            why="certains producteurs, l'Insee surtout, ne répondent par moments qu'aux navigateurs.",
            remedy=place.by_hand(),
        )
    if status in (404, 410):
        return NetworkError(
            f"cette adresse n'existe plus chez {host(place.url)} (réponse {status}).",
            details=place.details(),
            why="les producteurs déplacent leurs fichiers à chaque nouvelle édition.",
            remedy=place.by_hand(),
        )
    if status == 407:
        return _proxy(place)
    return NetworkError(
        f"{host(place.url)} a répondu par une erreur ({status}).", details=place.details(), remedy=place.by_hand()
    )


def translated(error: BaseException, place: Place) -> Exception:
    """Une panne de la pile réseau : ``Interrupted`` si elle peut passer, sinon une ``NetworkError`` en français."""
    import requests
    import urllib3

    chain = _causes(error)
    details = place.details()
    if any(isinstance(e, ssl.SSLCertVerificationError) for e in chain):
        return NetworkError(
            f"le certificat de {host(place.url)} n'est pas reconnu : la connexion n'est pas sûre.",
            details=details,
            why="un proxy d'entreprise inspecte la connexion, ou l'horloge de l'ordinateur est fausse.",
            remedy="vérifier la date de l'ordinateur ; sinon demander au service informatique le certificat de"
            " l'organisation (fichier .pem) et donner son chemin dans la variable REQUESTS_CA_BUNDLE.",
        )
    if any(isinstance(e, requests.exceptions.ProxyError | urllib3.exceptions.ProxyError) for e in chain):
        return _proxy(place)
    if any(isinstance(e, socket.gaierror | urllib3.exceptions.NameResolutionError) for e in chain):
        return NetworkError(
            f"le serveur {host(place.url)} est introuvable.",
            details=details,
            why="pas de connexion à Internet, ou un proxy à déclarer.",
            remedy="vérifier la connexion ; derrière un proxy, le déclarer dans HTTPS_PROXY ; sans réseau, travailler"
            ' sur le territoire-école : depot="ecole".',
        )
    if any(isinstance(e, ssl.SSLError) for e in chain):
        return Interrupted("la connexion chiffrée a échoué")
    if any(isinstance(e, ConnectionRefusedError) for e in chain):
        return Interrupted("le serveur refuse la connexion")
    if any(isinstance(e, requests.exceptions.ConnectTimeout) for e in chain):
        return Interrupted("le serveur ne répond pas")
    if any(isinstance(e, TimeoutError | requests.exceptions.Timeout | urllib3.exceptions.TimeoutError) for e in chain):
        return Interrupted("le serveur ne répond plus")
    # InvalidSchema, InvalidURL, MissingSchema, an address that Python itself cannot read: all are ValueError
    if isinstance(error, ValueError | urllib3.exceptions.LocationValueError):
        return NetworkError(
            f"{host(place.url)} renvoie vers une adresse que datakit ne suit pas.",
            details=details,
            why="seules les adresses en http et https sont suivies.",
            remedy=place.by_hand(),
        )
    if isinstance(error, requests.exceptions.TooManyRedirects):
        return NetworkError("cette adresse renvoie sans fin vers une autre.", details=details, remedy=place.by_hand())
    if isinstance(error, requests.exceptions.RequestException | urllib3.exceptions.HTTPError | OSError):
        return Interrupted("la connexion a été coupée")
    return NetworkError(
        "le téléchargement a échoué.", details={**details, "Cause": type(error).__name__}, remedy=place.by_hand()
    )


def _proxy(place: Place) -> NetworkError:
    return NetworkError(
        "le proxy de votre réseau refuse la connexion.",
        details=place.details(),
        remedy="vérifier les variables HTTPS_PROXY et NO_PROXY (http://nom:motdepasse@serveur:port), ou demander au"
        f" service informatique d'autoriser {host(place.url)}.",
    )


def gave_up(error: Interrupted, place: Place, attempts: int) -> NetworkError:
    """L'abandon, après plusieurs échecs de suite."""
    return NetworkError(
        f"{error.reason} : abandon après {attempts} essais.",
        details=place.details(),
        why="ce qui a été reçu est gardé de côté et servira au prochain essai ; rien n'a été abîmé.",
        remedy=f"relancer la même commande dans quelques minutes ; si cela dure, {place.by_hand()}",
    )


def _causes(error: BaseException) -> list[BaseException]:
    found: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting:
        current = waiting.pop()
        if not isinstance(current, BaseException) or any(current is e for e in found):
            continue
        found.append(current)
        waiting += [current.__cause__, current.__context__, getattr(current, "reason", None), *current.args]
    return found
