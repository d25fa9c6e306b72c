"""Garder les couches déjà converties : un Parquet par couche, relu tant que le fichier d'origine n'a pas changé.

Un cache absent, plein, abîmé ou interdit d'écriture ne casse jamais une lecture : on relit l'original.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datakit.sources.reading.archives import head_of
from datakit.sources.reading.layers import read_layer

if TYPE_CHECKING:
    import geopandas as gpd
    import pandas as pd

# to be raised when what the readers give for the same file changes
READER_VERSION = 1
MAX_BYTES = 4 << 30
_SHAPEFILE = (".dbf", ".shx", ".prj", ".cpg")
# anything that a broken, full or forbidden folder can raise; the original is then read again
_ANY_FAILURE = (OSError, ValueError, KeyError, TypeError)


def folder() -> Path:
    """Le dossier du cache : ``$DATAKIT_CACHE``, sinon celui que le système réserve à cet usage.

    Examples
    --------
    >>> isinstance(folder(), Path)
    True
    """
    if chosen := os.environ.get("DATAKIT_CACHE"):
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("datakit", appauthor=False))


def cached_layer(
    path: str | Path,
    layer: str | None = None,
    *,
    member: str | None = None,
    columns: Collection[str] | None = None,
    crs: object = None,
) -> gpd.GeoDataFrame:
    """Comme :func:`datakit.sources.reading.layers.read_layer` pour une couche entière, relue du cache la fois suivante.

    Parameters
    ----------
    path, layer, member, columns, crs
        Comme pour ``read_layer``.

    Returns
    -------
    GeoDataFrame
        La même couche, avec les mêmes ``.attrs``.

    Examples
    --------
    >>> from tempfile import mkdtemp
    >>> path = Path(mkdtemp()) / "qpv.geojson"
    >>> _ = path.write_text('{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": '
    ...     '{"code_qp": "QN06908M"}, "geometry": {"type": "Point", "coordinates": [4.8, 45.7]}}]}')
    >>> cached_layer(path).equals(cached_layer(path))
    True
    """
    path = Path(path)
    entry = _entry(path, f"{layer}|{member}|{crs}", ".parquet")
    with contextlib.suppress(*_ANY_FAILURE):
        return _load(entry, columns)
    whole = read_layer(path, layer, member=member, crs=crs)
    _write(entry, lambda target: _store(whole, target))
    if columns is None:
        return whole
    # an unknown column is refused there, with the near names
    return read_layer(path, layer, member=member, crs=crs, columns=columns)


def cached_result(name: str, inputs: Collection[Path], build: Callable[[], gpd.GeoDataFrame]) -> gpd.GeoDataFrame:
    """Un résultat calculé à partir de fichiers, relu tant qu'aucun d'eux n'a changé.

    Parameters
    ----------
    name : str
        Ce que c'est, et la version du calcul : un autre nom, un autre résultat.
    inputs : collection of Path
        Tous les fichiers dont le résultat dépend.
    build : callable
        Le calcul, fait quand le résultat manque.
    """
    state = hashlib.sha256(f"{READER_VERSION}|{name}".encode())
    for path in sorted(inputs):
        stat = path.stat()
        state.update(f"|{path.resolve()}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    here = hashlib.sha256("|".join([name, *(str(p.resolve()) for p in sorted(inputs))]).encode()).hexdigest()[:20]
    entry = folder() / "couches" / f"{here}-{state.hexdigest()[:20]}.parquet"
    with contextlib.suppress(*_ANY_FAILURE):
        return _load(entry, None)
    result = build()
    _write(entry, lambda target: _store(result, target))
    return result


def cached_table(path: str | Path, *, member: str | None = None, sheet: str | None = None) -> pd.DataFrame:
    """Comme :func:`~datakit.sources.reading.dialects.read_table` (tout en texte), relu du cache la fois suivante."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from datakit.sources.reading.dialects import read_table

    path = Path(path)
    entry = _entry(path, f"table|{member}|{sheet}", ".table")
    with contextlib.suppress(*_ANY_FAILURE):
        # pq.read_table would set up a whole data set for one small file
        with pq.ParquetFile(entry, page_checksum_verification=True) as file:
            kept: pd.DataFrame = file.read().to_pandas()
        return kept
    frame = read_table(path, member=member, sheet=sheet).frame
    table = pa.Table.from_pandas(frame, preserve_index=False)
    _write(entry, lambda target: pq.write_table(table, target, compression="zstd", write_page_checksum=True))
    return frame


def store_text(entry: Path, text: str) -> None:
    """Écrire un texte du cache d'un seul coup ; un disque plein ou interdit ne coûte que du temps."""
    _write(entry, lambda target: target.write_text(text, encoding="utf-8"))


def _entry(path: Path, part: str, suffix: str) -> Path:
    """One name per (file, layer), then one per state of the file: an older state is easy to find and remove."""
    here = hashlib.sha256(f"{path.resolve()}|{part}".encode()).hexdigest()[:20]
    state = hashlib.sha256(f"{READER_VERSION}".encode())
    for side in (path, *(path.with_suffix(s) for s in _SHAPEFILE if path.suffix.lower() == ".shp")):
        with contextlib.suppress(FileNotFoundError):
            stat = side.stat()
            state.update(f"|{side.suffix}|{stat.st_size}|{stat.st_mtime_ns}".encode())
    state.update(head_of(path))
    return folder() / "couches" / f"{here}-{state.hexdigest()[:20]}{suffix}"


def _load(entry: Path, columns: Collection[str] | None) -> gpd.GeoDataFrame:
    import geopandas as gpd
    import pyarrow.parquet as pq
    import shapely
    from pyproj import CRS

    with pq.ParquetFile(entry, page_checksum_verification=True) as file:
        stored = json.loads(file.schema_arrow.metadata[b"datakit"])
        wanted = [c for c in stored["columns"] if columns is None or c in columns]
        if columns is not None and set(columns) - set(wanted):
            raise KeyError(columns)
        table = file.read([*wanted, "geometry"])
    outlines = shapely.from_wkb(table.column("geometry").to_numpy())
    frame = table.select(wanted).to_pandas()
    out = gpd.GeoDataFrame(frame, geometry=outlines, crs=CRS.from_user_input(stored["crs"]))
    out.attrs = stored["attrs"]
    return out


def _store(layer: gpd.GeoDataFrame, target: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq
    import shapely

    names = [c for c in layer.columns if c != "geometry"]
    table = pa.Table.from_pandas(layer[names], preserve_index=False)
    wkb = pa.array(shapely.to_wkb(layer.geometry.to_numpy()), pa.binary())
    code = layer.crs.to_epsg()
    about = {"columns": names, "crs": code or layer.crs.to_wkt(), "attrs": layer.attrs}
    table = table.append_column("geometry", wkb)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"datakit": json.dumps(about).encode()})
    pq.write_table(table, target, compression="zstd", use_dictionary=names, write_page_checksum=True)


def _write(entry: Path, fill: Callable[[Path], Any]) -> None:
    """Write beside, then rename: a reader never sees half a file. Failing here costs time, not the answer."""
    temporary: str | None = None
    try:
        entry.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=entry.parent, prefix="partiel-")
        os.close(handle)
        fill(Path(temporary))
        Path(temporary).replace(entry)
        _tidy(entry)
    except _ANY_FAILURE:
        if temporary is not None:
            with contextlib.suppress(OSError):
                Path(temporary).unlink()


def _tidy(entry: Path) -> None:
    """Drop the older states of this file, then the oldest entries beyond the size allowed."""
    for old in entry.parent.glob(entry.name.split("-")[0] + "-*"):
        if old != entry and old.suffix == entry.suffix:
            old.unlink(missing_ok=True)
    kept = sorted((f.stat().st_mtime_ns, f.stat().st_size, f) for f in entry.parent.iterdir())
    total = sum(size for _, size, _ in kept)
    for _, size, file in kept:
        if total <= MAX_BYTES or file == entry:
            break
        file.unlink(missing_ok=True)
        total -= size
