"""Ce qu'un graphique reçoit : les colonnes d'une table, les noms à montrer, et pourquoi une valeur manque."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core.errors import FormatError, OptionError
from datakit.core.labels import given_labels, labels_shown, reserves_of
from datakit.core.options import check_table, near
from datakit.output.lettering import clean

if TYPE_CHECKING:
    import pandas as pd

NAME_COLUMNS = ("lib_qp", "territoire", "libelle", "lib_com", "lib_epci", "nom")
KEY_COLUMNS = ("code_qp", "insee_com", "code_iris")
STATUS_WORDS = {
    "publie": "",
    "primaire": "secret",
    "complementaire": "secret",
    "secret": "secret",
    "non_significatif": "non significatif",
    "non_disponible": "non disponible",
    "sans_objet": "sans objet",
    "hors_champ": "hors champ",
    "non_renseigne": "non renseigné",
}
HIDDEN = frozenset({"secret", "primaire", "complementaire"})


@dataclass(frozen=True)
class Items:
    """Les lignes à montrer : clés, noms, valeurs, statuts, dans l'ordre de la table."""

    keys: list[str]
    names: list[str]
    values: pd.Series
    status: list[str]

    def place_of(self, highlight: object) -> int | None:
        """Le rang de la ligne désignée par sa clé ou son nom ; refus si elle n'existe pas."""
        if highlight is None:
            return None
        wanted = str(highlight)
        for known in (self.keys, self.names):
            if wanted in known:
                return known.index(wanted)
        closest = near(wanted, [*self.keys, *self.names])
        raise OptionError(
            f"« {clean(wanted)} » n'est pas dans la table.",
            details={"Lignes": f"{len(self.keys)}, dont {', '.join(self.keys[:3])}"},
            remedy=f"écrire {closest[0]!r} ?" if closest else "choisir une clé ou un nom de la table.",
        )

    @property
    def missing(self) -> dict[str, int]:
        """Combien de valeurs manquent, par raison."""
        found: dict[str, int] = {}
        for word, absent in zip(self.status, self.values.isna(), strict=True):
            if absent:
                reason = STATUS_WORDS.get(word) or "manquante"
                found[reason] = found.get(reason, 0) + 1
        return found


def column(table: pd.DataFrame, name: object) -> pd.Series:
    """Une colonne de la table ; refus avec les noms proches si elle n'existe pas."""
    if isinstance(name, str) and name in table.columns:
        found: pd.Series = table[name]
        return found
    closest = near(name, table.columns)
    raise OptionError(
        f"la table n'a pas de colonne « {clean(name)} ».",
        details={"Colonnes": ", ".join(str(c) for c in table.columns[:20])},
        remedy=f"écrire {closest[0]!r} ?" if closest else _elsewhere(table),
    )


def _elsewhere(table: pd.DataFrame) -> str:
    if "code_qp" in table.columns and "geometry" in table.columns:
        return "choisir une colonne de la table, ou y joindre les indicateurs : join(qpv, load_indicators(…))."
    return "choisir une colonne de la table."


def numbers(values: pd.Series, name: object) -> pd.Series:
    """Les valeurs en nombres ; du texte ou l'infini est refusé (une valeur manquante reste manquante)."""
    import numpy as np
    import pandas as pd

    try:
        found = pd.to_numeric(values, errors="raise").astype("float64")
    except (ValueError, TypeError):
        bad = next(v for v in values if isinstance(v, str))
        raise FormatError(
            "une colonne à dessiner contient du texte.",
            details={"Colonne": clean(name), "Valeur": clean(bad)[:80]},
            remedy="convertir la colonne en nombres, les valeurs manquantes en NaN.",
        ) from None
    if bool(np.isinf(found).any()):
        raise FormatError(
            "une valeur infinie ne se dessine pas.",
            details={"Colonne": clean(name)},
            remedy='la remplacer par un vide : table.replace([float("inf"), -float("inf")], float("nan")).',
        )
    return found


def as_table(data: Any, value: str | None) -> tuple[pd.DataFrame, str]:
    """Une table et le nom de la colonne à montrer, qu'on ait reçu une série ou une table."""
    import pandas as pd

    if isinstance(data, pd.Series):
        name = str(data.name or value or "valeur")
        frame = data.to_frame(name)
        frame.attrs = dict(data.attrs)
        return frame, name
    check_table(data, "data")
    if value is None:
        raise OptionError(
            "il manque value= : la colonne à montrer.", remedy=f"une de : {', '.join(map(str, data))[:300]}"
        )
    return data, value


def items(
    table: pd.DataFrame,
    value: str,
    *,
    label: str | None = None,
    status: str | None = None,
    key: str | None = None,
) -> Items:
    """Préparer les lignes d'un graphique ; un taux que le catalogue contredit est refusé."""
    from datakit.sources.plausible import doubts

    if len(table) == 0:
        raise FormatError(
            "la table est vide : il n'y a rien à dessiner.",
            remedy="vérifier ce qui l'a filtrée : aucune ligne n'est restée.",
        )
    values = numbers(column(table, value), value).reset_index(drop=True)
    doubts(table, [value])
    key = key or next((c for c in KEY_COLUMNS if c in table.columns or c == table.index.name), None)
    own = key is None or key not in table.columns
    keys = [str(k) for k in (table.index if own else column(table, key)).tolist()]
    shown = label or next((c for c in NAME_COLUMNS if c in table.columns), None)
    names = _told_apart(table, shown) if shown else [clean(k) for k in keys]
    held = status or ("status" if "status" in table.columns else None)
    words = [str(s) for s in column(table, held).tolist()] if held else ["publie"] * len(values)
    return Items(keys, names, values, words)


def _told_apart(table: pd.DataFrame, shown: str) -> list[str]:
    """Les noms ; deux quartiers homonymes sont suivis de leur commune."""
    names = [clean(n) for n in column(table, shown).tolist()]
    if "lib_com" not in table.columns or shown == "lib_com":
        return names
    twice = {name for name, count in Counter(names).items() if count > 1}
    towns = [clean(town) for town in table["lib_com"]]
    return [f"{n} ({town})" if n in twice else n for n, town in zip(names, towns, strict=True)]


def attached(
    table: Any, columns: Iterable[str], labels: Mapping[str, str] | None, comparators: Collection[str] | None = None
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Les étiquettes (des colonnes montrées, complétées par les repères tracés puis par ``labels``) et les réserves."""
    from datakit.sources.plausible import doubts

    shown = list(columns)
    drawn = {"comparateur": ", ".join(clean(name) for name in comparators)} if comparators else {}
    said = dict.fromkeys([*reserves_of(table), *doubts(table, shown)])
    return labels_shown(table, shown) | drawn | given_labels(labels), tuple(said)
