"""Les défis ◆ : chacun finit par une vérification, d'un chiffre ou du fichier posé à côté de la page.

Un défi n'est pas un exercice : rien n'est compté ni gardé. Le fichier est rouvert comme un collègue l'ouvrirait.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from datakit.core.errors import DatakitError
from datakit.core.french import number, plural
from datakit.core.options import one_of
from datakit.core.reference import current
from datakit.course.exercises.answers import UnreadableAnswer, as_number
from datakit.course.exercises.placeholder import Blank, blanks, unfilled
from datakit.course.exercises.result import NOT_TRIED, NOT_YET, RIGHT, Result
from datakit.course.typography import french


class _NotYet(Exception):
    """Ce qui manque encore, en une phrase."""


def challenge(session: int, answer: Any = Blank()) -> Result:  # noqa: B008 - a Blank holds no state
    """Vérifier le défi d'une séance : un fichier écrit à côté de la page, ou des chiffres.

    Parameters
    ----------
    session : int
        Le numéro de la séance, de 0 à 7.
    answer : str, path or dict
        Le nom du fichier ou du dossier ; pour les séances 1 et 5, les chiffres trouvés.

    Returns
    -------
    Result
        ``.outcome`` vaut ``non_tente``, ``pas_encore`` ou ``juste`` ; ``.message`` dit pourquoi.

    Raises
    ------
    OptionError
        Si la séance n'existe pas.

    Examples
    --------
    >>> challenge(0, "quartiers.gpkg").outcome
    'non_tente'
    """
    one_of(session, _JUDGES, "la séance")
    title, answer = f"Défi {session}", unfilled(answer)
    if blanks(answer) == "tout":
        return Result(title, NOT_TRIED, french("À vous : remplacez chaque `____`, puis vérifiez."))
    if isinstance(answer, str | Path):
        answer = found = _beside(Path(answer))
        if not found.exists():
            said = f"« {found} » n'est pas encore à côté de cette page. Écrivez-le, puis vérifiez."
            return Result(title, NOT_TRIED, french(said))
    try:
        return Result(title, RIGHT, french(_JUDGES[session](answer)))
    except (_NotYet, UnreadableAnswer) as problem:
        return Result(title, NOT_YET, french(str(problem)))
    except DatakitError as problem:
        return Result(title, NOT_YET, french(str(problem)[:1].upper() + str(problem)[1:]))


def _beside(path: Path) -> Path:
    """Le fichier à côté de la page, sinon un dossier plus haut, où s'ouvre le terminal."""
    above = Path("..") / path
    return above if not path.exists() and above.exists() else path


def _file(answer: Any, *extensions: str) -> Path:
    if not isinstance(answer, Path):
        raise _NotYet("Donnez le nom du fichier, entre guillemets.")
    path = answer
    if extensions and path.suffix.lower() not in extensions:
        raise _NotYet(f"Le fichier attendu finit par {' ou '.join(extensions)}.")
    return path


def _layer(answer: Any) -> str:
    from datakit import territory
    from datakit.sources.reading.layers import layers_of

    path = _file(answer, ".gpkg", ".geojson", ".shp")
    expected = len(territory().qpv())
    found = {layer.name: layer for layer in layers_of(path) if layer.geometry_type}
    if not found:
        raise _NotYet(f"{path.name} s'ouvre, mais ne contient aucune couche dessinée.")
    layer = next(iter(found.values()))
    if not layer.crs:
        raise _NotYet(f"La couche « {layer.name} » n'a pas de projection : un SIG ne saurait pas où la poser.")
    if layer.rows != expected:
        raise _NotYet(f"La couche contient {plural(layer.rows, 'objet')} ; le territoire a {expected} quartiers.")
    return f"{path.name} se rouvre : {expected} quartiers, projection {layer.crs}. Votre SIG peut le prendre."


def _shares(answer: Any) -> str:
    touching = touching_cells()
    imputed = touching["i_est_200"] == 1
    real = {
        "carreaux": 100 * imputed.mean(),
        "habitants": 100 * touching.loc[imputed, "ind"].sum() / touching["ind"].sum(),
    }
    _compare(answer, real, 0.02)
    return (
        f"{number(real['carreaux'], 2)} % des carreaux, {number(real['habitants'], 2)} % des habitants : en ville, "
        "les carreaux sont assez peuplés pour être presque tous observés."
    )


def touching_cells() -> Any:
    """Les carreaux d'Orvanche qui touchent un quartier du découpage en vigueur."""
    from datakit import load_grid, load_qpv

    grid = load_grid(depot="ecole")
    return grid[grid.intersects(load_qpv(current(), depot="ecole").to_crs(grid.crs).union_all())]


def _compare(answer: Any, real: Mapping[str, float], tolerance: float) -> None:
    """Les chiffres d'un dictionnaire, un par un ; le premier qui n'est pas le bon est dit."""
    if not isinstance(answer, Mapping) or set(answer) != set(real):
        raise _NotYet(f"La réponse est un dictionnaire à {len(real)} clés : {', '.join(real)}.")
    if blanks(answer) != "rien":
        raise _NotYet("Il reste un `____` à remplacer.")
    for name, value in real.items():
        if abs(as_number(answer[name]) - value) > tolerance:
            raise _NotYet(
                f"« {name} » : ce n'est pas le nombre que je trouve. Relisez ce qui est compté, et parmi quoi."
            )


_ASKED = ("colonnes", "unités", "codes", "maille", "seuil", "format", "date", "fréquence")


def _request(answer: Any) -> str:
    from datakit.sources.reading.dialects import read_table

    table = read_table(_file(answer, ".csv", ".xlsx")).frame.fillna("").astype(str)
    if table.shape[1] < 2:
        raise _NotYet("Il faut deux colonnes : ce qui est demandé, et la demande.")
    told = {str(row.iloc[0]).strip().lower(): str(row.iloc[1]).strip() for _, row in table.iterrows()}
    empty = [name for name in _ASKED if not re.search(r"[^\W_]", told.get(name, ""))]
    if empty:
        raise _NotYet(f"Il manque : {', '.join(empty)}. Un bailleur vous rappellerait pour cela.")
    if not re.search(r"\d", told["seuil"]):
        raise _NotYet("« seuil » : un nombre. Au-dessous de combien une case reste-t-elle vide ?")
    if not re.search(r"csv|gpkg|geopackage", told["format"], re.IGNORECASE):
        raise _NotYet("« format » : un format ouvert, CSV en UTF-8 ou GeoPackage.")
    return "Les huit lignes sont remplies : la demande peut partir. Reste à la relire avec qui l'enverra."


def _source(answer: Any) -> str:
    from datakit.sources.catalogue import indicators
    from datakit.sources.schema import parse

    path = _file(answer, ".toml")
    entry = parse(path.read_text(encoding="utf-8"), path.name, indicators())
    vague = [name for name in ("title", "producer", "licence", "champ", "vintages")
             if not re.search(r"[^\W_]", str(getattr(entry, name, "") or ""))]  # fmt: skip
    if vague:
        raise _NotYet(f"Ces lignes sont encore vides : {', '.join(vague)}. C'est à demander au producteur.")
    if not entry.caveats:
        raise _NotYet("Aucune réserve (`caveats`) : que faut-il savoir avant d'employer ce fichier ?")
    return f"« {entry.title} » a toutes ses lignes : le catalogue la lirait telle quelle."


def _table(answer: Any) -> str:
    from datakit import secrecy

    path = _file(answer, ".csv", ".xlsx")
    report = secrecy.check_file(path, "fiscal", solve=False)
    if not report.publishable:
        told = f"Le détail : `datakit secrecy check {path.name} --rule fiscal`."
        raise _NotYet(f"Quelque chose se lit encore de trop dans {path.name}. {told}")
    if not report.masked and not report.hidden:
        return f"{path.name} ne contient aucune case sous le seuil : il se publie tel quel."
    return f"{path.name} a été attaqué : aucune case masquée ne se retrouve. Il peut sortir."


def _places(answer: Any) -> str:
    from datakit import load_points, load_qpv, locate

    points, places = load_points("equipements", depot="ecole"), load_qpv(current(), depot="ecole")
    real: dict[str, float] = {}
    for metres in (30, 100):
        status = locate(points, places, near_m=metres)["status"].value_counts()
        real |= {f"dedans à {metres} m": int(status["dedans"]), f"sur la limite à {metres} m": int(status["limite"])}
    _compare(answer, real, 0)
    return "Les quatre comptes sont justes. Ce qui change de 30 à 100 mètres ne peut pas être une conclusion."


def _deliverable(answer: Any) -> str:
    path = _file(answer, ".svg")
    text = path.read_text(encoding="utf-8", errors="replace")
    labels = ("Source", "Millésime", "Périmètre", "Champ", "Comparateur")
    missing = [name for name in labels if not re.search(rf"{name}\s*:", text)]
    if missing:
        raise _NotYet(f"Sous la carte, il manque : {', '.join(missing).lower()}.")
    beside = [p for p in (path.with_suffix(".csv"), path.with_suffix(".xlsx")) if p.is_file()]
    if not beside:
        raise _NotYet(f"La carte a ses cinq étiquettes. Il manque son tableau : {path.stem}.csv, à côté d'elle.")
    return f"{path.name} a ses cinq étiquettes, et {beside[0].name} est à côté : une première version se montre."


def _sheets(answer: Any) -> str:
    from datakit import territory

    folder = _file(answer)
    if not folder.is_dir():
        raise _NotYet(f"« {folder} » est un fichier : donnez le dossier des fiches.")
    codes = set(territory().qpv()["code_qp"])
    found = {code for code in codes for p in folder.iterdir() if p.suffix == ".html" and code in p.name}
    if not found:
        raise _NotYet(f"Aucune fiche d'un quartier du territoire dans « {folder.name} ».")
    return f"{plural(len(found), 'fiche')} de quartier : faites-en relire une par une personne qui y habite."


_JUDGES: dict[int, Callable[[Any], str]] = {
    0: _layer, 1: _shares, 2: _request, 3: _source, 4: _table, 5: _places, 6: _deliverable, 7: _sheets,
}  # fmt: skip
