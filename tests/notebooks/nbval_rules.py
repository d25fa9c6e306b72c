"""Règles de nbval pour le cours : un carnet déjà rempli, le dépôt école, et rien que du texte comparé.

python -m pytest --nbval -p tests.notebooks.nbval_rules notebooks exercises
"""

import json
import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SANITIZE = Path(__file__).with_name("nbval_sanitize.cfg")
_AT = "2026-01-05T10:00:00+00:00"
_TRIES = [{"id": f"E{n:02d}", "outcome": o, "at": _AT} for n in range(1, 37) for o in ("pas_encore", "juste")]
_OPINIONS = dict.fromkeys(("pauvres", "pareils", "echec", "maille", "anonyme"), "vrai")
USED = "".join(json.dumps(line) + "\n" for line in [*_TRIES, _TRIES[3] | {"outcome": "note", "answer": _OPINIONS}])


def pytest_configure(config):
    options = config.option
    options.nbval_current_env = True
    options.nbval_cell_timeout = 60
    options.nbval_sanitize_with = options.nbval_sanitize_with or str(SANITIZE)
    for name in [n for n in os.environ if n.startswith("DATAKIT_")]:
        del os.environ[name]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # pyproject turns warnings into errors for the library; nbval itself is not ours
    config.addinivalue_line("filterwarnings", "default")


def pytest_collectstart(collector):
    if hasattr(collector, "skip_compare"):
        # HTML repeats the text and changes with pandas; pictures carry their words; stderr belongs to libraries
        collector.skip_compare += ("text/html", "image/svg+xml", "stderr", "application/javascript")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item):
    if getattr(item.parent, "kernel", True) is None:
        # of someone who has worked already: what a notebook stores never depends on that
        journal = Path(tempfile.mkdtemp(prefix="carnet-")) / "carnet.jsonl"
        journal.write_text(USED, encoding="utf-8")
        os.environ["DATAKIT_PROGRESS"] = str(journal)
