"""``Figure`` : un dessin qui ne va jamais sans ses mots (texte de remplacement, étiquettes, table des données)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from datakit.core.calls import in_french
from datakit.core.errors import UnsafeOperation
from datakit.core.labels import FICTION, caption, make_labels
from datakit.core.options import one_of
from datakit.core.writing import target_of, write_whole
from datakit.output.lettering import clean
from datakit.output.words import is_fiction

if TYPE_CHECKING:
    import pandas as pd

    from datakit.output.panel import Panel

FORMATS = (".png", ".svg", ".pdf")


@dataclass(frozen=True, repr=False, eq=False)
class Figure:
    """Une figure et ses mots.

    Parameters
    ----------
    title : str
        Le titre, une phrase qui dit ce qu'on voit.
    alt : str
        Le texte de remplacement ; vide, la figure est refusée.
    table : DataFrame
        Les données montrées, telles qu'un lecteur peut les relire.
    labels : mapping
        Les cinq étiquettes.
    paint : callable
        Dessine dans un :class:`~datakit.output.panel.Panel`.
    height : float or callable
        Hauteur du dessin en pouces, hors titre et étiquettes ; une carte la calcule d'après la largeur.

    Raises
    ------
    UnsafeOperation
        Texte de remplacement vide.
    """

    title: str
    alt: str
    table: pd.DataFrame
    paint: Callable[[Panel], None]
    labels: Mapping[str, str] = field(default_factory=make_labels)
    reserves: tuple[str, ...] = ()
    subtitle: str = ""
    height: float | Callable[[float], float] = 3.2
    decimals: Mapping[str, int] = field(default_factory=dict)
    fiction: bool = False

    def __post_init__(self) -> None:
        if not self.alt.strip():
            raise UnsafeOperation(
                "une figure sans texte de remplacement.",
                details={"Figure": self.title},
                why="une personne qui ne voit pas l'image ne saurait pas ce qu'elle montre.",
                remedy="ne pas donner alt= (un texte est rédigé d'après les données), puis le relire.",
            )
        object.__setattr__(self, "alt", clean(self.alt).strip())
        object.__setattr__(self, "title", clean(self.title).strip() or "Sans titre")
        object.__setattr__(self, "subtitle", clean(self.subtitle))
        object.__setattr__(self, "labels", make_labels() | {k: clean(v) for k, v in self.labels.items()})
        object.__setattr__(self, "reserves", tuple(clean(r) for r in self.reserves))
        object.__setattr__(self, "fiction", self.fiction or is_fiction(self.labels, self.table))

    @property
    def caption(self) -> str:
        """Les étiquettes et les réserves, telles qu'elles s'impriment sous la figure."""
        text = caption(dict(self.labels), list(self.reserves))
        return f"{FICTION}. {text}" if self.fiction and FICTION.casefold() not in text.casefold() else text

    @property
    def marks(self) -> pd.DataFrame:
        """Où est chaque marque et chaque nom dans l'image, en pixels depuis le coin supérieur gauche.

        Returns
        -------
        DataFrame
            ``code label x0 y0 x1 y1 kind`` ; ``kind`` vaut ``marque``, ``nom``, ``commune``, ``fenêtre`` (ce qu'un
            agrandissement montre) ou ``légende``. Une marque est décrite par plusieurs rectangles, ses bandes de quatre
            pixels. Vide pour un graphique.

        Examples
        --------
        >>> figure.marks[["code", "label"]]  # doctest: +SKIP
        """
        from datakit.output.measuring import measured

        return measured(self)

    def __repr__(self) -> str:
        return f"{self.alt}\n{self.caption}"

    def _repr_html_(self) -> str:
        from datakit.output.markup import figure_html

        return figure_html(self)

    @in_french
    def save(self, path: str | Path, *, size: str = "page") -> Path:
        """Enregistrer en PNG, SVG ou PDF : titre, texte de remplacement et étiquettes sont dans le fichier.

        Parameters
        ----------
        path : str or Path
            Le fichier ; son extension choisit le format.
        size : {"page", "diapo", "telephone"}
            La taille : une page (1 037 pixels de large), une diapositive (1 920, lettres plus grandes) ou un téléphone
            (1 080, tout en hauteur). Un PDF est toujours à la taille de la page.

        Returns
        -------
        Path
            Le fichier écrit.

        Raises
        ------
        OptionError
            Une autre extension, une autre taille.

        Examples
        --------
        >>> figure.save("pauvrete.svg")  # doctest: +SKIP
        PosixPath('pauvrete.svg')
        """
        from datakit.output import pdf, render
        from datakit.sources.catalogue import licence_of

        target = target_of(path, FORMATS)
        one_of(size, render.SIZES, "size")
        width, dpi = render.SIZES[size]
        kind, licence = target.suffix.lower(), licence_of(self.labels["source"])
        if kind == ".pdf":
            content = pdf.figure_pdf(self, licence)
        elif kind == ".png":
            content = render.png(self, width=width, dpi=dpi, licence=licence)
        else:
            content = render.svg(self, width=width, licence=licence)
        return write_whole(target, content)
