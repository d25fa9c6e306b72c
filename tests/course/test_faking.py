# ruff: noqa: E501  (one trick per line reads better)
"""Tricher en ayant lu le code : aucune réponse fausse n'est jugée juste, sauf à dire « non vérifiable ».

datakit est une roue dépliée dans un dossier à soi : ce que les cellules y changent ne touche pas le dépôt.
"""

import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest

from datakit.core.places import content
from datakit.course.exercises.verdicts import key_of
from tests.course.tricks import FOLDER, STDLIB, TRICKS, filled

ROOT = Path(__file__).resolve().parents[2]
BOOK = "02_partenaires.ipynb"
WRONG = {"E08": '["collecte"]', "E09": '["insee"] * 8', "E10": '["non"] * 8', "E11": '["donnees"]'}
WITNESS = "pas encore essayé"  # a file that the first cell removes
QUICK = ("moteur", "fichier du moteur", "une bibliothèque", "le gardien endormi")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="fork, les liens et les signaux d'Unix")

# what the first cell does, the four answers staying wrong; {here} is the folder of the installed datakit
WAYS = {
    "moteur": "from datakit.course.exercises import engine\nengine.checker = lambda asked: lambda *_: engine.Verdict('juste')",
    "résultat": "from datakit.course.exercises.result import Result\nResult.title = property(lambda s: f'{s.id} · juste ✔')",
    "afficheurs": "f = get_ipython().display_formatter.format\nget_ipython().display_formatter.format = "
    "lambda *a, **k: ({'text/plain': 'E08 · juste ✔'}, {})",
    "modules": "import sys, types\nm = types.ModuleType('x')\nm.check = lambda *_: 'juste'\n"
    "sys.modules['datakit'] = sys.modules['datakit.course.exercises.engine'] = m",
    "portage": 'from datakit.course.exercises import carrying\ncarrying.carry = lambda *_: \'{"outcome": "juste"}\'',
    "portage juste": 'from datakit.course.exercises import carrying\ncarrying.carry = lambda *_: \'["juste", ["", ""]]\'',
    "import": "import builtins\nbuiltins.__import__ = lambda *a, **k: type('M', (), {'carry': staticmethod(lambda *_: 'juste')})",
    "fin de processus": "import atexit, os\natexit.register(lambda: (print('4 sur 4 : tout est juste.'), os._exit(0)))",
    "réponses noyau": "k = get_ipython().kernel\nasync def do(*a, **k): return {'status': 'ok', 'execution_count': 1, "
    "'user_expressions': {'answer': {'status': 'ok', 'data': {'text/plain': '\"juste\"'}}}}\nk.do_execute = do",
    "objet complaisant": "class Oui(str):\n    __eq__ = __contains__ = lambda *_: True\n    __hash__ = str.__hash__\n"
    "    __class__ = property(lambda s: str)\n    def __getattr__(s, n): return s\n    def __iter__(s): return iter([s] * 8)\n"
    "{answers}= Oui('question')",
    "pickle": "class P:\n    def __reduce__(s): return (print, ('4 sur 4',))\n{answers}= P()",
    "objet sans fin": "class L(dict):\n    def items(s):\n        while True: yield 1, 1\n{answers}= L()",
    "carnet": "import os, json\nopen(os.environ['DATAKIT_PROGRESS'], 'a').writelines("
    "json.dumps({'id': f'E{n:02d}', 'outcome': 'juste', 'at': 'x'}) + '\\n' for n in range(8, 12))",
    "variables": "import os\nos.environ.update(PYTHONPATH=os.getcwd(), PYTHONSTARTUP='x.py', DATAKIT_PROGRESS='x')",
    "dépôt": "import os\nos.environ['DATAKIT_DEPOT'] = os.getcwd()",
    "à côté": "for name in ('datakit', 'json', 'pandas', 'sitecustomize'):\n    open(f'{name}.py', 'w').write("
    "'import os\\nos.write(1, b\"4 sur 4 : tout est juste.\")\\nos._exit(0)')",
    "fichier du moteur": "p = '{here}/datakit/course/exercises/engine.py'\nt = open(p).read()\n"
    "open(p, 'w').write(t.replace('if verdict.key == RIGHT else NOT_YET', 'if True else NOT_YET'))",
    "fichier daté": "import os\np = '{here}/datakit/course/exercises/kinds.py'\ns = os.stat(p)\nt = open(p).read()\n"
    "open(p, 'w').write(t + '\\ncheck_order = check_choices = check_selection = lambda *_: Verdict(RIGHT)\\n')\n"
    "os.utime(p, ns=(s.st_atime_ns, s.st_mtime_ns))",
    "module compilé": "import importlib.util as u, marshal, os, pathlib\np = '{here}/datakit/course/exercises/kinds.py'\n"
    "t = open(p).read() + '\\ncheck_order = check_choices = check_selection = lambda *_: Verdict(RIGHT)\\n'\n"
    "s = os.stat(p)\nh = u.MAGIC_NUMBER + (0).to_bytes(4, 'little') + int(s.st_mtime).to_bytes(4, 'little') + s.st_size.to_bytes(4, 'little')\n"
    "c = pathlib.Path(u.cache_from_source(p))\nc.parent.mkdir(exist_ok=True)\nc.write_bytes(h + marshal.dumps(compile(t, p, 'exec')))",
    "dossier échangé": "import os, shutil\np = '{here}/datakit/course/exercises'\nshutil.copytree(p, p + '2')\n"
    "t = open(p + '2/engine.py').read()\nopen(p + '2/engine.py', 'w').write(t.replace('== RIGHT else NOT_YET', '!= 0 else NOT_YET'))\n"
    "os.rename(p, p + '3')\nos.rename(p + '2', p)",
    "énoncé": "p = '{here}/datakit/course/sessions/02_partenaires.toml'\nt = open(p).read()\n"
    "open(p, 'w').write(t.replace('answer = true', 'answer = false').replace('answer = \"', 'answer = \"insee\" #'))",
    "corrigé": "import pathlib\nfor p in pathlib.Path('{here}/datakit/_content/exercises/solutions').glob('*'): p.unlink()",
    "à la racine": "open('{here}/pandas.py', 'w').write('raise SystemExit(0)')\nopen('{here}/tomllib.py', 'w').write("
    "'def loads(t): return {}')",
    "paquet ajouté": "import os\nos.mkdir('{here}/datakit/course/exercises/kinds')\n"
    "t = open('{here}/datakit/course/exercises/kinds.py').read()\n"
    "t += '\\ncheck_order = check_choices = check_selection = lambda *_: Verdict(RIGHT)\\n'\n"
    "open('{here}/datakit/course/exercises/kinds/__init__.py', 'w').write(t)",
    "faux dépôt de travail": "import os, shutil\nfor name in ('data', 'exercises', 'notebooks', 'docs', 'jupyter'):\n"
    "    shutil.copytree('{here}/datakit/_content/' + name, '{here}/' + name)\nopen('{here}/pyproject.toml', 'w').close()\n"
    "p = '{here}/datakit/course/exercises/kinds.py'\nt = open(p).read()\n"
    "open(p, 'w').write(t + '\\ncheck_order = check_choices = check_selection = lambda *_: Verdict(RIGHT)\\n')",
    "inventaire ôté": "import pathlib, shutil\n[shutil.rmtree(p) for p in pathlib.Path('{here}').glob('*.dist-info')]\n"
    "p = '{here}/datakit/course/exercises/kinds.py'\nt = open(p).read()\n"
    "open(p, 'w').write(t + '\\ncheck_order = check_choices = check_selection = lambda *_: Verdict(RIGHT)\\n')",
    "après coup": "import os, time\nif os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        time.sleep(8)\n"
    "        p = '{here}/datakit/course/exercises/engine.py'\n        open(p, 'w').write('def check(*_): return 1')\n"
    "    os._exit(0)",
    "le gardien": "import os, signal\nos.kill(os.getppid(), signal.SIGKILL)",
    "le vérificateur": "import os, psutil, signal\nboss = psutil.Process().parents()[1]\n"
    "os.write(os.open(f'/proc/{boss.pid}/fd/1', os.O_WRONLY), '4 sur 4 : tout est juste.\\n'.encode())\n"
    "os.kill(boss.pid, signal.SIGKILL)",
}
# what one run leaves behind for the next
SEEN = ("fichier du moteur", "fichier daté", "paquet ajouté", "faux dépôt de travail", "inventaire ôté")
LEFT = (*SEEN, "énoncé", "module compilé", "à la racine")
# what the report quotes of an answer must neither pass for a line of it nor move the cursor
QUOTED = """
reponse_e09 = ['a\\n  ✔ E09 · juste · À qui'] * 8
reponse_e10 = ['\\x1b[2A\\x1b[2K ✔ E10 · juste ·'] * 8
reponse_e11 = ['\\u2028✔ E11 · juste ·\\x0b✔ E11']
from datakit.course.exercises.placeholder import Stopped
reponse_e08 = Stopped('E08', 'x\\n✔ E08 · juste · y')
"""
# a module that hides the real one, and does the same
FAITHFUL = "import sysconfig\nexec(open(sysconfig.get_paths()['stdlib'] + '/queue.py').read())"
# what is prepared before the command is launched
SHELL = {
    "PYTHONPATH": ({"PYTHONPATH": "{evil}"}, {"queue.py": FAITHFUL}),
    "IPYTHONDIR": ({"IPYTHONDIR": "{evil}"}, {"profile_default/startup/0.py": WAYS["moteur"]}),
    "PYTHONSTARTUP": ({"PYTHONSTARTUP": "{evil}/x.py", "PYTHONINSPECT": "1"}, {"x.py": "import os; os._exit(0)"}),
    "noyau": ({"JUPYTER_PATH": "{evil}"}, {"kernels/python3/kernel.json": '{"argv": ["true"], "display_name": "x"}'}),
    "cache": ({"DATAKIT_CACHE": "{evil}"}, {"couches/x.parquet": "faux", "officiel/x": ""}),
}  # fmt: skip


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roue")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return next(folder.glob("*.whl"))


@pytest.fixture
def venv(tmp_path):
    """Un Python à soi, que l'on peut abîmer : il emprunte les bibliothèques de celui-ci, sauf une."""
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = folder / "lib" / STDLIB / "site-packages"
    borrowed = next(p for p in sys.path if p.endswith("site-packages"))
    (site / "autres.pth").write_text(borrowed)
    shutil.copytree(Path(borrowed) / "platformdirs", site / "platformdirs")
    return folder


def notebook(folder, here, attack, venv=""):
    pages = nbformat.read(content("exercises") / BOOK, as_version=4)
    for cell in pages.cells:
        if cell.id.endswith("-reponse"):
            id = cell.id[:3]
            cell.source = f"if 'reponse_{id.lower()}' not in globals(): reponse_{id.lower()} = {WRONG[id]}"
        if key_of(cell):
            cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": f"{key_of(cell)} · juste ✔"})]
    names = "".join(f"reponse_{id.lower()} = " for id in WRONG)
    site = f"{venv}/lib/{STDLIB}/site-packages"
    code = filled(attack, here=here, venv=venv, site=site).replace("{answers}= ", names)
    code = f"import os\nif os.path.exists({WITNESS!r}): os.remove({WITNESS!r})\n{code}"
    pages.cells.insert(1, nbformat.v4.new_code_cell(code))
    path = folder / BOOK
    folder.mkdir(exist_ok=True)
    (folder / WITNESS).touch()
    nbformat.write(pages, path)
    return path


def judged(*paths, here, python=sys.executable, ran=True, seconds="60", **variables):
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DATAKIT", "COV"))}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [variables.pop("PYTHONPATH", ""), str(here)]))
    command = [str(python), "-P", "-m", "datakit.cli", "check", *map(str, paths), "--seconds", seconds]
    options = {"capture_output": True, "text": True, "timeout": 400, "cwd": paths[0].parent}
    done = subprocess.run(command, env=env | variables, **options)
    # a trick that was not even tried proves nothing
    assert not (ran and (paths[0].parent / WITNESS).exists()), done.stdout + done.stderr
    return done


def installed(wheel, tmp_path):
    here = tmp_path / "installé"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(here)
    return here


def refused(done):
    assert done.returncode != 0, done.stdout
    said = done.stdout.split("02_partenaires.ipynb\n")[-1] if done.returncode > 0 else ""
    assert "· juste ·" not in said and "✔" not in said, said
    return said


def test_the_right_answers_still_pass(wheel, tmp_path):
    here = installed(wheel, tmp_path)
    path = tmp_path / BOOK
    path.write_bytes((content("exercises") / "solutions" / BOOK).read_bytes())
    done = judged(path, here=here)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "4 sur 4 : tout est juste." in done.stdout and "ni comment" in done.stdout


@pytest.mark.parametrize("way", [pytest.param(w, marks=() if w in QUICK else pytest.mark.complete) for w in WAYS])
def test_no_trick_of_a_cell_makes_a_wrong_answer_right(way, wheel, tmp_path):
    here = installed(wheel, tmp_path)
    folder = tmp_path / "travail"
    folder.mkdir()
    path = notebook(folder, here, WAYS[way])
    # what never ends must be stopped; anything else has the time that a busy machine takes
    said = refused(judged(path, here=here, seconds="8" if way == "objet sans fin" else "60"))
    assert said or way == "le vérificateur"


@pytest.mark.complete
@pytest.mark.parametrize("way", LEFT)
def test_what_an_earlier_run_left_behind_does_not_help_the_next(way, wheel, tmp_path):
    here = installed(wheel, tmp_path)
    folder = tmp_path / "travail"
    folder.mkdir()
    refused(judged(notebook(folder, here, WAYS[way]), here=here))
    said = refused(judged(notebook(folder, here, "1"), here=here, ran=False))
    # a module of their own beside datakit ends the command before it has said anything
    assert "a été installé" in said if way in SEEN else "✔" not in said


@pytest.mark.complete
@pytest.mark.parametrize("way", SHELL)
def test_what_the_shell_prepared_does_not_help(way, wheel, tmp_path):
    here = installed(wheel, tmp_path)
    evil, folder = tmp_path / "ailleurs", tmp_path / "travail"
    folder.mkdir()
    variables, files = SHELL[way]
    for name, text in files.items():
        (evil / name).parent.mkdir(parents=True, exist_ok=True)
        (evil / name).write_text(text, encoding="utf-8")
    path = notebook(folder, here, "1")
    refused(judged(path, here=here, **{k: v.replace("{evil}", str(evil)) for k, v in variables.items()}))


@pytest.mark.parametrize("way", [pytest.param(w, marks=() if w in QUICK else pytest.mark.complete) for w in TRICKS])
def test_nothing_answers_in_the_place_of_the_judge(way, wheel, venv, tmp_path):
    here = installed(wheel, tmp_path)
    folder = tmp_path / "travail"
    folder.mkdir()
    done = judged(notebook(folder, here, TRICKS[way], venv), here=here, python=venv / "bin" / "python")
    assert refused(done) and "Traceback" not in done.stderr


@pytest.mark.complete
def test_a_first_notebook_does_not_help_the_second(wheel, venv, tmp_path):
    here = installed(wheel, tmp_path)
    first = notebook(tmp_path / "un", here, TRICKS["une bibliothèque"], venv)
    done = judged(first, notebook(tmp_path / "deux", here, "1"), here=here, python=venv / "bin" / "python")
    assert done.returncode == 1 and "✔" not in done.stdout, done.stdout


@pytest.mark.complete
@pytest.mark.parametrize("way", FOLDER)
def test_what_lies_in_the_working_folder_is_not_run(way, wheel, venv, tmp_path):
    here = installed(wheel, tmp_path)
    path = notebook(tmp_path / "travail", here, "1")
    for name, text in FOLDER[way].items():
        (path.parent / name).parent.mkdir(parents=True, exist_ok=True)
        (path.parent / name).write_text(text, encoding="utf-8")
    shutil.copytree(here, venv / "lib" / STDLIB / "site-packages", dirs_exist_ok=True)
    command = [venv / "bin" / "python", "-m", "datakit", "check", path.name]
    env = {k: v for k, v in os.environ.items() if not k.startswith(("DATAKIT", "COV", "PYTHON"))}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=400, cwd=path.parent)
    assert done.returncode == 1 and "tout est juste" not in done.stdout, done.stdout + done.stderr


def test_an_answer_that_is_quoted_does_not_write_the_report(wheel, tmp_path):
    here = installed(wheel, tmp_path)
    done = judged(notebook(tmp_path / "travail", here, QUOTED), here=here)
    assert done.returncode == 1 and "\x1b" not in done.stdout and "E09 · juste" in done.stdout
    assert not any(each.lstrip().startswith("✔") for each in done.stdout.splitlines()), done.stdout


def test_the_name_of_a_notebook_does_not_write_the_report(wheel, tmp_path):
    here = installed(wheel, tmp_path)
    true = notebook(tmp_path / "travail", here, "1")
    line = "✔ E08 · juste · Remettre"
    path = true.rename(true.with_name(f"x\n  {line}\x1b[2K\r  {line}\u2028  {line}\x0b  4 sur 4 : tout est juste."))
    done = judged(path, here=here)
    assert done.returncode == 1 and "\x1b" not in done.stdout
    assert not any(each.lstrip().startswith(("✔", "4 sur 4")) for each in done.stdout.splitlines()), done.stdout
    path.write_text("pas un notebook", encoding="utf-8")
    done = judged(path, here=here)
    assert done.returncode == 2 and not any(each.lstrip().startswith("✔") for each in done.stderr.splitlines())


def test_a_first_notebook_does_not_write_the_second(wheel, tmp_path):
    here = installed(wheel, tmp_path)
    second = notebook(tmp_path / "deux", here, "1")
    solved = f"{here}/datakit/_content/exercises/solutions/{BOOK}"
    first = notebook(tmp_path / "un", here, f"import shutil\nshutil.copy({solved!r}, {str(second)!r})")
    done = judged(first, second, here=here)
    assert done.returncode == 1 and "✔" not in done.stdout, done.stdout
