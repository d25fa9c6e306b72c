"""Où datakit écrit un remède, et par où une erreur est passée : ce qui est exécuté ne se compte pas à la main."""

import ast
import functools
import sys
from pathlib import Path

import datakit as dk
from datakit.core import errors
from datakit.core.errors import DatakitError

PACKAGE = Path(dk.__file__).parent
# what only passes on the words of another place
_PASSED_ON = {"core/errors.py"}


@functools.cache
def sites():
    """(file, first line, last line) of each error that carries a remedy → how it begins."""
    found = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        if name in _PASSED_ON:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call):
                named = {word.arg: word.value for word in node.keywords}
                given = named.get("remedy")
                # an error told again, in the words of another: its remedy is that one's
                kept = isinstance(given, ast.Name) and name == "sources/inventory.py"
                told = isinstance(given, ast.Attribute) or kept
                if given is not None and not told:
                    found[name, node.lineno, node.end_lineno] = _begins(node)
    return found


@functools.cache
def silent():
    """« module : how it begins », of each error of datakit that says nothing to do."""
    kinds = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, DatakitError)}
    found = set()
    for path in sorted(PACKAGE.rglob("*.py")):
        name = path.relative_to(PACKAGE).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if name not in _PASSED_ON else ():
            called = getattr(node.func, "id", getattr(node.func, "attr", "")) if isinstance(node, ast.Call) else ""
            # « **details » may carry it: what is passed on is the words of another place
            if called in {*kinds, "refuse"} and not {"remedy", None} & {word.arg for word in node.keywords}:
                found.add(f"{name} : {_begins(node)}")
    return found


def _begins(node):
    first = node.args[0] if node.args else None
    if isinstance(first, ast.JoinedStr):
        parts = [p.value if isinstance(p, ast.Constant) else "…" for p in first.values]
        return "".join(parts)
    if isinstance(first, ast.Constant):
        return str(first.value)
    return ast.unparse(first) if first is not None else ""


def names():
    """« module : how it begins », as written in ``elsewhere.toml``."""
    return {site: f"{site[0]} : {text}" for site, text in sites().items()}


class Watch:
    """Where each error was made, while it lasts."""

    def __init__(self):
        self.seen = []

    def __enter__(self):
        self._init = DatakitError.__init__
        watch, init = self, self._init

        def watched(error, *args, **options):
            watch.seen.append((error, site_of(sys._getframe(1))))
            init(error, *args, **options)

        DatakitError.__init__ = watched
        return self

    def __exit__(self, *_):
        DatakitError.__init__ = self._init

    def of(self, error):
        """The site of an error, or of the one whose words it repeats."""
        found = [site for one, site in self.seen if one is error]
        if found and found[-1] is None:  # told again from what an inventory kept: the remedy is the first one's
            found = [site for one, site in self.seen if one.remedy == error.remedy and site] or found
        if found and found[-1] is None:
            found = [site for one, site in self.seen if str(one) == str(error) or one.problem == error.problem]
        return next((site for site in found if site), None)


def site_of(frame):
    while frame is not None:
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(PACKAGE):
            name, line = path.relative_to(PACKAGE).as_posix(), frame.f_lineno
            for site in sites():
                if site[0] == name and site[1] <= line <= site[2]:
                    return site
        frame = frame.f_back
    return None
