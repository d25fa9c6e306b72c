"""Reconnaître un fichier à son contenu : ni son nom, ni son extension, ni sa place ne comptent."""

from __future__ import annotations

import gzip
import random
import shutil

import pandas as pd
import pytest

from datakit.core.places import content
from datakit.errors import OptionError, SourceError
from datakit.sources import depots, inventory
from datakit.sources.recognise import recognise


def seen(root):
    return {(p.path.name, p.member, p.name): [m.source.id for m in recognise(p)] for p in inventory.inventory(root)}


@pytest.mark.parametrize(
    ("name", "release"),
    [
        ("REVN_2022.csv", 2022),
        ("DEFM2024_QP24_csv.zip", 2024),
        ("RPLS_01-01-2025_QPV_2024.zip", 2025),
        ("beneficiaires_CAF_31-12-2024_QP24.zip", 2024),
        ("estimations-demographiques_2022_QPV2024_csv.zip", 2022),
        ("side_2023_QPV2024.zip", 2023),
        ("pop_QPV24.csv", None),
        ("sans_annee.csv", None),
    ],
)
def test_the_release_is_read_in_the_name_but_never_in_the_perimeter(tmp_path, name, release):
    from datakit.sources.catalogue import Recognition
    from datakit.sources.recognise import release_of

    assert release_of(Recognition(), inventory.Part(tmp_path / name, None, None, "table")) == release


@pytest.mark.parametrize("code", ["FRANCE", "France", "metro"])
def test_a_table_of_the_whole_country_is_known_in_any_case(code):
    assert inventory.count_codes(pd.Series([code, code]))["france"] == 1


def test_codes_are_counted_by_nature():
    counts = inventory.count_codes(pd.Series(["01053", "69123", "2A004", "Ensemble"]))
    assert counts["commune"] == 3 and counts["total"] == 4
    assert "region" in inventory.count_codes(pd.Series(["84", "11", "53"]))
    assert inventory.count_codes(pd.Series(["1"]))["france"] == 1


def test_an_unreadable_file_is_kept_with_its_reason(tmp_path):
    (tmp_path / "qpv.csv").write_bytes(b"")
    part = inventory.inventory(tmp_path)[0]
    assert part.form == "illisible" and "vide" in part.problem


def test_depots(tmp_path, monkeypatch):
    assert depots.open_depot().name == "ecole"
    monkeypatch.setenv("DATAKIT_DEPOT", str(tmp_path))
    assert depots.open_depot().root == tmp_path
    with pytest.raises(SourceError, match="n'existe pas"):
        depots.open_depot(tmp_path / "absent")
    with pytest.raises(OptionError, match="dépôt"):
        depots.open_depot("")
    with pytest.raises(SourceError, match="datakit fetch"):
        depots.open_depot("officiel")


def test_real_files_renamed_at_random_keep_their_meaning(real, tmp_path):
    """Chaque fichier réel, renommé et privé d'extension, est reconnu comme avant (le shapefile garde ses annexes)."""
    picked = ["insee_qpv2015", "qpv2015", "qpv2024", "correspondance", "comparateurs", "carreaux_200m"]
    before, after = {}, {}
    names = random.Random(7)
    for path in sorted(p for folder in picked for p in (real / folder).iterdir()):
        new = f"{names.getrandbits(40):010x}"
        shutil.copyfile(path, tmp_path / new)
        before[new] = sorted(i for p in inventory.inventory(path) for m in recognise(p) for i in [m.source.id])
    for part in inventory.inventory(tmp_path):
        after.setdefault(part.path.name, []).extend(m.source.id for m in recognise(part))
    assert {k: sorted(v) for k, v in after.items()} == before


def test_a_compressed_layer_is_recognised_too(tmp_path):
    outlines = content("data") / "communes-96-orvanche.geojson"
    (tmp_path / "sans_nom").write_bytes(gzip.compress(outlines.read_bytes()))
    assert list(seen(tmp_path).values()) == [["ign-communes"]]
