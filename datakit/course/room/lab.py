"""JupyterLab pour la formation : démarré sur le programme, sur cette machine seulement, arrêté proprement."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import webbrowser
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from datakit.core.errors import DatakitError
from datakit.core.guard import Guarded
from datakit.course.room.server import Server, running
from datakit.course.room.workspace import last_page, recover

DECKS = "diapositives"
_HOST = "127.0.0.1"
_FIRST_PORT, _PORTS = 8888, 50
_START_SECONDS, _LONG_SECONDS, _STOP_SECONDS = 300, 40, 10
_ENDED_AS_ASKED = (-signal.SIGTERM, -signal.SIGINT, 143, 130)
# JupyterLab takes the size of characters from a person's own settings only: one profile for each role, kept apart
# from the settings that the person may have for other work
_PROFILES = Path(__file__).with_name("settings")


def serve(
    folder: Path, *, port: int | None = None, browser: bool = True, present: bool = False, more: Sequence[str] = ()
) -> int:
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
    more : sequence of str
        Des options de JupyterLab, données telles quelles ; elles l'emportent sur les nôtres.

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
        # Ctrl+C must reach us alone: the server is then asked to stop, and closes its kernels first. If we are killed,
        # the guardian stops it, with what the cells had launched
        process = Guarded(
            _command(folder, number, more, asked=port is not None),
            cwd=folder,
            env=_environment(present, secret),
            stdout=log,
            stderr=log,
            creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0),
        )
    for name in ("SIGTERM", "SIGHUP"):  # a closed terminal window stops it as Ctrl+C does
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    server, asked = None, False
    try:
        server = _wait_for(process, folder, port, journal)
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


def _command(folder: Path, port: int, more: Sequence[str], *, asked: bool = False) -> list[str]:
    options = {
        "ServerApp.ip": _HOST,
        "ServerApp.port": port,
        # two people of one computer who start at once: the second takes the next port
        "ServerApp.port_retries": 0 if asked else _PORTS,
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
    if os.name == "posix":  # Jupyter would start a login shell, which forgets the path set below
        options["ServerApp.terminado_settings"] = {"shell_command": [os.environ.get("SHELL") or "sh"]}
    chosen = {word.lstrip("-").partition("=")[0] for word in more}
    ours = [f"--{name}={value}" for name, value in options.items() if name not in chosen]
    return [sys.executable, "-m", "jupyterlab", *ours, *more]


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
        remedy="choisir un autre port (--port 9999), ou fermer les autres JupyterLab : datakit lab --arreter.",
    )


def _journal() -> Path:
    from platformdirs import user_log_path

    return user_log_path("datakit", appauthor=False, ensure_exists=True) / "jupyterlab.log"


def _wait_for(process: Guarded, folder: Path, port: int | None, journal: Path) -> Server:
    started, told = time.monotonic(), False
    while (waited := time.monotonic() - started) < _START_SECONDS and process.poll() is None:
        server = running(folder, port)
        if server:
            return server
        if waited > _LONG_SECONDS and not told:
            print(
                f"  C'est long sur cette machine : on attend encore, {_START_SECONDS // 60} minutes en tout.",
                flush=True,
            )
            told = True
        time.sleep(0.1)
    stopped = process.poll() is not None
    raise DatakitError(
        "JupyterLab s'est arrêté en démarrant." if stopped else "JupyterLab n'a pas démarré à temps.",
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


def _end(process: Guarded, server: Server | None) -> None:
    if process.poll() is None and server:
        server.stop()
        # asked, then stopped: a server whose kernel was still starting waits for it without end
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_STOP_SECONDS)
    process.release()
