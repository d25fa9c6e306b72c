import gzip
import io
import json
import threading
import zipfile

import openpyxl
import pandas as pd
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from datakit.core.errors import DatakitError, FormatError, SourceError
from datakit.sources.reading import delimited, dialects
from datakit.sources.reading.dialects import (
    Dialect,
    dialect_of,
    iter_table,
    read_header,
    read_table,
    sheets_of,
    write_table,
)

REVN = "CODGEO;LIBGEO;TP60;DISP_Q2\nQP069002;Monod;34,9;15\u202f160\nQP069003;Bel Air;;\n"
RECORDS = [
    {"CODGEO": "QP069002", "LIBGEO": "Monod", "TP60": "34,9", "DISP_Q2": "15\u202f160"},
    {"CODGEO": "QP069003", "LIBGEO": "Bel Air", "TP60": "", "DISP_Q2": ""},
]


@pytest.fixture
def written(tmp_path):
    def write(content, name="table.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return write


def records(path, **options):
    return read_table(path, **options).frame.to_dict("records")


# --- what a dialect is


@pytest.mark.parametrize(
    ("encoding", "name", "bom"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8", True),
        ("utf-16", "utf-16-le", True),
        ("utf-16-le", "utf-16-le", False),
        ("utf-16-be", "utf-16-be", False),
    ],
)
def test_unicode_encodings(written, encoding, name, bom):
    table = read_table(written(REVN, encoding=encoding))
    assert table.frame.to_dict("records") == RECORDS
    assert (table.dialect.encoding, table.dialect.bom) == (name, bom)


@pytest.mark.parametrize("word", ["Cœur d’Hérault", "Écully"])
def test_the_encoding_of_old_windows_files(written, word):
    table = read_table(written(f"code;lib\n01;{word}\n", encoding="cp1252"))
    assert table.dialect.encoding == "cp1252" and table.frame["lib"].item() == word


def test_bytes_that_cp1252_lacks_are_latin_1(written):
    table = read_table(written(b"code;lib\n01;\xe9\x81\n"))
    assert table.dialect.encoding == "latin-1" and table.frame["lib"].item() == "é\x81"


@pytest.mark.parametrize("late", ["utf-8", "cp1252"])
def test_an_accent_far_from_the_start_decides_the_encoding(written, late):
    table = read_table(written("code;lib\n" + "01;Lyon\n" * 20_000 + "02;Écully\n", encoding=late))
    assert table.dialect.encoding == late and table.frame["lib"].iloc[-1] == "Écully"


def test_a_file_that_changes_encoding_is_refused(written):
    path = written("code;lib\n01;Écully\n".encode() + b"02;Lyon\n" * 20_000 + "03;Écully\n".encode("cp1252"))
    with pytest.raises(FormatError, match="change d'encodage") as caught:
        read_table(path)
    assert caught.value.details["Fichier"] == str(path)


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiters_and_line_ends(written, delimiter, newline):
    text = REVN.replace("34,9", "34.9").replace(";", delimiter).replace("\n", newline)
    table = read_table(written(text))
    assert list(table.frame.columns) == ["CODGEO", "LIBGEO", "TP60", "DISP_Q2"] and len(table.frame) == 2
    assert (table.dialect.delimiter, table.dialect.newline) == (delimiter, newline)


def test_decimal_commas_do_not_make_a_comma_file(written):
    rows = "\n".join(f"0{i};{i},5;{i},25;{i},0" for i in range(1, 9))
    table = read_table(written("code;a;b;c\n" + rows))
    assert table.frame.shape == (8, 4) and table.dialect.delimiter == ";" and table.dialect.decimal == ","


def test_lists_of_communes_do_not_make_a_semicolon_file(written):
    rows = "\n".join(f'QN0010{i}M,Quartier {i},"01053; 01004"' for i in range(1, 9))
    table = read_table(written("code_qp,lib_qp,insee_com\n" + rows))
    assert table.dialect.delimiter == "," and table.frame["insee_com"].unique().tolist() == ["01053; 01004"]


def test_quotes_are_removed_and_remembered(written):
    table = read_table(written('"CODGEO";"LIB"\n"QP069002";"Dit ""Le Clos""; haut"\n'))
    assert table.frame["LIB"].item() == 'Dit "Le Clos"; haut' and table.dialect.quoting == "all"


def test_a_line_break_inside_quotes_is_one_cell(written):
    table = read_table(written('"code\nqp";lib\nQN06908M;"Monod\nHaut"\nQN06909M;Bas\n'))
    assert list(table.frame.columns) == ["code qp", "lib"]
    assert table.frame["lib"].tolist() == ["Monod\nHaut", "Bas"]


def test_thousands_and_decimal_are_noted(written):
    dialect = read_table(written(REVN)).dialect
    assert (dialect.decimal, dialect.thousands) == (",", "\u202f")


def test_case_and_zeros_are_kept(written):
    table = read_table(written("codgeo,Tp60_A16\n01053,0\n2A004,00\n"))
    assert table.frame.to_dict("list") == {"codgeo": ["01053", "2A004"], "Tp60_A16": ["0", "00"]}


def test_na_and_null_stay_texts(written):
    assert read_table(written("a;b\nNA;null\nNaN;\n")).frame.to_numpy().tolist() == [["NA", "null"], ["NaN", ""]]


# --- headers


def test_names_lose_their_spaces_but_not_their_accents_and_dots(written):
    header = 'Code.département;"EVOL_CA_N_E ";\u00a0unité  de compte;[DISP] Médiane (€)\n69;1;victime;3\n'
    assert read_header(written(header)) == ["Code.département", "EVOL_CA_N_E", "unité de compte", "[DISP] Médiane (€)"]


@pytest.mark.parametrize("empty", [1, 200, 993])
def test_empty_trailing_columns_disappear(written, empty):
    tail = ";" * empty
    path = written(f"CODGEO;TP60{tail}\r\nQP069002;34,9{tail}\r\nQP069003;{tail}\r\n")
    assert read_table(path).frame.to_dict("list") == {"CODGEO": ["QP069002", "QP069003"], "TP60": ["34,9", ""]}


def test_a_value_under_no_name_is_not_lost(written):
    with pytest.raises(FormatError, match="colonne sans nom") as caught:
        read_table(written("CODGEO;TP60;;\n" + "QP069002;34,9;;\n" * 3 + "QP069002;34,9;;oubli\n"))
    assert caught.value.details["Colonne"] == 4


def test_a_column_without_a_name_in_the_middle_gets_one(written):
    assert read_header(written('"",id,rep\n"1",93010_a,\n')) == ["colonne_1", "id", "rep"]


def test_two_columns_of_the_same_name_are_refused(written):
    with pytest.raises(FormatError, match="plusieurs colonnes portent le même nom") as caught:
        read_table(written("CODGEO;A;A \n1;2;3\n"))
    assert "« A »" in str(caught.value)


@pytest.mark.parametrize("row", range(1, 11))
@pytest.mark.parametrize("padding", ["", ";;;"])
def test_the_header_is_found_on_rows_1_to_10(written, row, padding):
    titles = "".join(f"Titre {i}{padding}\n" for i in range(1, row))
    table = read_table(written(titles + REVN))
    assert table.frame.to_dict("records") == RECORDS
    assert table.dialect.header_row == row and table.first_row == row + 1


def test_blank_lines_above_the_header_count(written):
    table = read_table(written("Revenus\n\n\n" + REVN))
    assert table.dialect.header_row == 4 and table.frame.to_dict("records") == RECORDS


def test_long_labels_above_the_codes_are_skipped(written):
    text = "Code du quartier;Libellé;Taux de pauvreté\nCODGEO;LIBGEO;TP60\nQP069002;Monod;34,9\n"
    assert read_header(written(text)) == ["CODGEO", "LIBGEO", "TP60"]


def test_a_row_of_words_under_the_header_is_data(written):
    text = "Nom du quartier;Statut\nBellevue;MODIFIE\nMonod;INCHANGE\n"
    assert read_table(written(text)).frame.shape == (2, 2)


def test_years_may_name_columns(written):
    assert read_header(written("code;2021;2022;2023\n69123;1;2;3\n")) == ["code", "2021", "2022", "2023"]


def test_the_header_row_can_be_imposed(written):
    path = written("1;2\na;b\n3;4\n")
    assert records(path, header_row=2) == [{"a": "3", "b": "4"}]
    with pytest.raises(FormatError, match="vide ou n'existe pas"):
        read_table(path, header_row=9)


def test_numbers_only_have_no_header(written):
    with pytest.raises(FormatError, match="ne ressemble à un en-tête"):
        read_table(written("1;2\n3;4\n"))


def test_a_header_alone_is_an_empty_table(written):
    frame = read_table(written("CODGEO;TP60\n")).frame
    assert frame.empty and list(frame.columns) == ["CODGEO", "TP60"]


def test_one_column_is_a_table(written):
    assert records(written("code_qp\nQN06908M\nQN06909M\n")) == [{"code_qp": "QN06908M"}, {"code_qp": "QN06909M"}]


def test_blank_rows_at_the_end_are_dropped(written):
    assert records(written(REVN + ";;;\n;;;\n\n")) == RECORDS


# --- columns


def test_columns_are_chosen_in_the_order_of_the_file(written):
    assert list(read_table(written(REVN), usecols=["TP60", "CODGEO"]).frame.columns) == ["CODGEO", "TP60"]


def test_a_missing_column_lists_the_others(written):
    with pytest.raises(FormatError, match="colonne attendue manque") as caught:
        read_table(written(REVN), usecols=["TP_60"])
    assert "TP60" in caught.value.remedy and "LIBGEO" in str(caught.value)


# --- faults


@pytest.mark.parametrize(("row", "found"), [("QP069003;Bel Air", "2 au lieu de 4"), ("a;b;c;d;e", "5 au lieu de 4")])
def test_an_irregular_row_is_located(written, row, found):
    with pytest.raises(FormatError, match="pas autant de cellules") as caught:
        read_table(written(REVN + row + "\n" + REVN.split("\n")[1]))
    assert caught.value.details["Ligne"] == 4 and caught.value.details["Cellules"] == found


def test_a_surplus_of_empty_cells_is_harmless(written):
    assert records(written(REVN.replace("160\n", "160;;\n"))) == RECORDS


def test_a_row_may_stop_before_the_empty_columns(written):
    text = REVN.replace("DISP_Q2\n", "DISP_Q2;;;\n")
    assert records(written(text)) == RECORDS


def test_a_quote_never_closed_is_located(written):
    with pytest.raises(FormatError, match="guillemet") as caught:
        read_table(written('code;lib\n01;Lyon\n02;"Écully\n03;Bron\n'))
    assert caught.value.details["Ligne"] == 3


def test_nul_bytes_are_refused_near_and_far(written):
    for filler in (1, 20_000):
        with pytest.raises(FormatError, match="octets nuls") as caught:
            read_table(written(b"code;lib\n" + b"01;Lyon\n" * filler + b"02;\x00\n"))
        assert caught.value.details["Ligne"] == filler + 2


def test_a_utf_16_cut_in_the_middle_of_a_character_is_refused(written):
    with pytest.raises(FormatError, match="UTF-16"):
        read_table(written(REVN.encode("utf-16")[:-1]))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "est vide"),
        (b"  \r\n", "est vide"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 1\n", "Git LFS"),
        (b"<!DOCTYPE html><html><body>404</body></html>", "page web"),
        (bytes(range(256)) * 40, "n'est pas une table"),
        (b"PAR1" + bytes(100) + b"PAR1", "n'est pas une table"),
        (b"%PDF-1.4", "PDF"),
    ],
)
@pytest.mark.parametrize("name", ["table.csv", "table.xlsx", "table.zip"])
def test_what_is_not_a_table_says_what_it_is(written, content, words, name):
    path = written(content, name)
    with pytest.raises(FormatError, match=words) as caught:
        read_table(path)
    assert str(path) in caught.value.details["Fichier"] and caught.value.remedy


def test_an_impostor_inside_a_zip_is_named_with_its_archive(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.csv", "<html>403</html>")
    with pytest.raises(FormatError, match="page web") as caught:
        read_table(path)
    assert caught.value.details["Fichier"] == f"{path} → data.csv"


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_give_a_table_or_a_french_error(tmp_path, content):
    path = tmp_path / "n.csv"
    path.write_bytes(content)
    try:
        frame = read_table(path).frame
    except DatakitError as error:
        assert error.details
    else:
        assert all(frame[c].dtype == "str" for c in frame)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.text(alphabet=';,"\n\r\tab1.5é \u202f\x00', max_size=60))
def test_any_text_gives_a_table_or_a_french_error(tmp_path, content):
    path = tmp_path / "n.csv"
    path.write_bytes(content.encode())
    try:
        read_table(path)
    except DatakitError as error:
        assert error.details


# --- compressed


def test_a_zipped_and_a_gzipped_csv_read_the_same(written, tmp_path):
    zipped = tmp_path / "a.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("dossier/data.csv", REVN)
        archive.writestr("dossier/meta_data.csv", "a;b\n1;2\n")
    assert records(zipped, member="dossier/data.csv") == RECORDS
    assert records(written(gzip.compress(REVN.encode()), "a.csv.gz")) == RECORDS


# --- workbooks


def workbook(path, sheets):
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        page = book.create_sheet(name)
        for row in rows:
            page.append(row)
    book.save(path)
    return path


TABLE = [["CODGEO", "TP60", "POP"], ["QP069002", 34.9, 2190], ["QP069003", None, 1500.0]]


def test_a_workbook_gives_texts(tmp_path):
    table = read_table(workbook(tmp_path / "a.xlsx", {"Données": TABLE}))
    assert table.frame.to_dict("list") == {
        "CODGEO": ["QP069002", "QP069003"],
        "TP60": ["34.9", ""],
        "POP": ["2190", "1500"],
    }
    assert table.dialect.sheet == "Données"


def test_a_workbook_named_csv_is_read_as_a_workbook(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"Données": TABLE}).rename(tmp_path / "a.csv")
    assert len(read_table(path).frame) == 2 and sheets_of(path) == ["Données"]


def test_a_csv_named_xlsx_is_read_as_a_csv(written):
    path = written(REVN, "table.xlsx")
    assert records(path) == RECORDS and sheets_of(path) == []


@pytest.mark.parametrize("row", [1, 4, 6, 10])
def test_the_header_of_a_sheet_is_found_under_its_titles(tmp_path, row):
    titles = [[f"Titre {i}"] for i in range(1, row)]
    table = read_table(workbook(tmp_path / "a.xlsx", {"d": titles + TABLE}))
    assert table.dialect.header_row == row and table.frame.shape == (2, 3)


def test_labels_then_codes_as_insee_writes_them(tmp_path):
    labels = [["Revenus"], ["© Insee"], [], ["Mise en ligne"], ["Code du quartier", "Taux (%)", "Population totale"]]
    path = workbook(tmp_path / "a.xlsx", {"QPV": labels + TABLE})
    assert read_header(path) == ["CODGEO", "TP60", "POP"]


def test_the_only_sheet_with_a_table_is_taken(tmp_path):
    path = workbook(
        tmp_path / "a.xlsx", {"Lisez-moi": [["Source : Insee"], ["Champ : France"]], "QPV": TABLE, "Vide": []}
    )
    assert read_table(path).dialect.sheet == "QPV" and sheets_of(path) == ["Lisez-moi", "QPV", "Vide"]


def test_two_tables_in_a_workbook_must_be_chosen(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"QPV": TABLE, "Communes": TABLE})
    with pytest.raises(FormatError, match="laquelle lire") as caught:
        read_table(path)
    assert "Communes" in str(caught.value)
    assert read_table(path, sheet="Communes").dialect.sheet == "Communes"
    with pytest.raises(FormatError, match="n'a pas cette feuille") as caught:
        read_table(path, sheet="Commune")
    assert "'Communes'" in caught.value.remedy


def test_a_workbook_without_a_table_says_so(tmp_path):
    with pytest.raises(FormatError, match="aucune feuille"):
        read_table(workbook(tmp_path / "a.xlsx", {"Notes": [["Source : Insee"]]}))


def test_dates_and_booleans_become_plain_texts(tmp_path):
    rows = [["code", "jour", "vrai"], ["a", pd.Timestamp("2024-01-31").to_pydatetime(), True]]
    assert read_table(workbook(tmp_path / "a.xlsx", {"d": rows})).frame.iloc[0].tolist() == ["a", "2024-01-31", "VRAI"]


def test_a_workbook_in_a_zip(tmp_path):
    book = workbook(tmp_path / "a.xlsx", {"d": TABLE})
    with zipfile.ZipFile(tmp_path / "z.zip", "w") as archive:
        archive.write(book, "x/a.xlsx")
    assert len(read_table(tmp_path / "z.zip").frame) == 2


@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook_is_refused(tmp_path, kept):
    path = workbook(tmp_path / "a.xlsx", {"d": TABLE * 50})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * kept)])
    with pytest.raises(FormatError, match=r"tronqué|abîmé"):
        read_table(path)


def test_a_workbook_with_a_damaged_sheet_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"d": TABLE})
    broken = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(broken, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            target.writestr(name, data[: len(data) // 2] if name.endswith("sheet1.xml") else data)
    with pytest.raises(FormatError, match="abîmé"):
        read_table(broken)


def test_a_formula_never_computed_is_not_a_blank(tmp_path):
    with pytest.raises(FormatError, match="jamais été calculée") as caught:
        read_table(workbook(tmp_path / "a.xlsx", {"d": [*TABLE, ["QP069004", "=SUM(B2:B3)", 1]]}))
    assert caught.value.details["Cellule"] == "B4"


def test_a_workbook_that_is_a_bomb_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("datakit.sources.reading.safety.RATIO_FREE_BYTES", 1 << 20)
    path = workbook(tmp_path / "a.xlsx", {"d": TABLE})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(8 << 20))
    with pytest.raises(FormatError, match="enfle"):
        read_table(path)


def test_entities_that_multiply_do_not_fill_the_memory(tmp_path):
    path = workbook(tmp_path / "a.xlsx", {"d": TABLE})
    evil = tmp_path / "b.xlsx"
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 10}">' for i in range(1, 10))
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(evil, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name.endswith("sheet1.xml"):
                data = f'<!DOCTYPE x [<!ENTITY e0 "{"0" * 1000}">{entities}]>'.encode() + data.replace(
                    b"<v>2190</v>", b"<v>&e9;</v>"
                )
            target.writestr(name, data)
    with pytest.raises(FormatError, match="abîmé"):
        read_table(evil)


# --- by chunks


def test_chunks_make_the_whole(written):
    path = written("code;x\n" + "".join(f"{i:05};{i}\n" for i in range(1000)))
    chunks = list(iter_table(path, chunk_rows=300))
    assert [len(c) for c in chunks] == [300, 300, 300, 100]
    assert pd.concat(chunks, ignore_index=True).equals(read_table(path).frame)


def test_chunks_are_filtered_and_narrowed(written):
    path = written("code;x;y\n" + "".join(f"{i % 7};{i};z\n" for i in range(1000)))
    kept = pd.concat(iter_table(path, chunk_rows=100, usecols=["code", "x"], rows=lambda f: f["code"] == "3"))
    assert kept["x"].tolist() == [str(i) for i in range(1000) if i % 7 == 3] and list(kept.columns) == ["code", "x"]


def test_an_irregular_row_is_located_in_chunks_too(written):
    path = written("code;x\n" + "1;2\n" * 500 + "1\n" + "1;2\n" * 10)
    seen = []
    with pytest.raises(FormatError, match="pas autant de cellules") as caught:
        seen.extend(iter_table(path, chunk_rows=100))
    assert caught.value.details["Ligne"] == 502


def test_harmless_irregular_rows_are_kept_in_chunks(written):
    path = written("code;x;;\n" + "1;2;;\n" * 500 + "3;4\n" + "5;6;;;;\n")
    whole = pd.concat(iter_table(path, chunk_rows=100), ignore_index=True)
    assert len(whole) == 502 and whole.tail(2).to_numpy().tolist() == [["3", "4"], ["5", "6"]]


def test_chunks_of_a_workbook(tmp_path):
    assert sum(len(c) for c in iter_table(workbook(tmp_path / "a.xlsx", {"d": TABLE}), chunk_rows=1)) == 2


# --- writing


def test_a_table_is_written_back_byte_for_byte(written, tmp_path):
    for text, encoding in [
        (REVN.replace("\n", "\r\n"), "utf-8-sig"),
        (REVN.replace(";", "\t"), "utf-8"),
        ('"a";"b"\r\n"1";"é"\r\n', "cp1252"),
        ("a,b\nx,1.5\n", "utf-16-le"),
    ]:
        path = written(text, encoding=encoding)
        table = read_table(path)
        assert write_table(table.frame, tmp_path / "out.csv", table.dialect).read_bytes() == path.read_bytes()


def test_numbers_are_written_in_the_dialect(tmp_path):
    frame = pd.DataFrame({"code": ["01"], "taux": [34.5], "pop": [2190.0], "n": [3], "vide": [float("nan")]})
    path = write_table(frame, tmp_path / "a.csv")
    assert path.read_bytes() == "\ufeffcode;taux;pop;n;vide\r\n01;34,5;2190;3;\r\n".encode()
    path = write_table(frame, tmp_path / "b.csv", Dialect(delimiter=",", decimal=".", newline="\n"))
    assert path.read_text("utf-8") == "code,taux,pop,n,vide\n01,34.5,2190,3,\n"


def test_nothing_written_in_a_workbook_is_a_formula(tmp_path):
    frame = pd.DataFrame({"=A1": ["=1+1", "+33", "@x", "01053"], "n": [1.5, 2, None, 4]})
    path = write_table(frame, tmp_path / "a.xlsx")
    page = openpyxl.load_workbook(path).active
    assert [[c.data_type for c in row] for row in page.iter_rows()] == [["s", "s"], *[["s", "n"]] * 4]
    assert read_table(path).frame["=A1"].tolist() == ["=1+1", "+33", "@x", "01053"]
    assert read_table(path).frame["n"].tolist() == ["1.5", "2", "", "4"]


def test_a_workbook_becomes_a_csv_and_back(tmp_path):
    table = read_table(workbook(tmp_path / "a.xlsx", {"QPV": TABLE}))
    assert read_table(write_table(table.frame, tmp_path / "a.csv", table.dialect)).frame.equals(table.frame)
    again = read_table(write_table(table.frame, tmp_path / "b.xlsx", table.dialect))
    assert again.frame.equals(table.frame) and again.dialect.sheet == "QPV"


def test_a_character_that_the_encoding_lacks_is_named(tmp_path):
    with pytest.raises(FormatError, match="n'a pas ce caractère") as caught:
        write_table(pd.DataFrame({"a": ["Cœur \u202f"]}), tmp_path / "a.csv", Dialect(encoding="cp1252"))
    assert caught.value.details["Caractère"] == "« \u202f »" and list(tmp_path.iterdir()) == []


def test_a_control_character_does_not_go_into_a_workbook(tmp_path):
    with pytest.raises(FormatError, match="caractère invisible"):
        write_table(pd.DataFrame({"a": ["x\x07"]}), tmp_path / "a.xlsx")
    assert list(tmp_path.iterdir()) == []


def test_too_many_rows_for_a_workbook(tmp_path, monkeypatch):
    monkeypatch.setattr("datakit.sources.reading.writing._MAX_SHEET_ROWS", 3)
    with pytest.raises(FormatError, match="plus de lignes"):
        write_table(pd.DataFrame({"a": range(3)}), tmp_path / "a.xlsx")


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(SourceError, match="dossier n'existe pas"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "absent" / "a.csv")


def test_a_file_that_cannot_be_replaced_is_named(tmp_path):
    (tmp_path / "a.csv").mkdir()
    with pytest.raises(SourceError, match="ne peut pas être écrit"):
        write_table(pd.DataFrame({"a": [1]}), tmp_path / "a.csv")
    assert [p.name for p in tmp_path.iterdir()] == ["a.csv"]


cells = st.text(
    st.characters(codec="cp1252", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")) | st.sampled_from(list(' ;,|\n"')),
    max_size=12,
)


@st.composite
def tables(draw):
    width = draw(st.integers(2, 5))
    names = [f"Nom {chr(97 + i)}é" for i in range(width)]
    rows = draw(st.lists(st.tuples(*[cells] * width), min_size=1, max_size=8))
    return pd.DataFrame([("QP069002", *row) for row in rows], columns=["CODGEO", *names], dtype="str")


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    frame=tables(),
    encoding=st.sampled_from(["utf-8", "cp1252", "utf-16-le"]),
    bom=st.booleans(),
    delimiter=st.sampled_from([";", ",", "\t", "|"]),
    newline=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from(["minimal", "all"]),
    titles=st.integers(0, 9),
)
def test_any_table_in_any_dialect_comes_back(tmp_path, frame, encoding, bom, delimiter, newline, quoting, titles):
    bom = bom and encoding != "cp1252"
    dialect = Dialect(encoding, bom, delimiter, newline, quoting)
    path = write_table(frame, tmp_path / "t.csv", dialect)
    # « Ã© » in cp1252 is the UTF-8 of « é »: a text that mixes both is refused, and nothing tells this one from it
    french = "ÀÂÇÈÉÊËÎÏÔÙÛÜàâäçèéêëîïôöùûüœŒ«»–’…€\u00a0\u202f"
    assume(encoding != "cp1252" or not any(c.encode() in path.read_bytes() for c in french))
    text = path.read_bytes().decode(encoding).removeprefix("\ufeff")
    above = "".join(f"Titre {i}{newline}" for i in range(titles))
    path.write_bytes((("\ufeff" if bom else "") + above + text).encode(encoding))
    table = read_table(path, header_row=titles + 1)
    assert table.frame.equals(frame)
    assert (table.dialect.delimiter, table.dialect.bom) == (delimiter, bom)


# --- real files


def test_every_real_table_loads(real):
    folders = ("insee_qpv2015", "comparateurs", "correspondance", "entetes", "adresses")
    files = sorted(p for f in folders for p in (real / f).iterdir() if ".csv" in p.name)
    assert len(files) >= 25
    for path in files:
        table = read_table(path)
        lines = (gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()).count(b"\n")
        assert lines - 2 <= len(table.frame) <= lines, path
        assert table.dialect.header_row == 1 and all(table.frame.columns), path
        assert not any(c.startswith("colonne_") for c in table.frame.columns[1:]), path


def test_known_real_cells(real):
    table = read_table(real / "insee_qpv2015" / "REVN_2022.csv")
    monod = table.frame.set_index("CODGEO").loc["QP069002"]
    assert table.frame.shape == (1352, 32)
    assert (monod["TP60"], monod["DISP_Q2"], monod["A"]) == ("34,9", "15\u202f160", "779")
    assert table.dialect == Dialect("utf-8", True, ";", "\r\n", "minimal", ",", "\u202f", 1, None)


def test_a_real_header_with_a_trailing_space(real):
    assert "EVOL_CA_N_E" in read_header(real / "insee_qpv2015" / "IPRO_2022.csv")


def test_a_real_table_in_a_zip(real):
    table = read_table(real / "entetes" / "bpe_2024.zip", member="DS_BPE_2024_data.csv")
    assert table.frame["OBS_VALUE"].iloc[0] == "1" and table.dialect.quoting == "all"


def test_the_dialect_alone(written, tmp_path):
    assert dialect_of(written(REVN)).thousands == "\u202f"
    assert dialect_of(workbook(tmp_path / "a.xlsx", {"QPV": TABLE})).sheet == "QPV"


def test_chunks_under_imposed_titles_or_in_a_chosen_sheet(written, tmp_path):
    path = written("1;2\na;b\n3;4\n")
    assert [c.to_dict("records") for c in iter_table(path, header_row=2)] == [[{"a": "3", "b": "4"}]]
    book = workbook(tmp_path / "a.xlsx", {"QPV": TABLE, "Communes": TABLE[:2]})
    assert [len(c) for c in iter_table(book, sheet="Communes")] == [1]


def test_the_separator_line_of_excel_is_not_the_header(written):
    assert records(written("sep=;\n" + REVN)) == RECORDS


@pytest.mark.parametrize("indent", [None, 1])
def test_a_json_array_is_a_table(tmp_path, indent):
    rows = [
        {"nom": "Lyon", "code": "69123", "population": 522250, "codesPostaux": ["69001", "69002"], "actif": True},
        {"nom": "Île-de-Bréhat", "code": "22016", "epci": {"code": "200065928"}, "population": None, "surface": 1.5},
    ]
    path = tmp_path / "communes"
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=indent), encoding="utf-8-sig")
    frame = read_table(path).frame.set_index("code").T.to_dict()
    lyon = {"population": "522250", "codesPostaux": "69001, 69002", "actif": "VRAI", "epci.code": "", "surface": ""}
    island = {"population": "", "codesPostaux": "", "actif": "", "epci.code": "200065928", "surface": "1.5"}
    assert frame == {"69123": {"nom": "Lyon", **lyon}, "22016": {"nom": "Île-de-Bréhat", **island}}
    assert list(read_table(path, usecols=["epci.code", "nom"]).frame.columns) == ["nom", "epci.code"]
    assert read_header(path)[:2] == ["nom", "code"]
    assert [len(chunk) for chunk in iter_table(path, rows=lambda f: f["code"] == "22016")] == [1]


@pytest.mark.parametrize("text", ['[{"a": 1}', "[1, 2]", "[]", '[{"a": 1}, 2]', "[" * 100_000])
def test_a_json_array_that_is_no_table_is_refused(tmp_path, text):
    path = tmp_path / "a.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(FormatError, match="JSON"):
        read_table(path)


@pytest.mark.parametrize("content", ["a;b\n", "a;b\n1;2\n", "a;b\n" + "1;2\n" * 2_000_000, 'a;b\n"x\ny";2\n'])
@pytest.mark.parametrize("read", [read_table, lambda path: list(iter_table(path, chunk_rows=100_000))])
def test_only_the_thread_that_asks_reads_the_file(written, monkeypatch, content, read):
    """Threads of Arrow that outlive the answer made one run in thirty hang or abort when Python ended."""
    path, readers = written(content), set()

    class Watched(io.FileIO):
        def readinto(self, buffer):
            readers.add(threading.get_ident())
            return super().readinto(buffer)

        def read(self, size=-1):
            readers.add(threading.get_ident())
            return super().read(size)

    monkeypatch.setattr(dialects, "open_member", lambda path, member: Watched(path))
    read(path)
    assert readers == {threading.get_ident()}


@pytest.mark.parametrize("cell", ["x", '"x"', '"x\ny"', '"a ""b"" c"', '"\n\n"', '"é;\nè"'])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16", "utf-8-sig"])
def test_a_file_cut_anywhere_gives_the_same_table(written, monkeypatch, cell, encoding):
    """Blocks end at a line end that no quote holds, wherever the reading stops."""
    path = written("a;b\n" + "".join(f"{cell};{k}\n" for k in range(50)), encoding=encoding)
    whole = read_table(path).frame
    assert len(whole) == 50
    for size in (1, 7, 64):
        monkeypatch.setattr(delimited, "CHUNK_BLOCK", size + 40)
        monkeypatch.setattr(delimited, "BLOCK", size + 40)
        assert pd.concat(iter_table(path, chunk_rows=7), ignore_index=True).equals(whole)
        assert read_table(path).frame.equals(whole)
