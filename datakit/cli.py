"""La commande ``datakit`` : trouve les verbes de ``datakit/commands``, les lance, dit les erreurs en français."""

from __future__ import annotations

import argparse
import contextlib
import gettext
import importlib
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datakit import __version__, commands
from datakit.core.errors import DatakitError
from datakit.core.options import near
from datakit.core.spelling import in_options
from datakit.core.streams import opened
from datakit.core.targets import refuse_losses

# argparse speaks through gettext: these are its own sentences, in French
_FRENCH = {
    "usage: ": "Emploi : ",
    "positional arguments": "Arguments\u00a0",
    "options": "Options\u00a0",
    "show this help message and exit": "afficher cette aide",
    "show program's version number and exit": "afficher la version",
    "%(prog)s: error: %(message)s\n": "%(prog)s : %(message)s\n",
    "the following arguments are required: %s": "il manque : %s",
    "unrecognized arguments: %s": "argument inconnu : %s",
    "expected one argument": "une valeur est attendue",
    "expected at least one argument": "au moins une valeur est attendue",
    "expected at most one argument": "une valeur au plus est attendue",
    "ambiguous option: %(option)s could match %(matches)s": "option ambiguë : %(option)s peut être %(matches)s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r n'est pas admis (choisir parmi : %(choices)s)",
    "invalid %(type)s value: %(value)r": "%(value)r n'est pas une valeur admise (%(type)s)",
    "not allowed with argument %s": "incompatible avec %s",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s : %(message)s",
    "one of the arguments %s is required": "il faut l'un de ces arguments : %s",
    "ignored explicit argument %r": "valeur de trop : %r",
    "can't open '%(filename)s': %(error)s": "impossible d'ouvrir « %(filename)s » : %(error)s",
    "(default: %(default)s)": "(par défaut : %(default)s)",
    # Python 3.13
    " (default: %(default)s)": " (par défaut : %(default)s)",
    "%(heading)s:": "%(heading)s:",
    "%(prog)s: warning: %(message)s\n": "%(prog)s : attention, %(message)s\n",
    "option '%(option)s' is deprecated": "l'option « %(option)s » va disparaître",
    "argument '%(argument_name)s' is deprecated": "l'argument « %(argument_name)s » va disparaître",
    "command '%(parser_name)s' is deprecated": "le verbe « %(parser_name)s » va disparaître",
    "subcommands": "Verbes\u00a0",
}
_PLURALS = {
    ("expected %s argument", "expected %s arguments"): ("%s valeur est attendue", "%s valeurs sont attendues"),
}


def _speak_french() -> None:
    """Traduire argparse, qui ne l'est pas ; ne change rien d'autre."""
    argparse._ = lambda text: _FRENCH.get(text, text)  # type: ignore[attr-defined]
    argparse.ngettext = lambda one, many, n: (  # type: ignore[attr-defined]
        _PLURALS[one, many][n > 1] if (one, many) in _PLURALS else gettext.ngettext(one, many, n)
    )


def verbs() -> dict[str, str]:
    """Les verbes et leur aide, lus dans les modules de ``datakit/commands`` sans les importer.

    Examples
    --------
    >>> "lab" in verbs()
    True
    """
    found = {}
    for file in sorted(Path(commands.__path__[0]).glob("[a-z]*.py")):
        # only the first line: importing every verb would make --help slow
        with file.open(encoding="utf-8") as text:
            found[file.stem.replace("_", "-")] = text.readline().strip().strip('"')
    return found


def _streams(module: Any) -> tuple[Sequence[str], Sequence[str]]:
    """Les options d'un verbe où « - » est l'entrée ou la sortie standard."""
    return getattr(module, "READS", ()), getattr(module, "WRITES", ())


def parser_of(verb: str | None) -> argparse.ArgumentParser:
    """Ce qui lit la ligne de commande d'un verbe ; sans verbe, celle de ``datakit``."""
    if verb is None:
        width = max(map(len, verbs()), default=0) + 2
        parser = argparse.ArgumentParser(
            prog="datakit",
            usage="datakit VERBE [options]",
            description="Ouvrir sans se tromper les données des quartiers prioritaires (QPV).",
            epilog="Verbes :\n"
            + "\n".join(f"  {name:<{width}}{summary}" for name, summary in verbs().items())
            + "\n\nL'aide d'un verbe : datakit VERBE --help\n"
            "Codes de sortie : 0 c'est fait, 1 le contrôle a échoué, 2 mauvais emploi.",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.add_argument("--version", action="version", help="afficher la version", version=f"datakit {__version__}")
        return parser
    module = importlib.import_module(f"datakit.commands.{verb.replace('-', '_')}")
    doc = (module.__doc__ or "").strip()
    parser = argparse.ArgumentParser(
        prog=f"datakit {verb}", description=doc, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    module.add_arguments(parser)
    parser.set_defaults(run=module.run, spelling=getattr(module, "SPELLING", {}), streams=_streams(module))
    return parser


def _unknown(word: str) -> int:
    closest = near(word, verbs())
    hint = f" Vouliez-vous dire « {closest[0]} » ?" if closest else ""
    print(
        f"datakit : « {word} » n'est pas un verbe.{hint}\nVerbes : {', '.join(verbs())}",
        file=sys.stderr,
    )
    return 2


def _refused(error: OSError) -> int:
    """Ce que le système refuse et qu'aucun verbe n'a expliqué : un fichier qui disparaît, une sortie pleine."""
    from datakit.core.errors import SourceError
    from datakit.core.writing import FULL, refused

    place = Path(str(error.filename or "la sortie"))
    told = refused(error, place) if error.errno in FULL else SourceError(
        "le système refuse l'accès à ce fichier.",
        details={"Fichier": place, "Le système dit": error.strerror or type(error).__name__},
        remedy="vérifier qu'il existe, qu'il vous est accessible et qu'aucun logiciel ne le tient ouvert.",
    )  # fmt: skip
    print(f"SourceError : {told}", file=sys.stderr)
    # what is still waiting to be printed would be refused again, in English
    with contextlib.suppress(OSError):
        sys.stdout.close()
    return 2


def _without(error: ModuleNotFoundError) -> int:
    """La bibliothèque seule n'a pas les pièces du cours : dire lesquelles, et comment les avoir."""
    from datakit.core.needs import need, needs

    if (error.name or "").partition(".")[0] not in needs():
        raise error
    try:
        need(str(error.name))
    except DatakitError as told:
        print(f"{type(told).__name__} : {told}", file=sys.stderr)
    return 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Lancer un verbe.

    Parameters
    ----------
    arguments : sequence of str, optional
        La ligne de commande ; par défaut celle du processus.

    Returns
    -------
    int
        0 c'est fait, 1 le contrôle a échoué, 2 mauvais emploi.

    Examples
    --------
    >>> main(["verbe-inconnu"])
    2
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        # a Windows console may lack the narrow no-break space: print something rather than fail
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    _speak_french()
    for name in ("SIGTERM", "SIGHUP") if arguments is None else ():
        # a closed window or a stopped machine ends us as Ctrl+C does: what is half-written is removed
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.default_int_handler)
    options = argparse.Namespace(spelling={})
    try:
        if not words or words[0].startswith("-"):
            parser = parser_of(None)
            parser.parse_args(words)
            parser.print_help()
            return 2
        if words[0] not in verbs():
            return _unknown(words[0])
        options = parser_of(words[0]).parse_args(words[1:])
        refuse_losses(vars(options))
        with opened(options, *options.streams):
            code = int(options.run(options))
        sys.stdout.flush()
        return code
    except SystemExit as stop:  # argparse: 0 for --help, 2 for a bad command line
        return int(stop.code or 0)
    except DatakitError as error:
        print(f"{type(error).__name__} : {in_options(str(error), options.spelling)}", file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        return _without(error)
    except KeyboardInterrupt:
        print("\nInterrompu.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    except OSError as error:
        return _refused(error)


if __name__ == "__main__":
    sys.exit(main())
