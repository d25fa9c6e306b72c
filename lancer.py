#!/usr/bin/env python3
"""Installer et ouvrir la formation « Data & Quartiers ». Python 3.11 suffit, rien d'autre n'est à installer.

    python lancer.py                 ouvre JupyterLab sur le programme de la journée
    python lancer.py tests           passe les contrôles et les tests
    python lancer.py doctor          dit ce qui ne va pas sur cette machine (ou tout autre verbe de datakit)
    python lancer.py datakit         donne la liste des verbes

Options d'installation (avant le verbe) :
    --roues DOSSIER                  installer sans réseau, depuis un dossier de roues (*.whl)
    --refaire                        refaire l'installation

Le reste de la ligne est transmis : « python lancer.py lab --sans-navigateur --port 8890 ».
Sous Windows, « py lancer.py » fait la même chose.
"""

# Written for the standard library alone, and in a syntax that Python 3.6 can read,
# so that an old interpreter gives a sentence rather than a SyntaxError.
import contextlib
import hashlib
import json
import os
import queue
import re
import shutil
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
WINDOWS = os.name == "nt"
OLDEST, NEWEST = (3, 11), (3, 13)
LOCKS = {"cours": HERE / "requirements.lock", "tests": HERE / "requirements-tests.lock"}
# the fast installer, brought for the time of an installation: one locked wheel, from where the other packages come
TOOL_LOCK = HERE / "requirements-outil.lock"
WHEELS = HERE / "roues"
# what the installed package is made from: a change here means installing it again
SOURCES = ("pyproject.toml", "datakit", "data", "notebooks", "exercises", "jupyter", "docs")
NEEDED_GB = 2.0
# a synchronised folder would upload 40 000 files, and lock them while they are written
SYNCHRONISED = ("onedrive", "dropbox", "nextcloud", "mobile documents")
LONGEST_WINDOWS_PATH = 80

CERTIFICATE = r"CERTIFICATE_VERIFY_FAILED|certificate verify failed|invalid peer certificate|UnknownIssuer"
# what the installer wrote → what it means for the person, and what to do
CAUSES = (
    (
        r"No space left|Errno 28|WinError 112|not enough space|Disk quota",
        "Le disque est plein.",
        "libérer 2 Go, puis relancer la même commande.",
    ),
    (
        r"407 Proxy|ProxyError|Tunnel connection failed|proxy authentication",
        "Le proxy de l'organisation refuse la connexion.",
        "demander au service informatique l'adresse du proxy, la donner dans la variable HTTPS_PROXY, puis relancer.",
    ),
    (
        CERTIFICATE,
        "Le réseau présente un certificat que Python ne reconnaît pas (inspection du trafic).",
        "demander au service informatique le fichier du certificat, le donner dans PIP_CERT, puis relancer.",
    ),
    (
        r"DO NOT MATCH THE HASHES|Hash mismatch|hash mismatch",
        "Un paquet reçu n'est pas celui qui était attendu : rien n'a été installé.",
        "relancer ; si cela se répète, le miroir de l'organisation modifie les paquets : le signaler.",
    ),
    (
        r"NewConnectionError|Name or service not known|name resolution|getaddrinfo|dns error|"
        r"Max retries exceeded|Failed to establish|error sending request|timed out|Network is unreachable|"
        r"network connectivity is disabled|Could not connect",
        "Le réseau ne répond pas.",
        "vérifier la connexion et relancer ; ou installer sans réseau : python lancer.py --roues DOSSIER.",
    ),
    (
        r"No matching distribution|has no wheels|no solution found|No solution found|is not a supported wheel",
        "Un paquet n'existe pas pour cette machine ou cette version de Python, ou manque dans le dossier de roues.",
        "installer Python 3.12 en version 64 bits (x64), puis relancer.",
    ),
    (
        r"WinError 5\b|WinError 32|Permission denied|Accès refusé|Access is denied",
        "Un fichier est verrouillé ou protégé (antivirus, autre fenêtre ouverte, dossier en lecture seule).",
        "fermer les autres fenêtres de la formation, ou déplacer le dossier hors d'un espace partagé, puis relancer.",
    ),
)


class Trouble(Exception):
    """Ce qui empêche de continuer, dit à la personne."""


# An installer runs under a keeper: our death closes the keeper's input, and it takes the whole group with it. The lock
# stays with them (close_fds): the next launcher waits until the last one is gone.
KEEPER = """
import os, subprocess, sys, threading
def watch():
    while os.read(0, 1024):
        pass
    if os.name == "nt":
        subprocess.call(["taskkill", "/T", "/F", "/PID", str(os.getpid())])
    os.killpg(0, 9)
child = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL, close_fds=os.name == "nt")
threading.Thread(target=watch, daemon=True).start()
os._exit(child.wait() and 1)
"""
HELD = []  # the descriptor of the installation's lock


def keep(command: list, env: dict) -> subprocess.Popen:
    """Lancer un installateur qui ne nous survivra pas ; ce qu'il écrit se lit sur ``stdout``."""
    return subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", KEEPER, *command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=env,
        cwd=str(HERE),
        start_new_session=True,
        pass_fds=() if WINDOWS else tuple(HELD),
    )


def result_of(command: list, env: dict) -> tuple:
    """Le code d'un installateur, et ce qu'il a écrit."""
    process = keep(command, env)
    try:
        text = process.stdout.read().decode("utf-8", "replace")
        return process.wait(), text
    finally:
        release(process)


def release(process: subprocess.Popen) -> None:
    """Y mettre fin, avec tout ce qu'il a lancé."""
    with contextlib.suppress(OSError):
        process.stdin.close()
    process.stdout.close()
    process.wait()


def say(text: str = "") -> None:
    """Afficher une ligne tout de suite."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# --- which Python ---------------------------------------------------------------------------------------------------


def other_python() -> list:
    """La commande d'un autre Python de la machine qui convient, ou une liste vide."""
    probe = "import sys, venv; sys.exit(not (%r <= sys.version_info[:2] <= %r))" % (OLDEST, NEWEST)
    minors = range(NEWEST[1], OLDEST[1] - 1, -1)
    candidates = [["py", f"-3.{minor}"] for minor in minors] if WINDOWS else [[f"python3.{minor}"] for minor in minors]
    for command in candidates:
        if shutil.which(command[0]):
            with contextlib.suppress(OSError):
                if subprocess.call([*command, "-c", probe], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) == 0:
                    return command
    if shutil.which("uv"):
        return ["uv", "run", "--no-project", "--python", ">=3.11,<3.14"]
    return []


def right_python(arguments: list) -> "int | None":
    """Relancer avec un Python qui convient quand celui-ci ne convient pas ; None si celui-ci va."""
    current = sys.version_info[:2]
    if OLDEST <= current <= NEWEST or os.environ.get("DATAKIT_RELANCE"):
        return None
    version = ".".join(str(n) for n in current)
    other = other_python()
    if other:
        say(f"Python {version} ne convient pas : on utilise {' '.join(other)}.")
        return become([*other, str(HERE / "lancer.py"), *arguments], dict(os.environ, DATAKIT_RELANCE="1"))
    if current > NEWEST:
        say(f"Python {version} est plus récent que les versions essayées (3.11 à 3.13) : on tente quand même.")
        return None
    raise Trouble(
        f"Ce Python est en version {version} ; il faut Python 3.11, 3.12 ou 3.13.\n"
        "  À faire : installer Python 3.12 (site officiel de Python, ou « Microsoft Store » sous Windows : "
        "sans droits d'administrateur), puis relancer."
    )


# --- where, and is it ready -----------------------------------------------------------------------------------------


def venv_place(wheels: "Path | None") -> Path:
    """Le dossier de l'installation : à côté du lanceur, sauf là où il gênerait."""
    if os.environ.get("DATAKIT_VENV"):
        return Path(os.environ["DATAKIT_VENV"])
    text = str(HERE)
    awkward = (
        any(name in text.lower() for name in SYNCHRONISED)
        or (WINDOWS and len(text) > LONGEST_WINDOWS_PATH)
        or not os.access(text, os.W_OK)
        or wheels == WHEELS
    )
    if not awkward:
        return HERE / ".venv"
    local = os.environ.get("LOCALAPPDATA") if WINDOWS else os.environ.get("XDG_DATA_HOME")
    base = Path(local) if local else Path.home() / ".local" / "share"
    return base / "datakit" / ("venv-" + hashlib.sha256(text.encode("utf-8")).hexdigest()[:8])


def python_of(venv: Path) -> Path:
    """L'interpréteur d'une installation."""
    return venv / ("Scripts/python.exe" if WINDOWS else "bin/python")


def wanted(level: str) -> dict:
    """Ce qu'une installation à jour contient : les verrous et les sources dont elle est faite."""
    sources = hashlib.sha256()
    for name in SOURCES:
        place = HERE / name
        for folder, folders, files in os.walk(str(place)):
            folders[:] = sorted(d for d in folders if d not in ("__pycache__", ".ipynb_checkpoints"))
            for file in sorted(files):
                stat = (Path(folder) / file).stat()
                sources.update(f"{folder}/{file} {stat.st_size} {stat.st_mtime_ns}\n".encode("utf-8", "replace"))
        if place.is_file():
            sources.update(place.read_bytes())
    locks = {name: hashlib.sha256(LOCKS[name].read_bytes()).hexdigest() for name in ("cours", level)}
    return {"verrous": locks, "sources": sources.hexdigest()}


def found(venv: Path) -> dict:
    """Ce que dit le témoin de l'installation ; vide si elle n'est pas allée au bout."""
    witness = venv / "datakit-pret.json"
    try:
        # its size first: whatever is far too big is not read
        small = witness.is_file() and witness.stat().st_size < 100_000
        said = json.loads(witness.read_text(encoding="utf-8")) if small else {}
        return said if isinstance(said.get("verrous", {}), dict) else {}
    except (OSError, ValueError, AttributeError, RecursionError):
        return {}


def missing(wish: dict, have: dict) -> set:
    """Ce qu'il reste à installer : « paquets », « datakit », ou rien."""
    if not have:
        return {"paquets", "datakit"}
    late = any(have.get("verrous", {}).get(name) != value for name, value in wish["verrous"].items())
    return ({"paquets", "datakit"} if late else set()) | (
        set() if have.get("sources") == wish["sources"] else {"datakit"}
    )


@contextlib.contextmanager
def alone(venv: Path):  # noqa: ANN201 - Python 3.6 reads this file
    """Une seule installation à la fois ; le système lève ce verrou si le processus meurt."""
    venv.parent.mkdir(parents=True, exist_ok=True)
    with (venv.parent / (venv.name + ".verrou")).open("w") as handle:
        if WINDOWS:
            import msvcrt

            def take(wait: bool) -> None:
                msvcrt.locking(handle.fileno(), msvcrt.LK_LOCK if wait else msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            def take(wait: bool) -> None:
                fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))

        HELD[:] = [handle.fileno()]
        try:
            take(False)
        except OSError:
            say("Une autre fenêtre est en train d'installer : on attend qu'elle ait fini.")
            for _ in range(60):
                with contextlib.suppress(OSError):  # Windows gives up after ten seconds
                    take(True)
                    break
        try:
            yield
        finally:
            HELD.clear()


# --- installing -----------------------------------------------------------------------------------------------------


def watched(command: list, title: str, total: int, env: dict, journal: Path) -> str:
    """Lancer un installateur en montrant où il en est ; rend ce qu'il a écrit s'il échoue, sinon une chaîne vide."""
    lines = queue.Queue()
    process = keep(command, env)

    def pump() -> None:
        with contextlib.suppress(OSError, ValueError):
            for raw in process.stdout:
                lines.put(raw.decode("utf-8", "replace"))
        lines.put(None)

    threading.Thread(target=pump, daemon=True).start()
    start, shown, count, text, written = time.time(), 0.0, 0, "récupération", []
    on_screen = sys.stdout.isatty()
    try:
        while True:
            try:
                line = lines.get(timeout=1)
                if line is None:
                    break
                written.append(line)
                count += line.startswith("Collecting ")
                if line.startswith("Installing collected"):
                    text = "mise en place des fichiers (une minute environ)"
            except queue.Empty:
                pass
            if time.time() - shown > (0.5 if on_screen else 15):
                shown = time.time()
                step = f"{text} {count} sur {total} environ" if count and "mise" not in text else text
                seconds = int(shown - start)
                sys.stdout.write(f"{chr(13) if on_screen else ''}  {title} : {step}, {seconds} s".ljust(78))
                sys.stdout.write("" if on_screen else "\n")
                sys.stdout.flush()
        code = process.wait()
    finally:
        release(process)
        with contextlib.suppress(OSError), journal.open("a", encoding="utf-8") as out:
            out.writelines(written)
    if on_screen:
        sys.stdout.write("\r" + " " * 78 + "\r")
    if code == 0:
        say(f"  {title} : fait en {time.time() - start:.0f} s")
        return ""
    return "".join(written) or f"code {code}"


def system_certificates(place: Path) -> "str | None":
    """Écrire dans un fichier les certificats que le système reconnaît (réseaux d'entreprise)."""
    pem = [ssl.DER_cert_to_PEM_cert(c) for c in ssl.create_default_context().get_ca_certs(binary_form=True)]
    if sys.platform == "darwin":
        chains = ["/Library/Keychains/System.keychain", "/System/Library/Keychains/SystemRootCertificates.keychain"]
        with contextlib.suppress(OSError, subprocess.CalledProcessError):
            pem.append(subprocess.check_output(["/usr/bin/security", "find-certificate", "-a", "-p", *chains]).decode())
    if not pem:
        return None
    place.write_text("".join(pem), encoding="ascii")
    return str(place)


def like_pip(env: dict) -> dict:
    """Donner à uv les réglages de pip (miroir, proxy, certificats), qu'il ne lit pas de lui-même."""
    names = {
        "index-url": "UV_DEFAULT_INDEX",
        "extra-index-url": "UV_INDEX",
        "find-links": "UV_FIND_LINKS",
        "cert": "SSL_CERT_FILE",
        "proxy": "HTTPS_PROXY",
    }
    try:
        command = [sys.executable, "-m", "pip", "config", "list"]
        settings = subprocess.check_output(command, stderr=subprocess.DEVNULL).decode("utf-8", "replace")
    except (OSError, subprocess.CalledProcessError):
        return env
    for key, value in re.findall(r"^[^=]*?\.([a-z-]+)='(.*)'\s*$", settings, re.MULTILINE):
        if key in names:
            env.setdefault(names[key], value.replace("\\n", " "))
    return env


def explain(log: str, journal: Path) -> Trouble:
    """Le message à montrer pour un échec de l'installateur."""
    for pattern, what, remedy in CAUSES:
        if re.search(pattern, log, re.IGNORECASE):
            return Trouble(f"{what}\n  À faire : {remedy}\n  Détails : {journal}")
    last = "\n".join("    " + line for line in log.strip().splitlines()[-5:])
    return Trouble(f"L'installation a échoué.\n{last}\n  Détails : {journal}")


class Installer:
    """pip, ou uv s'il est là : mêmes verrous, même résultat."""

    def __init__(self, venv: Path, wheels: "Path | None") -> None:
        self.venv, self.wheels, self.journal = venv, wheels, venv / "installation.log"
        self.env = dict(os.environ, PYTHONUTF8="1", PYTHONIOENCODING="utf-8", PIP_DISABLE_PIP_VERSION_CHECK="1")
        self.uv = shutil.which("uv")
        self.tool = venv / "outil"

    def create(self) -> None:
        """Créer l'installation vide."""
        say(f"Première installation, dans {self.venv} (quelques minutes ; ensuite, quelques secondes).")
        if self.uv and self._uv_create():
            return
        self.uv = None
        command = [sys.executable, "-m", "venv", str(self.venv)]
        code, text = result_of(command, self.env)
        if code and "ensurepip" in text:
            raise Trouble(
                "Ce Python est livré sans le module qui crée les installations.\n"
                "  À faire (Debian, Ubuntu) : sudo apt install python3-venv, puis relancer."
            )
        if code:
            raise explain(text, self.journal)

    def bring(self) -> None:
        """Faire venir uv par pip, avec son empreinte ; sans lui, pip fait tout, plus lentement."""
        if self.uv or not TOOL_LOCK.is_file() or os.environ.get("DATAKIT_SANS_UV"):
            return
        command = [str(python_of(self.venv)), "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile"]
        command += ["--require-hashes", "--only-binary", ":all:", "--target", str(self.tool), *self._offline()]
        log = watched([*command, "-r", str(TOOL_LOCK)], "Installateur rapide (uv)", 1, self.env, self.journal)
        program = self.tool / "bin" / ("uv.exe" if WINDOWS else "uv")
        if log or not program.is_file():
            say("  L'installateur rapide n'a pas pu venir : pip s'en charge, en une ou deux minutes de plus.")
            return
        self.uv = str(program)
        # its cache beside it: files are linked rather than copied, and nothing is left behind
        self.env = dict(like_pip(self.env), UV_CACHE_DIR=str(self.tool / "cache"))

    def put_away(self) -> None:
        """Enlever l'installateur rapide, qui ne sert plus."""
        shutil.rmtree(str(self.tool), ignore_errors=True)

    def lighten(self) -> None:
        """Enlever des paquets ce dont rien ne se sert ; un échec laisse une installation entière, plus grosse."""
        command = [str(python_of(self.venv)), "-P", "-m", "datakit.course.room.slim"]
        watched(command, "Allègement", 1, self.env, self.journal)

    def _offline(self) -> list:
        return ["--no-index", "--find-links", str(self.wheels)] if self.wheels else []

    def _uv_create(self) -> bool:
        command = [self.uv, "venv", "--quiet", "--no-config", "--python", sys.executable, str(self.venv)]
        self.env = like_pip(self.env)
        return result_of(command, self.env)[0] == 0

    def install(self, what: list, title: str, total: int) -> None:
        """Installer ``what`` (arguments communs à pip et uv)."""
        offline = self._offline()
        python = str(python_of(self.venv))
        if self.uv:
            # the repository's settings for uv speak of the locks, not of this installation
            command = [self.uv, "pip", "install", "--no-config", "--python", python, *offline, *what]
            if not watched(command, title, total, self.env, self.journal):
                return
            say("  uv n'a pas pu : on continue avec pip.")
            self.uv = None
        if result_of([python, "-m", "pip", "--version"], self.env)[0]:
            result_of([python, "-m", "ensurepip", "--default-pip"], self.env)
        # the bytecode is written at first use, for what is used
        command = [python, "-m", "pip", "install", "--progress-bar", "off", "--no-compile", *offline, *what]
        log = watched(command, title, total, self.env, self.journal)
        if re.search(CERTIFICATE, log):
            say("  Certificat inconnu : nouvel essai avec les certificats du système.")
            bundle = system_certificates(self.venv / "certificats.pem")
            if bundle:
                self.env.update(PIP_CERT=bundle, SSL_CERT_FILE=bundle)
                log = watched(command, title, total, self.env, self.journal)
        if log:
            raise explain(log, self.journal)


def prepare(level: str, wheels: "Path | None", again: bool) -> Path:
    """Mettre l'installation au niveau voulu, sans rien faire si elle y est déjà ; rend son interpréteur."""
    venv = venv_place(wheels)
    wish = wanted(level)
    if not again and not missing(wish, found(venv)) and python_of(venv).exists():
        return python_of(venv)
    with alone(venv):
        have = {} if again or not python_of(venv).exists() else found(venv)
        todo = missing(wish, have)
        if not todo:
            return python_of(venv)
        free = shutil.disk_usage(str(venv.parent)).free / 1e9
        if "paquets" in todo and free < NEEDED_GB:
            raise Trouble(
                f"Il reste {free:.1f} Go sur le disque ; il en faut {NEEDED_GB:.0f}.".replace(".", ",", 1)
                + "\n  À faire : libérer de la place, puis relancer."
            )
        installer = Installer(venv, wheels)
        if not have:
            if (venv / "pyvenv.cfg").exists():
                say("Une installation ancienne ou interrompue a été trouvée : elle est refaite.")
            shutil.rmtree(str(venv), ignore_errors=True)
            installer.create()
        (venv / "datakit-pret.json").unlink() if have else None
        if "paquets" in todo:
            installer.bring()
            total = len(re.findall(r"(?m)^[\w.-]+(?:\[.*\])?==", LOCKS[level].read_text(encoding="utf-8")))
            installer.install(["--no-deps", "--require-hashes", "-r", str(LOCKS[level])], "Paquets", total)
        installer.install(["--no-deps", "--no-build-isolation", "--force-reinstall", *project(wheels)], "datakit", 1)
        installer.put_away()
        if "paquets" in todo:
            installer.lighten()
        locks = dict(have.get("verrous", {}) if "paquets" not in todo else {}, **wish["verrous"])
        (venv / "datakit-pret.json").write_text(json.dumps(dict(wish, verrous=locks)), encoding="utf-8")
        say("Installation terminée.")
    return python_of(venv)


def project(wheels: "Path | None") -> list:
    """Ce qu'on installe comme datakit : le dépôt, ou sa roue et son empreinte dans un kit sans dépôt."""
    if (HERE / "pyproject.toml").exists():
        return [str(HERE)]
    lock = (wheels or WHEELS) / "datakit.lock"
    if not lock.is_file():
        raise Trouble("Le dossier de roues ne contient pas celle de datakit.\n  À faire : recopier le kit en entier.")
    return ["--require-hashes", "-r", str(lock)]


# --- running --------------------------------------------------------------------------------------------------------


def run(command: list) -> int:
    """Laisser la place à datakit, lancé depuis ce dossier."""
    return become(command, dict(os.environ, PYTHONUTF8="1", DATAKIT_SOURCES=str(HERE)))


def become(command: list, env: dict) -> int:
    """Devenir ce programme : l'arrêter, ou le tuer, c'est alors nous arrêter. Windows ne sait pas : on l'attend."""
    sys.stdout.flush()
    if not WINDOWS:
        os.chdir(str(HERE))
        os.execvpe(command[0], command, env)  # noqa: S606 - our own command
    process = subprocess.Popen(command, cwd=str(HERE), env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            # in a terminal the child has had the Ctrl+C too
            if not (sys.stdin and sys.stdin.isatty()):
                process.terminate()


def options(arguments: list) -> tuple:
    """Séparer les options d'installation du reste : (roues, refaire, le reste)."""
    wheels, again, rest = (WHEELS if WHEELS.is_dir() else None), False, list(arguments)
    while rest and rest[0] in ("--roues", "--refaire"):
        if rest.pop(0) == "--refaire":
            again = True
            continue
        wheels = Path(rest.pop(0)).expanduser().resolve() if rest else None
        if not wheels or not wheels.is_dir():
            raise Trouble(f"--roues attend un dossier de roues (*.whl) ; reçu : {wheels or 'rien'}.")
    return wheels, again, rest


def main(arguments: list) -> int:
    """Installer ce qui manque, puis faire ce qui est demandé."""
    if arguments[:1] in (["--aide"], ["-h"], ["--help"], ["aide"]):
        say((__doc__ or "").strip())
        return 0
    elsewhere = right_python(arguments)
    if elsewhere is not None:
        return elsewhere
    wheels, again, rest = options(arguments)
    verb = rest.pop(0) if rest and not rest[0].startswith("-") else "lab"
    python = str(prepare("tests" if verb == "tests" else "cours", wheels, again))
    if verb == "tests":
        return run([python, str(HERE / ".ci" / "parts.py"), *rest])
    # -P: the installed package, not the folder we stand in
    return run([python, "-P", "-m", "datakit.cli", *([] if verb == "datakit" else [verb]), *rest])


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(main(sys.argv[1:]))
    except Trouble as trouble:
        sys.stderr.write(f"\n{trouble}\n")
        sys.exit(2)
    except KeyboardInterrupt:
        sys.stderr.write("\nInterrompu. La même commande reprendra là où il faut.\n")
        sys.exit(130)
    except OSError as error:
        sys.stderr.write(f"\n{explain(str(error), HERE)}\n")
        sys.exit(2)
