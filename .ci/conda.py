"""Écrire la recette conda depuis pyproject.toml et le verrou : python .ci/conda.py > meta.yaml"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# the few packages that conda-forge names otherwise
NAMES = {"typst": "typst-py", "matplotlib": "matplotlib-base"}


def recipe(project: dict, lock: str) -> str:
    """Le texte de la recette : les bornes de pyproject.toml, et en commentaire la version essayée (celle du verrou)."""
    tried = dict(re.findall(r"^([\w.-]+)(?:\[.*?\])?==([^\s;]+)", lock, re.MULTILINE))
    needs = []
    for need in [*project["dependencies"], *project["optional-dependencies"]["cours"]]:
        name, bounds = re.fullmatch(r"([\w.-]+)(.*)", need).groups()
        needs.append(f"    - {NAMES.get(name, name).lower()} {bounds}  # essayé : {tried[name.lower()]}")
    return "\n".join(
        [
            "package:",
            f"  name: {project['name']}",
            f'  version: "{project["version"]}"',
            "source:",
            "  path: ..",
            "build:",
            "  noarch: python",
            '  script: "{{ PYTHON }} -m pip install . --no-deps --no-build-isolation -vv"',
            "  entry_points:",
            *(f"    - {name} = {call}" for name, call in project["scripts"].items()),
            "requirements:",
            "  host:",
            "    - python " + project["requires-python"],
            "    - pip",
            f"    - hatchling =={tried['hatchling']}",
            "  run:",
            "    - python " + project["requires-python"],
            *needs,
            "test:",
            "  imports: [datakit]",
            "  commands: [datakit --version]",
            "about:",
            f"  license: {project['license']}",
            "  license_file: LICENSE",
            f"  summary: {project['description']}",
            "",
        ]
    )


if __name__ == "__main__":
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    sys.stdout.write(recipe(told, (ROOT / "requirements.lock").read_text(encoding="utf-8")))
