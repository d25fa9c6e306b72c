"""Lire une partie de fichier reconnue : les colonnes de la source sous leurs noms canoniques, rien de plus."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from datakit.core import codes
from datakit.core.errors import CodeError, DatakitError, FormatError
from datakit.core.french import plural
from datakit.core.labels import FICTION, make_labels
from datakit.core.misspelt import lone_zero
from datakit.sources.depots import SCHOOL, Depot
from datakit.sources.recognise import Match, loose

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

Frame = TypeVar("Frame", bound="pd.DataFrame")
CHECKS = {
    "qpv": codes.check_qpv,
    "commune": codes.check_commune,
    "epci": codes.check_epci,
    "departement": codes.check_department,
    "iris": codes.check_iris,
}


def read_table(match: Match) -> pd.DataFrame:
    """La table d'une partie reconnue, tout en texte, colonnes d'origine."""
    from datakit.sources.reading import cache

    if match.part.form == "parquet":
        import pyarrow.parquet as pq

        # by its path: pandas would hand Arrow's threads a Python file, which they may outlive
        table: pd.DataFrame = pq.read_table(match.part.path).to_pandas()
        return table
    return _garbled(cache.cached_table(match.part.path, member=match.part.member, sheet=match.part.name), match)


def read_layer(match: Match) -> gpd.GeoDataFrame:
    """La couche d'une partie reconnue, géométries réparées, dans sa projection."""
    from datakit.sources.reading import cache

    return _garbled(cache.cached_layer(match.part.path, match.part.name, member=match.part.member), match)


def _garbled(frame: Frame, match: Match) -> Frame:
    """Nommer, sans les changer, les textes aux accents abîmés (« AllÃ©e ») : des producteurs en publient."""
    import pyarrow as pa
    import pyarrow.compute as pc

    from datakit.sources.reading.encodings import GARBLED

    found = []
    for column in frame.columns:
        if frame[column].dtype not in ("str", object) or column == "geometry":
            continue
        texts = pa.array(frame[column].astype("str"), pa.large_string())
        # a plain search first: nearly all columns stop there
        if any(pc.any(pc.match_substring(texts, mark)).as_py() for mark in ("Ã", "Â", "â€", "\ufffd")):
            wrong = pc.match_substring_regex(texts, GARBLED)
            if count := pc.sum(wrong).as_py():
                first = texts.filter(wrong)[0].as_py()[:40]
                found.append(f"{column} ({plural(count, 'cellule')}, dont « {first} »)")
    if found:
        said = f"« {match.part.where} » : accents abîmés dans {' ; '.join(found[:10])}, laissés tels quels."
        frame.attrs = dict(frame.attrs) | {"reserves": [*frame.attrs.get("reserves", []), said]}
    return frame


def canonical(frame: Frame, match: Match) -> Frame:
    """Ne garder que les colonnes que le catalogue nomme, sous leur nom canonique (la géométrie reste).

    Raises
    ------
    FormatError
        Deux colonnes du fichier qui donneraient le même nom canonique.
    """
    names = {loose(c): c for c in reversed(list(map(str, frame.columns)))}
    rename = {column: target for column, target in match.columns.items() if column in frame.columns}
    for target, aliases in match.source.rename.items():
        present = [names[loose(a)] for a in aliases.split("|") if loose(a) in names]
        # of two columns that may hold the code, the one in which codes were found
        chosen = match.code_column if match.code_column in present else present[0] if present else None
        if chosen is not None and chosen not in rename and target not in rename.values():
            rename[chosen] = target
    if match.code_column not in rename:
        raise FormatError(
            "la colonne de code n'a pas de nom canonique.",
            details={"Fichier": match.part.where, "Colonne": match.code_column},
        )
    geometry = [c for c in ("geometry",) if c in frame.columns]
    return frame[[*rename, *geometry]].rename(columns=rename)


def aliased(columns: Iterable[object], match: Match) -> list[str]:
    """Les noms canoniques de ce que le catalogue nomme (ou la personne), en minuscules pour le reste."""
    alias = {a: name for name, names in match.source.rename.items() for a in names.casefold().split("|")}
    plain = ((str(c), str(c).strip().casefold()) for c in columns)
    return [match.columns.get(c, alias.get(name, name)) for c, name in plain]


def notes_under(frame: Frame, column: str, match: Match) -> tuple[Frame, list[str]]:
    """Écarter les notes écrites sous une table (« Source : Insee… ») : la table, et la réserve qui les cite.

    Une note est une ligne de la fin dont une seule cellule est remplie, par autre chose qu'un code. Ailleurs, c'est une
    erreur que la lecture des codes dira.
    """
    if not len(frame) or match.part.form != "table":
        return frame, []
    check = CHECKS.get(match.level, _any_code)
    texts = frame.drop(columns="geometry", errors="ignore")
    notes: list[str] = []
    for rank in range(len(texts) - 1, -1, -1):
        cells = [str(c).strip() for c in texts.iloc[rank] if c == c and c is not None and str(c).strip()]
        if len(cells) != 1 or _is(check, cells[0]):
            break
        notes.insert(0, cells[0])
    if not notes:
        return frame, []
    cited = " ; ".join(f"« {n[:80]}{'…' if len(n) > 80 else ''} »" for n in notes[:3])
    kept = frame.iloc[: len(frame) - len(notes)]
    return kept, [f"« {match.part.where} » : {plural(len(notes), 'note')} sous la table, mise à part ({cited})."]


def _is(check: Callable[[object], str], value: str) -> bool:
    try:
        check(value)
    except CodeError:
        return False
    return True


def _any_code(value: object) -> str:
    if not re.fullmatch(r"[0-9A-Z_]{1,12}|.*\d{5,}.*", str(value).strip(), re.IGNORECASE):
        raise CodeError(f"« {value} » n'est pas un code.")
    return str(value)


def unreadable_code(error: CodeError, match: Match, value: object = None) -> FormatError:
    """L'erreur d'un code illisible : le fichier, la colonne, et la ligne quand elle se retrouve."""
    value = value if value is not None else re.sub(r"^« (.*) ».*$", r"\1", error.problem, flags=re.S)
    return FormatError(
        error.problem,
        details={"Fichier": match.part.where, "Colonne": match.code_column} | line_of(match, value),
        why=error.why,
        remedy=error.remedy,
    )


def one_digit_lost(written: Iterable[object], checked: list[str], match: Match) -> None:
    """Refuser un code de commune qui a perdu un chiffre, quand rien ne dit que c'est le zéro de devant."""
    if short := lone_zero(written, checked):
        raise FormatError(
            f"le code « {short} » n'a que quatre chiffres.",
            details={"Fichier": match.part.where, "Colonne": match.code_column} | line_of(match, short),
            why=f"avec un zéro devant, « 0{short} » serait d'un autre département que tous les autres codes ; avec un "
            "chiffre de plus, ce serait une autre commune.",
            remedy="écrire ce code sur cinq caractères dans le fichier.",
        )


def line_of(match: Match, value: object) -> dict[str, object]:
    """La ligne du fichier où la colonne des codes porte cette valeur ; rien si elle ne s'y retrouve pas."""
    from datakit.sources.reading import dialects

    if match.part.form != "table":
        return {}
    try:
        line = dialects.line_of(
            match.part.path, match.code_column, str(value), member=match.part.member, sheet=match.part.name
        )
    except DatakitError:
        line = None
    return {"Ligne": line} if line else {}


def provenance(depot: Depot, source: str, millesime: str, perimetre: str, champ: str) -> dict[str, Any]:
    """Les ``attrs`` de toute table chargée : les étiquettes et le dépôt ; la fiction est dite en premier."""
    if depot.name == SCHOOL:
        source = f"{FICTION} (Orvanche), au format {source}"
    return {"labels": make_labels(source, millesime, perimetre, champ), "depot": depot.name}
