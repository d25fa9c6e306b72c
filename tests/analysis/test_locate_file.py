import subprocess
import sys
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from shapely import box

from datakit import cli
from datakit.analysis.locating import files as module
from datakit.analysis.locating.files import locate_file
from datakit.analysis.locating.locate import COLUMNS
from datakit.core.errors import FormatError, GeographyError, SourceError
from datakit.sources.reading.dialects import read_table


@pytest.fixture
def qpv():
    columns = {"code_qp": ["QN06901N"], "lib_qp": ["Le Pré"], "insee_com": ["69123"], "lib_com": ["Lyon"]}
    return gpd.GeoDataFrame(columns, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)


ROWS = [("É1", "4,835", "45,765"), ("É2", "4,85", "45,765"), ("É3", "", "")]


def write(path, *, delimiter=";", encoding="utf-8-sig", newline="\r\n", quote="", point=False):
    lines = [("nom", "lon", "lat"), *ROWS]
    cells = [[c.replace(",", ".") if point else c for c in line] for line in lines]
    text = "".join(delimiter.join(f"{quote}{c}{quote}" for c in line) + newline for line in cells)
    path.write_bytes(text.encode(encoding))
    return path


DIALECTS = {
    "excel français": {},
    "latin-1": {"encoding": "latin-1"},
    "virgule": {"delimiter": ",", "point": True, "newline": "\n", "encoding": "utf-8"},
    "tabulation": {"delimiter": "\t", "encoding": "utf-8"},
    "guillemets": {"quote": '"'},
}


@pytest.mark.parametrize("name", DIALECTS)
def test_same_dialect_out_original_columns_and_order_kept(tmp_path, qpv, name):
    source = write(tmp_path / "adresses.csv", **DIALECTS[name])
    counts = locate_file(source, tmp_path / "reponse.csv", qpv, covers="69", distances="toutes")
    assert counts.to_dict() == {"dedans": 1, "limite": 0, "dehors": 1, "indetermine": 1}
    before, after = read_table(source), read_table(tmp_path / "reponse.csv")
    assert after.dialect == before.dialect
    french = {"also": "aussi", "status": "statut"}
    assert list(after.frame.columns) == ["nom", "lon", "lat", *(french.get(c, c) for c in COLUMNS)]
    assert after.frame[["nom", "lon", "lat"]].equals(before.frame)
    assert after.frame["statut"].tolist() == ["dedans", "dehors", "indetermine"]
    decimal = "." if DIALECTS[name].get("point") else ","
    assert after.frame["distance_m"].tolist() == [f"388{decimal}6", f"777{decimal}2", ""]


def test_small_chunks_give_the_same_file(tmp_path, qpv, monkeypatch):
    source = write(tmp_path / "adresses.csv")
    locate_file(source, tmp_path / "whole.csv", qpv, covers="69", distances="toutes")
    monkeypatch.setattr(module, "_ROWS", 1)
    locate_file(source, tmp_path / "parts.csv", qpv, covers="69", distances="toutes")
    assert (tmp_path / "whole.csv").read_bytes() == (tmp_path / "parts.csv").read_bytes()


def test_a_workbook_stays_a_workbook(tmp_path, qpv):
    pd.DataFrame(ROWS, columns=["nom", "lon", "lat"]).to_excel(tmp_path / "adresses.xlsx", index=False)
    locate_file(tmp_path / "adresses.xlsx", tmp_path / "reponse.xlsx", qpv, covers="69", distances="toutes")
    assert pd.read_excel(tmp_path / "reponse.xlsx")["statut"].tolist() == ["dedans", "dehors", "indetermine"]
    locate_file(tmp_path / "adresses.xlsx", tmp_path / "reponse.csv", qpv, covers="69", distances="toutes")
    assert read_table(tmp_path / "reponse.csv").frame["code_qp"].tolist() == ["QN06901N", "", ""]


def test_parquet_streams_by_row_groups(tmp_path, qpv):
    rng = np.random.default_rng(3)
    points = pd.DataFrame({"siret": [f"{k:014}" for k in range(5000)], "lon": rng.uniform(4.8, 4.9, 5000)})
    points["lat"] = rng.uniform(45.7, 45.8, 5000)
    points.to_parquet(tmp_path / "sirene.parquet", row_group_size=700)
    seen = []
    counts = locate_file(
        tmp_path / "sirene.parquet", tmp_path / "out.parquet", qpv, report=seen.append, covers="69", distances="toutes"
    )
    found = pq.read_table(tmp_path / "out.parquet").to_pandas()
    assert sum(seen) == len(found) == counts.sum() == 5000
    assert found["siret"].tolist() == points["siret"].tolist()
    inside = points["lon"].between(4.83, 4.84) & points["lat"].between(45.76, 45.77)
    assert ((found["statut"] == "dedans") == inside).all()


def test_our_columns_never_hide_those_of_the_file(tmp_path, qpv):
    (tmp_path / "a.csv").write_text("statut,lon,lat\nactif,4.835,45.765\n", encoding="utf-8")
    locate_file(tmp_path / "a.csv", tmp_path / "b.csv", qpv, covers="69", distances="toutes")
    row = read_table(tmp_path / "b.csv").frame.iloc[0]
    assert (row["statut"], row["statut_locate"]) == ("actif", "dedans")


def test_prepare_adds_the_coordinates_that_a_geocoder_found(tmp_path, qpv):
    (tmp_path / "a.csv").write_text("adresse\n1 rue du Pré\n", encoding="utf-8")

    def geocode(part):
        return part.assign(longitude="4.835", latitude="45.765", result_score="0.3", result_type="housenumber")

    counts = locate_file(tmp_path / "a.csv", tmp_path / "b.csv", qpv, prepare=geocode, covers="69", distances="toutes")
    assert counts["indetermine"] == 1


def test_without_distances_only_those_near_a_limit_are_measured(tmp_path, qpv):
    locate_file(write(tmp_path / "a.csv"), tmp_path / "b.csv", qpv, distances="limite")
    assert set(read_table(tmp_path / "b.csv").frame["distance_m"]) == {""}


def test_a_failure_leaves_no_file(tmp_path, qpv):
    (tmp_path / "a.csv").write_text("lon;lat\n4.8;45.7\nest;45.7\n", encoding="utf-8")
    with pytest.raises(FormatError):
        locate_file(tmp_path / "a.csv", tmp_path / "b.csv", qpv, covers="69", distances="toutes")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


def test_unusable_files_are_refused(tmp_path, qpv):
    (tmp_path / "vide.csv").write_text("lon;lat\n", encoding="utf-8")
    (tmp_path / "faux.parquet").write_bytes(b"PAR1")
    (tmp_path / "metres.csv").write_text("x;y\n842200;6519200\n", encoding="utf-8")
    pd.DataFrame({"lon": [], "lat": []}).to_parquet(tmp_path / "vide.parquet")
    for name, error in [("vide.csv", FormatError), ("faux.parquet", FormatError), ("metres.csv", GeographyError)]:
        with pytest.raises(error):
            locate_file(tmp_path / name, tmp_path / "out.csv", qpv, covers="69", distances="toutes")
    with pytest.raises(FormatError):
        locate_file(tmp_path / "vide.parquet", tmp_path / "out.parquet", qpv, covers="69", distances="toutes")
    with pytest.raises(SourceError, match="dossier"):
        locate_file(write(tmp_path / "a.csv"), tmp_path / "absent" / "b.csv", qpv, covers="69", distances="toutes")


@pytest.fixture
def depot(tmp_path, qpv):
    folder = tmp_path / "depot"
    folder.mkdir()
    qpv.to_file(folder / "QP2024_France_Hexagonale_Outre_Mer_WGS84.geojson", driver="GeoJSON")
    return folder


def test_command_writes_the_table_and_says_what_it_found(tmp_path, depot, capsys):
    source, target = write(tmp_path / "adresses.csv"), tmp_path / "reponse.csv"
    assert (
        cli.main(["locate", str(source), "-o", str(target), "--depot", str(depot), "--couvre", "69", "--near", "5"])
        == 0
    )
    said = capsys.readouterr().out
    assert "3\xa0points" in said
    assert "QPV 2024" in said
    assert read_table(target).frame["code_qp"].tolist() == ["QN06901N", "", ""]


def test_command_says_in_french_what_is_wrong(tmp_path, depot, capsys):
    (tmp_path / "a.csv").write_text("nom;adresse\nA;1 rue\n", encoding="utf-8")
    code = cli.main(
        ["locate", str(tmp_path / "a.csv"), "-o", str(tmp_path / "b.csv"), "--depot", str(depot), "--couvre", "69"]
    )
    said = capsys.readouterr().err
    assert code == 2
    assert "coordonnées sont introuvables" in said
    assert "Traceback" not in said


def test_command_accepts_a_projection_and_a_precision(tmp_path, depot):
    (tmp_path / "a.csv").write_text("x;y;erreur\n842300;6519600;500\n842300;6519600;1\n", encoding="utf-8")
    options = ["--crs", "2154", "--precision", "erreur", "--depot", str(depot), "--couvre", "69"]
    assert cli.main(["locate", str(tmp_path / "a.csv"), "-o", str(tmp_path / "b.csv"), *options]) == 0
    assert read_table(tmp_path / "b.csv").frame["statut"].tolist() == ["limite", "dedans"]


PEAK = """
import sys
from pathlib import Path
import geopandas as gpd
from shapely import box
from datakit.analysis.locating import files as module
module._ROWS = 10_000
qpv = gpd.GeoDataFrame({"code_qp": ["QN06901N"]}, geometry=[box(4.83, 45.76, 4.84, 45.77)], crs=4326)
print(module.locate_file(sys.argv[1], sys.argv[2], qpv, distances="limite").sum())
status = Path("/proc/self/status").read_text()
print(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")))
"""
_MORE_MIB = 35  # thirty-six times more rows: 54 MiB as they lie in the file, 140 once answered


def peak_mib(folder, rows):
    """The peak of a process of its own: nothing that the code keeps, in Arrow, numpy or Python, is left out."""
    rng = np.random.default_rng(1)
    part = pd.DataFrame({"lon": rng.uniform(4.8, 4.9, 100_000), "lat": rng.uniform(45.7, 45.8, 100_000)})
    table = pa.Table.from_pandas(part)
    with pq.ParquetWriter(folder / "in.parquet", table.schema, compression="none", use_dictionary=False) as writer:
        for _ in range(rows // len(part)):
            writer.write_table(table)
    command = [sys.executable, "-c", PEAK, str(folder / "in.parquet"), str(folder / "out.parquet")]
    done, peak = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
    assert int(done) == rows == pq.read_metadata(folder / "out.parquet").num_rows
    return int(peak) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="le pic de mémoire se lit dans /proc")
def test_memory_does_not_grow_with_the_rows_of_a_parquet(tmp_path):
    assert peak_mib(tmp_path, 3_600_000) - peak_mib(tmp_path, 100_000) < _MORE_MIB
