"""Un dossier de quatre-vingt-neuf fichiers mêlés : reconnu en 20 s et 500 Mo, relu en 1 s, le sort de chacun dit."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from .conftest import box, features, quarters

MEASURE = """
import json, resource, sys, time
import numpy, pandas, pyarrow, pyarrow.compute, shapely, pyogrio, geopandas  # loading them is not reading the folder
from datakit.sources.depots import open_depot
from datakit.sources.fates import fates
start = time.process_time()
table = fates(open_depot(sys.argv[1]))
used = time.process_time() - start
# of this process only: what getrusage says of a new process begins with the memory of the one that started it
status = [line.split() for line in open("/proc/self/status")] if sys.platform == "linux" else []
peak = next((int(w[1]) for w in status if w[0] == "VmHWM:"), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1024
print(json.dumps({"seconds": used, "mb": peak, "rows": table.values.tolist()}))
"""


def mixed(folder: Path, real: Path, cases: Path) -> int:
    """Les fichiers réels, ceux des cas, et ce qui traîne dans un vrai dossier ; le nombre de fichiers de données."""
    shutil.copytree(real, folder / "réel")
    shutil.copytree(cases, folder / "cas")
    odd = folder / "divers"
    odd.mkdir()
    texts = {
        "notes.txt": "Réunion du 3 mars\nappeler la mairie\n",
        "vide.csv": "",
        "entete.csv": "code_qp;nom\n",
        "suivi.csv": "a;b\n1;2;3;4\n",
        "page.csv": "<!DOCTYPE html><html><body>404</body></html>",
        "LISEZMOI.md": "# Données",
        "quartiers.geojson": quarters(["QN06901N", "QN06902N"]),
        "bureaux.geojson": features([({"insee": "69123", "nom": "Lyon"}, box(4.8 + i / 50, 45.7)) for i in range(3)]),
        "isochrones.geojson": features([({"code_qp": "QN06901N", "minutes": 10}, box(4.8, 45.7, 0.2))]),
        "tronque.geojson": quarters(["QN06901N", "QN06902N"])[:120],
        "page_wfs.geojson": quarters(["QN06901N"], numberMatched=1584),
        "reponse.json": json.dumps({"total_count": 9, "results": [{"code": "69123", "nom": "Lyon"}]}),
        "carte.qml": "<qgis/>",
        "DEMO_2022.csv.crdownload": "CODGEO;LIBGEO\n",
    }
    for name, text in texts.items():
        (odd / name).write_text(text, encoding="utf-8")
    (odd / "coupe.zip").write_bytes(b"PK\x03\x04 coupe")
    (odd / "photo.jpg").write_bytes(b"\xff\xd8\xff\xe0" + bytes(2000))
    with zipfile.ZipFile(odd / "livraison.zip", "w") as archive:
        archive.writestr("DEMO_2022.csv", (real / "insee_qpv2015" / "DEMO_2022.csv").read_bytes())
        archive.writestr("lisez-moi.txt", "Source : INSEE")
    return sum(path.is_file() for path in folder.rglob("*"))


@pytest.mark.complete
def test_a_folder_of_mixed_files_is_recognised_fast_and_each_fate_is_told(real, cases, tmp_path):
    folder = tmp_path / "dossier"
    folder.mkdir()
    count = mixed(folder, real, cases)
    assert count >= 89
    env = os.environ | {"DATAKIT_CACHE": str(tmp_path / "cache")}
    runs = []
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-c", MEASURE, str(folder)], capture_output=True, text=True, check=True, env=env
        )
        runs.append(json.loads(done.stdout))
    first, second = runs
    sys.stdout.write(
        f"{count} fichiers : {first['seconds']:.1f} s, {first['mb']:.0f} Mo, puis {second['seconds']:.2f} s\n"
    )
    assert first["rows"] == second["rows"]
    told = {row[0].split(" › ")[0] for row in first["rows"]}
    assert told == {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    assert all(row[1] in ("reconnu", "refuse", "illisible", "ignore") and row[2].strip() for row in first["rows"])
    assert first["seconds"] <= 20 and first["mb"] <= 500
    assert second["seconds"] <= 1
