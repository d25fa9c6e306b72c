"""Ce que partagent les tests des sorties : un dossier de fiches inventé, des libellés hostiles, un navigateur."""

import random
import shutil
import tempfile

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import box

from datakit.core.extents import territory_of
from datakit.core.labels import make_labels
from datakit.output.fiche.dossier import Dossier, ThemeTable
from datakit.output.maps.mapping import Ground
from datakit.sources.depots import open_depot

LABELS = make_labels("Données fictives", "2021", "QPV 2024", "ménages fiscaux", "environnement urbain")
NAMES = ["Les Embruns", "La Filature", "Le Port Neuf", "Les Peupliers", "La Jetée", "Bel Air", "Kerlann", "Le Rocher"]
_SEEDS = [
    "<script>window.pwned=1</script>", "<img src=x onerror=window.pwned=1>", '"><svg onload=window.pwned=1>',
    "javascript:window.pwned=1", "</title></style></textarea><h1>titre", "<!--", "]]>", "&lt;b&gt; &amp; &#60;",
    "{{7*7}}", "{% raw %}", "{nom.__class__}", "%s %d %(x)s", "$\\frac{1}{0}$", "$", "5 $ ou 10 $", "\\input{secret}",
    "#panic()", "#image(\"x.png\")", "= Titre *gras* _ital_ @ref <cle>", "`code` ~ \\ # $x$", "=cmd|' /C calc'!A0",
    "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r\n=HYPERLINK(\"http://x\")", "\u202eegap al ed snes", "\u2066abc\u2069",
    "\u200f\u200e", "الحي الشمالي", "רובע", "漢字かな", "👩‍👩‍👧 🏘️", "a\u0301\u0300\u0302" * 40, "\x00\x07\x1b[31m",
    "\ufffe", "\u2028\u2029", "x" * 10_000, "mot " * 2_500, " ", "", "\u202f", "'; DROP TABLE qpv; --",
    "../../etc/passwd", "C:\\nul", "nan", "None", "1e309", "''", '"', "\\", "L’Œuvre – « cité » n° 1",
    "Z" * 300 + "\n" * 300,
]  # fmt: skip


@pytest.fixture(scope="session")
def hostile():
    """500 libellés hostiles : chaque graine, puis des mélanges."""
    chance = random.Random(96)
    mixed = ["".join(chance.sample(_SEEDS, 2))[:10_000] for _ in range(500 - len(_SEEDS))]
    return _SEEDS + mixed


def squares(count, side=700.0):
    """Des carrés en Lambert-93, au large."""
    across = max(int(np.sqrt(count)), 1)
    return [
        box(60_000 + 900 * (i % across), 6_600_000 + 900 * (i // across), 60_000 + side + 900 * (i % across),
            6_600_000 + side + 900 * (i // across))
        for i in range(count)
    ]  # fmt: skip


@pytest.fixture
def zones():
    """Huit quartiers dont deux sans valeur."""
    rates = [22.0, 27.5, 31.2, 36.4, 41.0, 47.3, np.nan, np.nan]
    frame = gpd.GeoDataFrame(
        {
            "code_qp": [f"QN0960{i}M" for i in range(1, 9)],
            "lib_qp": NAMES,
            "taux_pauvrete": rates,
            "status": ["publie"] * 6 + ["secret", "non_disponible"],
        },
        geometry=squares(8),
        crs=2154,
    ).set_index("code_qp")
    frame.attrs["labels"] = LABELS
    return frame


def made_dossier(names):
    """Un dossier de fiches tout fait, un quartier par nom."""
    chance = np.random.default_rng(7)
    codes = [f"QN096{i:02d}M" for i in range(1, len(names) + 1)]
    qpv = gpd.GeoDataFrame(
        {
            "code_qp": codes,
            "lib_qp": names,
            "insee_com": "96001",
            "lib_com": "Orvanche",
            "insee_dep": "96",
            "siren_epci": "209600001",
        },
        geometry=squares(len(names)),
        crs=2154,
    ).set_index("code_qp", drop=False)
    qpv.attrs["labels"] = LABELS
    columns = {
        "population": {"population_municipale": 3000, "part_moins_25": 42, "part_60_plus": 15, "part_femmes": 52,
                       "part_menages_1p": 36},
        "revenus": {"taux_pauvrete": 43, "niveau_vie_median": 13500, "part_revenus_activite": 65, "part_pensions": 18,
                    "part_prestations_sociales": 24},
        "emploi": {"taux_emploi": 48, "demandeurs_emploi_abc": 400},
    }  # fmt: skip
    themes = {name: _theme_table(codes, one, chance) for name, one in columns.items()}
    missing = dict.fromkeys(("education", "logement", "prestations", "sante", "entreprises"), "Rien sur ce thème.")
    # an empty folder: nothing to compare with, and nothing damaged
    return Dossier(open_depot(tempfile.mkdtemp()), 2024, qpv, Ground(), themes, missing)


def _theme_table(codes, levels, chance):
    values = pd.DataFrame({k: (v * chance.uniform(0.8, 1.2, len(codes))).round(1) for k, v in levels.items()}, codes)
    status = pd.DataFrame("publie", index=codes, columns=values.columns)
    values.iloc[0, -1], status.iloc[0, -1] = np.nan, "secret"
    years = dict.fromkeys(values.columns, "2021")
    medians = values.groupby([territory_of(code) for code in codes]).median()
    return ThemeTable(values, status, years, dict(LABELS), medians, 2024)


@pytest.fixture
def dossier():
    return made_dossier(NAMES)


@pytest.fixture(scope="session")
def chromium():
    """Un vrai navigateur sans réseau ; le test est passé si la machine n'en a pas."""
    api = pytest.importorskip("playwright.sync_api")
    found = next((p for p in map(shutil.which, ("chromium", "chromium-browser", "google-chrome")) if p), None)
    with api.sync_playwright() as play:
        try:
            browser = play.chromium.launch(executable_path=found, args=["--no-sandbox"])
        except api.Error as error:
            pytest.skip(f"aucun Chromium : {error}")
        yield browser
        browser.close()


@pytest.fixture
def tab(chromium):
    """Une page qui note tout appel sortant et le refuse."""
    page = chromium.new_page(viewport={"width": 1000, "height": 900})
    page.asked, page.broken = [], []
    page.route("**/*", lambda route: _only_here(route, page.asked))
    page.on("pageerror", lambda error: page.broken.append(str(error)))
    yield page
    page.close()


def _only_here(route, asked):
    address = route.request.url
    if address.startswith(("file:", "data:", "about:", "blob:")):
        route.continue_()
    else:
        asked.append(address)
        route.abort()
