"""Un fichier d'indicateurs que nul catalogue ne décrit : la personne en nomme les colonnes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

from datakit.core.errors import FormatError, OptionError
from datakit.core.options import near
from datakit.core.reference import geographies
from datakit.sources.catalogue import ColumnBlock, Recognition, Source, indicators
from datakit.sources.depots import Depot
from datakit.sources.recognise import Match, release_of
from datakit.tables.blocks import Candidate, candidates_of
from datakit.tables.loading.mapping import check_columns, code_counts, parts_with

_MISSING = {
    "s": "secret", "ns": "non_significatif", "nd": "non_disponible", "so": "sans_objet",
    "NA": "non_renseigne", "nan": "non_renseigne",
}  # fmt: skip


def own_candidates(depot: Depot, columns: Mapping[str, str], theme: str, level: str, index: str) -> list[Candidate]:
    """Les indicateurs que ``columns`` nomme dans les fichiers qui ont toutes ces colonnes.

    Raises
    ------
    OptionError
        Un nom d'indicateur inconnu, ou pas de colonne de code.
    FormatError
        La colonne de code n'a pas les codes de ce niveau.
    """
    check_columns(columns)
    code = next((c for c, target in columns.items() if target == index), None)
    if code is None:
        raise OptionError(
            f"columns ne dit pas quelle colonne porte le code ({index}).",
            remedy=f'ajouter "NOM_DE_LA_COLONNE": "{index}".',
        )
    values = {c: target for c, target in columns.items() if c != code}
    if unknown := [t for t in values.values() if t not in indicators()]:
        closest = near(unknown[0], indicators())
        raise OptionError(
            f"columns : « {unknown[0]} » n'est pas un indicateur.",
            details={"Noms proches": ", ".join(closest)} if closest else None,
            remedy=f"écrire « {closest[0]} » ?"
            if closest
            else "lire les noms : datakit.sources.catalogue.indicators().",
        )
    block = ColumnBlock(theme, "fichier fourni", values)
    source = Source(
        id="fichier fourni", title="Fichier fourni", producer="fichier fourni", licence="celle du fichier",
        page="https://www.data.gouv.fr", evidence="M", checked_on=dt.date.today(), kind="indicateurs", levels=(level,),
        themes=(theme,), code=(code,), missing=_MISSING, blocks=(block,),
    )  # fmt: skip
    found: list[Candidate] = []
    for part in parts_with(depot, columns):
        counts = code_counts(part, code)
        kinds = [g.kind for g in geographies().values()] if level == "qpv" else [level]
        kind = next((k for k in kinds if counts.get(k, 0) * 2 > counts["total"]), None)
        if kind is None or part.form == "couche":
            raise FormatError(
                f"« {code} » n'a pas les codes attendus (niveau {level}).",
                details={"Fichier": part.where},
                remedy="désigner la colonne des codes, ou changer level=.",
            )
        found += candidates_of(depot, Match(source, part, level, code, kind, release_of(Recognition(), part)), theme)
    return found
