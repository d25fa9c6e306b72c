"""Reconnaître ce qu'est un fichier à ses premiers octets, jamais à son nom ; refuser ce qui n'est pas une donnée."""

from __future__ import annotations

import re

from datakit.core.errors import FormatError

HEAD_SIZE = 65_536
GEODATABASE = b"gdb:dossier"  # what stands for the first bytes of a folder .gdb
# the kinds of layers, and the suffix that GDAL and pyarrow want, whatever the file is called
LAYERS = {
    "sqlite": ".gpkg",
    "spatialite": ".sqlite",
    "flatgeobuf": ".fgb",
    "parquet": ".parquet",
    "shapefile": ".shp",
    "json": ".geojson",
    "topojson": ".topojson",
    "gdb": ".gdb",
    "kml": ".kml",
    "gml": ".gml",
    "mapinfo": ".tab",
    "mif": ".mif",
}
_GPKG = b"gpkg_geometry_columns"
_XML = ((rb"<(?:\w+:)?kml[\s>]", "kml"), (rb"<(?:\w+:)?FeatureCollection[\s>]|opengis\.net/gml", "gml"))
# some write the arcs first: the type then comes after megabytes of them
_TOPOLOGY = re.compile(rb'"type"\s*:\s*"Topology"|\A[\xef\xbb\xbf\s]*\{\s*"arcs"\s*:')
_GEO_JSON = re.compile(rb'"type"\s*:\s*"(FeatureCollection|Feature|GeometryCollection)"|"features"\s*:')
_MAGIC = (
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"7z\xbc\xaf\x27\x1c", "7z"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3\x00", "sqlite"),
    (b"fgb", "flatgeobuf"),
    (b"PAR1", "parquet"),
    (b"\x00\x00\x27\x0a", "shapefile"),
    (GEODATABASE, "gdb"),
    (b"%PDF-", "pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "excel97"),
    (b"Rar!\x1a\x07", "rar"),
    (b"RDX", "rdata"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
)
_REFUSED = {
    "pdf": ("c'est un document PDF, pas une table.", "chercher la même publication en CSV ou en XLSX."),
    "excel97": (
        "c'est un classeur Excel d'avant 2007 (.xls), ou un classeur protégé par mot de passe.",
        "l'ouvrir dans un tableur, puis « Enregistrer sous » au format .xlsx, sans mot de passe.",
    ),
    "opendocument": (
        "c'est un document LibreOffice (.ods, .odt), que datakit ne lit pas.",
        "l'ouvrir dans LibreOffice, puis « Enregistrer sous » au format .xlsx ou .csv.",
    ),
    "rar": ("c'est une archive RAR, que datakit n'ouvre pas.", "la décompresser, puis donner le dossier ou un .zip."),
    "rdata": ("c'est un fichier de données R.", "l'exporter en CSV depuis R (write.csv2)."),
    "image": ("c'est une image, pas une donnée.", "vérifier le lien de téléchargement."),
}
# what an archive may hold beside its data: notices, empty .cpg, pictures
DOCUMENTS = frozenset({"vide", "html", "pdf", "excel97", "opendocument", "image"})


def kind_of(head: bytes) -> str:
    """La nature d'un fichier, d'après ses premiers octets.

    Returns
    -------
    str
        ``vide lfs html zip 7z gzip texte binaire``, un format de couche (``LAYERS``) ou une nature refusée
        (``pdf excel97 opendocument rar rdata image``).

    Examples
    --------
    >>> kind_of(b"code_qp;lib_qp"), kind_of(b"PAR1...."), kind_of(b"<!DOCTYPE html><html>")
    ('texte', 'parquet', 'html')
    >>> kind_of(b'{"type": "Topology"')
    'topojson'
    """
    if not head.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        return "binaire" if b"\x00" in head else "vide"
    if head.startswith(b"PK\x03\x04") and head[30:38] == b"mimetype" and b"opendocument" in head[38:100]:
        return "opendocument"
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return "spatialite" if kind == "sqlite" and b"geometry_columns" in head.replace(_GPKG, b"") else kind
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text.startswith(b"version https://git-lfs"):
        return "lfs"
    if re.match(rb"<!doctype html|<html|<head|<body|<\?xml[^>]*\?>\s*<!doctype html|<!--.{0,200}-->\s*<(!doctype|html)",
                text[:400], re.IGNORECASE | re.DOTALL):  # fmt: skip
        return "html"
    if text[:1] in (b"{", b"["):
        return "topojson" if _TOPOLOGY.search(head) else "json"
    if text[:1] == b"<":
        return next((kind for pattern, kind in _XML if re.search(pattern, text[:4096])), "texte")
    if text[:6].lower() == b"!table":
        return "mapinfo"
    if re.match(rb"version\s+\d+\s+charset\s", text[:60], re.IGNORECASE):
        return "mif"
    if head.startswith((b"\xff\xfe", b"\xfe\xff")) or utf_16_without_bom(head):
        return "texte"
    return "binaire" if _is_binary(head) else "texte"


def looks_geographic(head: bytes) -> bool:
    """Vrai si un JSON commence comme un GeoJSON."""
    return bool(_GEO_JSON.search(head))


def refuse_impostor(head: bytes, where: str) -> str:
    """Rendre la nature du fichier, ou refuser ce qui n'est manifestement pas une donnée.

    Parameters
    ----------
    head : bytes
        Ses premiers octets.
    where : str
        Le fichier, tel qu'on le nomme à la personne.

    Raises
    ------
    FormatError
        Fichier vide, pointeur Git LFS, page HTML, PDF, image, archive non gérée.

    Examples
    --------
    >>> refuse_impostor(b"a;b", "qpv.csv")
    'texte'
    """
    kind = kind_of(head)
    details = {"Fichier": where}
    if kind == "vide":
        raise FormatError("le fichier est vide.", details=details, remedy="le télécharger à nouveau.")
    if kind == "lfs":
        raise FormatError(
            "ce fichier est un pointeur Git LFS : le texte de trois lignes qui remplace la donnée.",
            details=details,
            why="le dépôt Git dont il vient garde le vrai fichier ailleurs (Large File Storage).",
            remedy="lancer « git lfs pull » dans ce dépôt, ou télécharger le fichier chez le producteur.",
        )
    if kind == "html":
        raise FormatError(
            "ce fichier est une page web, pas une donnée.",
            details=details | {"Début": _excerpt(head)},
            why="un lien périmé, ou un proxy qui demande de s'identifier, renvoie une page à la place du fichier.",
            remedy="ouvrir le lien dans un navigateur, puis télécharger le fichier à nouveau.",
        )
    if kind in _REFUSED:
        problem, remedy = _REFUSED[kind]
        raise FormatError(problem, details=details, remedy=remedy)
    return kind


def utf_16_without_bom(head: bytes) -> str | None:
    """L'encodage UTF-16 d'un texte sans BOM : un octet sur deux y est nul ; ``None`` sinon."""
    even, odd = head[0:4096:2], head[1:4096:2]
    if len(odd) < 8:
        return None
    if odd.count(0) > len(odd) // 2 and even.count(0) < len(even) // 8:
        return "utf-16-le"
    if even.count(0) > len(even) // 2 and odd.count(0) < len(odd) // 8:
        return "utf-16-be"
    return None


def _is_binary(head: bytes) -> bool:
    control = sum(head.count(bytes([c])) for c in range(9)) + sum(head.count(bytes([c])) for c in range(14, 32))
    return control > 0 and control > len(head) // 20


def _excerpt(head: bytes) -> str:
    text = re.sub(r"<[^>]*>|\s+", " ", head[:600].decode("utf-8", "replace"))
    return " ".join(text.split())[:80] or "<html>"
