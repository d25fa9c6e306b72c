import unicodedata

import pandas as pd

from workshop.school.plan import names


def plain(text):
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    return bare.casefold().replace("-", " ")


def invented():
    return [*names()["communes"], *(a + b for b in names()["suffixes"] for a in names()["prefixes"])]


def test_no_invented_commune_bears_the_name_of_a_real_one(real):
    cog = pd.read_csv(real / "comparateurs" / "commune_2021.csv", dtype=str)
    known = {plain(n) for n in [*cog.LIBELLE, *cog.NCCENR]}
    assert [n for n in invented() if plain(n) in known] == []


def test_invented_communes_all_differ():
    assert len({plain(n) for n in invented()}) == len(invented())
