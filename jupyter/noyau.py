"""Lancé par IPython au démarrage de chaque noyau de cet environnement : les outils de la formation, sans import."""

try:
    from datakit.course.kernel import begin as _begin

    _begin(get_ipython())  # noqa: F821
    del _begin
except Exception:  # noqa: BLE001, S110 - without datakit, or with a broken one, the kernel starts as usual
    pass
