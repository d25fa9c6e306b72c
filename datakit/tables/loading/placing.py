"""Placer une table d'indicateurs dans un territoire : par les périmètres pour les quartiers, sinon par le code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datakit.core import codes
from datakit.core.errors import OptionError
from datakit.core.french import enumerate_words, plural
from datakit.core.labels import reserves_of
from datakit.core.reference import current
from datakit.sources.depots import Depot
from datakit.tables.communes import commune_table
from datakit.tables.loading.asking import keep
from datakit.tables.perimeters import load_qpv
from datakit.tables.selection import Asked

if TYPE_CHECKING:
    import pandas as pd


_WHOLE = ("france", "region", "environnement_urbain")
_LEVELS = {"commune": "commune", "epci": "epci", "department": "departement"}


def of_territory(
    table: pd.DataFrame, depot: Depot, level: str, geography: int | None, wanted: dict[str, Asked]
) -> pd.DataFrame:
    """Les lignes d'une table qui sont dans le territoire demandé ; toutes, si rien ne l'est.

    Raises
    ------
    OptionError
        Ce niveau n'est pas dans un territoire (région, France).
    """
    wanted = {name: value for name, value in wanted.items() if value is not None}
    if not wanted:
        return table
    if level in _WHOLE:
        raise OptionError(
            f"les indicateurs « {level} » ne se choisissent pas par {enumerate_words(wanted)}.",
            remedy=f"retirer {next(iter(wanted))}=, ou demander ce niveau : level={_LEVELS[next(iter(wanted))]!r}.",
        )
    long = "code" in table.columns
    own = table["code"] if long else table.index.to_series()
    if level == "qpv" and set(wanted) != {"department"}:
        places = load_qpv(geography or current(), depot=depot)
    else:
        places = _placed(own, level, depot)
    what = f"QPV de {geography}" if level == "qpv" else f"indicateurs par {level}"
    beside = set(own.dropna()) if level == "qpv" else set()
    kept = keep(places, depot, **wanted, what=what, name="code_qp", beside=beside)  # type: ignore[arg-type]
    chosen, known = set(kept["code_qp"]), set(places["code_qp"])
    found = table[own.isin(chosen).to_numpy()]
    found = found.reset_index(drop=True) if long else found
    said = [r for r in reserves_of(kept) if r not in reserves_of(places)]
    departments = {codes.department_of(c) for c in chosen} if level == "qpv" else set()
    lost = sorted({c for c in own if c not in known and codes.department_of(c, strict=False) in departments})
    if lost:
        said.append(f"{plural(len(lost), 'quartier')} sans périmètre, commune inconnue : {enumerate_words(lost[:10])}.")
    absent = sorted(chosen - set(own))
    if absent:
        said.append(
            f"{plural(len(absent), 'code')} du territoire absent de ces indicateurs : {enumerate_words(absent[:10])}."
        )
    found.attrs = dict(table.attrs) | {"reserves": [*reserves_of(table), *said]}
    return found


def _placed(own: pd.Series[Any], level: str, depot: Depot) -> pd.DataFrame:
    """Each code with the commune, EPCI and department that it says, or that the table of communes gives."""
    import pandas as pd

    unique = own.drop_duplicates().astype(str)
    places = pd.DataFrame({"code_qp": unique.to_numpy()})
    communes = {"commune": unique, "iris": unique.str[:5]}.get(level)
    table = commune_table(depot)
    if communes is not None:
        places["insee_com"] = communes.to_numpy()
        whole = [codes.commune_of_arrondissement(c) for c in places["insee_com"]]
        places["insee_dep"] = [codes.department_of(c, strict=False) for c in places["insee_com"]]
        if table is not None and "siren_epci" in table:
            epci = dict(zip(table["insee_com"], table["siren_epci"], strict=True))
            places["siren_epci"] = [epci.get(c) for c in whole]
    elif level == "qpv":
        places["insee_dep"] = [codes.department_of(c) for c in unique]
    elif level == "epci":
        places["siren_epci"] = unique.to_numpy()
        if table is not None and "siren_epci" in table:
            held = table.assign(dep=[codes.department_of(c) for c in table["insee_com"]]).groupby("siren_epci")["dep"]
            inside = held.agg(lambda d: ", ".join(sorted(set(d)))).to_dict()
            places["insee_dep"] = [inside.get(c) for c in unique]
    elif level == "departement":
        places["insee_dep"] = unique.to_numpy()
    return places
