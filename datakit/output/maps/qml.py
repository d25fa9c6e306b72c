"""Le style QGIS (QML) d'une couche : mêmes couleurs, mêmes classes et mêmes hachures que nos cartes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree as ET

from datakit.output.maps.classes import Classes
from datakit.output.style import colour, quantity_colours, style

_VERSION = "3.28.0"


def areas_qml(aliases: Mapping[str, str]) -> str:
    """Des contours simples, au bleu de l'identité."""
    root = _root()
    renderer = ET.SubElement(root, "renderer-v2", type="singleSymbol", symbollevels="0", enableorderby="0")
    _fill(ET.SubElement(renderer, "symbols"), "0", colour("roles", "focus"), "110")
    return _text(root, aliases)


def classes_qml(name: str, classes: Classes, words: Sequence[str], aliases: Mapping[str, str]) -> str:
    """Une règle par classe, et une pour les valeurs manquantes, hachurées."""
    root = _root()
    renderer = ET.SubElement(root, "renderer-v2", type="RuleRenderer", symbollevels="0", enableorderby="0")
    rules = ET.SubElement(renderer, "rules", key="{racine}")
    symbols = ET.SubElement(renderer, "symbols")
    field = '"' + name.replace('"', '""') + '"'
    start = None
    for place, (top, said, fill) in enumerate(zip(classes.tops, words, quantity_colours(len(classes)), strict=True)):
        last = place == len(classes) - 1
        low = "" if start is None else f"{field} > {start:.10g}"
        high = "" if last else f"{field} <= {top:.10g}"
        text = " AND ".join(t for t in (low, high, f"{field} IS NOT NULL") if t)
        ET.SubElement(rules, "rule", key=f"{{classe{place}}}", symbol=str(place), label=said, filter=text)
        _fill(symbols, str(place), fill, "255")
        start = top
    missing = str(len(classes))
    ET.SubElement(
        rules, "rule", key="{manquant}", symbol=missing, label=style()["missing"]["word"], filter=f"{field} IS NULL"
    )
    _hatched(symbols, missing)
    return _text(root, aliases)


def _root() -> ET.Element:
    return ET.Element("qgis", version=_VERSION, styleCategories="Symbology|Fields")


def _fill(symbols: ET.Element, name: str, fill: str, alpha: str) -> None:
    symbol = ET.SubElement(symbols, "symbol", type="fill", name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0", "enabled": "1", "locked": "0"})
    _options(
        layer,
        color=_rgba(fill, alpha),
        style="solid",
        outline_color=_rgba(style()["map"]["outline"]),
        outline_style="solid",
        outline_width="0.3",
        outline_width_unit="MM",
    )


def _hatched(symbols: ET.Element, name: str) -> None:
    look = style()["missing"]
    symbol = ET.SubElement(symbols, "symbol", type="fill", name=name, alpha="1", clip_to_extent="1", force_rhr="0")
    layer = ET.SubElement(symbol, "layer", {"class": "SimpleFill", "pass": "0", "enabled": "1", "locked": "0"})
    _options(
        layer,
        color=_rgba(look["edge"]),
        style="b_diagonal",
        outline_color=_rgba(look["edge"]),
        outline_style="solid",
        outline_width="0.3",
        outline_width_unit="MM",
    )


def _options(layer: ET.Element, **values: str) -> None:
    options = ET.SubElement(layer, "Option", type="Map")
    for name, value in values.items():
        ET.SubElement(options, "Option", name=name, value=value, type="QString")
        # QGIS before 3.26 reads these
        ET.SubElement(layer, "prop", k=name, v=value)


def _rgba(hexa: str, alpha: str = "255") -> str:
    return ",".join(str(int(hexa[i : i + 2], 16)) for i in (1, 3, 5)) + f",{alpha}"


def _text(root: ET.Element, aliases: Mapping[str, str]) -> str:
    named = ET.SubElement(root, "aliases")
    for place, (field, alias) in enumerate(aliases.items()):
        ET.SubElement(named, "alias", field=field, index=str(place + 1), name=alias)
    return "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n" + ET.tostring(root, encoding="unicode")
