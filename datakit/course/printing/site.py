"""Le cours dans un navigateur seul : un site JupyterLite, que n'importe quel serveur de pages peut servir.

The site computes in the browser (Pyodide): nothing is installed, nothing is sent. Its packages come from a folder given
on the command line, and then no other host is asked; else from Pyodide's official distribution, which is said.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from datakit import __version__
from datakit.core.errors import DatakitError
from datakit.core.needs import need
from datakit.core.places import content, repository
from datakit.core.writing import explained, make_folder
from datakit.course.printing.kit import own_wheel, sources
from datakit.course.room.workspace import FIRST_PAGE, delivered, shipped

# what Pyodide compiles, then what any Python reads; datakit's own list also names what no browser has
COMPILED = ("numpy", "pandas", "pyarrow", "highspy", "shapely", "pyproj", "geopandas", "matplotlib")
PURE = ("folium", "openpyxl", "platformdirs", "pyshp", "tqdm")
NAME = "navigateur"
# the pages below look for settings in this one too
_HOME = """<!doctype html>
<html lang="fr"><meta charset="utf-8"><title>Data &amp; Quartiers</title>
<script id="jupyter-config-data" type="application/json">{{}}</script>
<meta http-equiv="refresh" content="0; url=lab/index.html?path={page}">
<p><a href="lab/index.html?path={page}">Ouvrir la journée</a></p></html>
"""
_FIRST = """# Dans un navigateur, cette cellule apporte datakit ; ailleurs, elle ne fait rien.
import sys

if sys.platform == "emscripten":
    import os

    import piplite

    # beside the notebooks, where the browser keeps what is written
    os.environ["DATAKIT_PROGRESS"] = "/drive/progression/carnet.txt"

    try:
        await piplite.install({packages})
        await piplite.install("datakit-quartiers", deps=False)
    except Exception as reason:
        print(f"Les paquets du cours ne sont pas arrivés jusqu’à ce navigateur ({{reason}}).")
        print("À faire : vérifier la connexion, puis recharger la page. Le texte et vos réponses restent lisibles.")
    else:
        from datakit.course.kernel import begin

        begin(get_ipython())
"""


def write_site(folder: Path, packages: Path | None = None) -> Iterator[str]:
    """Écrire le site ; rend une phrase par étape.

    Parameters
    ----------
    folder : Path
        Le dossier de l'export : le site est dans ``navigateur``, refait à chaque fois.
    packages : Path, optional
        Un dossier de roues (``*.whl``), et la distribution de Pyodide dans son dossier ``pyodide`` : le site ne demande
        alors rien à personne.

    Raises
    ------
    DatakitError
        JupyterLite n'est pas installé, le dépôt n'est pas là, ou le dossier de roues n'en a pas.
    """
    need("jupyterlite_core")
    need("jupyterlite_pyodide_kernel")
    root = sources()
    pyodide = packages / "pyodide" if packages else None
    wheels = sorted(packages.glob("*.whl")) if packages else []
    if packages and not (pyodide and (pyodide / "pyodide.mjs").is_file()):
        raise DatakitError(
            "ce dossier n'a pas de quoi faire tourner Python dans un navigateur.",
            details={"Dossier": packages, "Attendu": "pyodide/pyodide.mjs"},
            remedy="y décompresser la distribution complète de Pyodide, ou ne pas donner de dossier.",
        )
    with tempfile.TemporaryDirectory() as scratch:
        lite = Path(scratch) / "site"
        _contents(lite / "files")
        own_wheel(root, lite / "pypi")
        for wheel in wheels:
            shutil.copy(wheel, lite / "pypi")
        yield "Les notebooks et la roue de datakit sont prêts."
        if pyodide:
            shutil.copytree(pyodide, lite / "static" / "pyodide")
        _settings(lite, local=pyodide is not None)
        _build(lite, Path(scratch) / "fini")
        target, beside = folder / NAME, folder / f".{NAME}.datakit-partiel"
        make_folder(folder)
        with explained(target):
            shutil.rmtree(beside, ignore_errors=True)
            shutil.copytree(Path(scratch) / "fini", beside)
            if target.exists():
                shutil.rmtree(target)
            beside.rename(target)
    size = sum(p.stat().st_size for p in target.rglob("*") if p.is_file())
    whence = "rien n'est demandé ailleurs" if pyodide else "Python y vient de la distribution officielle de Pyodide"
    yield f"{target} : {size / 1e6:.0f} Mo ; {whence}."


def first_cell() -> dict[str, object]:
    """La cellule qui apporte datakit, en tête de chaque notebook."""
    source = _FIRST.format(packages=json.dumps([*COMPILED, *PURE]))
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": "navigateur",
        "metadata": {"datakit": {"run": "auto"}, "jupyter": {"source_hidden": True}, "tags": []},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }


def _contents(folder: Path) -> None:
    for name, path in shipped().items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        data = delivered(path)
        if path.suffix == ".ipynb":
            notebook = json.loads(data)
            notebook["cells"].insert(1, first_cell())
            data = json.dumps(notebook, ensure_ascii=False, indent=1).encode()
        target.write_bytes(data)


def _settings(lite: Path, *, local: bool) -> None:
    """French, our settings, our first page, and where Python is."""
    overrides = (repository() or content("")) / "jupyter" / "datakit.json"
    shutil.copy(overrides, lite / "overrides.json")
    # with its packages beside it, the site asks nothing of anyone: what is missing is missing, and said
    kernel = {"pyodideUrl": "./static/pyodide/pyodide.mjs", "disablePyPIFallback": True} if local else {}
    config = {
        "appName": "Data & Quartiers",
        "appVersion": __version__,
        "defaultKernelName": "python",
        "datakitSeul": "oui",  # the progress lies among the notebooks (jupyter/formes/static/travail.js)
        "litePluginSettings": {"@jupyterlite/pyodide-kernel-extension:kernel": kernel},
    }
    settings = {"jupyter-lite-schema-version": 0, "jupyter-config-data": config}
    (lite / "jupyter-lite.json").write_text(json.dumps(settings, ensure_ascii=False), encoding="utf-8")


def _build(lite: Path, target: Path) -> None:
    command = [sys.executable, "-m", "jupyterlite_core.app", "build", "--apps", "lab", "--no-sourcemaps"]
    done = subprocess.run(  # noqa: S603 - our own command
        [*command, "--lite-dir", str(lite), "--contents", str(lite / "files"), "--output-dir", str(target)],
        cwd=lite,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (target / "lab" / "index.html").is_file():
        raise DatakitError(
            "le site n'a pas pu être construit.",
            details={"JupyterLite dit": " ".join((done.stderr or done.stdout).split())[-300:]},
            remedy="relancer ; si cela recommence, le signaler avec ce message.",
        )
    # GitHub Pages else leaves out what begins with « _ »
    (target / ".nojekyll").touch()
    (target / "index.html").write_text(_HOME.format(page=FIRST_PAGE), encoding="utf-8")
