"""De la fiche d'une source aux adresses à appeler : ressources de data.gouv.fr, liens d'une page, modèles."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urljoin

from datakit.core.codes import department_of
from datakit.core.errors import NetworkError, SourceError
from datakit.core.french import enumerate_words
from datakit.sources.catalogue import Download, Source
from datakit.sources.fetching.errors import Place
from datakit.sources.fetching.http import Web

_MARGIN, _USUAL_MB, _LEAST_MB = 10, 100.0, 100.0
_FIELD = re.compile(r"\{(\w+)\}")


@dataclasses.dataclass(frozen=True)
class Aimed:
    """Un territoire où télécharger : une commune, un EPCI ou un département, et ses communes."""

    code: str
    label: str
    communes: tuple[str, ...]
    epci: tuple[str, ...] = ()

    @property
    def departments(self) -> tuple[str, ...]:
        """Les départements de ses communes."""
        return tuple(sorted({department_of(c) for c in self.communes}))


@dataclasses.dataclass(frozen=True)
class Target:
    """Un fichier à apporter : où, sous quelle place du registre, et ce que le producteur en annonce."""

    source: str
    slot: str
    url: str
    page: str
    via: str = "fichier"
    name: str = ""
    vintage: str = ""
    size: int | None = None
    checksum: tuple[str, str] | None = None
    limit: int = 1_000_000_000

    @property
    def place(self) -> Place:
        """Ce que les messages d'erreur en disent."""
        return Place(self.source, self.url, self.page)


def fields_of(download: Download) -> set[str]:
    """Ce que l'adresse demande de savoir du territoire (``commune``, ``departement``, ``epci``).

    Examples
    --------
    >>> fields_of(Download("https://exemple.fr/{commune}.csv", "essai", "C"))
    {'commune'}
    """
    return set(_FIELD.findall(download.url))


def covers(download: Download, territory: Aimed | None) -> bool:
    """Vrai si l'adresse couvre au moins un département du territoire."""
    departments = set(territory.departments) if territory else set()
    if not departments:
        return True
    kept = departments - set(download.absent)
    return bool(kept & set(download.only) if download.only else kept)


def targets(source: Source, territory: Aimed | None, web: Web) -> list[Target]:
    """Les fichiers à télécharger pour une source.

    Raises
    ------
    SourceError
        La source n'a pas d'adresse de fichier, ou se télécharge par territoire.
    NetworkError
        Les métadonnées du producteur sont inaccessibles ou ne contiennent plus le fichier.
    """
    downloads = [(i, d) for i, d in enumerate(source.downloads) if d.via != "service"]
    if not downloads:
        raise without_file(source)
    usable = [(i, d) for i, d in downloads if (territory or not fields_of(d)) and covers(d, territory)]
    if not usable and territory is not None:
        raise SourceError(
            f"« {source.id} » ne couvre pas {territory.label}.",
            details={"Source": source.title, "Champ": source.champ},
            remedy="chercher une autre source avec catalog().",
        )
    if not usable:
        raise SourceError(
            f"« {source.id} » se télécharge territoire par territoire.",
            details={"Source": source.title},
            remedy=f"datakit fetch {source.id} --territoire CODE-DE-COMMUNE",
        )
    return [target for index, download in usable for target in _expand(source, index, download, territory, web)]


def without_file(source: Source) -> SourceError:
    """La source n'offre pas de fichier : dire où aller."""
    return SourceError(
        f"« {source.id} » n'a pas d'adresse de fichier connue.",
        details={"Source": source.title, "Page": source.page},
        why="c'est un service qu'on interroge." if source.downloads else "l'adresse n'a été vue nulle part.",
        remedy=f"ouvrir la page, télécharger, puis : datakit fetch {source.id} --from FICHIER",
    )


def _expand(source: Source, index: int, download: Download, territory: Aimed | None, web: Web) -> Iterator[Target]:
    slots = list(_filled(download, territory))
    for suffix, url in slots:
        base = Target(source.id, f"{index}{suffix}", url, source.page, download.via, vintage=download.vintage)
        base = dataclasses.replace(base, limit=_limit(download))
        if download.via == "datagouv":
            yield _resource(base, download, web)
        elif download.via == "page":
            yield _link(base, download, web)
        elif download.via in ("wfs", "ogc"):
            yield dataclasses.replace(base, name=f"{source.id}{suffix.replace(':', '_')}.geojson")
        else:
            yield base


def _limit(download: Download) -> int:
    """Dix fois ce que le fichier pèse d'ordinaire, en octets ; beaucoup de producteurs n'en disent rien."""
    return int(max(_MARGIN * (download.size_mb or _USUAL_MB), _LEAST_MB) * 1e6)


def _filled(download: Download, territory: Aimed | None) -> Iterator[tuple[str, str]]:
    needed = fields_of(download)
    if not needed:
        yield "", download.url
        return
    if territory is None:
        return
    if "commune" in needed:
        for commune in _communes(territory, download.arrondissements):
            yield f":{commune}", download.url.format(commune=commune, departement=department_of(commune))
    elif "departement" in needed:
        for department in territory.departments:
            yield f":{department}", download.url.format(departement=department)
    else:
        for epci in territory.epci:
            yield f":{epci}", download.url.format(epci=epci)


def _communes(territory: Aimed, split: bool) -> list[str]:
    from datakit.core.codes import arrondissements_of

    if not split:
        return list(territory.communes)
    return [part for c in territory.communes for part in (arrondissements_of(c) or [c])]


def _resource(target: Target, download: Download, web: Web) -> Target:
    """La ressource d'un jeu de data.gouv.fr : les identifiants changent, le titre et le nom de fichier se cherchent."""
    resources = _json(web, target.place).get("resources") or []
    found = [r for r in resources if re.search(download.select, f"{r.get('title')} {r.get('url')}", re.IGNORECASE)]
    if not found:
        titles = [str(r.get("title")) for r in resources]
        raise NetworkError(
            f"data.gouv.fr ne propose plus « {download.what} » dans ce jeu de données.",
            details=target.place.details(Ressources=enumerate_words(titles[:12]) or "aucune"),
            why="le producteur a renommé ou retiré la ressource.",
            remedy=target.place.by_hand(),
        )
    newest = max(found, key=lambda r: str(r.get("last_modified") or ""))
    return _with_resource(target, newest)


def _with_resource(target: Target, resource: dict[str, Any]) -> Target:
    checksum = resource.get("checksum") or {}
    # data.gouv.fr computes size and hash of what it stores itself; for a distant file they describe an older visit
    hosted = resource.get("filetype", "file") == "file"
    algorithm = str(checksum.get("type", "")).lower()
    size = resource.get("filesize")
    return dataclasses.replace(
        target,
        url=str(resource.get("url") or ""),
        via="fichier",
        vintage=target.vintage or str(resource.get("title") or ""),
        size=size if hosted and isinstance(size, int) and size > 0 else None,
        checksum=(algorithm, str(checksum["value"])) if hosted and algorithm in ("sha1", "sha256", "md5") else None,
    )


def _link(target: Target, download: Download, web: Web) -> Target:
    """Le lien d'une page de l'Insee : le nom exact du fichier change à chaque édition, il se lit sur la page."""
    page = web.read(target.place).decode("utf-8", "replace")
    links = list(dict.fromkeys(re.findall(r"""(?:href=)?["']([^"']+\.(?:zip|xlsx|csv|parquet|gpkg))["'?]""", page)))
    found = [link for link in links if re.search(download.select, link, re.IGNORECASE)]
    if not found:
        names = [link.rsplit("/", 1)[-1] for link in links]
        raise NetworkError(
            f"la page ne propose pas « {download.what} ».",
            details=target.place.details(**{"Fichiers proposés": enumerate_words(names[:12]) or "aucun"}),
            why="le producteur a renommé le fichier, ou répond autrement à un programme qu'à un navigateur.",
            remedy=target.place.by_hand(),
        )
    return dataclasses.replace(target, url=urljoin(target.url, found[0]), via="fichier")


def _json(web: Web, place: Place) -> dict[str, Any]:
    try:
        content = json.loads(web.read(place))
    except (ValueError, RecursionError) as error:
        raise NetworkError(
            "data.gouv.fr n'a pas répondu par ses métadonnées.",
            details=place.details(),
            why="un portail de connexion s'interpose peut-être.",
            remedy=f"s'identifier sur le réseau, puis relancer ; sinon {place.by_hand()}",
        ) from error
    return content if isinstance(content, dict) else {}
