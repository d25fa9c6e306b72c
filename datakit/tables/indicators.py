"""Les indicateurs par quartier, commune, EPCI ou IRIS : chacun avec son année, son millésime et la raison des vides."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datakit.core.codes import another_outline, one_geography
from datakit.core.errors import AbsentError, GeographyError
from datakit.core.french import enumerate_words, plural
from datakit.core.options import check_year, one_of
from datakit.core.reference import current, either, geographies, levels
from datakit.sources.catalogue import THEMES
from datakit.sources.depots import AnyDepot, Depot, missing, need, opened, set_aside, sources_of
from datakit.tables.blocks import Candidate, candidates_of
from datakit.tables.loading.choice import choose
from datakit.tables.loading.own import own_candidates
from datakit.tables.loading.placing import of_territory
from datakit.tables.raw import provenance
from datakit.tables.selection import Asked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

INDEX: dict[str, str] = levels("index")
# levels that depend on where the priority neighbourhoods are drawn
PERIMETERS = tuple(levels("perimeter"))
FORMS = ("wide", "long")
LONG = ("code", "indicator", "value", "status", "note", "year", "release", "geography", "source")


@dataclass(frozen=True)
class _Request:
    theme: str
    level: str
    year: int | None
    release: int | None
    geography: int | None
    depot: Depot


def load_indicators(
    theme: str,
    *,
    year: int | None = None,
    release: int | None = None,
    geography: int | None = None,
    level: str = "qpv",
    form: str = "wide",
    commune: Asked = None,
    epci: Asked = None,
    department: Asked = None,
    columns: Mapping[str, str] | None = None,
    depot: AnyDepot = None,
) -> pd.DataFrame:
    """Les indicateurs d'un thème.

    Parameters
    ----------
    theme : str
        ``population revenus emploi education logement prestations sante`` ou ``entreprises``.
    year : int, optional
        L'année que les données décrivent. Par défaut la plus récente de chaque indicateur (dite dans ``.attrs``).
    release : int, optional
        Le millésime du fichier (l'année de son nom), seul moyen de choisir des données dont l'année n'est pas
        documentée.
    geography : int, optional
        2015 ou 2024, pour les QPV et leur environnement urbain. Par défaut le seul présent, sinon 2024 ; l'étiquette
        « périmètre » le dit.
    level : str
        ``qpv`` (défaut), ``commune``, ``epci``, ``environnement_urbain``, ``iris``, ``departement``, ``region`` ou
        ``france``.
    form : str
        ``wide`` : un code par ligne, un indicateur par colonne. ``long`` : une ligne par valeur, avec son statut.
    commune, epci, department : str or list of str, optional
        Ne garder que ce territoire ; les quartiers y sont placés par leur périmètre et la table des communes.
    columns : mapping, optional
        Pour un fichier qu'aucune source ne décrit : colonne du fichier → nom canonique, dont celui du code
        (``{"Code": "code_qp", "Taux": "taux_pauvrete"}``).
    depot : str, path or Depot, optional
        ``"ecole"`` (défaut), ``"officiel"``, un dossier, ou un dépôt ouvert par ``open_depot``.

    Returns
    -------
    DataFrame
        ``wide`` : index ``code_qp`` (ou ``insee_com``, ``siren_epci``, ``code_iris``), colonnes float64, vide = NaN.
        ``long`` : ``code indicator value status note year release geography source``. Taux et parts de 0 à 100.
        ``.attrs`` : ``labels``, ``depot``, ``years``, ``releases`` et ``origins`` (par indicateur ; ``origins`` : la
        source, le millésime et le champ à écrire sous lui seul), ``others`` (écartés).

    Raises
    ------
    OptionError
        Thème, niveau, forme ou découpage inconnu.
    AbsentError
        Rien de tel dans ce dépôt, ou aucune donnée de cette année : celles qui existent sont listées.
    GeographyError
        Un fichier mélange les découpages.

    Notes
    -----
    Sources : voir ``catalog(theme)``. Définitions et unités : ``datakit.sources.catalogue.indicators()``.

    Examples
    --------
    >>> load_indicators("revenus").index.name
    'code_qp'
    """
    one_of(theme, THEMES, "theme")
    one_of(level, list(INDEX), "level")
    one_of(form, FORMS, "form")
    if geography is not None:
        one_of(geography, list(geographies()), "geography")
    check_year(year)
    check_year(release, "release")
    request = _Request(theme, level, year, release, geography, opened(depot))
    found = own_candidates(request.depot, columns, theme, level, INDEX[level]) if columns else _candidates(request)
    kept = choose(found, theme, year, release)
    table = _long(kept, request) if form == "long" else _wide(kept, found, request)
    if columns and level in PERIMETERS:
        _refuse_other_geography(table.index if form == "wide" else table["code"], geography)
    asked_for = {"commune": commune, "epci": epci, "department": department}
    return of_territory(table, request.depot, level, next(iter(kept.values())).match.geography, asked_for)


def _refuse_other_geography(codes: Any, geography: int | None) -> None:
    """Only its codes say the geography of a file of one's own: mixed, or another, it would be mislabelled."""
    found = one_geography(codes, "colonne des codes")
    if geography is not None and found not in (None, geography):
        raise GeographyError(
            f"ces codes sont des QPV de {found}, et non de {geography}.",
            details={"Codes": ", ".join(map(str, list(codes)[:3]))},
            why=another_outline(found or geography, geography),
            remedy=f"écrire geography={found}, ou passer à {geography} avec convert().",
        )


def chosen(theme: str, *, level: str, year: int | None, geography: int, depot: Depot) -> dict[str, Candidate]:
    """Ce que ``load_indicators`` donnerait, sans lire une valeur : ``.values`` et ``.status`` viennent à la demande."""
    request = _Request(theme, level, year, None, geography, depot)
    return choose(_candidates(request), theme, year, None)


def _candidates(request: _Request) -> list[Candidate]:
    ids = sources_of(theme=request.theme, level=request.level)
    what = f"les indicateurs « {request.theme} » (niveau {request.level})"
    if not ids:
        raise AbsentError(
            f"{what} : aucune source du catalogue ne les donne.",
            remedy=f'voir ce qui existe pour ce thème : catalog(theme="{request.theme}").',
        )
    matches = [m for m in need(request.depot, ids, what) if m.level == request.level]
    if not matches:
        raise missing(request.depot, sorted(ids), what)
    _refuse_mixed(matches)
    geography = request.geography
    if request.level in PERIMETERS:
        present = {m.geography for m in matches if m.geography}
        # where the caller does not say, the perimeter in force, unless the depot only has the other one
        geography = geography or (current() if current() in present or not present else max(present))
        matches = [m for m in matches if m.geography == geography]
    found = [c for m in matches for c in candidates_of(request.depot, m, request.theme)]
    if not found:
        raise _nothing(what, f"découpage {geography}" if request.level in PERIMETERS else "ce niveau", request)
    return found


def _refuse_mixed(matches: list[Any]) -> None:
    for match in matches:
        counts = match.part.codes[match.code_column]
        found = {g.year: counts[g.kind] for g in geographies().values() if counts.get(g.kind)}
        if len(found) > 1:
            raise GeographyError(
                f"ce fichier mélange des QPV de {enumerate_words(found)}.",
                details={"Fichier": match.part.where, "Colonne": match.code_column,
                         "Codes": ", ".join(f"{n} de {year}" for year, n in found.items())},
                why=another_outline(*found),
                remedy="séparer le fichier, un par découpage.",
            )  # fmt: skip


def _wide(kept: dict[str, Candidate], found: list[Candidate], request: _Request) -> pd.DataFrame:
    import pandas as pd

    table = pd.DataFrame({name: c.values for name, c in kept.items()}, dtype="float64").sort_index()
    table.index.name = INDEX[request.level]
    table.attrs.update(_attrs(kept, request))
    read = {(name, file) for name, c in kept.items() for file in c.files}
    aside = {(c.indicator, c.match.part.where) for c in found} - read
    table.attrs["others"] = sorted(f"{indicator} : {file}" for indicator, file in aside)
    return table


def _long(kept: dict[str, Candidate], request: _Request) -> pd.DataFrame:
    import pandas as pd

    frames = [
        pd.DataFrame(
            {
                "code": c.values.index,
                "indicator": name,
                "value": c.values.to_numpy(),
                "status": c.status.to_numpy(),
                "note": c.notes.to_numpy(),
                "year": c.year,
                "release": c.release,
                "geography": c.match.geography,
                "source": c.match.source.id,
            }
        )
        for name, c in kept.items()
    ]
    table = pd.concat(frames, ignore_index=True)
    for column in ("year", "release", "geography"):
        table[column] = table[column].astype("Int64")
    table = table[list(LONG)]
    table.attrs.update(_attrs(kept, request))
    return table


def _attrs(kept: dict[str, Candidate], request: _Request) -> dict[str, Any]:
    chosen = list(kept.values())
    years = sorted({c.year for c in chosen if c.year})
    undated = sorted({c.release for c in chosen if not c.year and c.release})
    millesime = enumerate_words(years)
    if undated:
        files = f"année non documentée (fichier{'s' if len(undated) > 1 else ''} {enumerate_words(undated)})"
        millesime = f"{millesime} ; {files}" if years else files
    geographies = {c.match.geography for c in chosen} - {None}
    perimetre = request.level.replace("_", " ")
    if geographies:
        perimetre = f"{'' if request.level == 'qpv' else perimetre + ' des '}QPV {geographies.pop()}"
    origins = _credits((c.match.source.producer, c.block.origin) for c in chosen)
    # two blocks share most of their champ: each part is written once
    champ = _champ(chosen, request.level)
    return provenance(request.depot, origins, millesime or "non documenté", perimetre, champ) | {
        "origins": {name: _origin(c, request) for name, c in kept.items()},
        "theme": request.theme,
        "level": request.level,
        "years": {name: c.year for name, c in kept.items()},
        "releases": {name: c.release for name, c in kept.items()},
        "files": sorted({file for c in chosen for file in c.files}),
        "reserves": list(dict.fromkeys([*(r for c in chosen for r in c.reserves), *set_aside(request.depot, ())])),
    }


def _champ(candidates: Iterable[Candidate], level: str) -> str:
    """Qui est compté ; l'étendue d'un fichier de quartiers (« QPV de métropole ») ne dit rien d'une commune."""
    parts = dict.fromkeys(part for c in candidates for part in c.champ.split(" ; ") if part)
    kept = [part for part in parts if level == "qpv" or not part.startswith("QPV")]
    return " ; ".join(kept) or "non précisé"


def _origin(candidate: Candidate, request: _Request) -> tuple[str, str, str]:
    """Source, millésime et champ d'un seul indicateur, tels qu'ils s'impriment sous lui."""
    source = _credits([(candidate.match.source.producer, candidate.block.origin)])
    undated = f"année non documentée (fichier {candidate.release})" if candidate.release else "non documenté"
    champ = _champ([candidate], request.level)
    said = provenance(request.depot, source, str(candidate.year or undated), "", champ)["labels"]
    return said["source"], said["millesime"], said["champ"]


def _credits(pairs: Iterable[tuple[str, str]]) -> str:
    """Producteurs et origines, chacun cité une fois : « CNAF » et « CNAF, au 31 décembre » font une seule mention."""
    said = []
    for producer, origin in pairs:
        known = producer.casefold().split(", ")
        rest = [part for part in origin.split(", ") if part.casefold() not in known]
        said.append(", ".join([producer, *rest]))
    return " ; ".join(one for one in dict.fromkeys(said) if not any(other.startswith(f"{one},") for other in said))


def _nothing(what: str, where: str, request: _Request) -> AbsentError:
    return AbsentError(
        f"{what} : rien pour {where} dans ce dépôt.",
        details={"Dépôt": request.depot.name, "Fichiers lus": plural(len(request.depot.parts), "partie")},
        remedy=f"vérifier le découpage (geography={either()}), le niveau (level=) ou le dépôt (depot=).",
    )
