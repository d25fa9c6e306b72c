"""Mesurer une fonction dans un processus neuf : premier appel, meilleur des suivants, mémoire au-dessus de l'entrée."""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median

STATUS = Path("/proc/self/status")
CLOCK = "DATAKIT_HORLOGE"  # set: the machine is quiet, count the seconds that someone waits


def in_new_process(function, *arguments, repeats=3, rounds=1):
    """``benchmarks.module:function`` avec ces arguments ; la médiane de ``rounds`` processus, ou ``{"error": …}``."""
    found = [_once(function, arguments, repeats) for _ in range(rounds)]
    failed = next((f for f in found if "error" in f), None)
    if failed or rounds == 1:
        return failed or found[0]
    middle = {
        key: None if found[0][key] is None else median(f[key] for f in found)
        for key in ("first", "best", "peak", "total")
    }
    return middle | {"answer": found[0]["answer"]}


def _once(function, arguments, repeats):
    command = [sys.executable, "-m", "benchmarks.measure", function, json.dumps(arguments), str(repeats)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stdout.strip().splitlines()
    if done.returncode or not lines:
        return {"error": (done.stderr.strip().splitlines() or ["arrêt sans message"])[-1]}
    return json.loads(lines[-1])


def _memory(field):
    if not STATUS.exists():
        return None
    line = next(li for li in STATUS.read_text().splitlines() if li.startswith(field))
    return int(line.split()[1]) / 1024


def _clock():
    """Seconds of processor, those of the processes started included; on a quiet machine, seconds of the clock."""
    if os.environ.get(CLOCK):
        return time.perf_counter()
    children = os.times()
    return time.process_time() + children.children_user + children.children_system


def measure(function, arguments, repeats):
    """La fonction prépare ses données et rend l'appel à mesurer."""
    module, name = function.split(":")
    call = getattr(importlib.import_module(module), name)(*arguments)
    reset = Path("/proc/self/clear_refs")
    if reset.exists():
        reset.write_text("5")  # the peak starts from here
    before = _memory("VmRSS")
    times, answer = [], None
    for _ in range(repeats):
        answer = None
        start = _clock()
        answer = call()
        times.append(_clock() - start)
    total = _memory("VmHWM")
    peak = None if before is None or total is None else total - before
    return {"first": times[0], "best": min(times), "peak": peak, "total": total, "answer": answer}


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], json.loads(sys.argv[2]), int(sys.argv[3]))))
