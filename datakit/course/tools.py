"""Ce qu'une page d'exercices emploie, en une ligne : ``from datakit.course.tools import *``.

Le noyau de la formation le donne déjà (``kernel.py``) ; cette ligne le rend à qui ouvre la page ailleurs.
"""

from datakit.course.challenges import challenge
from datakit.course.exercises.engine import check, hint, solution
from datakit.course.exercises.placeholder import ____
from datakit.course.exercises.progress import progress

__all__ = ["____", "challenge", "check", "hint", "progress", "solution"]
