"""Le secret d'un fichier, par la commande : comment tomber sur chaque refus, et ce que son remède fait taper."""

import io
import itertools
import shutil
import zipfile

import pandas as pd

from datakit import secrecy as s
from datakit.core.places import content
from tests.remedies.calls import case
from tests.remedies.files import book

GOOD = "zone;effectif\nA;30\nB;20\nEnsemble;50\n"


def written(t, name, content):
    path = t.make("secret") / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def publish(name, content, *ways, options=(), linked=None, suffix=".csv"):
    """``datakit secrecy check`` refuse ; chaque voie est un fichier mendé, ou les options que le remède dit."""

    def check(t, given, more, beside):
        if beside is not None:
            more = [*more, "--linked", written(t, "a_cote.csv", beside)]
        t.command("secrecy", "check", written(t, f"tableau{suffix}", given), *more)

    follow = [
        (lambda t, w=w: check(t, content, w, linked))
        if isinstance(w, list)
        else (lambda t, w=w: check(t, w, options, linked))
        for w in ways
    ]
    case(name, lambda t: check(t, content, options, linked), *follow)


SHARES = "zone;f;h;Ensemble;Part de f (%)\nA;30;10;40;75\nB;20;10;30;{}\nC;20;20;40;50\nD;30;30;60;50\nE;10;30;40;25\n"
SHARES += "Ensemble;110;100;210;52\n"
publish(
    "une part que ses effectifs ne donnent pas",
    SHARES.format(99),
    SHARES.format(67),
    ["--roles", "Part de f (%)=retirer"],
)
publish(
    "une évolution sans son départ",
    "zone;2022;Évolution (%)\nA;33;10\nB;22;10\nEnsemble;55;10\n",
    "zone;2021;2022;Évolution (%)\nA;30;33;10\nB;20;22;10\nEnsemble;50;55;10\n",
    ["--roles", "Évolution (%)=retirer"],
)
MEDIANS = "zone;{}Médiane (€)\nA;{}13000\nB;{}12000\n"
publish(
    "une médiane d'unités qu'on ne compte pas",
    GOOD + "\n" + MEDIANS.format("", "", "").replace("zone", "quartier").replace("A", "Q1").replace("B", "Q2"),
    "zone;effectif;Médiane (€)\nA;30;13000\nB;20;12000\nEnsemble;50;12500\n",
    ["--roles", "Médiane (€)=retirer"],
)
NESTED = "zone;ménages\nA;30\n  A1;12\n  A2;18\nB;20\nEnsemble;50\n"
OTHER = "zone;ménages\nA;30\nX;20\nEnsemble;50\n"
LINKS = "child;parent\nA;Ensemble\nB;Ensemble\nA1;A\nA2;A\nX;B\n"
case(
    "deux emboîtements",
    lambda t: t.command("secrecy", "check", written(t, "n.csv", NESTED), "--linked", written(t, "x.csv", OTHER)),
    lambda t: t.command(
        "secrecy", "check", written(t, "n.csv", NESTED), "--linked", written(t, "x.csv", OTHER.replace("X", "B"))
    ),
    lambda t: t.command(
        *("secrecy", "check", written(t, "n.csv", NESTED), "--linked", written(t, "x.csv", OTHER)),
        *("--hierarchy", f"zone={written(t, 'liens.csv', LINKS)}"),
    ),
)
CROSSED = "zone;sexe;{}\nA;f;30\nA;h;20\nA;Ensemble;50\nB;f;30\nB;h;20\nB;Ensemble;50\n"
CROSSED += "Ensemble;f;60\nEnsemble;h;40\nEnsemble;Ensemble;100\n"


def raised(text):
    """One person more in B, in the cell and in its totals."""
    for before, after in (("B;f;30", "B;f;31"), ("B;Ensemble;50", "B;Ensemble;51"), (";f;60", ";f;61")):
        text = text.replace(before, after)
    return text.replace("Ensemble;Ensemble;100", "Ensemble;Ensemble;101")


def side_by_side(t, first, second):
    t.command("secrecy", "check", written(t, "un.csv", first), "--linked", written(t, "deux.csv", second))


case(
    "deux valeurs d'une case",
    lambda t: side_by_side(t, CROSSED.format("effectif"), raised(CROSSED).format("effectif")),
    lambda t: side_by_side(t, CROSSED.format("effectif"), CROSSED.format("effectif")),
    lambda t: side_by_side(t, CROSSED.format("ménages"), raised(CROSSED).format("personnes")),
)
publish(
    "un nombre hors de tout tableau", "zone;f\nC;29\n60;\nD;s\n", "zone;f\nC;29\nD;s\n", ["--roles", "ligne 3=note"]
)
publish("deux colonnes de chiffres dont une sans nom", "zone;f;\nA;30;20\nB;20;21\n", "zone;f;h\nA;30;20\nB;20;21\n")
TWICE = "zone;sexe;effectif\nA;f;30\nA;f;20\nB;f;21\nB;h;22\n"
publish(
    "deux lignes d'une même combinaison",
    TWICE,
    TWICE.replace("A;f;20", "A;h;20"),
    options=["--by", "zone,sexe"],
)
publish(
    "une colonne de catégories oubliée",
    "zone;sexe;âge;effectif\nA;f;j;30\nA;f;v;20\nB;f;j;21\nB;f;v;22\n",
    ["--by", "zone,sexe,âge", "--value", "effectif"],
    options=["--by", "zone,sexe", "--value", "effectif"],
)
WORD = "zone;f;h;Ensemble\nA;30;{};40\nB;20;14;34\nEnsemble;50;24;74\n"
publish("un mot dans une case", WORD.format("peu"), WORD.format("10"), ["--roles", "peu=masqué"])
publish(
    "un effectif mal nommé",
    "zone;ca;n\nA;100;30\nB;50;20\nEnsemble;150;50\n",
    ["--value", "ca", "--count", "n"],
    options=["--value", "ca", "--count", "nombre"],
)
publish("un libellé qui dit le nombre", "zone;effectif\nA (5 ménages);30\nB;20\nEnsemble;50\n", GOOD)
publish(
    "des « dont » dans les deux sens",
    "zone;f;dont f seules;h;Ensemble\nA;30;12;20;50\ndont A1;12;6;15;27\nB;20;11;20;40\nEnsemble;50;23;40;90\n",
    "zone;f;h;Ensemble\nA;30;20;50\ndont A1;12;15;27\nB;20;20;40\nEnsemble;50;40;90\n",
    ["--roles", "dont f seules=retirer"],
)
publish(
    "un tiret qui peut valoir zéro",
    "zone;f;h\nA;3;20\nB;-;21\nC;20;22\n",
    ["--roles=-=zéro"],
    ["--roles=-=masqué"],
)
publish(
    "un vide qui peut valoir zéro",
    "zone;f;h\nA;3;20\nB;;21\nC;20;22\n",
    ["--roles", "vide=zéro"],
    ["--roles", "vide=masqué"],
)

# --- the workbook itself
LINES = [["zone", "effectif"], ["A", 30], ["B", 20], ["Ensemble", 50]]
SHEET = book(("a", LINES))


def torn(data):
    """A zip without the part that says what a workbook holds."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as before, zipfile.ZipFile(kept, "w") as after:
        for name in before.namelist():
            if name != "[Content_Types].xml":
                after.writestr(name, before.read(name))
    return kept.getvalue()


publish("un classeur sans ses pièces", torn(SHEET), SHEET, suffix=".xlsx")
FORMULA = [["zone", "effectif"], ["A", 30], ["B", "=10+10"], ["Ensemble", 50]]
publish("une formule sans valeur à juger", book(("a", FORMULA)), SHEET, suffix=".xlsx")
case(
    "un dossier à juger",
    lambda t: t.command("secrecy", "check", t.make("secret")),
    lambda t: t.command("secrecy", "check", written(t, "bon.csv", GOOD)),
)
TITLED = book(("a", [["Titre", None], *LINES]))
HIDDEN = [["zone", "effectif"], ["A", 3], ["B", 20], ["C", 20], ["Ensemble", 43]]
TWO = book(("a", HIDDEN), ("b", HIDDEN))


def protect(t, content, target, *more):
    path = written(t, "p.xlsx", content)
    t.command("secrecy", "protect", path, "-o", t.folder / target, *more)


case(
    "un GPKG d'une feuille à titre",
    lambda t: protect(t, book(("a", [["Titre", None], *HIDDEN])), "p.gpkg"),
    lambda t: protect(t, book(("a", [["Titre", None], *HIDDEN])), "p.xlsx"),
)
case(
    "un CSV de deux feuilles",
    lambda t: protect(t, TWO, "p.csv"),
    lambda t: protect(t, TWO, "p.xlsx"),
    lambda t: protect(t, TWO, "p.csv", "--feuille", "a"),
)

# --- the library
COUNTS = {"Q1": 20, "Q2": 30, "H1": 25, "H2": 40, "Q": 50, "C1": 45, "C2": 70, "Ensemble": 115}
PIECES = [("Q1", "Q"), ("Q2", "Q"), ("Q1", "C1"), ("H1", "C1"), ("Q", "Ensemble"), ("C1", "Ensemble")]


def nested(pairs):
    known = sorted({code for pair in pairs for code in pair})
    table = pd.DataFrame({"zone": known, "n": [COUNTS[code] for code in known]})
    return s.check(table, "fiscal", hierarchies={"zone": pd.DataFrame(pairs, columns=["child", "parent"])})


case(
    "deux découpages dont aucun ne couvre l'autre",
    lambda t: nested(PIECES),
    lambda t: nested([*PIECES, ("Q2", "C2"), ("H2", "C2"), ("C2", "Ensemble")]),
)
SIZE = 40


def faces(size):
    """Two crossings of one file; a third column ties them in a cube of ``size`` categories a side."""
    names = [[f"{d}{k}" for k in range(size)] + ["Ensemble"] for d in "abc"]
    made = []
    for d, e in itertools.combinations(range(3), 2):
        rows = [
            (x, y, 20 * (size if x == "Ensemble" else 1) * (size if y == "Ensemble" else 1))
            for x, y in itertools.product(names[d], names[e])
        ]
        made.append(pd.DataFrame(rows, columns=[f"d{d}", f"d{e}", "n"]))
    return made


def cube(size, count=3):
    first, *others = faces(size)[:count]
    return s.protect(first, "fiscal", linked=others, cube=True)


case("un cube trop grand", lambda t: cube(40), lambda t: cube(2), lambda t: cube(40, 1))

publish(
    "trois tranches emboîtées",
    "zone;Moins de 18 ans;Moins de 25 ans;Population\nA;40;60;200\nB;50;90;300\nC;60;120;400\n",
    "zone;Moins de 18 ans;18-24 ans;25 ans et plus\nA;40;20;140\nB;50;40;210\nC;60;60;280\n",
    ["--roles", "Moins de 18 ans=retirer"],
)
publish(
    "une densité",
    "zone;Ménages;Ménages au km²\nA;30;25\nB;20;800\n",
    "zone;Ménages\nA;30\nB;20\n",
    ["--roles", "Ménages au km²=retirer"],
)
publish(
    "une liste de personnes",
    "nom;zone;age\nX;A;30\nY;B;20\nZ;A;45\n",
    "zone;moins de 30 ans;30 ans et plus\nA;30;45\nB;20;25\n",
    ["--roles", "age=effectif"],
)
publish(
    "un effectif négatif dans un fichier",
    "zone;Ménages\nA;-999\nB;20\nC;30\n",
    ["--roles=-999=masqué"],
    ["--roles", "Ménages=retirer", "--roles", "Ménages=évolution"],
)

publish(
    "deux ventilations dans un tableau",
    "zone;Hommes;Femmes;Moins de 25 ans;25 ans et plus\nA;45;55;40;60\nB;100;90;60;130\nC;50;60;30;80\n",
    "zone;Hommes;Femmes;Ensemble\nA;45;55;100\nB;100;90;190\nC;50;60;110\n",
)
publish(
    "une correction qui ne nomme rien",
    "zone;f;h;Téléphone référent\nA;30;40;612345678\nB;20;12;698765432\n",
    ["--roles", "Téléphone référent=retirer"],
    options=["--roles", "Téléphone référant=retirer"],
)
publish(
    "deux parts emboîtées",
    "zone;Population;Part des moins de 25 ans (%);Part des moins de 30 ans (%)\nA;100;40,0;45,0\nB;200;30,0;60,0\n",
    ["--roles", "Part des moins de 25 ans (%)=retirer"],
    "zone;Population;Part des moins de 25 ans (%)\nA;100;40,0\nB;200;30,0\n",
)


def _with_a_list(t, keep):
    rows = [["nom", "zone"], *([f"N{k}", "AB"[k % 2]] for k in range(9))]
    path = t.make("secret") / "liste.csv"
    lines = ["zone;f;h;Ensemble", "A;30;40;70", "B;20;12;32", "Ensemble;50;52;102", ""]
    lines += [";".join(r) for r in rows] if keep else []
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    t.command("secrecy", "check", path)


case("une liste sous le tableau", lambda t: _with_a_list(t, True), lambda t: _with_a_list(t, False))


def _located(t, *words):
    folder = t.make("sorties")
    (folder / "p.csv").write_text("nom;lon;lat\nA;-6,5123;46,5123\n", encoding="utf-8")
    depot = folder / "depot"
    depot.mkdir(exist_ok=True)
    if not (depot / "qpv-2024-geojson.zip").is_file():
        shutil.copy(content("data") / "qpv-2024-geojson.zip", depot)
    t.command("locate", folder / "p.csv", *(folder / w if "." in w or w == "depot" else w for w in words))


case(
    "deux sorties du même nom",
    lambda t: _located(t, "-o", "r.csv", "--comptes", "r.csv"),
    lambda t: _located(t, "-o", "r.csv", "--comptes", "c.csv"),
)
case(
    "une sortie sur un fichier du dépôt",
    lambda t: _located(t, "--depot", "depot", "-o", "depot/qpv-2024-geojson.zip"),
    lambda t: _located(t, "--depot", "depot", "-o", "r.csv"),
)
