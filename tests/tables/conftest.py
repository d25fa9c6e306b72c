"""Un petit dépôt aux formats officiels, écrit à la main : trois quartiers de 2024, deux de 2015, leurs indicateurs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

REVN = (
    "\ufeffCODGEO;LIBGEO;PMIMP;DECUC_Q2;DISP_Q2;TP60;NOTE_FILO;C;C_C2SNP;C_C2SP;NOTE_CNAM;A;ARSAS;NOTE_CNAF;;;;\r\n"
    "Ensemble;Ensemble des QPV;;;;44,7;;;;;;1 600 000;;;;;;\r\n"
    "QP069001;Le Rocher;28,5;9\u202f870;15 160;34,9;0;4\u202f210;310;;0;779;120;0;;;;\r\n"
    "QP069002;La Rive;;;13 020;;1;2 000;200;40;0;;;5;;;;\r\n"
    "QP972001;Le Port;;8 100;11 900;51,0;0;;;;;;;;;;;\r\n"
)


def square(lon: float, lat: float, size: float = 0.01) -> dict:
    """Un quartier carré."""
    ring = [[lon, lat], [lon + size, lat], [lon + size, lat + size], [lon, lat + size], [lon, lat]]
    return {"type": "Polygon", "coordinates": [ring]}


def collection(rows: list[tuple[dict, dict]]) -> str:
    """Un GeoJSON : des couples (colonnes, géométrie)."""
    features = [{"type": "Feature", "properties": p, "geometry": g} for p, g in rows]
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Un dossier de fichiers officiels minuscules, rangés n'importe comment."""
    root = tmp_path / "données été"
    (root / "sous dossier").mkdir(parents=True)
    rows = [
        ({"code_qp": "QN06901M", "lib_qp": "Le Rocher", "insee_com": "69123"}, square(4.80, 45.70)),
        ({"code_qp": "QN06902N", "lib_qp": "Centre Ville", "insee_com": "69123, 69266"}, square(4.83, 45.70)),
        ({"code_qp": "QN00101I", "lib_qp": "Centre Ville", "insee_com": "1053"}, square(5.20, 46.20)),
    ]
    (root / "perimetres.bin").write_text(collection(rows), encoding="utf-8")
    old = [
        ({"CODE_QP": "QP069001", "NOM_QP": "Le Rocher", "COMMUNE_QP": "Lyon"}, square(4.80, 45.70)),
        ({"CODE_QP": "QP069002", "NOM_QP": "La Rive", "COMMUNE_QP": "Lyon"}, square(4.82, 45.70)),
    ]
    (root / "sous dossier" / "anciens.json").write_text(collection(old), encoding="utf-8")
    (root / "sous dossier" / "REVN_2022.txt").write_bytes(REVN.encode("utf-8"))
    (root / "communes_epci_2024.csv").write_text(
        "CODGEO;LIBGEO;EPCI;LIBEPCI;DEP;REG\n69123;Lyon;200046977;Métropole de Lyon;69;84\n"
        "69266;Villeurbanne;200046977;Métropole de Lyon;69;84\n01053;Bourg-en-Bresse;200071751;CA;01;84\n",
        encoding="utf-8",
    )
    (root / "correspondance.csv").write_text(
        "\ufeffQP2024;Label_QP2024;Statut;QP2015_1;Label_QP2015_1;QP2015_2;Label_QP2015_2;;\n"
        "QN06901M;Le Rocher;MODIFIE;QP069001;Le Rocher;;;;\nQN06902N;Centre Ville;NOUVEAU;;;;;;\n",
        encoding="utf-8",
    )
    return root
