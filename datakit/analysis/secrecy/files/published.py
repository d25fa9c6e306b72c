"""Se mettre à la place du lecteur de fichiers déjà publiés : tout ce qu'ils laissent recalculer, ensemble."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from datakit.analysis.secrecy.files.leaks import known_ends
from datakit.analysis.secrecy.files.report import attack_text
from datakit.analysis.secrecy.files.verdict import check_file
from datakit.analysis.secrecy.rules import Rule


@dataclass(frozen=True)
class Attack:
    """Ce qu'un lecteur retrouve : ``cells`` (file, cell, low, high, exact), ``opened``, ``text``."""

    cells: pd.DataFrame
    opened: bool
    text: str


def attack_files(
    paths: Sequence[str | Path], rule: str | Rule = "fiscal", *, roles: Mapping[str, str] | None = None, **more: Any
) -> Attack:
    """Se mettre à la place du lecteur : tout ce que des fichiers publiés ensemble laissent recalculer.

    Parameters
    ----------
    paths : sequence of path
        Les fichiers, comme ils sont publiés ; leurs parts et leurs taux entrent dans le calcul, arrondis compris.
    rule : str or Rule
        La règle dit quel écart est trop étroit.
    roles, **more
        Comme pour ``check_file``.

    Returns
    -------
    Attack
        ``.cells`` (une ligne par case masquée : fichier, case, ``low``, ``high``, ``exact``), ``.opened``, ``.text``.

    Raises
    ------
    FormatError, OptionError
        Ce qui ne se lit pas ou ne se décide pas, comme pour ``check_file``.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "t.csv"
    >>> _ = path.write_text("Quartier;Ménages\\nA;s\\nB;35\\nC;80\\nEnsemble;120\\n", encoding="utf-8")
    >>> attack_files([path]).cells[["low", "high", "exact"]].values.tolist()
    [[5.0, 5.0, True]]
    """
    report = check_file(paths[0], rule, roles=roles, linked=paths[1:], readers=(), solve=False, **more)
    made = report.made
    low, high = known_ends(made)
    rows = []
    for t, (table, where) in enumerate(zip(made.reading.tables, made.reading.system.where, strict=True)):
        for i in np.flatnonzero(np.isnan(table.value)):
            spot = made.spots[t][i]
            if spot is not None:
                a, b = float(low[where[i]]), float(high[where[i]])
                rows.append(
                    (made.books[spot[0]].path.name, made.describe((t, int(i))), a, b, b - a <= 1e-6 * max(1.0, a))
                )
    cells = pd.DataFrame(rows, columns=["file", "cell", "low", "high", "exact"])
    return Attack(cells, bool(report.leaks), attack_text(report, cells))
