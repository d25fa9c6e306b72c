"""``fetch`` : le seul appel de datakit qui touche au réseau, et seulement aux adresses des sources demandées."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.errors import OptionError, SourceError
from datakit.sources.catalogue import Source, source
from datakit.sources.fetching import registry, storage
from datakit.sources.fetching.batch import bring
from datakit.sources.fetching.http import Policy, Web
from datakit.sources.fetching.report import Outcome, report

if TYPE_CHECKING:
    import pandas as pd


def fetch(
    *sources: str,
    territoire: str | None = None,
    file: str | Path | None = None,
    offline: bool = False,
    policy: Policy | None = None,
    mirrors: Mapping[str, str] | None = None,
    announce: Callable[[str], None] | None = None,
) -> pd.DataFrame:
    """Rapatrier les fichiers officiels d'une ou de plusieurs sources, une fois, en lieu sûr.

    Parameters
    ----------
    *sources : str
        Identifiants du catalogue (``catalog()``). Aucun avec ``territoire`` : tout ce qui existe pour ce territoire.
    territoire : str, optional
        Nom ou code d'une commune, d'un EPCI ou d'un département.
    file : str or Path, optional
        Un fichier, ou un dossier, déjà téléchargé avec le navigateur : reconnu à son contenu, rien n'est appelé.
    offline : bool
        Ne rien appeler : dire seulement ce qui est déjà sur cette machine.
    policy : Policy, optional
        Délais et nombre d'essais.
    mirrors : mapping, optional
        Débuts d'adresse à remplacer (sinon ``$DATAKIT_ADRESSES``, un dictionnaire JSON).
    announce : callable, optional
        Reçoit ce qui change dans une nouvelle édition, avant qu'elle remplace l'ancienne ; par défaut, l'écran.

    Returns
    -------
    pandas.DataFrame
        Une ligne par fichier : ``source fichier etat taille millesime detail``, ``etat`` étant « nouveau »,
        « remplacé », « à jour », « échec » ou « sans fichier ». Les chargeurs lisent ensuite ces fichiers avec
        ``depot="officiel"``.

    Raises
    ------
    NetworkError
        Un téléchargement a échoué ; les autres sont en place et le message dit lesquels. Avec ``territoire`` et sans
        source nommée, un échec est une ligne de la table (``etat`` vaut « échec »), tant qu'un fichier au moins est
        là.
    SourceError
        Source inconnue, sans adresse, ou absente de cette machine avec ``offline``.
    OptionError
        Rien n'est demandé.

    Examples
    --------
    >>> fetch()
    Traceback (most recent call last):
        ...
    datakit.core.errors.OptionError: que faut-il rapatrier ?
      À faire : fetch("anct-qpv-2024"), ou fetch(territoire="69123").
    """
    if not sources and territoire is None and file is None:
        raise OptionError("que faut-il rapatrier ?", remedy='fetch("anct-qpv-2024"), ou fetch(territoire="69123").')
    if any(not isinstance(id, str) for id in sources):
        raise OptionError(
            "une source se nomme par son identifiant.",
            remedy='les écrire à la suite : fetch("anct-qpv-2024", "insee-carreaux-200m").',
        )
    asked = [source(id) for id in dict.fromkeys(sources)]
    if file is not None:
        from datakit.sources.fetching.local import take

        return report(take(Path(file), asked, announce or _say))
    if offline:
        return report(_already_here(asked))
    web = Web(policy, mirrors)
    if territoire is None:
        return report(bring(asked, None, web, announce or _say))
    from datakit.sources.fetching.territory import choose, resolve

    territory = resolve(territoire, web, announce or _say)
    wanted, apart = choose(asked, territory)
    outcomes = [*bring(wanted, territory, web, announce or _say), *apart]
    return report(outcomes, territory, raising=bool(asked) or not any(o.here for o in outcomes))


def _already_here(asked: list[Source]) -> list[Outcome]:
    found = []
    for one in asked:
        records = [r for r in registry.files_of(one.id).values() if r.state() != "absent"]
        if not records:
            raise SourceError(
                f"« {one.id} » n'est pas sur cette machine, et rien n'est appelé hors ligne.",
                details={"Source": one.title, "Dossier": storage.official_folder()},
                remedy=f"relancer sans --offline, ou : datakit fetch {one.id} --from FICHIER",
            )
        found += [Outcome(one.id, r.name, "à jour", r.size, r.millesime, f"du {r.fetched_at[:10]}") for r in records]
    return found


def _say(message: str) -> None:
    sys.stderr.write(message + "\n")
