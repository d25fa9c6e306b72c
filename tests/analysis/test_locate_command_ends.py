"""La commande ne reste jamais suspendue et ne s'arrête jamais d'un coup, même sur un fichier sans rien dedans."""

import json
import subprocess
import sys

import geopandas as gpd
import openpyxl
import pandas as pd
import pytest

POINT = {"type": "Feature", "properties": {"nom": "A"}, "geometry": {"type": "Point", "coordinates": [-5.4, 46.2]}}
TABLE = pd.DataFrame({"id": ["1"], "lon": [-5.4], "lat": [46.2]})
LAYER = gpd.GeoDataFrame({"nom": ["A"]}, geometry=gpd.points_from_xy([-5.4], [46.2]), crs=4326)


def text(content):
    return lambda path: path.write_text(content, encoding="utf-8")


FILES = {
    "vide.csv": (text(""), 2),
    "entete.csv": (text("id;lon;lat"), 2),
    "une-ligne.csv": (text("id;lon;lat\n1;-5,4;46,2\n"), 0),
    "vide.geojson": (text(""), 2),
    "sans-objet.geojson": (text(json.dumps({"type": "FeatureCollection", "features": []})), 2),
    "une-ligne.geojson": (text(json.dumps({"type": "FeatureCollection", "features": [POINT]})), 0),
    "vide.xlsx": (lambda path: openpyxl.Workbook().save(path), 2),
    "entete.xlsx": (lambda path: TABLE[:0].to_excel(path, index=False), 2),
    "une-ligne.xlsx": (lambda path: TABLE.to_excel(path, index=False), 0),
    "entete.parquet": (lambda path: TABLE[:0].to_parquet(path), 2),
    "une-ligne.parquet": (lambda path: TABLE.to_parquet(path), 0),
    "entete.gpkg": (lambda path: LAYER[:0].to_file(path, driver="GPKG"), 2),
    "une-ligne.gpkg": (lambda path: LAYER.to_file(path, driver="GPKG"), 0),
}


def runs(folder, count):
    """The exit codes of ``count`` fresh processes that each locate a file, by file."""
    for name, (write, _) in FILES.items():
        write(folder / name)
    codes = {name: set() for name in FILES}
    for turn in range(count):
        name = list(FILES)[turn % len(FILES)]
        command = [sys.executable, "-m", "datakit.cli", "locate", str(folder / name)]
        out = folder / f"sortie{(folder / name).suffix}"
        done = subprocess.run([*command, "-o", str(out)], capture_output=True, timeout=300, check=False)
        codes[name].add(done.returncode)
        assert done.returncode or out.is_file()
        assert out.is_file() == (done.returncode == 0), name
        out.unlink(missing_ok=True)
    return codes


def test_a_run_each_on_nearly_empty_files_all_end(tmp_path):
    assert runs(tmp_path, len(FILES)) == {name: {code} for name, (_, code) in FILES.items()}


@pytest.mark.complete
def test_two_hundred_runs_on_nearly_empty_files_all_end(tmp_path):
    assert runs(tmp_path, 200) == {name: {code} for name, (_, code) in FILES.items()}
