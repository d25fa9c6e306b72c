"""Secret statistique et anonymat : vérifier, protéger, attaquer, prouver."""

from datakit.analysis.secrecy.attacking import attack as attack
from datakit.analysis.secrecy.cells import TOTAL as TOTAL
from datakit.analysis.secrecy.checking import check as check
from datakit.analysis.secrecy.protection import Protected as Protected
from datakit.analysis.secrecy.protection import protect as protect
from datakit.analysis.secrecy.rules import Rule as Rule
from datakit.analysis.secrecy.rules import rules as rules
