"""The identities between the numbers of the flow diagram."""

from dataclasses import replace

import pytest

from reviewapp.reporting.prisma.counts import Pending, PrismaCounts, breaches, identities, number_text
from tests.reporting.prisma_cases import OTHER, SEED


def of(counts, number):
    (found,) = [identity for identity in identities(counts) if identity.number == number]
    return found


def test_the_published_review_adds_up():
    found = identities(SEED)
    assert [identity.number for identity in found] == [1, 2, 3, 4, 5, 6, 7, 10]
    assert all(identity.holds for identity in found)
    assert (of(SEED, 1).left, of(SEED, 2).left, of(SEED, 3).left, of(SEED, 6).left) == (1956, 945, 36, 20)


def test_both_lanes_are_checked_when_other_methods_are_reported():
    assert [identity.number for identity in identities(OTHER)] == [1, 2, 3, 4, 4, 5, 5, 6, 7, 8, 10]
    assert breaches(OTHER) == []


@pytest.mark.parametrize(
    ("counts", "change", "name", "level"),
    [
        (SEED, {"database_results": 1957, "duplicates": 1012}, "Databases add up", "error"),
        (SEED, {"register_specific_results": {"WHO ICTRP": 3}}, "Registers add up", "error"),
        (SEED, {"duplicates": 1010}, "Records identified lead to records screened", "error"),
        (SEED, {"excluded_automatic": 1}, "Records identified lead to records screened", "error"),
        (SEED, {"records_excluded": 908}, "Records screened lead to reports sought", "warning"),
        (SEED, {"dbr_notretrieved_reports": 1}, "Reports sought lead to reports assessed (databases and registers)", "error"),
        (OTHER, {"other_notretrieved_reports": 1}, "Reports sought lead to reports assessed (other methods)", "error"),
        (SEED, {"dbr_excluded": {"Not reported in English": 5}}, "Exclusion reasons add up (databases and registers)", "error"),
        (OTHER, {"other_excluded": {"Wrong population": 9}}, "Exclusion reasons add up (other methods)", "error"),
        (SEED, {"new_reports": 21}, "Reports assessed lead to reports included", "error"),
        (SEED, {"new_studies": 21}, "Studies have reports", "warning"),
        (SEED, {"new_studies": 0}, "Studies have reports", "warning"),
        (OTHER, {"website_results": 0, "citations_results": 0}, "Other methods found what was sought", "warning"),
        (SEED, {"total_studies": 31, "previous_studies": 10}, "Previous and new studies add up", "warning"),
        (SEED, {"total_reports": 31, "previous_studies": 10, "previous_reports": 10}, "Previous and new reports add up", "warning"),
    ],
)  # fmt: skip
def test_each_breach_is_named(counts, change, name, level):
    broken = breaches(replace(counts, **change))
    assert [(identity.name, identity.level) for identity in broken] == [(name, level)]


def test_a_negative_count_is_named():
    broken = {identity.number: identity for identity in breaches(replace(SEED, excluded_other=-1))}
    assert set(broken) == {2, 10}
    assert broken[10].hint == "Below zero: excluded_other."


def test_a_negative_number_inside_a_list_is_named():
    counts = replace(SEED, dbr_excluded={"Not reported in English": -2, "Insufficient data for extraction": 18})
    assert of(counts, 10).hint == "Below zero: dbr_excluded/Not reported in English."


def test_what_is_not_reported_is_neither_right_nor_wrong():
    counts = replace(SEED, register_results=None, dbr_excluded_reports=None)
    assert (of(counts, 2).holds, of(counts, 5).holds) == (None, None)
    assert breaches(counts) == []
    assert number_text(None) == "not reported"


def test_a_review_in_progress_accounts_for_what_waits():
    counts = replace(
        SEED,
        records_excluded=800,
        dbr_sought_reports=30,
        dbr_assessed=25,
        dbr_excluded={"Not reported in English": 3},
        dbr_excluded_reports=3,
        new_studies=15,
        new_reports=15,
        pending={Pending.SCREENING: 115, Pending.RETRIEVAL: 5, Pending.ASSESSMENT: 7},
    )
    assert breaches(counts) == []
    assert of(counts, 3).statement == (
        "Records screened, less those excluded, less 115 still awaiting screening, are the reports sought for retrieval."
    )
    assert "less 5 still awaiting retrieval," in of(counts, 4).statement
    assert "less 7 still awaiting assessment," in of(counts, 6).statement
    assert [identity.number for identity in breaches(replace(counts, pending={}))] == [3, 4, 6]


def test_the_other_lane_waits_on_its_own():
    counts = replace(OTHER, other_assessed=15, new_reports=20, new_studies=20)
    waiting = {Pending.OTHER_RETRIEVAL.value: 2, Pending.OTHER_ASSESSMENT.value: 1}
    assert [identity.number for identity in breaches(counts)] == [4, 6]
    assert breaches(replace(counts, pending=waiting)) == []


def test_nothing_reported_breaks_nothing():
    assert breaches(PrismaCounts()) == []


def test_nothing_included_yet_is_no_breach():
    counts = replace(
        SEED, dbr_excluded={"Not reported in English": 36}, dbr_excluded_reports=36, new_studies=0, new_reports=0
    )
    assert breaches(counts) == []
