"""Ce qu'un essai de l'extérieur a trouvé dans ``datakit locate`` : chaque sorte, sous plusieurs formes."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from datakit import cli
from datakit.analysis.locating.counts import counts_by_zone

from .conftest import box, features

LYON = [(4.831123 + 0.0011 * k, 45.761234 + 0.0007 * k) for k in range(12)]


@pytest.fixture
def command(put, tmp_path, capsys):
    """Localiser un texte ou un fichier ; rend le code, ce qui est dit, et les lignes écrites."""
    put("zones/q.geojson", features([({"code_qp": "QN06901N", "insee_com": "69123"}, box(4.83, 45.76, 0.01))]))

    def run(source, *words, out="r.csv"):
        if isinstance(source, str):
            (tmp_path / "p.csv").write_text(source, encoding="utf-8")
            source = tmp_path / "p.csv"
        target = tmp_path / out
        code = cli.main(["locate", str(source), "-o", str(target), "--depot", str(tmp_path / "zones"), *words])
        said = capsys.readouterr()
        text = target.read_bytes().decode("utf-8-sig", "replace") if target.suffix == ".csv" and code == 0 else ""
        mark = ";" if text.partition("\n")[0].count(";") else ","
        return code, said.out + said.err, list(csv.DictReader(io.StringIO(text), delimiter=mark))

    return run


def table(head, rows):
    return "\n".join([head, *(";".join(map(str, row)) for row in rows)]) + "\n"


# --- a published count does not say which cell is under the threshold


@pytest.mark.parametrize(
    ("zones", "rest"),
    [
        ({"A": 4, "B": 15}, (0, 41, 0)),
        ({"A": 2, "B": 40, "C": 30}, (3, 60, 0)),
        ({"A": 1, "B": 2, "C": 3}, (12, 50, 20)),
        ({"A": 12, "B": 14}, (0, 3, 0)),
    ],
)
def test_counts_by_zone_never_tell_a_small_cell_from_one_hidden_with_it(zones, rest):
    edge, outside, unknown = rest
    counts = pd.Series({"dedans": sum(zones.values()), "limite": edge, "dehors": outside, "indetermine": unknown})
    counts.attrs["zones"] = pd.Series(zones)
    found = counts_by_zone(counts)
    hidden = found["points"].isna()
    assert hidden.sum() >= 2
    assert set(found.loc[hidden, "statut"]) == {"secret"} and set(found.loc[~hidden, "statut"]) == {"publie"}


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_the_written_counts_name_no_reason(command, tmp_path, suffix):
    places = [(*LYON[0],)] * 4 + [(4.9, 45.9)] * 20
    text = table("nom;lon;lat", [(k, *place) for k, place in enumerate(places)])
    assert command(text, "--couvre", "69", "--comptes", str(tmp_path / f"n.{suffix}"))[0] == 0
    path = tmp_path / f"n.{suffix}"
    read = pd.read_csv(path, sep=";") if suffix == "csv" else pd.read_excel(path)
    assert set(read["statut"]) <= {"publie", "secret"} and "secret" in set(read["statut"])
