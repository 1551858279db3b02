"""How the fields become comparable."""

import pytest

from screening.duplicates import normalise


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("412-21", (("412", "421"),)),
        ("pp. 412–421", (("412", "421"),)),
        ("S131-S140", (("s131", "s140"),)),
        ("L1036-46", (("l1036", "l1046"),)),
        ("01-Aug", (("1", "8"),)),
        ("30-Jun", (("30", "36"),)),
        ("Oct-15", (("10", "15"),)),
        ("32-7; discussion 44-8", (("32", "37"), ("44", "48"))),
        ("e0123456", (("e123456", ""),)),
        ("vii-xiii", (("vii", "xiii"),)),
        ("215 p", ()),
        ("", ()),
    ],
)
def test_pages(written: str, read: tuple[tuple[str, str], ...]) -> None:
    assert normalise.page_ranges(written) == read


@pytest.mark.parametrize(
    "written",
    ["10.1016/S0014-2999(01)01611-9", "http://dx.doi.org/10.1016/S0014-2999%2801%2901611-9", "10.1016/s0014-2999(01)01611-9 [doi];S0014 [pii]",
     "doi: 10.1016/s0014-2999(01)01611-9."],
)  # fmt: skip
def test_doi(written: str) -> None:
    assert normalise.clean_doi(written) == "10.1016/s0014-2999(01)01611-9"


@pytest.mark.parametrize(
    "written",
    ["Müller-Lüdenscheidt, Karl and O'Reilly, Éamon and van der Berg, J", "Muller-Ludenscheidt K.O'Reilly E.van der Berg J.",
     "Muller-LudenscheidtK.O'ReillyE.van der BergJ.", "Müller-Lüdenscheidt K; O’Reilly E; van der Berg J"],
)  # fmt: skip
def test_family_names(written: str) -> None:
    assert normalise.family_names(written) == ("mullerludenscheidt", "oreilly", "berg")


def test_family_names_of_a_list() -> None:
    assert normalise.family_names(["Brandvold I", "Okonjo, Peter", "Anonymous"]) == ("brandvold", "okonjo")


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("Journal of Occupational Nursing Research", "J Occup Nurs Res", True),
        ("J.Occup.Nurs.Res.", "The Journal of Occupational Nursing Research", True),
        ("JONR", "Journal of Occupational Nursing Research", True),
        ("Annals of Sleep (Oslo, Norway)", "Ann. Sleep", True),
        ("Sleep", "Sleep Medicine Reviews", None),
        ("Transplantation", "Journal of Heart and Lung Transplantation", False),
        ("Gardens and Health", "Annals of Sleep", False),
        ("", "Annals of Sleep", None),
    ],
)
def test_journals(first: str, second: str, same: bool | None) -> None:
    names = normalise.journal_names(first), normalise.journal_names(second)
    assert normalise.same_journal(*names) is same
    assert normalise.same_journal(*reversed(names)) is same


def test_a_source_line_tells_volume_issue_and_pages() -> None:
    line = "Annals of Sleep.15 Suppl 1 ()(pp S3-S9) 1992.Date of Publication: May 1992."
    assert normalise.journal_parts(line) == ("Annals of Sleep", "15 Suppl 1", "", "S3-S9")


def test_titles_survive_mark_up_and_spelling_of_symbols() -> None:
    assert normalise.squeeze(normalise.plain("Role of K<sup>+</sup> &amp; β-blockade")) == "roleofkbetablockade"


def test_words_part_letters_from_digits_and_read_roman_numerals() -> None:
    assert normalise.words_of(normalise.plain("HPV16 in the phase III trial of 1,4-dioxane")) == (
        "hpv",
        "16",
        "phase",
        "3",
        "trial",
        "14",
        "dioxane",
    )
