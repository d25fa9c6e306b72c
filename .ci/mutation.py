"""Tests par mutation : une erreur glissée dans `locate` ou dans le secret, un test la voit-il ?

    python .ci/mutation.py                       250 erreurs tirées au sort, 80 % au moins doivent être vues
    python .ci/mutation.py --nombre 60 --graine 3 --module datakit.analysis.locating.locate

mutmut écrit les programmes fautifs et lance les tests qui passent par chacun ; les modules et les tests sont nommés
dans pyproject.toml ([tool.mutmut]). Seules comptent les erreurs de calcul, pas les phrases.
"""

from __future__ import annotations

import argparse
import ast
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUTANTS = ROOT / "mutants"
# what changes no answer: the words of an error, an assertion on lengths, a copy saved
SILENT = {"remedy", "why", "details", "problem", "strict", "copy"}
# what mutmut calls a mutant that no test failed on: it ran and passed, or no test runs through it
UNSEEN = {0, 5, 33}


class Silent(ast.NodeTransformer):
    """Un programme sans ses phrases : deux programmes qui ne diffèrent que par elles deviennent égaux."""

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        return ast.Constant("") if isinstance(node.value, str) and " " in node.value else node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return ast.Constant("")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        node.keywords = [k for k in node.keywords if k.arg not in SILENT]
        return node

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        # that an error is raised counts, and its class; not its words
        self.generic_visit(node)
        if isinstance(node.exc, ast.Call):
            node.exc.args = []
        return node


def mutants_of(meta: Path) -> dict[str, str]:
    """Les programmes fautifs d'un module : nom → ce qui change, sans ceux qui ne changent qu'une phrase."""
    module = json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    tree = ast.parse(meta.with_suffix("").read_text(encoding="utf-8"))
    functions = {n.name: n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef) and "__mutmut_" in n.name}
    bodies = {name: ast.unparse(Silent().visit(ast.Module(node.body, []))) for name, node in functions.items()}
    kept = {}
    for name in module:
        function = name.rpartition(".")[2]
        original = bodies.get(function.rpartition("_")[0] + "_orig")
        if original is not None and bodies[function] != original:
            kept[name] = change(original, bodies[function])
    return kept


def change(before: str, after: str) -> str:
    """La première ligne qui diffère, avant et après."""
    pairs = zip(before.splitlines(), after.splitlines(), strict=False)
    old, new = next(((a, b) for a, b in pairs if a != b), ("", "(une ligne en plus ou en moins)"))
    return f"{old.strip()[:110]}  →  {new.strip()[:110]}"


def mutmut(*arguments: str) -> None:
    """Lancer mutmut ; ses erreurs s'affichent, son avancement non."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", "2", *arguments]
    done = subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"mutmut a échoué :\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")


def main() -> int:
    """Tirer, lancer, compter."""
    parser = argparse.ArgumentParser(prog="python .ci/mutation.py", description="Tests par mutation.")
    parser.add_argument("--nombre", type=int, default=250, help="erreurs tirées au sort (0 : toutes)")
    parser.add_argument("--graine", type=int, default=11, help="graine du tirage")
    parser.add_argument("--module", default="", help="début du nom des modules voulus")
    parser.add_argument("--seuil", type=float, default=0.8, help="part à voir")
    options = parser.parse_args()
    if sys.platform != "linux":
        print("mutmut n'est installé que sous Linux : partie passée.")
        return 0
    shutil.rmtree(MUTANTS, ignore_errors=True)
    # a first, tiny selection: mutmut writes every mutant and times the tests
    mutmut("datakit.analysis.secrecy.choosing.problem.*")
    changes = {n: c for meta in sorted(MUTANTS.rglob("*.meta")) for n, c in mutants_of(meta).items()}
    names = [n for n in changes if n.startswith(options.module)]
    drawn = sorted(random.Random(options.graine).sample(names, min(options.nombre or len(names), len(names))))
    mutmut(*drawn)
    codes = {}
    for meta in MUTANTS.rglob("*.meta"):
        codes |= json.loads(meta.read_text(encoding="utf-8"))["exit_code_by_key"]
    unseen = [n for n in drawn if codes[n] is None or codes[n] in UNSEEN]
    for name in unseen:
        print(f"non vue : {name}\n    {changes[name]}")
    rate = 1 - len(unseen) / len(drawn)
    print(f"{len(drawn)} erreurs tirées parmi {len(names)} ; vues : {rate:.1%} (il en faut {options.seuil:.0%})")
    return 0 if rate >= options.seuil else 1


if __name__ == "__main__":
    sys.exit(main())
