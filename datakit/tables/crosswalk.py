"""Le passage entre QPV de 2015 et de 2024 : les liens de la liste officielle, et les parts que l'on sait calculer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datakit.core import codes
from datakit.core.errors import AbsentError, OptionError
from datakit.core.french import number, plural
from datakit.core.labels import carried
from datakit.core.options import one_of
from datakit.core.reference import geographies
from datakit.sources.catalogue import source
from datakit.sources.depots import AnyDepot, Depot, need, opened, sources_of
from datakit.sources.recognise import Match
from datakit.tables.raw import provenance, read_table

if TYPE_CHECKING:
    import pandas as pd

COLUMNS = ("origin", "target", "status", "share_origin", "share_target", "method")
WEIGHTS = (None, "area", "population")
_METHODS = {"area": "surface", "population": "population (carreaux de 200 m)"}
_STATUS = {"MODIFIE": "modifie", "INCHANGE": "inchange", "NOUVEAU": "nouveau"}
LIST_METHOD = "liste ANCT"


def crosswalk(
    origin: int = 2015,
    target: int = 2024,
    weights: str | None = None,
    depot: AnyDepot = None,
) -> pd.DataFrame:
    """La correspondance entre les quartiers de deux découpages.

    Parameters
    ----------
    origin, target : int
        2015 et 2024, dans un sens ou dans l'autre.
    weights : str, optional
        ``None`` : les liens de la liste officielle, sans parts. ``"area"`` : parts de surface (il faut les deux
        couches de périmètres). ``"population"`` : parts d'habitants (il faut aussi les carreaux de 200 m).
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    DataFrame
        Un lien par ligne : ``origin target status share_origin share_target method``. ``share_origin`` (0 à 1) est
        la part du quartier d'origine qui passe dans la cible. ``target`` vide : « hors QPV », ce qui ferme chaque
        somme à 1 ; ``origin`` vide : un quartier nouveau. ``status`` : ``inchange modifie nouveau sans_successeur``,
        ou vide si la liste ne dit rien de ce lien. ``.attrs["anomalies"]`` : ce que la liste contredit d'elle-même.
        Avec des parts : les seuls quartiers dont on a le contour, leurs contradictions avec la liste en plus, et
        ``.attrs`` donne ``repairs`` (fusions absentes de la liste, retrouvées par les contours), ``without_perimeter``.

    Raises
    ------
    OptionError
        Découpages ou pondération inconnus.
    SourceError
        Ce qui manque pour la pondération demandée.

    Notes
    -----
    Source : ANCT, liste de correspondance 2024-2015. Une liste de liens ne convertit rien : sans parts, elle ne dit
    ni combien d'habitants, ni quel taux.

    Examples
    --------
    >>> crosswalk().columns.tolist()
    ['origin', 'target', 'status', 'share_origin', 'share_target', 'method']
    """
    one_of(origin, list(geographies()), "origin")
    one_of(target, list(geographies()), "target")
    one_of(weights, WEIGHTS, "weights")
    if origin == target:
        raise OptionError("origin et target sont le même découpage.", remedy="crosswalk(2015, 2024) ou (2024, 2015).")
    from datakit.tables.crosswalk_anomalies import list_anomalies

    depot = opened(depot)
    links = official_links(depot, *sorted((origin, target)))
    anomalies = list_anomalies(links)
    if origin > target:
        swap = {"origin": "target", "target": "origin", "share_origin": "share_target", "share_target": "share_origin"}
        links = links.rename(columns=swap)
    about = {"anomalies": anomalies}
    if weights is not None:
        links, found = _weighted(links, origin, target, weights, depot)
        about = found | {"anomalies": [*anomalies, *found["anomalies"]]}
    links = links[list(COLUMNS)].sort_values(["origin", "target"], ignore_index=True, na_position="last")
    links.attrs.update(
        provenance(depot, "ANCT", str(max(origin, target)), f"QPV {origin} et {target}", "liens entre quartiers")
    )
    links.attrs |= about
    return links


def _weighted(
    links: pd.DataFrame, origin: int, target: int, weights: str, depot: AnyDepot
) -> tuple[pd.DataFrame, dict[str, list[str]]]:
    from datakit.tables.context import load_grid
    from datakit.tables.crosswalk_anomalies import outline_anomalies
    from datakit.tables.crosswalk_shares import overlaps, repairs_of, shared_links
    from datakit.tables.perimeters import load_qpv

    layers = [load_qpv(geography, depot=depot) for geography in (origin, target)]
    grid = load_grid(depot=depot) if weights == "population" else None
    found = overlaps(layers[0], layers[1], grid)
    table = shared_links(links, found, _METHODS[weights])
    known = [set(layer["code_qp"]) for layer in layers]
    unseen = (set(links["origin"].dropna()) - known[0]) | (set(links["target"].dropna()) - known[1])
    about = {
        "repairs": repairs_of(table),
        "anomalies": outline_anomalies(links, table, found),
        "without_perimeter": sorted(unseen),
        "reserves": [*carried(*layers)["reserves"], *_said(table, found.ignored_m)],
    }
    return table, about


def _said(table: pd.DataFrame, ignored_m: float) -> list[str]:
    from datakit.tables.crosswalk_shares import UNCHANGED

    same = int((table["method"] == UNCHANGED).sum())
    said = [f"{plural(same, 'quartier inchangé', 'quartiers inchangés')} selon la liste : en entier."] if same else []
    if ignored_m:
        said.append(f"Contours aux coordonnées arrondies : les écarts de moins de {number(ignored_m)} m sont ignorés.")
    return said


def official_links(depot: Depot, old: int, new: int) -> pd.DataFrame:
    """Les liens de la liste officielle, d'un découpage au suivant ; les parts y sont vides."""
    import pandas as pd

    ids = [i for i in sources_of(kind="correspondance") if {old, new} == set(source(i).geography)]
    if not ids:
        raise AbsentError(
            f"aucune source du catalogue ne relie les quartiers de {old} à ceux de {new}.",
            remedy="voir les listes de correspondance : catalog().",
        )
    matches = need(depot, ids, f"la liste de correspondance {new}-{old}")
    links = pd.concat([_links(m, old, new) for m in matches], ignore_index=True).drop_duplicates(["origin", "target"])
    # an older perimeter that the list never names has no successor there: it is said, not dropped
    known = {c for m in depot.matches if m.source.kind == "perimetre" and m.geography == old for c in _codes(m)}
    lost = sorted(known - set(links["origin"].dropna()))
    departments = {codes.department_of(c) for c in links["target"].dropna()}
    orphans = [c for c in lost if codes.department_of(c) in departments]
    extra = pd.DataFrame({"origin": orphans, "target": None, "status": "sans_successeur"}).astype("str")
    extra["target"] = None
    links = pd.concat([links, extra], ignore_index=True) if orphans else links
    return links.assign(share_origin=float("nan"), share_target=float("nan"), method=LIST_METHOD)


def unchanged(depot: Depot, old: int, new: int) -> dict[str, str]:
    """Les quartiers que la liste dit inchangés, un pour un : nouveau code → ancien code."""
    links = depot.keep(("liens", old, new), lambda: official_links(depot, old, new))
    named = links.dropna(subset=["origin", "target"])
    alone = ~named["origin"].duplicated(keep=False) & ~named["target"].duplicated(keep=False)
    same = named[alone & named["status"].eq("inchange")]
    return dict(zip(same["target"], same["origin"], strict=True))


def _links(match: Match, old: int, new: int) -> pd.DataFrame:
    import pandas as pd

    raw = read_table(match)
    names = {c.casefold(): c for c in raw.columns}
    many = [(f"qp{old}_{n}", f"label_qp{old}_{n}") for n in range(1, 10)]
    olds = [(names[column], names.get(label)) for column, label in many if column in names]
    rows: list[tuple[str | None, ...]] = []
    nothing: list[tuple[str | None, str | None]] = [(None, None)]
    for record in raw.to_dict("records"):
        one = codes.check_qpv(record[names[f"qp{new}"]])
        status = _STATUS.get(str(record[names["statut"]]).strip().upper().replace("É", "E"), "")
        named = str(record[names[f"label_qp{new}"]]) if f"label_qp{new}" in names else None
        found: list[tuple[str | None, str | None]] = [
            (codes.check_qpv(record[c]), record.get(label)) for c, label in olds if str(record[c]).strip()
        ]
        rows += [(origin, one, status, label, named) for origin, label in found or nothing]
    return pd.DataFrame(rows, columns=["origin", "target", "status", "lib_origin", "lib_target"])


def _codes(match: Match) -> list[str]:
    from datakit.sources.reading.cache import cached_layer

    frame = cached_layer(match.part.path, match.part.name, member=match.part.member)
    return [codes.check_qpv(c) for c in frame[match.code_column]]
