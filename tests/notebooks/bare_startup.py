"""Ce qu'un navigateur n'a pas, retiré d'un noyau qui vient de démarrer : GDAL, processus, fils, verrous, réseau."""

import multiprocessing.context
import sys
import threading
import tomllib
from pathlib import Path

import pyarrow

import datakit.core

_NEEDS = tomllib.loads((Path(datakit.core.__file__).parent / "needs.toml").read_text(encoding="utf-8"))
# what Pyodide leaves out of the standard library, or only pretends to have
_ABSENT = [name for name, entry in _NEEDS.items() if entry.get("browser") is False]
for _name in [*_ABSENT, "fcntl", "resource", "termios", "jupyterlab"]:
    sys.modules[_name] = None


_start = threading.Thread.start
_KERNEL = ("ipykernel", "zmq", "tornado", "asyncio", "jupyter_client", "IPython")


def _no_thread(self):
    """The kernel keeps its own threads; nothing that a cell runs gets one."""
    if not sys._getframe(1).f_globals["__name__"].startswith(_KERNEL):
        raise RuntimeError("can't start new thread")
    _start(self)


def _no_process(self, *args, **kwargs):
    raise OSError("no processes here")


threading.Thread.start = _no_thread
multiprocessing.context.BaseContext.Lock = _no_process
# a pyarrow built without threads counts one processor
pyarrow.set_cpu_count(1)
