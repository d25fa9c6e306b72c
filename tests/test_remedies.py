"""Les remèdes des messages : chaque fonction, argument et verbe qu'ils citent existe."""

import ast
import inspect
import re
from pathlib import Path

import pytest

import datakit as dk
from datakit.cli import verbs

PACKAGE = Path(dk.__file__).parent
NAMED = {"remedy"}


def _text(node):
    """The words of a string or an f-string, its values left as an ellipsis."""
    return "".join(
        part.value if isinstance(part, ast.Constant) and isinstance(part.value, str) else "…"
        for part in (node.values if isinstance(node, ast.JoinedStr) else [node])
    )


def _remedies():
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.keyword) and node.arg in NAMED:
                for part in ast.walk(node.value):
                    if isinstance(part, ast.JoinedStr) or (
                        isinstance(part, ast.Constant) and isinstance(part.value, str)
                    ):
                        yield path.relative_to(PACKAGE).as_posix(), _text(part)


REMEDIES = sorted({r for r in _remedies() if len(r[1]) > 5})


def test_remedies_are_found_in_the_whole_code():
    assert len(REMEDIES) > 150


@pytest.mark.parametrize(("where", "text"), REMEDIES, ids=lambda value: value[:60])
def test_what_a_remedy_names_exists(where, text):
    for name, arguments in re.findall(r"(?<![\w.])(\w+)\(([^()]*)\)", text):
        if name in dk._FACADE:
            function = getattr(dk, name)
            known = inspect.signature(function).parameters
            for option in re.findall(r"(?:^|[,(]\s*)(\w+)=", arguments):
                assert option in known, f"{name}() n'a pas {option}="
    for verb in re.findall(r"datakit ([a-z]+)\b", text):
        assert verb in verbs() or verb in ("et", "vous", "des", "ne"), verb
