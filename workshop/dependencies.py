"""La page des dépendances : ce que pèse chaque paquet du cours, qui s'en sert, sa licence, sa dernière publication.

    python -m workshop.dependencies        refait docs/dependances.md (demande uv et le registre)

La date est celle de la version verrouillée : uv la donne en refusant ce qui est plus récent qu'une date impossible.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "dependances.md"
OLDEST_YEARS = 2
_PINNED = re.compile(r"^([\w.-]+)(?:\[.*?\])?==(\S+?)(?: ; (.*?))? \\$", re.MULTILINE)
_PUBLISHED = re.compile(r"was published at (\d{4}-\d\d-\d\d)")


def locked() -> dict[str, str]:
    """Paquet du verrou du cours → version, pour cette machine."""
    from packaging.markers import Marker

    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    return {name: v for name, v, marker in _PINNED.findall(lock) if not marker or Marker(marker).evaluate()}


def published(uv: str, name: str, version: str) -> str:
    """Le jour de publication d'une version ; vide si le registre ne le dit pas."""
    command = [uv, "pip", "compile", "--no-config", "--no-deps", "--quiet", "--exclude-newer", "2000-01-01", "-"]
    done = subprocess.run(  # noqa: S603 - our own words and the names of the lock
        command, input=f"{name}=={version}", capture_output=True, text=True, check=False
    )
    found = _PUBLISHED.search(" ".join(done.stderr.split()))
    return found[1] if found else ""


def size_mb(name: str) -> float:
    """Ce que les fichiers du paquet prennent sur le disque, avant allègement."""
    files = importlib.metadata.distribution(name).files or []
    places = [Path(str(f.locate())) for f in files if f.suffix != ".pyc"]
    return sum(place.stat().st_size for place in places if place.is_file()) / 1e6


def licence(name: str) -> str:
    """La licence dite par le paquet, en une ligne."""
    said = importlib.metadata.metadata(name)
    classes = [c.split(" :: ")[-1] for c in said.get_all("Classifier") or [] if c.startswith("License ::")]
    free = (said["License"] or "").strip()
    # some paste the whole text there: the class is shorter
    short = free if free and "\n" not in free and len(free) < 40 else ", ".join(classes)
    return str(said["License-Expression"] or short or "?")


def page(rows: dict[str, tuple[str, str]], today: dt.date) -> str:
    """Le texte de la page : les paquets demandés d'abord, puis ce qu'ils demandent eux-mêmes."""
    asked = {k.lower(): v for k, v in tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8")).items()}
    sizes = {name: size_mb(name) for name in rows}
    lines = [
        "# Les paquets du cours",
        "",
        f"Refait par `python -m workshop.dependencies` le {today:%d/%m/%Y} : {len(rows)} paquets, "
        f"{sum(sizes.values()):.0f} Mo avant allègement (décision 142). La date est celle de la version verrouillée.",
        "Tailles : Linux, Python 3.11. Ce qui n'a rien publié depuis deux ans est nommé en bas de page.",
        "",
        "## Ceux que nous demandons",
        "",
        "| Paquet | Pourquoi | Mo | Licence | Publié | Qui d'autre |",
        "|---|---|---:|---|---|---|",
    ]
    for name in sorted((n for n in rows if n in asked), key=lambda n: -sizes[n]):
        version, day = rows[name]
        lines.append(f"| {name} {version} | {asked[name]['why']} | {sizes[name]:.1f} | {licence(name)} | {day} | "
                     f"{asked[name]['else']} |")  # fmt: skip
    lines += ["", "## Ceux qu'ils demandent", "", "| Paquet | Mo | Licence | Publié |", "|---|---:|---|---|"]
    for name in sorted((n for n in rows if n not in asked), key=lambda n: -sizes[n]):
        version, day = rows[name]
        lines.append(f"| {name} {version} | {sizes[name]:.1f} | {licence(name)} | {day} |")
    return "\n".join([*lines, *_late(rows, asked, today), ""])


def _late(rows: dict[str, tuple[str, str]], asked: dict[str, dict[str, str]], today: dt.date) -> list[str]:
    limit = today.replace(year=today.year - OLDEST_YEARS).isoformat()
    lines = ["", "## Plus de deux ans sans publication", ""]
    lines += ["Nous en demandons un, les autres viennent avec lui ou avec JupyterLab et matplotlib.", ""]
    lines += ["| Paquet | Publié | Vient avec | Pourquoi il reste |", "|---|---|---|---|"]
    for name, (_, day) in rows.items():
        if day and day < limit:
            whose = "nous" if name in asked else ", ".join(parents(name, rows))
            other = "petit ; nous ne le demandons pas, il partira quand on ne le demandera plus"
            lines.append(f"| {name} | {day} | {whose} | {asked.get(name, {}).get('kept') or other} |")
    return lines


def parents(name: str, rows: Iterable[str]) -> list[str]:
    """Les paquets du verrou qui le demandent, options comprises."""

    def asks(other: str) -> bool:
        said = importlib.metadata.requires(other) or []
        return any(re.split(r"[^\w.-]", line)[0].lower().replace("_", "-") == name for line in said)

    return sorted(other for other in rows if asks(other))


def main() -> int:
    """Refaire la page."""
    uv = shutil.which("uv")
    if not uv:
        sys.stderr.write("uv est introuvable : pip install uv, puis relancer.\n")
        return 2
    versions = locked()
    with ThreadPoolExecutor(4) as pool:
        days = list(pool.map(lambda item: published(uv, *item), versions.items()))
    rows = {name: (version, day) for (name, version), day in zip(versions.items(), days, strict=True)}
    PAGE.write_text(page(rows, dt.datetime.now(tz=dt.UTC).date()), encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
