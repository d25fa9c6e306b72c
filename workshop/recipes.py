"""Refaire ``docs/recettes.md`` (``python -m workshop.recipes``) : ce qui est imprimé est ce qui tourne."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from datakit.core.places import content

NAME = "recettes.md"
SCRIPTS = Path(__file__).parent / "authoring" / "recettes"
_HEAD = """# Douze travaux du lundi

De la question au fichier remis. Chaque recette tourne telle quelle sur Orvanche, le territoire fictif livré avec
datakit. Sur un vrai territoire, changer les codes et dire où sont vos fichiers : la variable d'environnement
`DATAKIT_DEPOT=DOSSIER`, ou `depot="DOSSIER"` dans chaque appel. Chacune est rejouée par les tests, et ses chiffres
recalculés sans datakit.

"""


@dataclass(frozen=True)
class Recipe:
    """Un travail : la question, ce qu'il faut et ce qu'on obtient, le script."""

    name: str
    question: str
    about: str
    code: str

    @property
    def lines(self) -> int:
        """Les lignes qui font quelque chose."""
        return sum(bool(line.strip()) for line in self.code.splitlines())


def recipes() -> Iterator[Recipe]:
    """Les recettes, dans l'ordre."""
    for path in sorted(SCRIPTS.glob("*.py")):
        source = path.read_text(encoding="utf-8")
        tree = ast.parse(source)
        question, _, about = (ast.get_docstring(tree) or "").partition("\n\n")
        code = "\n".join(source.splitlines()[tree.body[0].end_lineno :]).strip()
        yield Recipe(path.stem, question, about, code)


def page() -> str:
    """La page entière, en Markdown."""
    parts = []
    for number, one in enumerate(recipes(), start=1):
        about = "\n\n".join(one.about.splitlines())
        parts.append(f"## {number}. {one.question}\n\n{about}\n\n```python\n{one.code}\n```\n")
    return _HEAD + "\n".join(parts)


def main() -> int:
    """Réécrire la page."""
    (content("docs") / NAME).write_text(page(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"écrit : docs/{NAME}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
