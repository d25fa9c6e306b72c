"""La feuille de dessin : place le titre, les étiquettes et le corps d'une figure, en pouces, sans état global."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from datakit.output.lettering import drawable, line_height, wrap
from datakit.output.style import colour, rc, style

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from shapely.geometry.base import BaseGeometry


@dataclass(frozen=True)
class Panel:
    """La zone où une figure se dessine ; toutes les mesures sont en pouces depuis son coin inférieur gauche."""

    canvas: Canvas
    left: float
    bottom: float
    width: float
    height: float
    seen: list[tuple[str, str, str, BaseGeometry]] = field(default_factory=list, compare=False, repr=False)

    def mark(self, code: str, kind: str, shape: BaseGeometry, label: str) -> None:
        """Noter une marque ou un nom posé (en pouces depuis le haut de la zone), pour qu'on puisse les mesurer."""
        self.seen.append((code, label, kind, shape))

    def axes(
        self, left: float = 0.0, bottom: float = 0.0, width: float | None = None, height: float | None = None
    ) -> Axes:
        """Des axes sans cadre, posés dans la zone."""
        whole_w, whole_h = self.canvas.get_size_inches()
        w = self.width - left if width is None else width
        h = self.height - bottom if height is None else height
        axes = self.canvas.add_axes(
            ((self.left + left) / whole_w, (self.bottom + bottom) / whole_h, w / whole_w, h / whole_h)
        )
        axes.spines[:].set_visible(False)
        return axes

    def text(self, x: float, y: float, text: str, size: float | None = None, **options: Any) -> None:
        """Un texte placé en pouces dans la zone."""
        whole_w, whole_h = self.canvas.get_size_inches()
        options.setdefault("va", "baseline")
        self.canvas.text(
            (self.left + x) / whole_w,
            (self.bottom + y) / whole_h,
            drawable(text, options.get("weight") == "bold"),
            fontsize=size or style()["fonts"]["body"],
            **options,
        )


class Drawing(Protocol):
    """Ce qu'il faut savoir d'une figure pour la composer et l'enregistrer."""

    @property
    def title(self) -> str:
        """Le titre."""

    @property
    def subtitle(self) -> str:
        """Le sous-titre, ou rien."""

    @property
    def alt(self) -> str:
        """Le texte de remplacement."""

    @property
    def caption(self) -> str:
        """Les étiquettes et les réserves, en une ligne."""

    @property
    def table(self) -> pd.DataFrame:
        """Les données montrées."""

    @property
    def decimals(self) -> Mapping[str, int]:
        """Les décimales de chaque colonne de la table."""

    @property
    def height(self) -> float | Callable[[float], float]:
        """La hauteur du dessin, en pouces, ou ce qui la donne d'après la largeur."""

    @property
    def paint(self) -> Callable[[Panel], None]:
        """Dessine dans une zone."""


@contextmanager
def drawn(
    figure: Drawing,
    *,
    header: bool = True,
    footer: bool = True,
    width: float | None = None,
    panels: list[Panel] | None = None,
) -> Iterator[Canvas]:
    """Composer la figure : titre et sous-titre en haut, dessin, étiquettes en bas ; ``panels`` reçoit sa zone."""
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure as MplFigure

    layout, fonts = style()["layout"], style()["fonts"]
    width = width or float(layout["width"])
    margin = float(layout["margin"]) if header or footer else 0.02
    room = width - 2 * margin
    titles = wrap(figure.title, room, fonts["title"], bold=True, lines=3) if header else []
    subtitles = wrap(figure.subtitle, room, fonts["subtitle"], lines=3) if header and figure.subtitle else []
    # a line never starts with the dot that separates two labels
    notes = wrap(figure.caption.replace(" · ", "\u00a0· "), room, fonts["small"], lines=12) if footer else []
    top = len(titles) * line_height(fonts["title"]) + len(subtitles) * line_height(fonts["subtitle"])
    top += float(layout["gap"]) * (1.3 if header else 0)
    low = len(notes) * line_height(fonts["small"]) + (float(layout["gap"]) if footer else 0)
    tall = figure.height if isinstance(figure.height, (int, float)) else figure.height(room)
    height = tall + top + low + 2 * margin
    settings: Any = rc()
    with mpl.rc_context(settings):
        canvas = MplFigure(figsize=(width, height), dpi=layout["dpi"])
        FigureCanvasAgg(canvas)
        sheet = Panel(canvas, margin, margin, room, height - 2 * margin)
        _header(sheet, titles, subtitles)
        _footer(sheet, notes)
        body = Panel(canvas, margin, margin + low, room, tall)
        figure.paint(body)
        if panels is not None:
            panels.append(body)
        yield canvas


def _header(sheet: Panel, titles: list[str], subtitles: list[str]) -> None:
    fonts, y = style()["fonts"], sheet.height
    for line in titles:
        y -= line_height(fonts["title"])
        sheet.text(0, y + 0.05, line, fonts["title"], weight="bold", color=colour("ink", "text"))
    for line in subtitles:
        y -= line_height(fonts["subtitle"])
        sheet.text(0, y + 0.03, line, fonts["subtitle"], color=colour("ink", "muted"))


def _footer(sheet: Panel, notes: list[str]) -> None:
    small = style()["fonts"]["small"]
    for place, line in enumerate(reversed(notes)):
        sheet.text(0, place * line_height(small) + 0.03, line, small, color=colour("ink", "muted"))
