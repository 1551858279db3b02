"""Which report a PDF is: what is sure, what is asked, what misleads."""

import pytest

from screening.fulltext.matching import SURE, Facts, Wanted, candidates, is_sure

TITLE = "Walking together: a qualitative study of peer support groups for adults living with HIV in Kampala"
A = Wanted(1, TITLE, "10.5555/jpc.2021.101", "34000001", ("Okello T", "Berg R"), 2021)
B = Wanted(
    2,
    "What members expect of a support group and what keeps them coming",
    "10.5555/jpc.2020.33",
    "",
    ("Silva, M.",),
    2020,
)
C = Wanted(3, "Editorial", "", "", ("Haddad L",), 2019)
ALL = [A, B, C]
TEXT = f"Journal of Peer Care 14\n{TITLE}\nTom Okello, Rita Berg\nMakerere University, 2021\n"


def facts(filename: str = "download.pdf", title: str = "", subject: str = "", text: str = "") -> Facts:
    return Facts(filename, title, subject, text)


@pytest.mark.parametrize(
    "given",
    [
        facts(text="https://doi.org/10.5555/jpc.2021.101."),
        facts(subject="J Peer Care, doi:10.5555/JPC.2021.101"),
        facts(filename="10.5555_jpc.2021.101.pdf"),
        facts(text="Published 2021. PMID: 34000001"),
        facts(text=TEXT),
        facts(text=TEXT.replace("qualitative study", "qualitative\nstu\u00ad\ndy").upper(), title=TITLE),
        facts(filename="Walking together a qualitative study of peer support gro.pdf", text="Okello 2021 PMID 34000001"),
    ],
)  # fmt: skip
def test_what_is_sure(given: Facts) -> None:
    found = candidates(given, ALL)
    assert found[0].report == 1
    assert found[0].likelihood >= SURE
    assert is_sure(found)
    assert found[0].evidence


@pytest.mark.parametrize(
    "given",
    [
        facts(filename="Okello 2021.pdf"),
        facts(filename="34000001.pdf", text="Okello and Berg, 2021, " + TITLE[:60]),
        facts(filename="Walking together a qualitative study.pdf"),
        facts(text=TEXT.replace("Okello", "Somebody").replace("adults living with HIV", "grown-ups who live with HIV")),
    ],
)
def test_what_is_asked(given: Facts) -> None:
    found = candidates(given, ALL)
    assert [one.report for one in found] == [1]
    assert not is_sure(found)


def test_a_comment_that_bears_the_title_but_another_doi_is_asked() -> None:
    found = candidates(facts(text=f"Comment on: {TEXT} doi 10.5555/other.77"), ALL)
    assert not is_sure(found)
    assert "another DOI, 10.5555/other.77" in found[0].evidence[-1]


def test_a_list_of_dois_settles_nothing_by_itself() -> None:
    found = candidates(facts(text="10.5555/jpc.2021.101 10.5555/jpc.2020.33 10.5555/hac.1"), ALL)
    assert {one.report for one in found} == {1, 2}
    assert not is_sure(found)


def test_two_reports_of_one_title_are_asked() -> None:
    twin = Wanted(9, TITLE, "", "", ("Okello T",), 2020)
    found = candidates(facts(text=TEXT), [A, twin])
    assert {one.report for one in found} == {1, 9}
    assert not is_sure(found)


def test_a_short_title_is_asked_with_its_author_never_sure() -> None:
    short = Wanted(5, "Elders as companions", "", "", ("Yilmaz, E.",), 2017)
    found = candidates(facts(text="Elders as companions\nYilmaz 2017"), [*ALL, short])
    assert [one.report for one in found] == [5]
    assert not is_sure(found)


@pytest.mark.parametrize(
    "given",
    [
        facts(),
        facts(text="Something wholly different about trains in Norway"),
        facts(filename="editorial.pdf", text="Editorial"),
        facts(filename="101.pdf"),
        facts(text="doi:10.5555/jpc.2021.1011"),
    ],
)
def test_what_belongs_nowhere(given: Facts) -> None:
    assert candidates(given, ALL) == []
