"""Chaque cas montré par le métier a son test, nommé par le genre, et au moins cinq variantes à lui.

``python -m tests.brought.test_every_case`` imprime la table : le cas, ses tests, le nombre de leurs variantes.
"""

from __future__ import annotations

import importlib
import math
import sys

import pytest

# case → the test that replays it, then those of its variants
TESTS = {
    "01-note-sous-le-tableau": (
        "secrecy:test_secrecy_the_case_met",
        "secrecy:test_secrecy_of_a_table_with_a_note_under_it",
        "secrecy:test_secrecy_of_a_table_with_notes_anywhere",
    ),
    "02-part-a-cote": ("secrecy:test_secrecy_the_case_met", "secrecy:test_secrecy_of_a_share_beside_a_count"),
    "03-pourcentages": (
        "secrecy:test_secrecy_of_percentages_the_case_met",
        "secrecy:test_secrecy_of_percentages_alone_is_refused",
    ),
    "05-commune-fusionnee": (
        "losses:test_losses_of_merged_communes_the_case_met",
        "losses:test_losses_of_merged_communes_under_either_code",
    ),
    "07-une-ligne-par-commune": (
        "losses:test_losses_of_the_second_commune_the_case_met",
        "losses:test_losses_of_one_row_per_commune_in_any_file",
        "losses:test_losses_of_one_row_per_commune_in_any_department",
    ),
    "09-sans-contour": (
        "losses:test_losses_of_an_outline_the_case_met",
        "losses:test_losses_of_outlines_that_are_not_polygons_are_named",
        "points:test_points_of_a_quarter_without_outline_are_undetermined",
    ),
    "10-page-wfs-tronquee": (
        "part_for_the_whole:test_part_for_the_whole_the_case_met",
        "part_for_the_whole:test_part_for_the_whole_in_a_layer",
        "part_for_the_whole:test_part_for_the_whole_is_not_stored_by_fetch",
    ),
    "12-point-des-milliers": (
        "values:test_values_a_point_of_thousands_the_case_met",
        "values:test_values_a_count_is_whole_and_positive",
    ),
    "14-locate-classeur": (
        "locate:test_locate_a_workbook_the_case_met",
        "locate:test_locate_a_workbook_keeps_the_type_of_each_cell",
    ),
    "16-autre-departement": (
        "values:test_values_a_commune_of_another_department_the_case_met",
        "values:test_values_a_quarter_whose_commune_or_outline_contradicts_its_code",
    ),
    "17-arrondissements": (
        "refusals_and_dialects:test_arrondissements_the_case_met",
        "refusals_and_dialects:test_arrondissements_where_the_file_knows_only_the_commune_say_so",
        "refusals_and_dialects:test_arrondissements_of_points",
    ),
    "19-deux-paires": ("locate:test_locate_the_case_met", "locate:test_locate_two_pairs_of_coordinates_ask_which"),
    "20-geocodeur-sans-prefixe": (
        "locate:test_locate_the_case_met",
        "locate:test_locate_a_doubtful_address_is_undetermined_whatever_the_geocoder",
    ),
    "22-couches-de-points": (
        "locate:test_locate_layers_of_points_the_case_met",
        "points:test_points_in_a_layer_of_any_format_and_projection",
    ),
    "23-codes-deformes": (
        "recognition:test_recognition_codes_written_otherwise_are_read",
        "recognition:test_recognition_the_code_column_is_known_by_what_it_holds",
        "recognition:test_recognition_a_misspelt_code_is_named_with_what_it_lacks",
    ),
    "24-deux-feuilles": (
        "locate:test_locate_the_case_met",
        "locate:test_locate_several_sheets_are_named_with_the_option",
    ),
    "25-note-indicateurs": (
        "losses:test_losses_a_note_under_the_table_is_set_aside_the_case_met",
        "losses:test_losses_of_notes_under_a_table_are_said",
    ),
    "28-deux-encodages": (
        "values:test_values_two_encodings_in_one_file_the_case_met",
        "values:test_values_half_utf_8_half_windows_is_refused_wherever_it_is",
    ),
    "29-relocaliser": (
        "locate:test_locate_again_the_case_met",
        "points:test_points_located_again_replace_their_own_columns",
    ),
    "A1-contour-repete": (
        "recognition:test_recognition_a_code_repeated_in_a_layer_is_not_the_communes",
        "recognition:test_recognition_outlines_that_are_not_communes_are_refused",
        "recognition:test_recognition_cantons_and_districts_are_not_communes",
    ),
    "A2-caf-iris": (
        "recognition:test_recognition_nine_digits_of_an_iris_are_not_an_epci",
        "recognition:test_recognition_of_benefits_by_iris_in_any_department_and_file",
    ),
    "A3-deux-millesimes": (
        "editions:test_editions_of_a_grid_the_case_met",
        "editions:test_editions_of_a_grid_in_any_pair_of_files",
    ),
    "A4-type-score": (
        "locate:test_locate_type_and_score_the_case_met",
        "locate:test_locate_a_type_and_a_score_say_how_sure_a_place_is",
    ),
    "A5-entete-seul": (
        "locate:test_locate_the_case_met",
        "locate:test_locate_a_file_without_a_line_is_refused_at_once",
    ),
    "A8-demo-deux-annees": (
        "editions:test_editions_of_demographics_the_case_met",
        "editions:test_editions_of_demographics_keep_to_one_year",
    ),
    "export d'une colonne fid": ("", "locate:test_export_a_layer_whose_columns_bear_the_names_that_formats_keep"),
    "fetch d'un shapefile": ("", "locate:test_fetch_from_a_shapefile_brings_the_set_or_refuses"),
    "contours qui sont des points": ("", "losses:test_losses_of_outlines_that_are_not_polygons_are_named"),
}


def _test(name: str):
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(f"tests.brought.test_kind_{module}"), function)


def variants(name: str) -> int:
    """De combien de façons un test est lancé."""
    marks = [m for m in getattr(_test(name), "pytestmark", []) if m.name == "parametrize"]
    return math.prod(len(list(m.args[1])) for m in marks)


@pytest.mark.parametrize("case", TESTS)
def test_a_case_has_its_test_and_five_variants(case):
    replayed, *others = TESTS[case]
    assert not replayed or _test(replayed)
    assert sum(map(variants, others)) >= 5


def test_no_case_escapes_this_table(cases):
    assert {path.name for path in cases.iterdir() if path.is_dir()} <= set(TESTS)


if __name__ == "__main__":
    for case, (_, *others) in TESTS.items():
        told = ", ".join(f"{name.replace(':', '.py::')} × {variants(name)}" for name in others)
        sys.stdout.write(f"{case:30} {sum(map(variants, others)):3}  {told}\n")
