"""Thirty edge cases of a roster sync, and the tests that prove each.

Numbers and wording are those of our list of edge cases; 11 (files) has a table of its own.
"""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_PEOPLE = "tests/importer/domain/test_people_examples.py"
_GROUPS = "tests/importer/domain/test_group_examples.py"
_MORE = "tests/importer/domain/test_more_examples.py"
_NORMAL = "tests/importer/domain/test_normalise.py"
_BRAKES = "tests/importer/domain/test_guard_rails.py"
_HEALTH = "tests/importer/domain/test_source_health.py"
_HANDS = "tests/importer/api/test_hand_changes.py"
_TWIN = "tests/importer/store/test_apply_like_its_twin.py"
_RUNS = "tests/importer/api/test_runs.py"
_REPLAN = "tests/importer/api/test_replan.py"
_CHOICE = "tests/importer/api/test_choice.py"
_BAD = "tests/importer/api/test_bad_sources.py"
_YEARS = "tests/importer/domain/test_school_years.py"
_KILLED = "tests/importer/application/test_killed_worker.py"
_FETCH = "tests/connector/somtoday/test_fetch.py"
_FAULTS = "tests/connector/somtoday/test_faults.py"
_TRANSLATE = "tests/connector/somtoday/test_translate.py"

CASES: dict[str, list[str]] = {
    "1 two pupils swap leerlingnummer": [f"{_PEOPLE}::test_two_pupils_may_swap_a_value"],
    "2 a leerlingnummer is reused after the old pupil left": [
        f"{_PEOPLE}::test_a_number_of_a_leaver_with_another_eck_id_goes_to_a_new_pupil",
        f"{_PEOPLE}::test_a_number_handed_on_to_somebody_else_is_a_question",
    ],
    "3 same row twice": [f"{_PEOPLE}::test_the_same_row_twice_is_one_person"],
    "4 same person in two vestigingen": [
        f"{_FETCH}::test_a_pupil_at_two_vestigingen_is_one_person_in_the_groups_of_both"
    ],
    "5 archived pupil returns": [
        f"{_PEOPLE}::test_an_archived_pupil_who_returns_is_the_same_row",
        f"{_YEARS}::test_after_every_sequence_of_imports_the_roster_equals_the_school",
    ],
    "6 Somtoday uuid changes, leerlingnummer stays": [
        f"{_PEOPLE}::test_a_pupil_deleted_and_made_again_in_somtoday_is_recognised_by_number_and_name",
        f"{_BRAKES}::test_every_key_changes_while_the_people_stay",
    ],
    "7 leerlingnummer changes, uuid stays": [
        f"{_MORE}::test_another_leerlingnummer_with_the_same_key_is_an_update"
    ],
    "8 twins: one surname, one e-mail": [
        f"{_PEOPLE}::test_twins_with_one_email_and_one_surname_stay_two"
    ],
    "9 NFC and NFD, casing, no-break space, 'van der' in the wrong column": [
        f"{_NORMAL}::test_a_name_written_in_any_way_is_no_change_the_second_time",
        f"{_MORE}::test_a_prefix_that_moves_to_the_surname_is_an_update_of_one_person",
    ],
    "10 strange, very long and one-letter names": [
        f"{_NORMAL}::test_a_name_written_in_any_way_is_no_change_the_second_time",
        f"{_MORE}::test_a_long_or_a_one_letter_name_is_a_name",
    ],
    "12 everybody left; a whole vestiging gone": [
        f"{_BRAKES}::test_archives_are_held_from_20_percent_and_10_people_on",
        f"{_BRAKES}::test_a_vestiging_that_vanished_as_a_whole",
        f"{_HEALTH}::test_a_source_with_nobody_failed_also_for_an_empty_school",
    ],
    "13 group renamed, split, merged, name reused next year": [
        f"{_GROUPS}::test_a_renamed_class_stays_the_same_class_with_its_pupils",
        f"{_MORE}::test_a_class_that_splits_moves_half_of_its_pupils",
        f"{_MORE}::test_two_classes_that_merge_become_one_of_both_pupils",
        f"{_GROUPS}::test_a_class_name_used_again_next_year_is_another_class",
    ],
    "14 teacher inactive in mid-plan; lesgroep and teacher without each other": [
        f"{_REPLAN}::test_a_teacher_who_left_in_mid_plan_is_seen_when_the_source_is_read_again",
        f"{_GROUPS}::test_a_docent_without_lesgroep_and_a_lesgroep_without_docent_are_fine",
    ],
    "15 pupil in a stamgroep that is not in the list": [
        f"{_GROUPS}::test_a_membership_of_nobody_or_nowhere_is_counted_and_left_out"
    ],
    "16 person changed by hand between plan and apply": [
        f"{_HANDS}::test_person_changed_by_hand_in_numo_between_plan_and_apply"
    ],
    "17 two administrators press VERDER; double click": [
        f"{_RUNS}::test_of_two_who_press_verder_one_is_told_that_it_happened",
        f"{_RUNS}::test_a_repeated_verder_gets_the_first_answer_even_when_done",
        f"{_REPLAN}::test_of_two_who_press_verder_on_a_plan_that_moved_on_both_learn_it",
        f"{_REPLAN}::test_verder_while_another_import_runs_says_what_happened",
    ],
    "18 import started while another runs; worker killed in between": [
        f"{_REPLAN}::test_verder_while_another_import_runs_says_what_happened",
        f"{_KILLED}::test_a_worker_struck_at_any_point_leaves_no_trace",
    ],
    "19 CSV-only pupil appears in Somtoday, and the reverse": [
        f"{_GROUPS}::test_a_csv_pupil_who_appears_in_somtoday_gets_its_key_and_so_does_the_class",
        f"{_GROUPS}::test_a_csv_after_a_somtoday_import_finds_the_same_people_and_changes_nothing",
    ],
    "20 leerlingnummer 00123 and 123": [f"{_NORMAL}::test_leading_zeros_of_a_number_do_not_count"],
    "21 two plaatsingen in one schooljaar": [
        f"{_TRANSLATE}::test_of_several_plaatsingen_the_one_of_today_counts"
    ],
    "22 page 7 answers 401": [
        f"{_FAULTS}::test_a_vestiging_losing_access_between_two_pages_ends_the_reading",
        f"{_BAD}::test_a_document_that_is_not_whole_is_no_document",
    ],
    "23 page repeats rows because data shifted": [
        f"{_FAULTS}::test_rows_that_moved_while_they_were_read_are_looked_at_again",
        f"{_BAD}::test_rows_that_come_twice_offer_nobody_for_archiving",
        f"{_BAD}::test_a_list_that_never_stood_still_offers_nobody_for_archiving",
    ],
    "24 field becomes not permitted; field becomes empty": [
        f"{_GROUPS}::test_a_withdrawn_field_is_never_blanked_and_an_empty_one_is",
        "tests/importer/domain/test_withdrawn.py::test_a_withdrawn_field_is_a_question_of_its_own",
    ],
    "25 pupil is also a medewerker": [
        f"{_PEOPLE}::test_a_teacher_who_is_a_pupil_too_is_two_people"
    ],
    "26 two Numo persons turn out to be one": [
        "tests/importer/domain/test_decisions.py::test_two_people_in_numo_turn_out_to_be_one"
    ],
    "27 surrogate, NUL, formula in a name": [
        f"{_NORMAL}::test_cleaning_twice_is_cleaning_once_and_leaves_one_line",
        "tests/importer/store/test_copy.py::test_strange_text_survives_staging_plan_and_apply",
    ],
    "28 e-mail differs in case; the school's domain changes": [
        f"{_PEOPLE}::test_an_email_in_another_case_or_with_blanks_is_no_change",
        f"{_BRAKES}::test_all_emails_change_domain",
    ],
    "29 future-dated plaatsing": [
        f"{_TRANSLATE}::test_of_several_plaatsingen_the_one_of_today_counts"
    ],
    "30 many changes selected, one invalid at apply": [
        f"{_CHOICE}::test_a_number_that_stays_taken_is_not_given_away",
        f"{_TWIN}::test_what_the_year_holds_is_worth_the_proof",
    ],
}


@pytest.mark.parametrize("case", CASES)
def test_every_case_is_proven_by_a_test_that_exists(case: str) -> None:
    for proof in CASES[case]:
        path, _, name = proof.partition("::")
        tree = ast.parse((ROOT / path).read_text())
        defined = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }
        assert name in defined, proof


def test_no_case_is_missing() -> None:
    numbers = {int(case.split(maxsplit=1)[0]) for case in CASES}
    assert numbers == set(range(1, 31)) - {11}
