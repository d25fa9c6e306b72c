"""Écrire dans le README la pastille qui ouvre la formation sur Binder : python .ci/badge.py [ADRESSE].

Binder a besoin de l'adresse publique du dépôt, connue seulement quand il est publié. Sans argument, c'est celle de
« origin ». À refaire si le dépôt déménage.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
OPENING, CLOSING = "<!-- Binder : python .ci/badge.py -->\n", "<!-- fin Binder -->"
# how Binder names the sites that it knows; any other is given by its whole address
SITES = {"github.com": "gh", "gitlab.com": "gl"}
PAGE = "HEAD?urlpath=lab/tree/notebooks/00_accueil.ipynb"
SERVICE = "https://mybinder.org"


def link(address: str) -> str:
    """L'adresse qui ouvre un dépôt public sur Binder ; ValueError si ce n'en est pas un."""
    public = r"(?:https://|ssh://)?(?:[^@/]+@)?([\w.-]+\.[a-z]+)[:/]([\w.-]+(?:/[\w.-]+)+)"
    found = re.fullmatch(public, address.rstrip("/").removesuffix(".git"))
    if not found:
        raise ValueError(f"« {address} » n'est pas l'adresse publique d'un dépôt.")
    site, name = found.groups()
    if site not in SITES:
        return f"{SERVICE}/v2/git/{quote(f'https://{site}/{name}', safe='')}/{PAGE}"
    return f"{SERVICE}/v2/{SITES[site]}/{name if site == 'github.com' else quote(name, safe='')}/{PAGE}"


def updated(readme: str, address: str) -> str:
    """Le README, sa pastille refaite pour ce dépôt."""
    before, _, rest = readme.partition(OPENING)
    _, closing, after = rest.partition(CLOSING)
    if not closing:
        raise ValueError("le README n'a plus la place de la pastille.")
    badge = f"[![Ouvrir la formation dans le navigateur, avec Binder]({SERVICE}/badge_logo.svg)]({link(address)})"
    return f"{before}{OPENING}Sans rien installer : {badge}\n{CLOSING}{after}"


def main() -> int:
    """Réécrire le README."""
    remote = ["git", "remote", "get-url", "origin"]
    given = sys.argv[1:2] or [
        subprocess.run(remote, cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()
    ]
    readme = ROOT / "README.md"
    try:
        text = updated(readme.read_text(encoding="utf-8"), given[0])
    except ValueError as error:
        print(
            f"{error}\n  À faire : python .ci/badge.py https://SITE/COMPTE/DEPOT, une fois le dépôt publié.",
            file=sys.stderr,
        )
        return 2
    readme.write_text(text, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
