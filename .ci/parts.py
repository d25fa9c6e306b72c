"""Les contrôles et les tests, partie par partie : ce que lance « python lancer.py tests ».

    python lancer.py tests                    tout ce qui doit passer avant de proposer un changement
    python lancer.py tests --complet          aussi ce qui est long (marque « complete »)
    python lancer.py tests --partie unites    une seule partie

Chaque partie affiche sa durée et les secondes de processeur qu'elle a prises, elle et ses enfants. .ci/run fixe dans
DATAKIT_BUDGETS un budget par partie, en secondes du processeur où il a été fixé (« slowness » mesure celui-ci) : le
dépasser est un échec. La durée à l'horloge n'en est jamais un : elle dit surtout si la machine était occupée.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTEST = ["-m", "pytest", "-p", "no:cacheprovider"]
# strict: every stored text output is compared; what cannot be stable is named, with its reason, in the plugin
NBVAL = [*PYTEST, "--nbval", "-p", "tests.notebooks.nbval_rules", "-n", "2", "--dist", "loadfile"]
BARE = ["-p", "tests.notebooks.bare_machine"]
# measured alone: a busy neighbour adds to its seconds, and the process that starts it to its memory
COST = "tests/notebooks/test_cost.py"
# what most commands, kernels and tests load
USED_EVERYWHERE = (
    "geopandas, pyarrow.parquet, matplotlib.pyplot, folium, openpyxl",
    "highspy, typst",
    "pytest, hypothesis.stateful",
    "ipykernel.kernelapp, IPython.terminal.ipapp, nbclient",
    "jupyterlab.labapp, nbconvert.exporters, babel.dates",
)
REFERENCE = 0.17  # seconds of processor, for the loop of « slowness »
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")


def parts(complete: bool, python_only: bool = False) -> dict[str, list[list[str]]]:
    """Nom de la partie → commandes (arguments de Python)."""
    # the complete run keeps everything but the browser, which has a part of its own
    marks = "not browser" if complete else "not browser and not complete"
    units = [*PYTEST, "tests", "-n", "2", "--dist", "loadfile", "-m", marks, "--ignore", COST]
    units += ["--cov=datakit", "--cov-report=term:skip-covered", "--cov-fail-under=90"]
    found = {
        "style": [["-m", "ruff", "check", "."], ["-m", "ruff", "format", "--check", "."]],
        "types": [["-m", "mypy"]],
        "unites": [units],
        "exemples": [[*PYTEST, "--doctest-modules", "datakit", "-n", "2"]],
        # then on a bare machine: no GDAL, no thread, no process, as in a browser
        "notebooks": [[*NBVAL, *bare, "notebooks", "exercises"] for bare in ([], BARE)],
        "navigateur": [[*PYTEST, "tests/browser", "-m", "browser" if complete else "browser and not complete"]],
    }
    # on the other Pythons of the machine (.ci/run): what reads files, and the commands
    quick = [*PYTEST, "tests/core", "tests/sources", "tests/tables", "tests/test_cli.py"]
    if python_only:
        return {"autres": [[*quick, "-n", "2", "-m", "not browser and not complete"]]}
    long = {"cout": [[*PYTEST, COST, "-s"]], "mutations": [[".ci/mutation.py"]]}
    return found | long if complete else found


def skipped(part: str) -> str:
    """Pourquoi une partie ne peut pas tourner sur cette machine ; vide si elle le peut."""
    if part == "navigateur" and not any(shutil.which(name) for name in BROWSERS):
        return "aucun navigateur Chromium sur cette machine"
    return ""


def run(commands: list[list[str]], env: dict[str, str]) -> bool:
    """Lancer les commandes d'une partie ; s'arrêter à la première qui échoue."""
    return all(
        subprocess.run([sys.executable, *c], cwd=ROOT, env=env, stdin=subprocess.DEVNULL).returncode == 0
        for c in commands
    )


def warm() -> None:
    """Écrire une fois le code compilé des paquets : sans lui, chaque commande des essais les recompile, 2 s sur 3.

    Le lanceur installe sans compiler, et une machine d'intégration peut interdire d'écrire ce code au premier usage.
    """
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as elsewhere:
        for name in USED_EVERYWHERE:
            command = [sys.executable, "-P", "-W", "ignore", "-c", f"import {name}"]
            subprocess.run(command, cwd=elsewhere, env=env, capture_output=True)


def slowness() -> float:
    """Combien de fois cette machine est plus lente que celle où les budgets ont été fixés ; jamais moins d'une."""

    def once() -> float:
        start = time.process_time()
        # what our tests do: numbers, texts, dictionaries
        counted: dict[str, int] = {}
        for number in range(400_000):
            text = f"{number % 997:05d}"
            counted[text] = counted.get(text, 0) + int(text[-2:])
        return time.process_time() - start

    return max(1.0, sorted(once() for _ in range(5))[2] / REFERENCE)


def processor_seconds() -> float:
    """Les secondes de processeur prises par les enfants finis et par les leurs (Windows ne les dit pas : 0)."""
    times = os.times()
    return times.children_user + times.children_system


def budgets() -> dict[str, float]:
    """Les budgets en secondes de processeur donnés par .ci/run (« style=60 types=120 »), à sa mesure."""
    pairs = [word.partition("=") for word in os.environ.get("DATAKIT_BUDGETS", "").split()]
    times = slowness() if pairs else 1.0
    return {name: float(seconds) * times for name, _, seconds in pairs}


def main() -> int:
    """Passer les parties demandées et dire ce qu'il en est."""
    parser = argparse.ArgumentParser(prog="python lancer.py tests", description="Contrôles et tests.")
    parser.add_argument("--complet", action="store_true", help="aussi les tests longs")
    parser.add_argument(
        "--partie", choices=sorted([*parts(True), *parts(True, True)]), action="append", help="une seule partie"
    )
    options = parser.parse_args()
    limits = {} if options.complet else budgets()
    # the checkout, also for kernels and commands that the tests start
    env = dict(os.environ, PYTHONPATH=str(ROOT), PYTHONDONTWRITEBYTECODE="1", MPLBACKEND="agg")
    if set(options.partie or ["unites"]) - {"style", "types"}:
        warm()
    verdicts = []
    complete = options.complet or bool({"cout", "mutations"} & set(options.partie or []))
    for name, commands in parts(complete, options.partie == ["autres"]).items():
        if options.partie and name not in options.partie:
            continue
        reason = skipped(name)
        if reason and os.environ.get("CI"):
            verdicts.append((name, f"ÉCHEC ({reason})", 0.0, 0.0))
            continue
        if reason:
            verdicts.append((name, f"passée ({reason})", 0.0, 0.0))
            continue
        print(f"\n=== {name}", flush=True)
        start, worked = time.monotonic(), processor_seconds()
        ok = run(commands, env)
        seconds, worked = time.monotonic() - start, processor_seconds() - worked
        late = ok and worked > limits.get(name, float("inf"))
        verdicts.append((name, "HORS BUDGET" if late else "ok" if ok else "ÉCHEC", seconds, worked))
    print("\npartie        horloge  processeur   budget  verdict")
    for name, verdict, seconds, worked in verdicts:
        print(f"{name:<12} {seconds:>7.0f} s {worked:>9.0f} s {limits.get(name, 0):>6.0f} s  {verdict}")
    failed = [name for name, verdict, *_ in verdicts if verdict.startswith(("ÉCHEC", "HORS"))]
    print(f"total {sum(v[2] for v in verdicts):.0f} s", flush=True)
    # a closing line that any reader of logs understands
    print(f"{len(verdicts) - len(failed)} passed, {len(failed)} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
