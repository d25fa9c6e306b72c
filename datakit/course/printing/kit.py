"""L'installation sans réseau : le lanceur, les verrous et un dossier de roues, à poser sur une clé USB."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from datakit.core.errors import DatakitError
from datakit.core.french import enumerate_words, plural
from datakit.core.options import one_of
from datakit.core.places import repository
from datakit.core.writing import make_folder, write_whole

WHEELS = "roues"
PYTHONS = ("3.11", "3.12", "3.13")
# the packages of the course, and what installs them faster
_LOCKS = ("requirements.lock", "requirements-outil.lock")
_PATCHES = (0, 99)
# the wheels that pip may take for a machine; newest first, pip adds the older macOS by itself
SYSTEMS: dict[str, tuple[str, ...]] = {
    "windows": ("win_amd64",),
    "macos-arm": ("macosx_14_0_arm64",),
    "macos-intel": ("macosx_13_0_x86_64",),
    "linux": (*(f"manylinux_2_{minor}_x86_64" for minor in range(28, 4, -1)), "manylinux2014_x86_64", "linux_x86_64"),
}
# what a condition of the lock may ask about (« ; sys_platform == 'win32' »)
_MARKERS = {
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
    "macos-arm": {
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "os_name": "posix",
        "platform_machine": "arm64",
    },
    "macos-intel": {
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "os_name": "posix",
        "platform_machine": "x86_64",
    },
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
}
_REQUIREMENT = re.compile(
    r"^(?P<pin>[\w.-]+(?:\[[\w,-]+\])?==\S+)(?: ; (?P<marker>[^\\]+?))? \\\n"
    r"(?P<hashes>(?: +--hash=\S+(?: \\)?\n)+)",
    re.M,
)
_READ_ME = """Data & Quartiers, sans réseau

1. Il faut Python {pythons}, 64 bits. S'il manque sur un poste, l'installer d'abord : son installateur a sa place
   sur cette clé.
2. Copier tout le dossier sur le poste (ou le lire depuis la clé, plus lentement).
3. Dans ce dossier : python lancer.py   (Windows : py lancer.py)

Rien n'est téléchargé. Chaque paquet est comparé à son empreinte avant d'être installé.
Sans Python du tout : ouvrir index.html d'un double-clic.
"""


def write_kit(folder: Path, systems: Sequence[str], pythons: Sequence[str]) -> Iterator[str]:
    """Écrire de quoi installer sans réseau ; rend une phrase par étape.

    Parameters
    ----------
    folder : Path
        Le dossier du kit.
    systems : list of str
        Parmi ``windows``, ``macos-arm``, ``macos-intel``, ``linux``.
    pythons : list of str
        Les versions de Python des postes.

    Raises
    ------
    OptionError
        Un système ou une version inconnus.
    DatakitError
        Le dépôt n'est pas là, ou un paquet n'a pas pu être récupéré.
    """
    for system in systems:
        one_of(system, SYSTEMS, "le système")
    for python in pythons:
        one_of(python, PYTHONS, "la version de Python")
    root = sources()
    wheels = folder / WHEELS
    make_folder(wheels)
    for name in ("lancer.py", *_LOCKS, "LICENSE"):
        write_whole(folder / name, (root / name).read_bytes())
    readme = _READ_ME.format(pythons=enumerate_words(list(pythons)))
    write_whole(folder / "LISEZ-MOI.txt", readme.replace("\n", "\r\n").encode("utf-8-sig"))
    own_wheel(root, wheels)
    yield "La roue de datakit est faite."
    for system in systems:
        for python in pythons:
            for lock in _LOCKS:
                _download(root / lock, wheels, system, python)
            yield f"Roues pour {system}, Python {python} : complètes."
    size = sum(path.stat().st_size for path in wheels.iterdir())
    yield f"{plural(len(list(wheels.glob('*.whl'))), 'roue')}, {size / 1e6:.0f} Mo en tout."


def requirements(lock: str, system: str, python: str) -> list[str]:
    """Les lignes du verrou qui concernent une machine (Python complet : « 3.12.4 »), sans leurs conditions.

    Examples
    --------
    >>> requirements("a==1 ; sys_platform == 'win32' \\\\\\n    --hash=sha256:00\\n", "linux", "3.12.0")
    []
    """
    from packaging.markers import Marker

    machine = _MARKERS[system] | {
        "python_version": python.rpartition(".")[0],
        "python_full_version": python,
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "extra": "",
    }
    return [
        f"{line['pin']} \\\n{line['hashes']}"
        for line in _REQUIREMENT.finditer(lock)
        if not line["marker"] or Marker(line["marker"]).evaluate(machine)
    ]


def sources() -> Path:
    """Le dépôt, d'où se font les roues."""
    # the launcher runs the installed datakit, and says where the repository is
    said = os.environ.get("DATAKIT_SOURCES")
    root = repository() or (Path(said) if said else None)
    if root is None or not (root / "lancer.py").is_file() or not (root / "pyproject.toml").is_file():
        raise DatakitError(
            "le kit d'installation se fait depuis le dépôt, et il n'est pas là.",
            remedy="dans le dossier du dépôt : python lancer.py export -o DOSSIER --installation.",
        )
    return root


def own_wheel(root: Path, wheels: Path) -> None:
    """Faire la roue de datakit, et son verrou, dans ``wheels``."""
    for old in wheels.glob("datakit_quartiers-*.whl"):
        old.unlink()
    _pip(["wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--wheel-dir", str(wheels), str(root)])
    made = next(wheels.glob("datakit_quartiers-*.whl"))
    version = made.name.split("-")[1]
    digest = hashlib.sha256(made.read_bytes()).hexdigest()
    write_whole(wheels / "datakit.lock", f"datakit-quartiers=={version} --hash=sha256:{digest}\n")


def _download(lock: Path, wheels: Path, system: str, python: str) -> None:
    # a lock may ask for one version up to 3.11.4 and another above: the key serves both
    text = lock.read_text(encoding="utf-8")
    done: list[str] = []
    for full in (f"{python}.{patch}" for patch in _PATCHES):
        lines = [line for line in requirements(text, system, full) if line not in done]
        _fetch(lines, wheels, system, full)
        done += lines


def _fetch(lines: Sequence[str], wheels: Path, system: str, python: str) -> None:
    if not lines:
        return
    with tempfile.TemporaryDirectory() as folder:
        wanted = Path(folder) / "requirements.txt"
        wanted.write_text("".join(lines), encoding="utf-8")
        platforms = [f"--platform={name}" for name in SYSTEMS[system]]
        abis = [f"--abi={abi}" for abi in ("cp" + "".join(python.split(".")[:2]), "abi3", "none")]
        machine = ["--implementation=cp", f"--python-version={python}", *platforms, *abis]
        what = ["--no-deps", "--only-binary=:all:", "--require-hashes", "--requirement", str(wanted)]
        _pip(["download", "--quiet", *machine, *what, "--dest", str(wheels)])


def _pip(arguments: list[str]) -> None:
    pip = [sys.executable, "-m", "pip"]
    if subprocess.run([*pip, "--version"], capture_output=True, check=False).returncode:  # noqa: S603 - our own command
        subprocess.run([sys.executable, "-m", "ensurepip"], capture_output=True, check=False)
    done = subprocess.run(  # noqa: S603
        [*pip, *arguments], capture_output=True, text=True, check=False, env=dict(os.environ, PYTHONUTF8="1")
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")] or done.stderr.splitlines()[-1:]
        # the address of a private mirror may carry a password
        reason = re.sub(r"//[^/@\s]+@", "//***@", said[-1] if said else f"code {done.returncode}")
        raise DatakitError(
            "un paquet du kit n'a pas pu être récupéré.",
            details={"pip dit": reason.removeprefix("ERROR: ")},
            remedy="vérifier la connexion (datakit doctor --reseau), puis relancer : ce qui est déjà là est gardé.",
        )
