"""Secret statistique et anonymat : vérifier, protéger, attaquer, prouver."""

from datakit.analysis.secrecy.attacking import attack as attack
from datakit.analysis.secrecy.cells import TOTAL as TOTAL
from datakit.analysis.secrecy.checking import check as check
from datakit.analysis.secrecy.ethics import GateReport as GateReport
from datakit.analysis.secrecy.ethics import gate as gate
from datakit.analysis.secrecy.ethics import questions as questions
from datakit.analysis.secrecy.files.published import Attack as Attack
from datakit.analysis.secrecy.files.published import attack_files as attack_files
from datakit.analysis.secrecy.files.verdict import FileReport as FileReport
from datakit.analysis.secrecy.files.verdict import check_file as check_file
from datakit.analysis.secrecy.microdata import Anonymised as Anonymised
from datakit.analysis.secrecy.microdata import Uniqueness as Uniqueness
from datakit.analysis.secrecy.microdata import generalise as generalise
from datakit.analysis.secrecy.microdata import k_anonymity as k_anonymity
from datakit.analysis.secrecy.microdata import l_diversity as l_diversity
from datakit.analysis.secrecy.microdata import suppress as suppress
from datakit.analysis.secrecy.microdata import uniqueness as uniqueness
from datakit.analysis.secrecy.protected import Protected as Protected
from datakit.analysis.secrecy.protection import protect as protect
from datakit.analysis.secrecy.recoding import recode as recode
from datakit.analysis.secrecy.reidentifying import Reidentification as Reidentification
from datakit.analysis.secrecy.reidentifying import reidentify as reidentify
from datakit.analysis.secrecy.rules import Rule as Rule
from datakit.analysis.secrecy.rules import rules as rules
from datakit.analysis.secrecy.slivers import differencing as differencing

# what « dk.secrecy. » offers when one presses Tab: what can be done, not where it is written
_VERBS = [
    "attack",
    "attack_files",
    "check",
    "check_file",
    "differencing",
    "gate",
    "generalise",
    "k_anonymity",
    "l_diversity",
    "protect",
    "recode",
    "reidentify",
    "rules",
    "suppress",
    "uniqueness",
]


def __getattr__(name: str) -> object:
    from datakit.core.options import near

    closest = near(name, _VERBS)
    hint = f" Vouliez-vous dire « {closest[0]} » ?" if closest and not name.startswith("__") else ""
    raise AttributeError(f"secrecy n'a pas de « {name} ».{hint} Disponible : {', '.join(_VERBS)}")


def __dir__() -> list[str]:
    return [*_VERBS, "__name__", "__doc__"]
