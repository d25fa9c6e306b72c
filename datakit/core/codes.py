"""Les codes du domaine : QPV, commune, arrondissement, EPCI, département. Lire, vérifier, réparer ce qui est sûr."""

from __future__ import annotations

import functools
import re
from typing import Any

from datakit.core.errors import CodeError, GeographyError
from datakit.core.french import enumerate_words
from datakit.core.misspelt import closest_qpv, why_postal
from datakit.core.reference import current, geographies, table

COMMUNE = r"\d{5}|2[AB]\d{3}"
# a SIREN, or the two-character codes that overseas collectivities without EPCI carry in INSEE's tables
EPCI = r"\d{9}|ZZZZZZZZZ"
FICTIONAL_DEPARTMENT = "96"


def territories() -> dict[str, Any]:
    """Les départements (nom, région, projection, étendue) et les communes à arrondissements : ``reference.toml``."""
    return table()


def _departments() -> dict[str, dict[str, Any]]:
    return dict(territories()["departments"])


@functools.cache
def qpv_pattern() -> str:
    """Le motif d'un code de QPV, quel que soit son découpage."""
    return "|".join(geography.pattern for geography in geographies().values())


def check_qpv(code: object) -> str:
    """Un code de QPV bien formé, en majuscules, sans espaces ni tirets.

    Raises
    ------
    CodeError
        Si ce n'est un code d'aucun découpage : ni 2024 (``QN`` + département sur 3 + rang sur 2 + lettre M, I, N ou C),
        ni 2015 (``QP`` + département sur 3 + rang sur 3).

    Examples
    --------
    >>> check_qpv(" qn06934m "), check_qpv("QN 069 34 M")
    ('QN06934M', 'QN06934M')
    """
    text = re.sub(r"[\s._-]|^\[['\"]?|['\"]?\]$", "", str(code)).upper()
    if not re.fullmatch(qpv_pattern(), text) or _qpv_department(text) not in _departments():
        hint = closest_qpv(text)
        if re.fullmatch(qpv_pattern(), text):
            hint = f"aucun département {text[2:5]}"
        raise CodeError(
            f"« {code} » n'est pas un code de QPV{f' ({hint})' if hint else ''}.",
            details={f"Forme {g.year}": g.form for g in reversed(geographies().values())},
            remedy=f'chercher le code du quartier avec load_qpv({current()}, commune="…"), puis le recopier.',
        )
    return text


def qpv_geography(code: object) -> int:
    """Le découpage dont vient un code de QPV : 2024 (``QN…``) ou 2015 (``QP…``).

    Examples
    --------
    >>> qpv_geography("QN06934M"), qpv_geography("QP069010")
    (2024, 2015)
    """
    text = check_qpv(code)
    return next(year for year, g in geographies().items() if text.startswith(g.prefix))


def one_geography(codes: Any, where: str = "") -> int | None:
    """Le découpage commun à des codes de QPV ; ``None`` s'il n'y en a aucun.

    Raises
    ------
    GeographyError
        Si des codes de plusieurs découpages sont mélangés.

    Examples
    --------
    >>> one_geography(["QN06934M", "QN06921M"])
    2024
    """
    texts = [str(c) for c in codes]
    each = {year: [c for c in texts if c.startswith(g.prefix)] for year, g in geographies().items()}
    found = {year: kept for year, kept in each.items() if kept}
    if len(found) > 1:
        raise GeographyError(
            f"des QPV de {enumerate_words(found)} sont mélangés.",
            details=({"Où": where} if where else {})
            | {str(y): enumerate_words(kept[:3]) + (" …" if len(kept) > 3 else "") for y, kept in found.items()},
            why=another_outline(*found),
            remedy="garder un seul découpage, ou passer de l'un à l'autre avec crosswalk().",
        )
    return next(iter(found), None)


def another_outline(*years: int) -> str:
    """Pourquoi deux découpages ne se mélangent pas.

    Examples
    --------
    >>> another_outline(2015, 2024)
    "un quartier de 2024 n'a ni le contour ni la population de celui de 2015 qui porte son nom."
    """
    return f"un quartier de {max(years)} n'a ni le contour ni la population de celui de {min(years)} qui porte son nom."


def one_world(codes: Any, where: str = "") -> None:
    """Refuser qu'Orvanche, qui n'existe pas, se mêle à des quartiers ou à des communes réels.

    Raises
    ------
    GeographyError
        Si des codes du territoire-école et des codes réels sont mélangés.

    Examples
    --------
    >>> one_world(["QN09601I", "96001"])
    """
    known = [c for c in map(str, codes) if re.fullmatch(f"{qpv_pattern()}|{COMMUNE}", c)]
    invented = [c for c in known if is_fictional(c)]
    if invented and len(invented) < len(known):
        real = next(c for c in known if not is_fictional(c))
        raise GeographyError(
            "le territoire-école (fictif) et des quartiers réels sont mélangés.",
            details=({"Où": where} if where else {}) | {"Orvanche": invented[0], "Réel": real},
            why="Orvanche n'existe pas : ses chiffres ne disent rien d'un quartier réel.",
            remedy="charger toutes les tables depuis le même dépôt (depot=…).",
        )


def _qpv_department(code: str) -> str:
    return code[2:5].removeprefix("0")


def check_commune(code: object) -> str:
    """Un code de commune sur 5 caractères ; un zéro perdu par un tableur est rendu là où c'est sans ambiguïté.

    Examples
    --------
    >>> check_commune("1053"), check_commune("75056.0"), check_commune("2a004"), check_commune(97411)
    ('01053', '75056', '2A004', '97411')
    """
    text = _bare(code)
    if re.fullmatch(r"[1-9]\d{3}", text):
        text = "0" + text  # only departments 01 to 09 lose a zero and keep four digits
    department = department_of(text, strict=False)
    if re.fullmatch(COMMUNE, text) and department in _departments():
        if why := why_postal(text, department):
            raise CodeError(
                f"« {code} » est un code postal, et non un code INSEE de commune.",
                why=why,
                remedy="donner la colonne des codes INSEE (93066 pour Saint-Denis, 75118 pour le 18e arrondissement).",
            )
        return text
    old = " (la Corse s'écrit 2A ou 2B depuis 1976)" if text.startswith("20") else ""
    raise CodeError(
        f"« {code} » n'est pas un code INSEE de commune{old}.",
        details={"Forme": "5 caractères : département puis commune (69123, 2A004, 97411)"},
        why="ce n'est pas un code postal ; et avec moins de 4 chiffres, le zéro perdu ne se devine pas.",
        remedy="lire la colonne comme du texte dans le fichier d'origine, ou chercher le code de la commune.",
    )


def _bare(code: object) -> str:
    """Without the ornaments that tools add: the « .0 » of a spreadsheet, the ["…"] of Opendatasoft."""
    return re.sub(r"^\[\s*['\"]?|['\"]?\s*\]$", "", str(code).strip()).upper().removesuffix(".0")


def split_communes(text: object) -> list[str]:
    """Les communes d'une cellule (« 13055, 13070 », « 02571; 02691 », « 1053 ») : codes vérifiés.

    Examples
    --------
    >>> split_communes("02571; 02691"), split_communes("1053")
    (['02571', '02691'], ['01053'])
    """
    return [check_commune(part) for part in re.split(r"[,;/|]\s*|\s+", str(text).strip()) if part]


def commune_of_arrondissement(code: str) -> str:
    """La commune d'un arrondissement de Paris, Lyon ou Marseille ; tout autre code est rendu tel quel.

    Examples
    --------
    >>> commune_of_arrondissement("69383"), commune_of_arrondissement("69266")
    ('69123', '69266')
    """
    for commune, span in territories()["arrondissements"].items():
        if code.isdigit() and span["first"] <= int(code) <= span["last"]:
            return str(commune)
    return code


def arrondissements_of(commune: str) -> list[str]:
    """Les arrondissements de Paris, Lyon ou Marseille ; liste vide pour toute autre commune.

    Examples
    --------
    >>> len(arrondissements_of("69123"))
    9
    """
    span = territories()["arrondissements"].get(commune)
    return [str(n) for n in range(span["first"], span["last"] + 1)] if span else []


def check_epci(code: object) -> str:
    """Un code d'EPCI : le SIREN à 9 chiffres.

    Examples
    --------
    >>> check_epci(200046977)
    '200046977'
    """
    text = _bare(code)
    if re.fullmatch(EPCI, text):
        return text
    raise CodeError(
        f"« {code} » n'est pas un code d'EPCI.",
        details={"Forme": "le numéro SIREN à 9 chiffres (200046977, Métropole de Lyon)"},
        remedy="le lire dans la table des communes : load_communes()[['lib_epci', 'siren_epci']].",
    )


def check_iris(code: object) -> str:
    """Un code d'IRIS : la commune (ou l'arrondissement) sur 5 caractères, puis 4 chiffres.

    Examples
    --------
    >>> check_iris("693830101")
    '693830101'
    """
    text = _bare(code)
    if re.fullmatch(r"(?:\d{5}|2[AB]\d{3})\d{4}", text) and department_of(text, strict=False) in _departments():
        return text
    raise CodeError(
        f"« {code} » n'est pas un code d'IRIS.",
        details={"Forme": "9 caractères : commune ou arrondissement, puis 4 chiffres (693830101)"},
        remedy="lire la colonne comme du texte dans le fichier d'origine : un zéro a sans doute été perdu.",
    )


def check_department(code: object) -> str:
    """Un code de département : « 1 », « 01 », « 001 » donnent « 01 » ; « 2a » donne « 2A » ; « 974 » reste.

    Examples
    --------
    >>> check_department(1), check_department("069"), check_department("2a"), check_department(974)
    ('01', '69', '2A', '974')
    """
    text = str(code).strip().upper().removesuffix(".0")
    text = text.removeprefix("0") if len(text) == 3 else text.zfill(2)
    if text in _departments():
        return text
    raise CodeError(
        f"« {code} » n'est pas un code de département.",
        details={"Forme": "01 à 95, 2A, 2B, 971 à 978, 986 à 988 (96 : Orvanche, le territoire fictif)"},
        remedy="vérifier le code : « 69 » pour le Rhône, « 974 » pour La Réunion.",
    )


def department_of(code: str, *, strict: bool = True) -> str:
    """Le département d'un code de QPV, de commune ou d'IRIS.

    Examples
    --------
    >>> department_of("QN02A01M"), department_of("97411"), department_of("QP069010")
    ('2A', '974', '69')
    """
    text = str(code)
    found = _qpv_department(text) if text.startswith("Q") else text[:3] if text[:2] in ("97", "98") else text[:2]
    return check_department(found) if strict else found


def region_of(department: str) -> str | None:
    """La région d'un département (« 84 » pour le Rhône) ; ``None`` pour une collectivité qui n'en a pas.

    Examples
    --------
    >>> region_of("69")
    '84'
    """
    region = _departments()[check_department(department)].get("region")
    return None if region is None else str(region)


def is_fictional(code: str) -> bool:
    """Vrai pour un code d'Orvanche (département 96, qu'aucun département réel ne porte).

    Examples
    --------
    >>> is_fictional("QN09601M"), is_fictional("69123")
    (True, False)
    """
    return department_of(code, strict=False) == FICTIONAL_DEPARTMENT
