"""Toutes les mesures, et leur tableau : ``python -m benchmarks [--quick] [--only NOM] [--horloge] [-o FICHIER]``."""

from __future__ import annotations

import argparse
import datetime as dt
import os
import platform
from pathlib import Path

from benchmarks import data, measure, rows_again, rows_interpolate, rows_loading, rows_locate, rows_secrecy, rows_stream

# to add a section: a module with rows() that yields (what, peer, our measure, the peer's measure)
SECTIONS = {
    "locate": ("Localiser des points", rows_locate.rows),
    "interpolate": ("Interpoler des carreaux", rows_interpolate.rows),
    "load": ("Charger", rows_loading.rows),
    "again": ("Lire une seconde fois (limite : 0,77)", rows_again.rows),
    "secrecy": ("Protéger une grande table (le pair est la limite)", rows_secrecy.rows),
    "stream": ("Localiser un fichier par morceaux (le pair est la première taille)", rows_stream.rows),
}
HEADER = (
    "| mesure | pair | datakit, 1er appel (s) | datakit, suivants (s) | pair, 1er (s) | pair, suivants (s) "
    "| rapport 1er | rapport suivants | mémoire datakit (Mio) | mémoire pair (Mio) | même réponse |"
)


def line(what, peer, ours, theirs):
    """Une ligne du tableau ; une mesure impossible dit pourquoi."""
    for found in (ours, theirs):
        if "error" in found:
            return f"| {what} | {peer} | non mesuré : {found['error'][:120]} |" + " |" * 8
    cells = [_s(ours["first"]), _s(ours["best"]), _s(theirs["first"]), _s(theirs["best"])]
    cells += [f"{theirs['first'] / ours['first']:.1f}", f"{theirs['best'] / ours['best']:.1f}"]
    cells += ["–" if f["peak"] is None else f"{f['peak']:.0f}" for f in (ours, theirs)]
    a, b = ours["answer"], theirs["answer"]
    same = "oui" if a == b or abs(a - b) <= 1e-6 * abs(b) else f"{a:.0f} contre {b:.0f}"
    return "| " + " | ".join([what, peer, *cells, same]) + " |"


def _s(seconds):
    return f"{seconds:.4f}" if seconds < 0.1 else f"{seconds:.2f}"


def head():
    """Ce qui a été mesuré, et comment."""
    yield "# Mesures\n"
    where = f"{os.cpu_count()} processeurs, Python {platform.python_version()}"
    yield f"Dernière exécution : {dt.date.today().isoformat()}, {where}. Données : {data.described()}."
    yield "Chaque mesure dans un processus neuf ; jusqu'à un million de points, médiane de trois processus."
    waited = "Secondes d'horloge, machine au repos" if os.environ.get(measure.CLOCK) else "Secondes de processeur"
    yield f"{waited} ; rapport : temps du pair divisé par le nôtre."
    yield "Mémoire : pic au-dessus de ce que le processus occupait avant l'appel, données lues."


def section(name, quick):
    """Le tableau Markdown d'une section, ligne par ligne."""
    title, rows = SECTIONS[name]
    yield f"## {title}\n"
    yield HEADER
    yield "|" + "---|" * 11
    short = {"locate": ((10_000, 100_000),), "stream": ((1_000_000,),)}.get(name, ()) if quick else ()
    for found in rows(*short):
        yield line(*found)


def before(path):
    """Les sections déjà mesurées, par leur titre : ``--only`` ne refait que les siennes."""
    texts = path.read_text(encoding="utf-8").split("\n## ")[1:] if path.exists() else []
    return {text.partition("\n")[0]: f"## {text.strip()}" for text in texts}


def main():
    """Mesurer, afficher, écrire."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="les petites tailles seulement")
    parser.add_argument("--only", nargs="*", choices=SECTIONS, default=list(SECTIONS), help="certaines sections")
    parser.add_argument("--horloge", action="store_true", help="machine au repos : compter le temps d'attente")
    parser.add_argument("-o", "--output", type=Path, default=Path(__file__).with_name("RESULTS.md"))
    options = parser.parse_args()
    if options.horloge:
        os.environ[measure.CLOCK] = "1"
    found = before(options.output)
    for name in options.only:
        lines = []
        for text in section(name, options.quick):
            print(text, flush=True)
            lines.append(text)
        found[SECTIONS[name][0]] = "\n".join(lines)
        ordered = [found[title] for title, _ in SECTIONS.values() if title in found]
        options.output.write_text("\n\n".join(["\n".join(head()), *ordered]) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
