"""JupyterLab pour la formation : démarré sur le programme, sur cette machine seulement, arrêté proprement."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from datakit.core.errors import DatakitError
from datakit.core.state import DamagedError, read_state
from datakit.course.room.workspace import last_page, recover

DECKS = "diapositives"
_HOST = "127.0.0.1"
_FIRST_PORT, _PORTS = 8888, 50
_START_SECONDS, _STOP_SECONDS = 120, 10
_ENDED_AS_ASKED = (-signal.SIGTERM, -signal.SIGINT, 143, 130)
# JupyterLab takes the size of characters from a person's own settings only: one profile for each role, kept apart
# from the settings that the person may have for other work
_PROFILES = Path(__file__).with_name("settings")


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


def serve(folder: Path, *, port: int | None = None, browser: bool = True, present: bool = False) -> int:
    """Ouvrir JupyterLab sur un dossier de travail et attendre qu'on l'arrête.

    Parameters
    ----------
    folder : Path
        Le dossier de travail (voir ``workspace.prepare``).
    port : int, optional
        Le port voulu ; sinon le premier libre.
    browser : bool
        Ouvrir le navigateur.
    present : bool
        Réglages de qui anime : grands caractères, diapositives.

    Returns
    -------
    int
        0 quand tout s'est arrêté proprement.

    Raises
    ------
    DatakitError
        Le port est pris, ou JupyterLab ne démarre pas.

    Examples
    --------
    >>> serve(Path("Data et Quartiers"))  # doctest: +SKIP
    0
    """
    folder = folder.resolve()
    already = running(folder)
    if already:
        print("JupyterLab est déjà ouvert sur ce dossier (l'arrêter : datakit lab --arreter).", flush=True)
        _welcome(already, folder, browser=browser)
        return 0
    number = _free_port(port)
    journal = _journal()
    print("Démarrage de JupyterLab…", flush=True)
    secret = _secret_file()
    with journal.open("w", encoding="utf-8") as log:
        process = subprocess.Popen(  # noqa: S603 - our own command
            _command(folder, number),
            cwd=folder,
            env=_environment(present, secret),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            # Ctrl+C must reach us alone: the server is then asked to stop, and closes its kernels first
            start_new_session=True,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    for name in ("SIGTERM", "SIGHUP"):  # a closed terminal window stops it as Ctrl+C does
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    server, asked = None, False
    try:
        server = _wait_for(process, folder, number, journal)
        secret.unlink()
        _welcome(server, folder, browser=browser)
        if present:
            print(
                f"  Diaporamas et conducteur : le dossier « {DECKS} », dans JupyterLab ou d'un double-clic.", flush=True
            )
        process.wait()
    except KeyboardInterrupt:
        asked = True
        print("\nArrêt de JupyterLab…", flush=True)
    finally:
        secret.unlink(missing_ok=True)
        _end(process, server)
    return _farewell(folder, process.returncode, asked=asked)


def _farewell(folder: Path, code: int, *, asked: bool) -> int:
    """Dire ce qu'il en est du travail : ce qu'un arrêt brutal a coupé est rendu tout de suite."""
    found = recover(folder)
    sudden = code != 0 and not (asked and code in _ENDED_AS_ASKED)
    end = " Votre travail est enregistré." if not (sudden or found) else ""
    print("JupyterLab s'est arrêté d'un coup." if sudden else f"JupyterLab est arrêté.{end}", flush=True)
    if sudden:
        print("  Ce qui n'était pas encore enregistré (dix secondes au plus) peut manquer. Reprendre : datakit lab.")
    for line in found:
        print(f"  {line}", flush=True)
    return 1 if sudden or found else 0


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
            same = Path(info["root_dir"]) == folder and port in (None, info["port"])
            server = Server(info["url"], info["token"], card.with_name(f"{card.stem}-open.html"))
        except (DamagedError, ValueError, TypeError, KeyError):
            continue  # being written, or left by another program
        if same and server.answers():
            return server
    return None


def _ask(url: str, token: str, method: str = "GET") -> bool:
    request = urllib.request.Request(url, method=method, headers={"Authorization": f"token {token}"})  # noqa: S310 - loopback
    try:
        # never through a company proxy: the server is on this machine
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=2):
            return True
    except (OSError, urllib.error.URLError):
        return False


def _command(folder: Path, port: int) -> list[str]:
    options = {
        "ServerApp.ip": _HOST,
        "ServerApp.port": port,
        "ServerApp.port_retries": 0,
        "ServerApp.open_browser": False,
        "ServerApp.root_dir": folder,
        "ServerApp.allow_root": True,  # a container or a classroom image may only have root
        "ServerApp.log_level": "WARN",
        "ServerApp.extra_template_paths": str(Path(__file__).with_name("pages")),  # the login page, in French
        "LabApp.default_url": f"/lab/tree/{quote(last_page(folder))}",
        "LabApp.news_url": "",
        "LabApp.check_for_updates_class": "jupyterlab.NeverCheckForUpdate",
        "LabApp.extension_manager": "readonly",
    }
    return [sys.executable, "-m", "jupyterlab", *(f"--{name}={value}" for name, value in options.items())]


def _secret_file() -> Path:
    # a token that Jupyter makes itself is written in its log; one that it is given is not
    handle, name = tempfile.mkstemp(prefix="datakit-")
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(secrets.token_hex(24))
    return Path(name)


def _profile(role: str) -> Path:
    from platformdirs import user_config_path

    folder = user_config_path("datakit", appauthor=False) / "jupyterlab" / role
    for plugin, values in json.loads((_PROFILES / f"{role}.json").read_text(encoding="utf-8")).items():
        package, _, name = plugin.partition(":")
        file = folder / package / f"{name}.jupyterlab-settings"
        if not file.exists():  # what the person changed stays
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(values, indent=2), encoding="utf-8")
    return folder


def _environment(present: bool, secret: Path) -> dict[str, str]:
    env = dict(os.environ, PYTHONUTF8="1", JUPYTER_TOKEN_FILE=str(secret))
    env.pop("JUPYTER_TOKEN", None)
    env["DATAKIT_ROLE"] = "formateur" if present else "stagiaire"
    # the terminal of JupyterLab, and « ! » in a cell, find the command datakit of this very installation
    env["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), env.get("PATH", "")])
    env["JUPYTERLAB_SETTINGS_DIR"] = str(_profile("formateur" if present else "stagiaire"))
    return env


def _free_port(wanted: int | None) -> int:
    for port in [wanted] if wanted else range(_FIRST_PORT, _FIRST_PORT + _PORTS):
        with socket.socket() as probe:
            if (
                os.name == "posix"
            ):  # a port whose last tab was just closed is free, though the system still remembers it
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((_HOST, port))
                return port
            except OSError:
                continue
    raise DatakitError(
        f"le port {wanted} est déjà pris." if wanted else "aucun port libre pour JupyterLab.",
        remedy="choisir un autre port (--port 8899), ou fermer les autres JupyterLab." if wanted else "redémarrer.",
    )


def _journal() -> Path:
    from platformdirs import user_log_path

    return user_log_path("datakit", appauthor=False, ensure_exists=True) / "jupyterlab.log"


def _wait_for(process: subprocess.Popen[bytes], folder: Path, port: int, journal: Path) -> Server:
    limit = time.monotonic() + _START_SECONDS
    while time.monotonic() < limit and process.poll() is None:
        server = running(folder, port)
        if server:
            return server
        time.sleep(0.1)
    raise DatakitError(
        "JupyterLab n'a pas démarré.",
        details={"Journal": str(journal)},
        remedy="lancer « datakit doctor » pour savoir ce qui manque à cette machine.",
    )


def _welcome(server: Server, folder: Path, *, browser: bool) -> None:
    opened = browser and webbrowser.open(server.welcome.as_uri())
    print("JupyterLab est ouvert dans votre navigateur." if opened else "JupyterLab est prêt.")
    print(f"  Votre dossier de travail : {folder} (enregistré toutes les dix secondes)")
    # the token is a secret: on the screen for whoever needs it, not in a file that collects our output
    if sys.stdout.isatty() or not browser:
        print(f"  Adresse : {server.url}lab/tree/{quote(last_page(folder))}?token={server.token}")
    print("  Pour arrêter : Ctrl+C dans cette fenêtre.", flush=True)


def _end(process: subprocess.Popen[bytes], server: Server | None) -> None:
    if process.poll() is None and server:
        server.stop()
    # asked, then told, then stopped: a server whose kernel was still starting waits for it without end
    for patience, insist in ((_STOP_SECONDS if server else 0.1, process.terminate), (_STOP_SECONDS, process.kill)):
        try:
            process.wait(patience)
            return
        except subprocess.TimeoutExpired:
            insist()
    process.wait()
