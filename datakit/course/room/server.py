"""Le JupyterLab qui tourne déjà sur un dossier de travail : le trouver, lui parler, l'arrêter."""

from __future__ import annotations

import http.client
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from datakit.core.state import DamagedError, read_state


@dataclass(frozen=True)
class Server:
    """Un serveur JupyterLab qui tourne sur cette machine."""

    url: str
    token: str
    welcome: Path  # the page that opens the browser without showing the token to other programs

    def answers(self) -> bool:
        """Vrai s'il répond."""
        return _ask(f"{self.url}api/status", self.token)

    def stop(self) -> bool:
        """Lui demander de s'arrêter, noyaux compris."""
        return _ask(f"{self.url}api/shutdown", self.token, method="POST")


def stop(folder: Path) -> bool:
    """Arrêter le JupyterLab ouvert sur un dossier de travail ; faux s'il n'y en a pas.

    Examples
    --------
    >>> stop(Path("un dossier sans serveur"))
    False
    """
    server = running(folder.resolve())
    return server.stop() if server else False


def running(folder: Path, port: int | None = None) -> Server | None:
    """Le serveur qui tourne sur ce dossier, s'il y en a un.

    Examples
    --------
    >>> running(Path("un dossier sans serveur")) is None
    True
    """
    from jupyter_core.paths import jupyter_runtime_dir

    for card in Path(jupyter_runtime_dir()).glob("jpserver-*.json"):
        try:
            info = read_state(card) or {}
            if not info["url"].startswith(("http://", "https://")):
                continue
            same = Path(info["root_dir"]) == folder and port in (None, info["port"])
            server = Server(info["url"], info["token"], card.with_name(f"{card.stem}-open.html"))
        except (DamagedError, ValueError, TypeError, KeyError, AttributeError):
            continue  # being written, or left by another program
        if same and server.answers():
            return server
    return None


def _ask(url: str, token: str, method: str = "GET") -> bool:
    try:
        request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {token}"})  # noqa: S310 - loopback
        # never through a company proxy: the server is on this machine
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=2):
            return True
    except (OSError, ValueError, http.client.HTTPException):
        return False
