#!/usr/bin/env bash
# Script d'initialisation d'un service Jupyter ou VS Code d'Onyxia : installe datakit et pose les notebooks dans le dossier de travail.
# DATAKIT_PAQUET : ce que pip installe (par défaut, la version publiée) ; DATAKIT_TRAVAIL : le dossier de travail.
set -euo pipefail
python -m pip install --quiet "${DATAKIT_PAQUET:-datakit-quartiers[cours]}"
python - "${DATAKIT_TRAVAIL:-${WORKSPACE_DIR:-$HOME/work}/Data et Quartiers}" <<'PYTHON'
import sys
from pathlib import Path

from datakit.course.room import workspace

for line in workspace.prepare(Path(sys.argv[1]), solutions=False):
    print(line)
PYTHON
