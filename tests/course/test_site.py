"""Le site JupyterLite : français, ouvert sur la séance 0, muet hors de lui quand il a ses paquets."""

from __future__ import annotations

import asyncio
import json
import re
import types
from pathlib import Path

import pytest

from datakit.core.errors import DatakitError
from datakit.course.printing import site
from datakit.course.room.workspace import shipped


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site with packages beside it: here, of Pyodide, the name alone."""
    folder = tmp_path_factory.mktemp("site")
    packages = folder / "paquets"
    (packages / "pyodide").mkdir(parents=True)
    (packages / "pyodide" / "pyodide.mjs").write_text("// essai", encoding="utf-8")
    said = list(site.write_site(folder, packages))
    assert said[-1].endswith("rien n'est demandé ailleurs.")
    return folder / site.NAME


def test_it_opens_on_the_first_session_in_french(made: Path) -> None:
    assert "url=lab/index.html?path=notebooks/00_accueil.ipynb" in (made / "index.html").read_text(encoding="utf-8")
    assert (made / "api" / "translations" / "fr_FR.json").is_file()
    overrides = json.loads((made / "overrides.json").read_text(encoding="utf-8"))
    assert overrides["@jupyterlab/translation-extension:plugin"]["locale"] == "fr_FR"
    config = json.loads((made / "jupyter-lite.json").read_text(encoding="utf-8"))["jupyter-config-data"]
    assert {"datakit-formes", "datakit-francais"} <= {e["name"] for e in config["federated_extensions"]}


def test_every_notebook_brings_datakit_first_and_keeps_its_answers_to_itself(made: Path) -> None:
    for name in (n for n in shipped() if n.endswith(".ipynb")):
        cells = json.loads((made / "files" / name).read_text(encoding="utf-8"))["cells"]
        assert "".join(cells[1]["source"]).startswith("# Dans un navigateur")
        assert cells[1]["metadata"]["datakit"] == {"run": "auto"}
        compile(
            "".join(cells[1]["source"]), name, "exec", flags=0x2000
        )  # « await » outside a function, as in a notebook
        assert not any(c.get("outputs") for c in cells if {"under", "verif"} & set(c["metadata"].get("datakit", {})))


def test_with_its_packages_it_asks_nothing_elsewhere(made: Path) -> None:
    assert list((made / "pypi").glob("datakit_quartiers-*.whl"))
    text = (made / "jupyter-lite.json").read_text(encoding="utf-8")
    kernel = json.loads(text)["jupyter-config-data"]["litePluginSettings"]
    chosen = kernel["@jupyterlite/pyodide-kernel-extension:kernel"]
    assert chosen["disablePyPIFallback"] is True
    assert chosen["pyodideUrl"].startswith("./static/pyodide/")
    assert (made / "static" / "pyodide" / "pyodide.mjs").is_file()


def test_the_first_cell_does_nothing_on_a_computer() -> None:
    source = "".join(str(line) for line in site.first_cell()["source"])  # type: ignore[attr-defined]
    assert "emscripten" in source
    code = compile(source, "cellule", "exec", flags=0x2000)
    names: dict[str, object] = {}
    asyncio.run(types.FunctionType(code, names)())
    assert "begin" not in names


def test_a_folder_without_pyodide_is_refused_then_accepted_with_it(made: Path, tmp_path: Path) -> None:
    with pytest.raises(DatakitError, match="de quoi faire tourner Python") as refusal:
        list(site.write_site(tmp_path, tmp_path))
    assert "Pyodide" in str(refusal.value.remedy)
    assert (made / "index.html").is_file()  # the same call, with what the remedy says to add


def test_a_site_that_fails_once_is_built_the_next_time(made: Path, tmp_path: Path) -> None:
    (tmp_path / "fichier").write_text("", encoding="utf-8")
    (tmp_path / "vide").mkdir()
    with pytest.raises(DatakitError, match="n'a pas pu être construit") as refusal:
        site._build(tmp_path / "vide", tmp_path / "fichier" / "fini")
    assert "relancer" in str(refusal.value.remedy)
    assert (made / "lab" / "index.html").is_file()


def test_the_recipe_says_what_this_site_needs(made: Path) -> None:
    """docs/navigateur.md : la version de Pyodide, et les roues que sa distribution n'apporte pas."""
    from importlib.metadata import requires

    from jupyterlite_pyodide_kernel.constants import PYODIDE_VERSION

    recipe = (Path(__file__).parents[2] / "docs" / "navigateur.md").read_text(encoding="utf-8")
    assert f"Pyodide {PYODIDE_VERSION}" in recipe and f"pyodide-{PYODIDE_VERSION}.tar.bz2" in recipe
    assert (made / ".nojekyll").is_file()
    downloaded = next(line for line in recipe.splitlines() if "pip download" in line).split(" -d PAQUETS ")[1]
    wheels = {name.strip("`). ") for name in downloaded.split()}
    assert set(site.PURE) <= wheels
    needs = {
        re.split(r"[^A-Za-z0-9_-]", r)[0].lower() for p in site.PURE for r in requires(p) or () if "extra" not in r
    }
    brought = {"jinja2", "numpy", "requests"}  # by Pyodide itself
    assert {n.replace("_", "-") for n in needs} - brought <= wheels | {"colorama"}
