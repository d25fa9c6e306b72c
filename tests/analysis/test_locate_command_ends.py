"""La commande ne reste jamais suspendue et ne s'arrête jamais d'un coup, même sur un fichier sans rien dedans."""

import json
import subprocess
import sys

import pytest

POINT = {"type": "Feature", "properties": {"nom": "A"}, "geometry": {"type": "Point", "coordinates": [-5.4, 46.2]}}
FILES = {
    "vide.csv": ("", 2),
    "entete.csv": ("id;lon;lat", 2),
    "une-ligne.csv": ("id;lon;lat\n1;-5,4;46,2\n", 0),
    "vide.geojson": ("", 2),
    "une-ligne.geojson": (json.dumps({"type": "FeatureCollection", "features": [POINT]}), 0),
}


def runs(folder, count):
    """The exit codes of ``count`` fresh processes that each locate a file, by file."""
    for name, (text, _) in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")
    codes = {name: set() for name in FILES}
    for turn in range(count):
        name = list(FILES)[turn % len(FILES)]
        command = [sys.executable, "-m", "datakit.cli", "locate", str(folder / name)]
        out = folder / f"sortie{(folder / name).suffix}"
        done = subprocess.run([*command, "-o", str(out)], capture_output=True, timeout=60, check=False)
        codes[name].add(done.returncode)
    return codes


def test_ten_runs_on_nearly_empty_files_all_end(tmp_path):
    assert runs(tmp_path, 10) == {name: {code} for name, (_, code) in FILES.items()}


@pytest.mark.complete
def test_two_hundred_runs_on_nearly_empty_files_all_end(tmp_path):
    assert runs(tmp_path, 200) == {name: {code} for name, (_, code) in FILES.items()}
