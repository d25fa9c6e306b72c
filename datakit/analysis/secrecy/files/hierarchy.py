"""L'emboîtement que décrit un fichier : une ligne par lien, enfant et parent."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from datakit.analysis.secrecy.cells import TOTAL
from datakit.core.errors import OptionError
from datakit.sources.reading.dialects import read_table


def read_hierarchy(argument: str, *, total: str = TOTAL) -> tuple[str, pd.DataFrame]:
    """Lire ``DIMENSION=FICHIER`` : deux colonnes, child et parent."""
    dimension, equals, file = argument.partition("=")
    if not equals:
        raise OptionError("--hierarchy attend DIMENSION=FICHIER.", details={"Reçu": argument})
    return dimension, read_table(Path(file)).frame.replace(total, TOTAL)
