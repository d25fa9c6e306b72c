"""Compile un PDF/UA-1 avec Typst. Les textes passent par un fichier JSON : aucun n'est jamais lu comme du balisage."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from datakit.core.needs import need
from datakit.output.lettering import drawable
from datakit.output.style import fonts_folder, style

if TYPE_CHECKING:
    from datakit.output.panel import Drawing

# the PDF does not carry the day it was made: the same data give the same file
_DATE = 0


@cache
def _template(name: str) -> bytes:
    return resources.files("datakit.output").joinpath("static", name).read_bytes()


def compile_pdf(template: str, data: Mapping[str, Any], images: Mapping[str, bytes]) -> bytes:
    """Un PDF balisé (PDF/UA-1) à partir d'un modèle Typst livré, de données et d'images SVG."""
    typst = need("typst")

    content: Any = {"main.typ": _template(template), "data.json": json.dumps(_plain(data)).encode("utf-8"), **images}
    made: bytes = typst.compile(
        content,
        format="pdf",
        pdf_standards=["ua-1"],
        font_paths=[str(fonts_folder())],
        ignore_system_fonts=True,
        timestamp=_DATE,
    )
    return made


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return drawable(value)
    if isinstance(value, Mapping):
        return {str(k): _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, (list, tuple)) else value


def figure_pdf(figure: Drawing, licence: str | None = None) -> bytes:
    """Une page PDF/UA-1 : le dessin avec son texte de remplacement, le titre et les étiquettes en vrai texte."""
    from datakit.output import render

    looks = style()
    data = {
        "title": figure.title,
        "subtitle": figure.subtitle,
        "alt": figure.alt,
        "caption": f"{figure.caption} · Licence : {licence}" if licence else figure.caption,
        "font": looks["fonts"]["drawing"],
        "ink": looks["ink"]["text"],
        "muted": looks["ink"]["muted"],
        "width": looks["layout"]["width"] + 0.14,
    }
    return compile_pdf("figure.typ", data, {"figure.svg": render.svg(figure, header=False, footer=False)})
