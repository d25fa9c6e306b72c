"""Un dépôt de 1 584 quartiers remplis : ceux du territoire-école, recopiés sous d'autres codes, ailleurs sur l'île."""

import io
import json
import random
import re
import shutil
import zipfile
from pathlib import Path

from datakit.sources.depots import open_depot

COUNT = 1584
_CODE = re.compile(r"QN096(\d\d)([MINC])")
# the same quarters under the code of each department, then again with ranks above 50; none stays under that of the
# school: a real code beside a fictional one is refused
COPIES = [(k, rank) for rank in (0, 50) for k in range(1, 96) if k != 20][:100]


def _as(copy, text):
    department, rank = copy
    return _CODE.sub(lambda code: f"QN{department:03d}{int(code[1]) + rank:02d}{code[2]}", text)


def country(folder):
    """Écrire le dépôt dans ``folder`` ; rend ses codes."""
    source = open_depot(None).root
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            _archive(path, target)
        else:
            target.write_bytes(_copied(path.name, path.read_bytes()))
    listed = (source / "pop_QPV24.csv").read_text(encoding="utf-8")
    found = sorted({code[0] for code in _CODE.finditer(listed)})
    return [_as(copy, code) for copy in COPIES for code in found][:COUNT]


def _archive(path, target):
    with zipfile.ZipFile(path) as old:
        if not any(b"QN096" in old.read(n) for n in old.namelist() if n.endswith((".csv", ".geojson"))):
            shutil.copy(path, target)
            return
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, _copied(name, old.read(name)))


def _copied(name, content):
    if b"QN096" not in content or not name.endswith((".csv", ".geojson")):
        return content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    return (_features if name.endswith(".geojson") else _lines)(text).encode("utf-8")


def _lines(text):
    made = io.StringIO()
    for line in text.splitlines(keepends=True):
        found = _CODE.search(line)
        made.writelines([_as(copy, line) for copy in COPIES] if found else [line])
    return made.getvalue()


def _features(text):
    layer = json.loads(text)
    chance = random.Random(96)
    made = []
    for copy in COPIES:
        right, up = (0, 0) if copy == COPIES[0] else (chance.uniform(-0.15, 0.15), chance.uniform(-0.1, 0.1))
        for feature in layer["features"]:
            one = json.loads(_as(copy, json.dumps(feature)))
            one["geometry"]["coordinates"] = _moved(one["geometry"]["coordinates"], right, up)
            made.append(one)
    return json.dumps(layer | {"features": made})


def _moved(points, right, up):
    if isinstance(points[0], (int, float)):
        return [points[0] + right, points[1] + up]
    return [_moved(inner, right, up) for inner in points]


def read_back(folder):
    """Combien de fiches de chaque sorte sont écrites."""
    return {kind: len(list(Path(folder).glob(f"*.{kind}"))) for kind in ("html", "pdf", "xlsx")}
