"""Ce que la personne reçoit : un verdict, un indice, une solution. Texte d'abord, HTML sobre ensuite."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

NOT_TRIED, NOT_YET, RIGHT, NOTED = "non_tente", "pas_encore", "juste", "note"
DONE = (RIGHT, NOTED)
_LABEL = {NOT_TRIED: "non tenté ○", NOT_YET: "pas encore …", RIGHT: "juste ✔", NOTED: "noté ✎"}
# border colours are never alone: the word is always there (Okabe-Ito, none of them red)
_BORDER = {NOT_TRIED: "#999999", NOT_YET: "#E69F00", RIGHT: "#0072B2", NOTED: "#0072B2"}


@dataclass(frozen=True, repr=False)
class Result:
    """Le résultat de ``check`` : ``outcome`` (non_tente, pas_encore, juste, note) et ``message``, qui dit pourquoi."""

    id: str
    outcome: str
    message: str
    mistake: str = ""

    @property
    def title(self) -> str:
        """La première ligne : l'exercice et le verdict, en mots."""
        return f"{self.id} · {_LABEL[self.outcome]}"

    def __repr__(self) -> str:
        return f"{self.title}\n{plain(self.message)}"

    def _repr_html_(self) -> str:
        return box(self.title, self.message, _BORDER[self.outcome])


@dataclass(frozen=True, repr=False)
class Note:
    """Un indice ou une solution, à lire."""

    title: str
    text: str

    def __repr__(self) -> str:
        return f"{self.title}\n{plain(self.text)}"

    def _repr_html_(self) -> str:
        return box(self.title, self.text, "#56B4E9")


def plain(text: str) -> str:
    """Le texte sans ses marques de gras, pour l'affichage en clair."""
    return text.replace("**", "")


def box(title: str, text: str, border: str) -> str:
    """Un encadré lisible par tous : bordure, titre en gras, paragraphes."""
    body = "".join(_block(p) for p in text.split("\n\n"))
    return (
        f'<div role="status" style="border-left:6px solid {border};padding:.4em 1em;margin:.3em 0;max-width:46em">'
        f"<p style='margin:.2em 0'><strong>{html.escape(title)}</strong></p>{body}</div>"
    )


def _block(paragraph: str) -> str:
    if paragraph.startswith("    "):
        code = "\n".join(line[4:] for line in paragraph.splitlines())
        return f"<pre style='white-space:pre-wrap'>{html.escape(code)}</pre>"
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(paragraph, quote=False))
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return f"<p style='margin:.3em 0'>{text.replace(chr(10), '<br>')}</p>"
