"""Ce qui empêche la formation de marcher sur une machine, dit en français, avec ce qu'il faut faire."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datakit.core.french import enumerate_words, number
from datakit.core.needs import need
from datakit.course.exercises import journal
from datakit.course.room import workspace

State = Literal["ok", "attention", "panne"]

_OLDEST, _NEWEST = (3, 11), (3, 13)
_MEMORY_GB, _DISK_GB = 1.0, 0.5  # two kernels and the browser; the work of a day
_PATIENCE_SECONDS = 180.0
_PACKAGES = (
    "folium",
    "geopandas",
    "highspy",
    "ipykernel",
    "jupyterlab",
    "matplotlib",
    "openpyxl",
    "pandas",
    "pyarrow",
    "pyogrio",
    "pyproj",
    "shapely",
)
_FRENCH_PACK = "jupyterlab-language-pack-fr-FR"
_REINSTALL = "relancer « python lancer.py --refaire »."
_KERNEL = """
from jupyter_client.manager import run_kernel
with run_kernel() as client:
    client.execute_interactive("1+1", timeout=60)
"""
_COURSE = "import datakit\nassert len(datakit.load_qpv(2024, depot='ecole')) > 0"
_LIBRARIES = "import geopandas, matplotlib, folium, highspy, pyogrio"


@dataclass(frozen=True)
class Finding:
    """Un point examiné : son nom, ce qu'on a trouvé, et quoi faire si ça ne va pas."""

    name: str
    state: State
    said: str
    remedy: str = ""

    def line(self) -> str:
        """Le verdict en une ligne."""
        mark = {"ok": "✔ bon", "attention": "◆ attention", "panne": "✘ à régler"}[self.state]
        return f"{mark:<12} {self.name} : {self.said}"


def diagnose(*, room: bool = False, network: bool = False) -> list[Finding]:
    """Examiner cette machine.

    Parameters
    ----------
    room : bool
        L'examen complet de la veille : démarrer un noyau, ouvrir le territoire-école.
    network : bool
        Essayer aussi de joindre un producteur de données (la formation, elle, s'en passe).

    Returns
    -------
    list of Finding

    Examples
    --------
    >>> {finding.name for finding in diagnose()} >= {"Python", "Mémoire", "Disque"}
    True
    """
    checks: list[Callable[[], Finding]] = [python, packages, memory, disk, writing, loopback, proxy, browser]
    if room:
        checks += [libraries, kernel, course]
    if network:
        checks.append(producers)
    return [check() for check in checks]


def python() -> Finding:
    """La version de Python."""
    version = ".".join(map(str, sys.version_info[:3]))
    bits = 64 if sys.maxsize > 2**32 else 32
    remedy = "installer Python 3.12 en version 64 bits, puis relancer « python lancer.py »."
    if sys.version_info[:2] < _OLDEST or bits == 32:
        return Finding("Python", "panne", f"{version}, {bits} bits : trop ancien ou en 32 bits", remedy)
    if sys.version_info[:2] > _NEWEST:
        return Finding("Python", "attention", f"{version} : plus récent que ce qui a été essayé", remedy)
    return Finding("Python", "ok", f"{version}, {bits} bits")


def packages() -> Finding:
    """Les paquets dont la formation a besoin."""
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        return Finding("Paquets", "panne", f"il manque {enumerate_words(missing)}", _REINSTALL)
    try:
        importlib.metadata.version(_FRENCH_PACK)
    except importlib.metadata.PackageNotFoundError:
        return Finding("Paquets", "attention", "JupyterLab sera en anglais : la traduction manque", _REINSTALL)
    return Finding("Paquets", "ok", "tous présents")


def memory() -> Finding:
    """La mémoire disponible."""
    psutil = need("psutil")

    free = psutil.virtual_memory().available / 1e9
    said = f"{number(free, 1)} Go libres"
    if free < _MEMORY_GB:
        return Finding("Mémoire", "panne", said, "fermer d'autres programmes, et garder un seul notebook ouvert.")
    return Finding("Mémoire", "ok", said)


def disk() -> Finding:
    """La place là où le travail sera enregistré."""
    place = next(p for p in (workspace.default(), *workspace.default().parents) if p.exists())
    free = shutil.disk_usage(place).free / 1e9
    said = f"{number(free, 1)} Go libres"
    if free < _DISK_GB:
        remedy = "libérer de la place, ou choisir un autre dossier : datakit lab --dossier CHEMIN."
        return Finding("Disque", "panne", said, remedy)
    return Finding("Disque", "ok", said)


def writing() -> Finding:
    """Le droit d'écrire là où le travail, les fichiers temporaires et JupyterLab écriront."""
    from jupyter_core.paths import jupyter_data_dir

    places = {
        "le dossier de travail": workspace.default(),
        "le dossier temporaire": Path(tempfile.gettempdir()),
        "le dossier de Jupyter": Path(jupyter_data_dir()),
    }
    refused = []
    for name, place in places.items():
        existing = next(p for p in (place, *place.parents) if p.exists())
        try:
            with tempfile.TemporaryFile(dir=existing):
                pass
        except OSError:
            refused.append(f"{name} ({existing})")
    if refused:
        remedy = "demander le droit d'y écrire, ou choisir un autre dossier : datakit lab --dossier CHEMIN."
        return Finding("Écriture", "panne", f"refusée dans {enumerate_words(refused)}", remedy)
    return Finding("Écriture", "ok", f"permise ; travail : {workspace.default()} ; carnet : {journal.path()}")


def loopback() -> Finding:
    """La boucle locale, par laquelle le navigateur parle à JupyterLab."""
    remedy = "demander au service informatique d'autoriser les connexions de la machine à elle-même (127.0.0.1)."
    try:
        with (
            socket.create_server(("127.0.0.1", 0)) as server,
            socket.create_connection(server.getsockname(), timeout=5),
        ):
            return Finding("Adresse locale", "ok", "la machine peut se parler à elle-même")
    except OSError as error:
        return Finding("Adresse locale", "panne", f"bloquée ({error.strerror or error})", remedy)


def proxy() -> Finding:
    """Le proxy, et s'il risque de prendre les adresses de la machine elle-même."""
    found = urllib.request.getproxies()
    if not {"http", "https", "all"} & set(found):
        return Finding("Proxy", "ok", "aucun")
    if urllib.request.proxy_bypass("127.0.0.1") or urllib.request.proxy_bypass("localhost"):
        return Finding("Proxy", "ok", "présent, et il laisse passer les adresses locales")
    remedy = "ajouter « localhost,127.0.0.1 » à la variable NO_PROXY et aux exceptions du navigateur."
    return Finding("Proxy", "attention", "il pourrait prendre aussi les adresses locales", remedy)


def browser() -> Finding:
    """Un navigateur que l'on sait ouvrir."""
    import webbrowser

    try:
        webbrowser.get()
    except webbrowser.Error:
        remedy = "« datakit lab --sans-navigateur » donne l'adresse à recopier dans un navigateur."
        return Finding("Navigateur", "attention", "aucun n'a été trouvé", remedy)
    return Finding("Navigateur", "ok", "trouvé")


def libraries() -> Finding:
    """Les bibliothèques se chargent (une DLL bloquée par l'antivirus ne se voit qu'ici)."""
    return _in_another_python("Bibliothèques", _LIBRARIES, "se chargent", _REINSTALL)


def kernel() -> Finding:
    """Un noyau démarre et répond."""
    remedy = "vérifier l'antivirus et le pare-feu : ils bloquent un programme de cette machine qui se parle à lui-même."
    return _in_another_python("Noyau Python", _KERNEL, "démarre et calcule", remedy)


def course() -> Finding:
    """Le territoire-école s'ouvre."""
    return _in_another_python("Territoire-école", _COURSE, "s'ouvre", _REINSTALL)


def producers(address: str | None = None) -> Finding:
    """Un producteur de données répond (seulement si on l'a demandé)."""
    url = address or _first_address()
    remedy = "la formation s'en passe ; « datakit fetch » a besoin que le service informatique l'autorise."
    request = urllib.request.Request(url, method="HEAD")  # noqa: S310 - from the catalogue
    try:
        with urllib.request.urlopen(request, timeout=15):  # noqa: S310
            return Finding("Réseau", "ok", "les producteurs de données répondent")
    except urllib.error.HTTPError as error:
        if error.code == 407:
            return Finding("Réseau", "attention", "le proxy demande un mot de passe", remedy)
        return Finding("Réseau", "ok", "les producteurs de données répondent")
    except (OSError, urllib.error.URLError) as error:
        reason = getattr(error, "reason", error)
        said = "certificat inconnu" if isinstance(reason, ssl.SSLError) else "ne répond pas, ou bloqué"
        return Finding("Réseau", "attention", said, remedy)


def _first_address() -> str:
    from datakit.sources.catalogue import sources

    return next(page for source in sources().values() if (page := source.page))


def _in_another_python(name: str, code: str, good: str, remedy: str) -> Finding:
    # another process: a crash or a hang of a library must not take the doctor with it
    try:
        result = subprocess.run(  # noqa: S603 - our own code
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            timeout=_PATIENCE_SECONDS,
            env=dict(os.environ, PYTHONUTF8="1"),
        )
    except subprocess.TimeoutExpired:
        return Finding(name, "panne", "ne répond pas en trois minutes", remedy)
    if result.returncode:
        last = (result.stderr.strip().splitlines() or [f"code {result.returncode}"])[-1]
        return Finding(name, "panne", f"échoue ({last[:200]})", remedy)
    return Finding(name, "ok", good)
