"""Ce que datakit ajoute au noyau : les outils sans import, les erreurs en français, une réponse arrêtée dite.

``begin`` est appelé au démarrage de chaque noyau (``jupyter/noyau.py``) : rien de lourd ne se charge ici.
"""

from __future__ import annotations

import os
import re
import types
from typing import Any

from datakit.course.exercises.placeholder import Stopped, ____

_NAMES = ("challenge", "check", "hint", "solution", "progress")
_ANSWER = re.compile(r"^\s*reponse_e(\d\d)\s*[:=]", re.MULTILINE)
_CELL = re.compile(r"E(\d\d)-reponse")  # an answer's cell keeps its name, whatever is written in it


class Later:
    """Un outil du cours, chargé à son premier appel."""

    def __init__(self, name: str) -> None:
        self.__name__ = name

    def _real(self) -> Any:
        from datakit.course import tools

        return getattr(tools, self.__name__)

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Charger l'outil et l'appeler."""
        return self._real()(*given, **named)

    @property
    def __doc__(self) -> str:  # type: ignore[override]
        return str(self._real().__doc__)

    def __repr__(self) -> str:
        return f"{self.__name__}(…)"


def begin(shell: Any) -> None:
    """Préparer un noyau IPython ; sans effet sur IPython dans un terminal."""
    if not hasattr(shell, "kernel") or "check" in shell.user_ns_hidden:
        return
    shell.user_ns.update({name: Later(name) for name in _NAMES}, ____=____)
    shell.user_ns_hidden.update({name: shell.user_ns[name] for name in (*_NAMES, "____")})
    shell.events.register("pre_run_cell", lambda info: _forget(shell, info))
    shell.events.register("post_run_cell", lambda result: _stopped(shell, result))
    shell.kernel.help_links = []  # pages in English, elsewhere
    # a cell that fails does not silence the next ones: « Exécuter toutes » goes to the end
    shell.kernel._abort_queues = lambda *_: None
    if os.environ.get("DATAKIT_ERREURS", "") != "python":
        shell._showtraceback = types.MethodType(_in_french(shell._showtraceback), shell)


def _answered(info: Any) -> set[str]:
    """Les numéros des exercices auxquels une cellule répond."""
    return {*_ANSWER.findall(info.raw_cell or ""), *_CELL.findall(getattr(info, "cell_id", None) or "")}


def _forget(shell: Any, info: Any) -> None:
    """L'ancienne réponse s'efface avant la nouvelle : une cellule arrêtée ne laisse pas vérifier la précédente."""
    for number in _answered(info):
        shell.user_ns.pop(f"reponse_e{number}", None)


def _stopped(shell: Any, result: Any) -> None:
    """Une cellule de réponse qui s'arrête laisse à sa place ce qui l'a arrêtée, que ``check`` sait dire."""
    error = result.error_before_exec or result.error_in_exec
    if error is None or result.info is None:
        return
    for number in _answered(result.info):
        # an answer given before the error is the new one: it stays
        shell.user_ns.setdefault(f"reponse_e{number}", Stopped(f"E{number}", _sentence(error, shell)))


def _sentence(error: BaseException, shell: Any) -> str:
    from datakit.course.mishaps import explain

    return explain(error, shell.user_ns).text


def _in_french(usual: Any) -> Any:
    def shown(shell: Any, kind: type[BaseException], error: BaseException, lines: list[str]) -> None:
        from datakit.course.mishaps import explain

        try:
            said = explain(error, shell.user_ns)
        except Exception:  # noqa: BLE001 - whatever happens here, the person must see the error
            usual(kind, error, lines)
            return
        usual(kind, said.text, said.lines(lines))

    return shown
