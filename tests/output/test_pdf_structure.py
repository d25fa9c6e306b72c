"""La structure PDF/UA des figures et des fiches : balises, langue, titre, textes de remplacement, ordre des titres."""

import itertools

import pikepdf
import pytest

from datakit.output.fiche.profile import Profile
from datakit.output.maps.choropleth import choropleth


def problems(path):
    """Ce qu'un vérificateur PDF/UA reprocherait."""
    with pikepdf.open(path) as pdf:
        root = pdf.Root
        found = []
        with pdf.open_metadata() as meta:
            found += [] if meta.get("pdfuaid:part") == "1" else ["pas déclaré PDF/UA-1"]
            found += [] if meta.get("dc:title") else ["pas de titre"]
        found += [] if root.get("/MarkInfo", {}).get("/Marked") else ["pas balisé"]
        found += [] if str(root.get("/Lang", "")).startswith("fr") else ["langue absente"]
        found += [] if root.get("/ViewerPreferences", {}).get("/DisplayDocTitle") else ["le titre ne s'affiche pas"]
        tags = list(_tags(root.StructTreeRoot.K, root.StructTreeRoot.get("/RoleMap", {})))
        found += [f"figure sans texte : {t}" for t, e in tags if t == "Figure" and not str(e.get("/Alt", "")).strip()]
        found += _heading_problems([int(t[1]) for t, _ in tags if len(t) == 2 and t[0] == "H" and t[1].isdigit()])
        found += [] if {"TH", "TD"} <= {t for t, _ in tags} or "Table" not in {t for t, _ in tags} else ["table nue"]
        for number, page in enumerate(pdf.pages, start=1):
            found += [] if page.get("/StructParents") is not None else [f"page {number} hors de la structure"]
            found += [] if page.get("/Tabs") == pikepdf.Name.S else [f"page {number} sans ordre de tabulation"]
        found += [f"police non incorporée : {f}" for f in _bare_fonts(pdf)]
        return found


def _tags(node, roles):
    if isinstance(node, pikepdf.Array):
        for child in node:
            yield from _tags(child, roles)
    elif isinstance(node, pikepdf.Dictionary) and "/S" in node:
        name = str(node.S)
        yield str(roles.get(name, name)).lstrip("/"), node
        if "/K" in node:
            yield from _tags(node.K, roles)


def _heading_problems(levels):
    if not levels:
        return []
    found = [] if levels[0] == 1 else [f"premier titre de niveau {levels[0]}"]
    return found + [f"titre sauté : {a} puis {b}" for a, b in itertools.pairwise(levels) if b > a + 1]


def _bare_fonts(pdf):
    for thing in pdf.objects:
        described = isinstance(thing, pikepdf.Dictionary) and thing.get("/Type") == "/FontDescriptor"
        if described and not {"/FontFile", "/FontFile2", "/FontFile3"} & set(thing.keys()):
            yield str(thing.get("/FontName"))


@pytest.mark.parametrize("code", ["QN09601M", "QN09604M"])
def test_the_sheet_has_no_fault(dossier, tmp_path, code):
    made = Profile(dossier, code)
    path = made.pdf(tmp_path / "f.pdf")
    assert problems(path) == []
    with pikepdf.open(path) as pdf:
        tags = [t for t, _ in _tags(pdf.Root.StructTreeRoot.K, pdf.Root.StructTreeRoot.get("/RoleMap", {}))]
        assert tags.count("Figure") == len(made.figures) and len(pdf.pages) == 2 and tags.count("H1") >= 5


def test_a_saved_map_has_no_fault(zones, tmp_path):
    assert problems(choropleth(zones, "taux_pauvrete", ground=None).save(tmp_path / "c.pdf")) == []


def test_the_checker_sees_faults(zones, tmp_path):
    path = choropleth(zones, "taux_pauvrete", ground=None).save(tmp_path / "c.pdf")
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        del pdf.Root["/Lang"]
        for tag, element in _tags(pdf.Root.StructTreeRoot.K, {}):
            if tag == "Figure":
                del element["/Alt"]
        pdf.save(path)
    assert {p.split(" : ")[0] for p in problems(path)} == {"langue absente", "figure sans texte"}
