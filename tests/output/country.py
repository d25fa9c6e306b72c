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
_CODE = re.compile(r"QN096(\d\d[MINC])")


def country(folder):
    """Écrire le dépôt dans ``folder`` ; rend ses codes."""
    source = open_depot(None).root
    copies = [96, *(k for k in range(1, 97) if k not in (20, 96))]
    for path in sorted(p for p in source.rglob("*") if p.is_file()):
        target = folder / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".zip":
            _archive(path, target, copies)
        else:
            target.write_bytes(_copied(path.name, path.read_bytes(), copies))
    found = sorted({f"QN096{c}" for c in _CODE.findall((folder / "pop_QPV24.csv").read_text(encoding="utf-8"))})
    return [code.replace("QN096", f"QN{k:03d}") for k in copies for code in found][:COUNT]


def _archive(path, target, copies):
    with zipfile.ZipFile(path) as old:
        if not any(b"QN096" in old.read(n) for n in old.namelist() if n.endswith((".csv", ".geojson"))):
            shutil.copy(path, target)
            return
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                new.writestr(name, _copied(name, old.read(name), copies))


def _copied(name, content, copies):
    if b"QN096" not in content or not name.endswith((".csv", ".geojson")):
        return content
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content
    return (_features if name.endswith(".geojson") else _lines)(text, copies).encode("utf-8")


def _lines(text, copies):
    made = io.StringIO()
    for line in text.splitlines(keepends=True):
        found = _CODE.search(line)
        made.writelines([_CODE.sub(rf"QN{k:03d}\1", line) for k in copies] if found else [line])
    return made.getvalue()


def _features(text, copies):
    layer = json.loads(text)
    chance = random.Random(96)
    made = []
    for k in copies:
        right, up = (0, 0) if k == 96 else (chance.uniform(-0.15, 0.15), chance.uniform(-0.1, 0.1))
        for feature in layer["features"]:
            one = json.loads(_CODE.sub(rf"QN{k:03d}\1", json.dumps(feature)))
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
