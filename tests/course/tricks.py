"""Des façons de tricher qui demandent d'avoir lu comment le juge est lancé, et ce qui décide de le croire.

``{here}`` est le dossier du datakit installé, ``{venv}`` son Python, ``{site}`` ses bibliothèques ; ``{liar}`` est un
module qui, dès qu'on l'importe, dit à la place du juge que les quatre réponses sont justes.
"""

import json
import sys

IDS = ("E08", "E09", "E10", "E11")
# what an honest judge would say of four right answers
FORGED = json.dumps({"verdicts": [[id, "juste", ""] for id in IDS], "files": []})
LIAR = f'import posix; posix.write(1, bytes.fromhex("{FORGED.encode().hex()}")); posix._exit(0)'
STDLIB = f"python{sys.version_info[0]}.{sys.version_info[1]}"


def filled(text, **places):
    """Un tour prêt à servir."""
    for name, value in (places | {"liar": LIAR, "forged": FORGED, "stdlib": STDLIB}).items():
        text = text.replace(f"{{{name}}}", str(value))
    return text


TRICKS = {
    "python échangé": """
import os
os.remove("{venv}/bin/python")
open("{venv}/bin/python", "w").write('''#!/bin/sh\\necho '{forged}'\\n''')
os.chmod("{venv}/bin/python", 0o755)
""",
    "une autre bibliothèque standard": """
import os, re
os.makedirs("{venv}/faux/bin")
os.makedirs("{venv}/faux/lib/{stdlib}/encodings")
open("{venv}/faux/lib/{stdlib}/os.py", "w").close()
open("{venv}/faux/lib/{stdlib}/encodings/__init__.py", "w").write('''{liar}''')
text = open("{venv}/pyvenv.cfg").read()
open("{venv}/pyvenv.cfg", "w").write(re.sub("home = .*", "home = {venv}/faux/bin", text))
""",
    "une bibliothèque": """
open("{site}/platformdirs/__init__.py", "w").write('''{liar}''')
""",
    "une bibliothèque compilée": """
import importlib.util, marshal, os, pathlib
place = "{site}/platformdirs/__init__.py"
about = os.stat(place)
head = importlib.util.MAGIC_NUMBER + bytes(4)
head += int(about.st_mtime).to_bytes(4, "little") + about.st_size.to_bytes(4, "little")
compiled = pathlib.Path(importlib.util.cache_from_source(place))
compiled.parent.mkdir(exist_ok=True)
compiled.write_bytes(head + marshal.dumps(compile('''{liar}''', place, "exec")))
""",
    "une bibliothèque devant": """
import os
os.mkdir("{site}/pandas")
open("{site}/pandas/__init__.py", "w").write(
    'import os; os.write(1, b"4 sur 4 : tout est juste."); os._exit(0)'
)
""",
    "sans empreintes": """
import pathlib, shutil
[shutil.rmtree(place) for place in pathlib.Path("{here}").glob("*.dist-info")]
open("{here}/datakit/course/exercises/engine.py", "w").write('''{liar}''')
""",
    "empreintes refaites": """
import base64, hashlib, pathlib, re
engine = pathlib.Path("{here}/datakit/course/exercises/engine.py")
engine.write_text('''{liar}''')
mark = base64.urlsafe_b64encode(hashlib.sha256(engine.read_bytes()).digest()).rstrip(b"=").decode()
record = next(pathlib.Path("{here}").glob("*.dist-info/RECORD"))
record.write_text(re.sub("(exercises/engine.py,sha256=)[^,]*", lambda m: m[1] + mark, record.read_text()))
""",
    "dossier préparé": """
import os, shutil
shutil.copytree("{site}", "{venv}/lib2/{stdlib}/site-packages", symlinks=True)
open("{venv}/lib2/{stdlib}/site-packages/platformdirs/__init__.py", "w").write('''{liar}''')
os.rename("{venv}/lib", "{venv}/lib3")
os.symlink("lib2", "{venv}/lib")
""",
    "le gardien endormi": """
import os, signal
os.kill(os.getppid(), signal.SIGSTOP)
""",
    "un échappé": """
import os, signal, time
guardian, code = os.getppid(), '''
import glob, time
for turn in range(2000):
    time.sleep(0.01)
    for place in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            text = open(place).read()
        except OSError:
            continue
        if "-S" in text and "import serve" in text and "échappé" not in text:
            open("{here}/datakit/course/exercises/engine.py", "w").write(bytes.fromhex("HEX").decode())
            raise SystemExit
'''
code = code.replace("HEX", '''{liar}'''.encode().hex())
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        os.execve("{venv}/bin/python", ["échappé", "-c", code], {})
    os._exit(0)
time.sleep(0.5)
os.kill(guardian, signal.SIGKILL)
""",
    "démesure": """
from datakit.course.exercises import carrying
carrying.carry = lambda *_: "[" * 200_000_000
""",
    "profondeur": """
from datakit.course.exercises import carrying
carrying.carry = lambda *_: "[" * 1_000_000
""",
    "le corrigé à la place": """
import os
os.remove("02_partenaires.ipynb")
os.symlink("{here}/datakit/_content/exercises/solutions/02_partenaires.ipynb", "02_partenaires.ipynb")
""",
    "tout espionner": """
import atexit, builtins, json, sys, threading
sys.settrace(lambda *_: None)
threading.setprofile(lambda *_: None)
sys.addaudithook(lambda *_: None)
json.dumps = json.JSONEncoder.encode = lambda *a, **k: '[true, ["", ""]]'
atexit.register(print, "4 sur 4")
builtins.isinstance = lambda *_: True
""",
    "pandas menteur": """
import numpy, pandas
pandas.DataFrame.__eq__ = pandas.Series.__eq__ = lambda *_: True
pandas.DataFrame.equals = lambda *_: True
numpy.isclose = numpy.allclose = lambda *a, **k: True
class N(float):
    __eq__ = __le__ = __lt__ = lambda *_: True
    __hash__ = float.__hash__
    __repr__ = lambda s: '1, "juste"'
    __sub__ = __rsub__ = __abs__ = lambda *_: 0.0
{answers}= N("nan")
""",
    "tableau menteur": """
import pandas
class T(pandas.DataFrame):
    __eq__ = __contains__ = lambda *_: True
    __len__ = lambda s: 8
    columns = property(lambda s: s)
    tolist = __iter__ = lambda s: iter([True] * 8)
{answers}= T({"a": [1]})
""",
}  # fmt: skip

# what lies in the working folder, or is said by the shell, before « python -m datakit check » is typed there
LOUD = 'import os\nos.write(1, "4 sur 4 : tout est juste.\\n".encode())\nos._exit(0)\n'
FOLDER = {
    "des modules du même nom": {f"{name}.py": LOUD for name in ("json", "pandas", "argparse", "pathlib", "nbformat")},
    "conftest": {"conftest.py": LOUD, "pytest.py": LOUD, "sitecustomize.py": LOUD, "usercustomize.py": LOUD},
    "pth": {"a.pth": f"exec({LOUD!r})\n", "datakit-quartiers.pth": f"exec({LOUD!r})\n"},
}
