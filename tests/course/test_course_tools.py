"""Carnet, progression, sources, typographie, formulaires : les petites pièces du cours."""
# ruff: noqa: E501  (one form per line)

import os
import threading

import pandas as pd
import pytest

from datakit import ____, check, gate, partner_table, progress, project_sheet, published, secrecy, study
from datakit.core.errors import FormatError, OptionError
from datakit.course.exercises import journal
from datakit.course.exercises.bank import exercise
from datakit.course.exercises.placeholder import blanks
from datakit.course.printing.directives import expand, link_glossary
from datakit.course.typography import french
from workshop.building import source


@pytest.fixture(autouse=True)
def carnet(tmp_path, monkeypatch):
    path = tmp_path / "carnet.jsonl"
    monkeypatch.setenv("DATAKIT_PROGRESS", str(path))
    return path


def test_progress_tells_where_one_stopped_and_the_time_left():
    empty = progress()
    assert empty.attrs["dernier"] == "" and "Rien n'est encore commencé" in repr(empty)
    check("E22", 12)
    check("E05", 37.0)
    check("E05", 3)  # trying again to see does not lose a success
    check("E21", ____)
    table = progress()
    assert table.loc["E05", ["état", "essais"]].tolist() == ["juste", 2]
    assert table.loc["E22", "état"] == "pas encore" and table.loc["E21", "état"] == "non tenté"
    assert table.attrs["dernier"] == "E05"
    assert empty.attrs["minutes_restantes"] - table.attrs["minutes_restantes"] == exercise("E05").minutes
    assert "séance" not in progress(4) and len(progress(4)) == 8
    assert "<strong>1" in table._repr_html_()


def test_a_damaged_journal_loses_one_line_only(carnet):
    check("E22", 7)
    with carnet.open("ab") as file:
        file.write(b'{"id": "E05", "outc')  # a kernel killed while writing
    check("E31", [1, 2, "jeter"])
    carnet.write_bytes(carnet.read_bytes() + b"\n\xff\xfe garbage\n[1]\n")
    assert progress().loc[["E22", "E31"], "état"].tolist() == ["juste", "pas encore"]


def test_two_tabs_write_to_the_same_journal():
    threads = [threading.Thread(target=lambda: [journal.record("E05", "juste") for _ in range(20)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert progress().loc["E05", "essais"] == 80


def test_a_full_disk_is_said_and_the_answer_still_checked(monkeypatch, carnet):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = check("E22", 7)
    assert result.outcome == "juste" and "n’a pas pu être notée" in result.message


def test_the_journal_may_be_a_folder_and_defaults_to_the_user(monkeypatch, tmp_path):
    monkeypatch.setenv("DATAKIT_PROGRESS", str(tmp_path))
    assert journal.path() == tmp_path / "progression.jsonl"
    monkeypatch.delenv("DATAKIT_PROGRESS")
    assert journal.path().name == "progression.jsonl" and journal.path().parent.name == "datakit"


def test_the_last_session_compares_with_the_morning():
    opinions = dict.fromkeys(("pauvres", "pareils", "echec", "maille", "anonyme"), "faux")
    end = opinions | {"limite": "une année ancienne", "partenaire": "la CAF", "date": "3 février"}
    before = repr(check("E36", end))
    assert "avis" not in repr(progress())
    check("E04", opinions | {"pauvres": "vrai"})
    assert "1\u00a0avis a changé sur 5" in repr(progress())
    assert repr(check("E36", end)) == before  # the verdict is the same in any home


def test_blanks_survive_any_operation():
    assert blanks(100 * ____ / (____ + 2) ** 2) == "tout"
    assert blanks([-____, ____.round(2), ____[0], ____("x")]) == "tout"
    assert blanks({"a": 1, "b": [____]}) == "partie"
    assert list(____) == [] and not ____ and repr(____) == "____"


def test_sources_give_both_sides():
    code = "total = a + b  # solution\nvue = f(total)  # solution: vue = f(____)\nx = 1"
    assert source.with_solution(code) == "total = a + b\nvue = f(total)\nx = 1"
    assert source.without_solution(code) == "total = ____\nvue = f(____)\nx = 1"
    assert source.without_solution('    1: "vrai",  # texte : = ,  # solution') == '    1: "____",  # texte : = ,'
    with pytest.raises(FormatError):
        source.without_solution("print()  # solution")


def test_bad_sources_are_refused(tmp_path):
    path = tmp_path / "a.py"
    for text in ('# %% tags=["x"]\n1', '# %% id="a"\n1\n# %% id="a"\n2', '# %% id="a" inconnu="b"\n'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(FormatError):
            source.read(path)
    with pytest.raises(FormatError, match="inconnue"):
        expand("{{n_importe_quoi}}", "accueil")


def test_typography_leaves_code_and_links_alone():
    assert french("`a ; b`, [x ?](y ; z) et 12 km : l'an...") == "`a ; b`, [x\u202f?](y ; z) et 12\u202fkm\u00a0: l’an…"


def test_the_glossary_links_first_uses_only():
    seen = set()
    text = link_glossary("Un QPV, deux QPV.", seen, "g.ipynb")
    assert text == "Un [QPV](g.ipynb#QPV), deux QPV." and link_glossary("QPV", seen, "g.ipynb") == "QPV"


def test_forms_show_what_is_missing_and_save(tmp_path):
    form = partner_table([("CAF", "allocataires", "donnée ouverte", "chef de projet"), ("bailleur", "", "", "")])
    assert len(form.missing) == 3 and "à compléter" in repr(form)
    for suffix in (".xlsx", ".html", ".csv", ".md"):
        assert form.save(tmp_path / f"p{suffix}").stat().st_size > 50
    assert "<html lang='fr'>" in (tmp_path / "p.html").read_text(encoding="utf-8")
    with pytest.raises(OptionError):
        form.save(tmp_path / "p.pdf")
    with pytest.raises(OptionError, match="4"):
        partner_table([("CAF",)])
    assert not project_sheet(dict.fromkeys(("question", "decision", "donnees", "detenteurs", "cadre", "livrable", "etape", "habitants", "risque", "grille"), "x")).missing  # fmt: skip
    with pytest.raises(OptionError):
        project_sheet({"budget": "1"})


def test_the_gate_says_what_to_do():
    form = gate({**dict.fromkeys(range(1, 11), "oui"), 4: "non", 5: False})
    assert form.title == "Grille éthique : 8 oui sur 10" and len(form.missing) == 2 and "secrecy" in form.missing[0]
    for bad in ({11: "oui"}, ["oui"] * 11, {"finalité": "oui"}, {1: "nan"}):
        with pytest.raises(OptionError):
            gate(bad)
    assert gate is secrecy.gate
    assert all(gate({1: said}).answers[0].yes is None for said in ("peut-être", "Je ne sais pas", "____", None))


def test_published_figures_carry_their_labels():
    assert published("age_moyen_qpv", "age_moyen_eu").attrs["labels"]["millesime"] == "2020"
    with pytest.raises(OptionError):
        published("recalled")


def test_study_opens_the_territory(monkeypatch):
    table = study("revenus")
    assert table.index.is_unique and table.attrs["labels"]["perimetre"].startswith("QPV")
    monkeypatch.setenv("DATAKIT_TERRITOIRE", table["siren_epci"].iloc[0].split(",")[0])
    assert 0 < len(study("revenus")) <= len(table)


def test_a_partner_table_completed_in_a_spreadsheet_is_read_back(tmp_path):
    first = partner_table([("CAF", "allocataires", "donnée ouverte", ""), ("bailleur", "", "", "chargée de mission")])
    again = partner_table(pd.read_excel(first.save(tmp_path / "partenaires.xlsx")))
    assert again.missing == first.missing and again.table.equals(first.table)
    assert partner_table([("CAF", float("nan"), None, "____")]).missing[0].endswith("détient")


@pytest.mark.parametrize("rows", ["abc", [1], ["abc"], 3, None])
def test_a_partner_table_says_how_to_write_a_line(rows):
    with pytest.raises(OptionError, match="ligne 1") as error:
        partner_table(rows)
    assert '("CAF", "allocataires", "donnée ouverte", "")' in str(error.value)


def test_the_gate_says_how_many_questions_remain_and_is_printed(tmp_path):
    report = gate(["oui"] * 7 + ["non"] * 3)
    assert "3\u00a0questions restent" in str(report) and repr(report) == str(report)
    for suffix in (".html", ".txt"):
        assert "Si non" in report.save(tmp_path / f"grille{suffix}").read_text(encoding="utf-8")
    with pytest.raises(OptionError, match="html"):
        report.save(tmp_path / "grille.docx")


def test_the_whole_course_is_summed_up_by_session():
    check("E22", 7)
    page = progress()._repr_html_()
    head, _, details = page.partition("<details>")
    assert "1 sur 8" in head and "E21" not in head and "E21" in details
    assert "<details>" not in progress(4)._repr_html_()


@pytest.mark.parametrize(("id", "answer"), [("E03", {}), ("E04", dict.fromkeys(("pauvres", "pareils"))), ("E11", [])])
def test_nothing_filled_is_not_praised(id, answer):
    assert "Rien n’est encore" in check(id, answer).message


def test_the_order_of_cards_speaks_of_one_card():
    found = check("E08", ["question", "inventaire", "groupe", "convention", "collecte", "restitution", "documentation"])
    assert found.message.replace("\u00a0", " ").startswith("1 carte est à sa place")
