"""Ce qui peut manquer à une machine (un paquet, un fil, un processus) : demandé, jamais supposé.

A trainee's computer has everything; a browser (Pyodide) has no GDAL, no thread, no process, no socket.
"""

from __future__ import annotations

import functools
import importlib
import threading
import tomllib
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from datakit.core.errors import SourceError

_TABLE = Path(__file__).with_suffix(".toml")


@functools.cache
def needs() -> dict[str, dict[str, Any]]:
    """Paquet → ce à quoi il sert, l'option qui l'apporte, comment s'en passer."""
    return tomllib.loads(_TABLE.read_text(encoding="utf-8"))


def need(module: str) -> Any:
    """Le module, ou un refus qui dit ce qui ne peut pas se faire et comment s'en passer.

    Raises
    ------
    SourceError
        Le paquet n'est pas installé, ou n'existe pas ici.

    Examples
    --------
    >>> need("json").loads("1")
    1
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        known = needs().get(module.partition(".")[0], {})
        extra = known.get("extra")
        install = f'pip install "datakit-quartiers[{extra}]", ou ' if extra else ""
        raise SourceError(
            f"le paquet {module} n'est pas là : sans lui, datakit ne peut pas {known.get('for', 'faire cela')}.",
            remedy=install + known.get("otherwise", "l'installer."),
        ) from error


@functools.cache
def has_threads() -> bool:
    """Vrai si un fil peut démarrer ici."""
    try:
        threading.Thread(target=int).start()
    except RuntimeError:
        return False
    return True


@functools.cache
def has_processes() -> bool:
    """Vrai si un autre processus peut travailler à côté de celui-ci."""
    try:
        import multiprocessing

        multiprocessing.get_context("spawn").Lock()
    except (ImportError, NotImplementedError, OSError):
        return False
    return True


class _InTurn(Executor):
    """Le même travail, l'un après l'autre."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        done: Future[Any] = Future()
        try:
            done.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - a future keeps whatever was raised, for whoever asks
            done.set_exception(error)
        return done


def workers(count: int) -> Executor:
    """Des fils, ou un seul qui fait tout dans l'ordre là où il n'y en a pas."""
    return ThreadPoolExecutor(count) if has_threads() else _InTurn()
