"""Refaire ``datakit/__init__.pyi``, ce qu'un éditeur lit de la façade : ``python -m workshop.facade``."""

from __future__ import annotations

import sys
from pathlib import Path

import datakit

STUB = Path(datakit.__file__).with_suffix(".pyi")
_HEAD = '''"""Les noms de la façade, pour l'éditeur et le contrôle des types. Fait par « python -m workshop.facade »."""

from datakit import errors as errors

__version__: str
'''


def stub() -> str:
    """Le texte du fichier : chaque nom, repris là où il vit avec sa signature."""
    # the stub itself does not show these two
    names: dict[str, str] = vars(datakit)["_FACADE"]
    modules = {home.rpartition(".") for home in vars(datakit)["_MODULES"].values()}
    lines = {f"from {home} import {name} as {name}" for name, home in names.items()}
    lines |= {f"from {package} import {name} as {name}" for package, _, name in modules}
    return _HEAD.replace("\n__version__", "\n".join(sorted(lines, key=str.casefold)) + "\n\n__version__", 1)


if __name__ == "__main__":
    STUB.write_text(stub(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"écrit : {STUB.name}\n")
