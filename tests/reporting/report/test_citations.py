"""References by CSL, as a journal's list has them."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewapp.reporting.report.citations import STYLES, bibliography

FIRST: dict[str, Any] = {
    "id": "9", "type": "article-journal", "title": "Stigma & coping: a <study>", "container-title": "PLoS One",
    "author": [{"family": "Jolle", "given": "J"}, {"family": "Okello", "given": "Tom O"}],
    "issued": {"date-parts": [[2022]], "raw": "2022 Aug"}, "volume": "17", "issue": "8", "page": "e0272931",
    "DOI": "10.1371/journal.pone.0272931", "abstract": "Never printed", "URL": "https://example.org",
}  # fmt: skip
SECOND: dict[str, Any] = {
    "id": "4", "type": "article-journal", "title": "2 years later", "container-title": "AIDS Care",
    "author": [{"literal": "Berg Group"}], "issued": {"date-parts": [[2019]]}, "volume": "31", "page": "12-19",
}  # fmt: skip


def test_vancouver_keeps_the_order_given_and_leaves_numbers_to_the_list() -> None:
    made = [one.text for one in bibliography([FIRST, SECOND], "vancouver")]
    assert made == [
        "Jolle J, Okello TO. Stigma & coping: a <study>. PLoS One. 2022;17(8):e0272931. doi:10.1371/journal.pone.0272931",
        "Berg Group. 2 years later. AIDS Care. 2019;31:12–9.",
    ]


def test_apa_sorts_by_author_and_sets_the_journal_in_italics() -> None:
    made = bibliography([FIRST, SECOND], "apa")
    assert [one.text for one in made] == [
        "Berg Group. (2019). 2 years later. AIDS Care, 31, 12–19.",
        "Jolle, J., & Okello, T. O. (2022). Stigma & coping: a <study>. PLoS One, 17(8), e0272931. "
        "https://doi.org/10.1371/journal.pone.0272931",
    ]
    assert [run.text for run in made[0].runs if run.italic] == ["AIDS Care", "31"]


@pytest.mark.parametrize("style", STYLES)
def test_every_style_is_there_and_copes_with_little(style: str) -> None:
    nothing: dict[str, Any] = {"id": "1", "type": "document", "title": "Untitled"}
    made = bibliography([FIRST, nothing], style)
    assert len(made) == 2
    assert any("Jolle" in one.text for one in made)
    assert not any(sign in one.text for one in made for sign in "\ue0f0\ue0f1\ue0f2")


TEXT = st.text(st.characters(exclude_categories=["Cs", "Co", "Cc"]), max_size=40)


@settings(max_examples=60, deadline=None)
@given(title=TEXT, journal=TEXT, pages=TEXT, name=TEXT, style=st.sampled_from(list(STYLES)))
def test_whatever_a_file_said_a_reference_comes_out(
    title: str, journal: str, pages: str, name: str, style: str
) -> None:
    entry = {"id": "1", "type": "article-journal", "title": title or "?", "page": pages, "container-title": journal}
    assert len(bibliography([entry | {"author": [{"family": name, "given": name}]}], style)) == 1
