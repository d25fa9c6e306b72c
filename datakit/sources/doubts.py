"""Ce qui empêche de prendre un fichier pour la source à laquelle il ressemble, et ce qui a manqué pour le reconnaître.

Deux colonnes bien nommées ne font pas une source : le nombre des codes, leur répétition, la surface des contours et le
compte annoncé par le service doivent aussi lui convenir.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from datakit.core.french import enumerate_words, number, plural
from datakit.core.options import near
from datakit.core.reference import geographies
from datakit.sources.announced import shortfall
from datakit.sources.inventory import Part
from datakit.sources.schema import Source

KINDS = {
    **{g.kind: f"code de QPV de {g.year}|codes de QPV de {g.year}" for g in geographies().values()},
    "commune": "code de commune|codes de communes",
    "epci": "code d'EPCI|codes d'EPCI",
    "iris": "code d'IRIS|codes d'IRIS",
    "carreau": "identifiant de carreau|identifiants de carreaux",
    "departement": "code de département|codes de départements",
    "region": "code de région|codes de régions",
    "france": "code de la France entière",
    "environnement_urbain": "code d'environnement urbain",
}
# no more than this many in the whole country, every edition included
_MOST = {**{g.kind: 2_000 for g in geographies().values()}, "commune": 38_000, "epci": 1_500, "iris": 52_000}
# hectares of the box around an outline. The smallest commune (Castelmoron-d'Albret) covers 3 ha; the median commune
# 1 100, and no department goes under 100. Half the QPV of a department fit in boxes under 250 ha, save in Guyane
# and in Mayotte, where they are whole communes.
_SMALLEST_COMMUNE = 2.5
_MEDIAN_COMMUNE = 60
_MEDIAN_QPV = 600
# the boxes of half the communes of a department of the hexagon go from 700 to 6 000 ha; of cantons, from 8 800
_MEDIAN_GROUP = 7_500
_LARGEST_COMMUNE = 180_000  # Arles: 174 000. Larger ones are in Guyane and in the Pacific only
_TIME = re.compile(r".*(?:minutes?|temps|duree|trajet|isochrone|aa_?mins|travel|contour_?min).*", re.IGNORECASE)


@dataclass(frozen=True)
class Reason:
    """Pourquoi un fichier n'est pas la source à laquelle il ressemble, et quoi faire.

    ``foreign`` : c'est tout autre chose, à laisser de côté sans rien perdre de la source.
    """

    problem: str
    remedy: str
    foreign: bool = False


def why_not(source: Source, part: Part, column: str, kind: str) -> Reason | None:
    """Ce qui interdit de prendre cette partie pour cette source ; ``None`` si tout lui convient."""
    counts = part.codes[column]
    if part.announced:
        return Reason(
            f"c'est une page de la réponse d'un service, et non le tout : {shortfall(part.rows, part.announced)}",
            "demander toutes les pages (count=, limit= ou « tout télécharger » sur le site), "
            f"ou lancer « datakit fetch {source.id} ».",
        )
    if counts.get(kind, 0) > _MOST.get(kind, counts["total"]):
        most = number(_MOST[kind])
        return Reason(
            f"{counted(kind, counts[kind])} distincts, alors que la France entière en a moins de {most}",
            "vérifier de quelle colonne viennent ces codes.",
            foreign=True,
        )
    return _not_a_partition(source, part, column, kind) if source.kind in ("perimetre", "contours") else None


def _not_a_partition(source: Source, part: Part, column: str, kind: str) -> Reason | None:
    counts, (smallest, median, largest) = part.codes[column], part.spans or (0.0, 0.0, 0.0)
    thing = {"commune": "des communes entières", "iris": "des IRIS entiers"}.get(kind, "les contours des quartiers")
    timed = [c for c in part.columns if _TIME.fullmatch(c)]
    if column in part.repeated:
        return Reason(
            f"le code {part.repeated[column]} est en double dans cette couche : {plural(counts['rows'], 'contour')} "
            f"pour {counted(kind, counts['total'])} ; ce ne sont pas {thing}",
            "donner la couche où chaque code n'a qu'un contour (dans QGIS, « Regrouper » les réunit).",
            # polling stations, cells, plans: for communes and IRIS other layers of the same folder tell the truth
            foreign=source.kind == "contours" or bool(timed),
        )
    if not part.spans:
        return None
    if kind == "commune" and (smallest < _SMALLEST_COMMUNE or (counts["total"] > 4 and median < _MEDIAN_COMMUNE)):
        return Reason(
            f"ses contours sont trop petits pour {thing} (le plus petit tient dans {number(smallest, 1)} ha, la moitié "
            f"dans moins de {number(median, 1)} ha)",
            "donner les contours des communes (IGN, Admin Express) ; cette couche-ci décrit autre chose.",
            foreign=True,
        )
    if kind == "commune" and (grouped := _groups_of_communes(part, column, median, largest)):
        return Reason(
            f"{grouped} : des cantons ou des arrondissements, dont les numéros sont aussi ceux d'autres communes",
            "donner les contours des communes (IGN, Admin Express) ; cette couche-ci décrit autre chose.",
            foreign=True,
        )
    limit = _MEDIAN_QPV / 3 if timed else _MEDIAN_QPV
    if (
        kind.startswith("qpv")
        and median > limit
        and (timed or counts["total"] > 2)
        and not _whole_communes(part, column)
    ):
        named = f" ; colonne « {timed[0]} »" if timed else ""
        return Reason(
            f"ses contours sont trop grands pour des quartiers (la moitié dépasse {number(median)} ha{named})",
            "donner les périmètres des quartiers ; des zones d'accès ou d'étude autour d'eux n'en sont pas.",
            foreign=True,
        )
    return None


def _groups_of_communes(part: Part, column: str, median: float, largest: float) -> str:
    """What tells cantons and districts, drawn as « code » and « nom », from communes; empty for communes."""
    counts = part.codes[column]
    sliced = max((c.get("tranches", 0) for c in part.codes.values()), default=0)
    if sliced > 1 and sliced * 10 >= counts["total"]:
        return f"{number(sliced)} noms finissent par un numéro (« Ville-1 »)"
    if counts.get("suite", 0) * 2 > counts["total"] and median > _MEDIAN_GROUP:
        return f"ses codes sont numérotés sans trou, et la moitié de ses contours dépasse {number(median)} ha"
    if largest > _LARGEST_COMMUNE and not counts.get("vastes"):
        return f"un de ses contours tient dans {number(largest)} ha, plus que la plus grande commune"
    return ""


def _whole_communes(part: Part, column: str) -> bool:
    """In Mayotte the neighbourhoods of 2024 are communes (letter C), and those of Guyane are as wide."""
    return part.codes[column].get("vastes", 0) * 2 >= part.codes[column]["total"]


def counted(kind: str, count: int) -> str:
    """« 1 518 codes de QPV de 2024 »."""
    one, _, several = KINDS.get(kind, "code").partition("|")
    return plural(count, one, several or one)


def miss(source: Source, part: Part) -> tuple[int, str, str] | None:
    """Ce qui a manqué à une partie pour être cette source : sa proximité, ce qu'elle a, ce qu'on peut faire."""
    if part.form == "illisible" or not source.recognise:
        return None
    rule = source.recognise[0]
    kinds = [k for k in rule.codes if k]
    held = [(part.codes[c].get(k, 0), c, k) for c in part.codes for k in kinds if part.codes[c].get(k, 0)]
    count, column, kind = max(held, default=(0, "", ""))
    others = {k: n for c in part.codes.values() for k, n in c.items() if k in KINDS and n * 2 > c["total"]}
    lost = [p for p in rule.all if not any(re.fullmatch(p, c.strip(), re.IGNORECASE) for c in part.columns)]
    if not count and part.misspelt and any(k.startswith("qpv") for k in kinds):
        column, said = next(iter(part.misspelt.items()))
        return 4, f"a {said} dans « {column} »", "écrire ces codes en entier (un tableur a pu en ôter les zéros)."
    if not count or (kind in ("commune", "departement") and 2 * len(lost) > len(rule.all)):
        geography = [k for k in others if k.startswith("qpv")]
        if geography and kinds and len(lost) < len(rule.all):
            return 1, f"a des {KINDS[geography[0]].split('|')[1]}, et non des {KINDS[kinds[0]].split('|')[-1]}", ""
        return None
    has = f"a {counted(kind, count)} dans « {column} »"
    target = next((t for t, names in source.rename.items() if names and t in _CODES), "code")
    mapping = f'le dire au chargement : columns={{"{column}": "{target}"}}.' if source.rename else ""
    if rule.layer and part.form != "couche":
        return (
            2,
            f"{has}, mais c'est une table : il y manque les contours",
            "donner la couche (GeoJSON, GeoPackage, shapefile…).",
        )
    if (
        rule.geometry
        and part.geometry
        and not any(g in part.geometry.lower() for g in (rule.geometry, "unknown", "collection"))
    ):
        return (
            3,
            f"{has}, mais ses géométries ne sont pas des contours ({part.geometry})",
            "donner la couche des contours.",
        )
    if lost:
        words = enumerate_words((_readable(p, part) for p in lost[:4]), "et")
        return 2 + len(rule.all) - len(lost), f"{has} ; il manque {words}", mapping
    return 5, f"{has}, que rien ne désigne comme la colonne des codes", mapping


_CODES = ("code_qp", "insee_com", "code_iris", "idcar_200m", "siren_epci")


def _readable(pattern: str, part: Part) -> str:
    """A column that the source has, and the closest name in the file."""
    plain = re.sub(r"\([^()]*\)\?", "", re.sub(r"\(\?[^:()][^()]*\)", "", pattern))
    plain = re.sub(r"\((?:\?:)?([^()|]*)[^()]*\)", r"\1", plain)
    name = re.sub(r"\\d(?:\{\d\})?|[\\^$]|\.[*+?]", "", plain.split("|")[0])
    name = re.sub(r"\[(.)[^]]*\]", r"\1", name).removesuffix("?").replace(".", " ")
    closest = near(name, part.columns, n=1)
    return f"« {name} »" + (f" (est-ce « {closest[0]} » ?)" if closest else "")
