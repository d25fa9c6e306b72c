"""D'une figure à un fichier : PNG et SVG, avec les mêmes textes à l'intérieur, et toujours les mêmes octets."""

from __future__ import annotations

import html
import io
import re

from datakit.output.panel import Drawing, drawn
from datakit.output.style import style

# inches and pixels an inch: a slide is read from the back of the room, a phone is held at arm's length
SIZES = {"page": (7.2, 144.0), "diapo": (6.4, 300.0), "telephone": (3.9, 1080 / 3.9)}


def png(
    figure: Drawing,
    *,
    footer: bool = True,
    header: bool = True,
    width: float | None = None,
    dpi: float | None = None,
    licence: str | None = None,
) -> bytes:
    """L'image, avec titre, texte de remplacement, étiquettes et licence dans ses métadonnées."""
    buffer = io.BytesIO()
    texts = {"Title": figure.title, "Description": figure.alt, "Source": figure.caption, "Software": None}
    texts |= {"Copyright": f"Licence : {licence}"} if licence else {}
    with drawn(figure, header=header, footer=footer, width=width) as canvas:
        canvas.savefig(buffer, format="png", metadata=texts, dpi=dpi or "figure")
    return buffer.getvalue()


def svg(
    figure: Drawing,
    *,
    footer: bool = True,
    header: bool = True,
    width: float | None = None,
    licence: str | None = None,
) -> bytes:
    """Le dessin vectoriel : texte sélectionnable, ``<title>``, ``<desc>`` et ``role="img"``."""
    buffer = io.BytesIO()
    texts = {"Title": figure.title, "Description": f"{figure.alt} {figure.caption}", "Date": None, "Creator": None}
    texts |= {"Rights": f"Licence : {licence}"} if licence else {}
    with drawn(figure, header=header, footer=footer, width=width) as canvas:
        canvas.savefig(buffer, format="svg", metadata=texts)
    return _described(buffer.getvalue().decode("utf-8"), figure).encode("utf-8")


def _described(text: str, figure: Drawing) -> str:
    fonts = style()["fonts"]
    text = text.replace(f"'{fonts['drawing']}'", f"'{fonts['drawing']}', {fonts['drawing_fallback']}")
    words = f"<title>{html.escape(figure.title)}</title>\n <desc>{html.escape(figure.alt)}</desc>"
    return re.sub(r"(<svg\b)([^>]*>)", lambda m: f'{m[1]} role="img" lang="fr"{m[2]}\n {words}', text, count=1)
