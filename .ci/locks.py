"""Refaire les verrous : python .ci/locks.py (demande uv).

Ce qui est déjà verrouillé garde sa version ; --a-jour prend les plus récentes. --verifier contrôle sans rien refaire.

Trois fichiers, valables sous Windows x64, macOS (arm64, Intel) et Linux x64, de Python 3.11 à 3.13, avec empreintes
et sans aucune adresse : requirements.lock (la formation), requirements-tests.lock (la formation et les tests) et
requirements-outil.lock (uv, que le lanceur fait venir pour installer plus vite).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# extras stay in the locks: older pips look a name with its extra up by itself, and refuse a release newer than the pin
FORM = ["--generate-hashes", "--no-strip-extras", "--no-header", "--no-annotate", "--quiet"]
# what a package asks for and does without: nobody in the course debugs step by step, and IPython completes names
# by itself (docs/decisions/142)
UNUSED = ("debugpy", "jedi", "parso")
COMMON = ["--universal", "--python-version", "3.11", *FORM]
COURSE = ["--extra", "cours", "--group", "install"]
LOCKS = {
    "requirements.lock": COURSE,
    "requirements-tests.lock": [
        *COURSE,
        "--extra",
        "dask",
        "--extra",
        "7z",
        "--extra",
        "navigateur",
        "--group",
        "tests",
        "--constraints",
        "requirements.lock",
    ],
}
# what the launcher brings to install the rest faster
TOOL = "requirements-outil.lock"
# platform → oldest macOS that the wheels accept
PLATFORMS = {
    "x86_64-pc-windows-msvc": "",
    "aarch64-apple-darwin": "14.0",
    "x86_64-apple-darwin": "13.0",
    "x86_64-unknown-linux-gnu": "",
}
PYTHONS = ("3.11", "3.12", "3.13")
# Binder: one platform, and a file that can be installed before the repository is copied
BINDER = ["--python-platform", "x86_64-unknown-linux-gnu", "--python-version", "3.12"]


def compile_locks(uv: str) -> None:
    """Écrire les verrous."""
    with tempfile.TemporaryDirectory() as folder:
        unused = Path(folder) / "unused.txt"
        unused.write_text("\n".join(UNUSED), encoding="utf-8")
        os.environ["UV_EXCLUDE"] = str(unused)
        _compile(uv)
        del os.environ["UV_EXCLUDE"]


def _compile(uv: str) -> None:
    for name, options in LOCKS.items():
        newest = ["--upgrade"] if "--a-jour" in sys.argv[1:] else []
        command = [uv, "pip", "compile", *COMMON, *options, "pyproject.toml", "--output-file", name, *newest]
        subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        print(f"{name} : {(ROOT / name).read_text(encoding='utf-8').count('==')} paquets")
    command = [uv, "pip", "compile", *COMMON, "--group", "outil", "--output-file", TOOL, *newest]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    command = [uv, "pip", "compile", *FORM, *BINDER, "requirements.lock", "--output-file", "binder/requirements.txt"]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)


def check(uv: str) -> list[str]:
    """Les couples (plateforme, Python) pour lesquels une roue manque à un verrou."""
    failures = []
    for name in (*LOCKS, TOOL):
        for platform, macos in PLATFORMS.items():
            for python in PYTHONS:
                with tempfile.TemporaryDirectory() as folder:
                    command = [
                        uv,
                        "pip",
                        "compile",
                        "--quiet",
                        "--only-binary",
                        ":all:",
                        "--no-header",
                        "--no-annotate",
                    ]
                    command += ["--python-platform", platform, "--python-version", python, name]
                    result = subprocess.run(
                        [*command, "--output-file", str(Path(folder) / "out")],
                        cwd=ROOT,
                        capture_output=True,
                        text=True,
                        env=dict(os.environ, MACOSX_DEPLOYMENT_TARGET=macos) if macos else None,
                    )
                print(f"{name} {platform} {python} : {'ok' if result.returncode == 0 else 'MANQUE'}")
                if result.returncode:
                    failures.append(f"{name} {platform} {python}\n{result.stderr}")
    return failures


def main() -> int:
    """Refaire et contrôler."""
    uv = shutil.which("uv") or str(Path(sys.executable).parent / "uv")
    if not Path(uv).exists():
        print("uv est introuvable : pip install uv, puis relancer.", file=sys.stderr)
        return 2
    if "--verifier" not in sys.argv[1:]:
        compile_locks(uv)
    failures = check(uv)
    print("\n".join(failures), file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
