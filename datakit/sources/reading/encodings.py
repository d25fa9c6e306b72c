"""Un texte qui mélange deux encodages, ou dont les accents sont abîmés : reconnu à ses octets ou à ses lettres."""

from __future__ import annotations

import re

from datakit.core.errors import FormatError

# a French letter or mark in UTF-8, in the middle of a cp1252 text
_UTF_8 = re.compile("|".join("ÀÂÇÈÉÊËÎÏÔÙÛÜàâäçèéêëîïôöùûüœŒ«»–’…€\u00a0\u202f").encode())
# what it looks like once decoded and saved again: « AllÃ©e » for « Allée »; BAN publishes some
GARBLED = "Ã[\u0080-\u00bf\u0152-\u0178\u02c6-\u02dc\u2013-\u2122]|â€|Â[\u00a0«»°]|\ufffd"


def refuse_mixed(data: bytes, encoding: str, where: str, line: int = 1) -> None:
    """Refuser un texte en partie UTF-8 et en partie cp1252 : « Ã‰toile » pour « Étoile », ou un octet illisible.

    Raises
    ------
    FormatError
        La première ligne fautive, et ce qu'on y lirait.
    """
    found = _UTF_8.search(data) if encoding in ("cp1252", "latin-1") else None
    if found is None:
        return
    start = max(data.rfind(b"\n", 0, found.start()), data.rfind(b";", 0, found.start())) + 1
    word = data[start : found.end() + 20].decode(encoding, "replace").splitlines()[0][:40]
    raise FormatError(
        "ce fichier mélange deux encodages : des lettres accentuées y sont abîmées.",
        details={"Fichier": where, "Ligne": line + data[: found.start()].count(b"\n"), "Texte": f"« {word} »"},
        why="une partie est en UTF-8, une autre en cp1252 (Windows) : aucune lecture ne rend les deux.",
        remedy="reprendre le fichier d'origine, ou corriger ces lettres dans un tableur et l'enregistrer en UTF-8.",
    )
