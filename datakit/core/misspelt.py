"""Un code mal écrit : ce qui lui manque, et celui qu'il voulait sans doute dire. Rien n'est corrigé ici."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable

from datakit.core.french import enumerate_words
from datakit.core.reference import geographies, table

_TWINS = str.maketrans("OIL", "011")  # letters that a hand or a scanner takes for digits
_LENGTH = 8  # of a QPV code, whatever the geography


def is_nearly_qpv(text: str) -> bool:
    """Vrai d'un texte qui commence comme un code de QPV, en a presque la longueur, et n'en est pas un.

    Examples
    --------
    >>> [is_nearly_qpv(t) for t in ("QN6901N", "QP69001", "QN06901N", "QUARTIER", "69123")]
    [True, True, False, False, False]
    """
    spelt = _spelt(text)
    return bool(_nearly().fullmatch(spelt)) and not _exactly().fullmatch(spelt)


def closest_qpv(text: str) -> str:
    """Ce qui cloche dans un code de QPV, en une phrase ; vide si rien ne dit lequel c'était.

    Examples
    --------
    >>> closest_qpv("QN6901N")
    'il manque le zéro du département : QN06901N ?'
    >>> closest_qpv("QP69001")
    'il manque le zéro du département : QP069001 ?'
    >>> closest_qpv("QN06901")
    'il manque la lettre qui le finit (M, I, N ou C)'
    """
    spelt = _spelt(text)
    if not is_nearly_qpv(spelt):
        return ""
    for lost in ("0", "00"):
        padded = f"{spelt[:2]}{lost}{spelt[2:]}"
        if _exactly().fullmatch(padded):
            return f"il manque le zéro du département : {padded} ?"
    for end in (len(spelt) - 1, len(spelt)):
        read = spelt[:2] + spelt[2:end].translate(_TWINS) + spelt[end:]
        if _exactly().fullmatch(read):
            return f"une lettre y est prise pour un chiffre : {read} ?"
    if re.fullmatch(r"QN\d{5}", spelt):
        return "il manque la lettre qui le finit (M, I, N ou C)"
    return f"{len(spelt)} caractères au lieu de {_LENGTH}" if len(spelt) != _LENGTH else ""


def why_postal(code: str, department: str) -> str:
    """Ce qui interdit qu'un code à cinq caractères soit d'une commune de ce département ; vide si rien ne l'interdit.

    Examples
    --------
    >>> why_postal("93300", "93"), why_postal("38000", "38"), why_postal("93066", "93")
    ('aucune commune du 93 ne porte ce numéro.', 'aucune commune ne porte le numéro 000.', '')
    """
    number = int(code[len(department) :])
    if number == 0:
        return f"aucune commune ne porte le numéro {code[len(department) :]}."
    known = table()["departments"][department].get("communes", [])
    if known and not any(first <= number <= last for first, last in known):
        return f"aucune commune du {department} ne porte ce numéro."
    return ""


def maybe_postal(communes: Iterable[str]) -> str:
    """La réserve qu'appellent des codes de communes qui ont tous la forme de codes postaux ; vide sinon.

    Parameters
    ----------
    communes : iterable of str
        Les codes d'un fichier, tous vérifiés.

    Examples
    --------
    >>> maybe_postal(["69123", "69266"]), maybe_postal(["38100", "38130"])
    ('', '')
    >>> maybe_postal(["38100", "38130", "38400"])[:46]
    '38100, 38130 et 38400 finissent tous par un zé'
    """
    found = sorted(set(communes))
    shown = f"{enumerate_words(found[:5])}{' …' if len(found) > 5 else ''}"
    if len(found) > 2 and all(code.endswith("0") for code in found):
        return f"{shown} finissent tous par un zéro, comme des codes postaux : vérifier que ce sont ceux de l'Insee."
    for whole, span in table()["arrondissements"].items():
        postal = {f"{whole[:2]}{n:03}" for n in range(1, span["last"] - span["first"] + 2)}
        own = [code for code in found if code[:2] == whole[:2]]
        if own and postal.issuperset(own):
            return (
                f"{enumerate_words(own[:5])} : ce sont aussi les codes postaux de {span['name']} (Insee : {whole}, ou "
                f"{span['first']} à {span['last']}) ; vérifier que ce sont bien des codes de communes."
            )
    return ""


def _spelt(text: str) -> str:
    return re.sub(r"[\s._-]+", "", str(text)).upper()


@functools.cache
def _exactly() -> re.Pattern[str]:
    return re.compile("|".join(g.pattern for g in geographies().values()))


@functools.cache
def _nearly() -> re.Pattern[str]:
    starts = "|".join(g.prefix for g in geographies().values())
    return re.compile(rf"(?:{starts})(?=.*\d.*\d)[0-9ABILMNCO]{{4,8}}")


def lone_zero(written: Iterable[object], communes: Iterable[str]) -> str:
    """Le premier code de quatre chiffres qu'un zéro met dans un autre département que tous les autres ; vide sinon.

    Un tableur qui ôte les zéros donne « 1053 » pour 01053 ; un chiffre perdu donne « 9600 » pour 96004. Dans la table
    d'un seul département, rien ne dit lequel des deux est arrivé.

    Parameters
    ----------
    written : iterable
        Les codes tels que le fichier les écrit.
    communes : iterable of str
        Les mêmes, vérifiés.

    Examples
    --------
    >>> lone_zero(["96001", "9600"], ["96001", "09600"]), lone_zero(["1053", "1004"], ["01053", "01004"])
    ('9600', '')
    """
    pairs = [(str(w).strip().removesuffix(".0"), c) for w, c in zip(written, communes, strict=True)]
    restored = [(w, c[:2]) for w, c in pairs if len(w) < len(c)]
    others = {c[:2] for w, c in pairs if len(w) >= len(c)}
    return next((w for w, department in restored if department not in others), "") if len(others) == 1 else ""
