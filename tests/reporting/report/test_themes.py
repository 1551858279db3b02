"""Themes in the report: support by union, quotations from many studies, and no word of a reading that is not open yet."""

import pytest

from reviewapp.accounts.models import User
from reviewapp.reporting.checklists.queries import rows_of
from reviewapp.reporting.checklists.shipped import checklists
from reviewapp.reporting.report.build import Plan, document_of, sections_of, to_html
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer, Level
from synthesis.models import Code, Coding, Quotation, TextVersion, Theme, ThemeCode, ThemePart
from synthesis.services.texts import add_text
from tests.appraisal.conftest import include_study
from tests.conftest import person

ALONE = "I walked in and they were laughing"
PLAIN = "The group became a place for questions"
CONTENT = f"Findings\n“{ALONE}.” (P7)\n{PLAIN} that felt impossible.\nSome never came back."


@pytest.fixture
def studies(review: Review, alice: User) -> list[Study]:
    found = [include_study(review, label) for label in ("Berg 2019", "Okello 2021")]
    for study in found:
        text = add_text(actor=alice, study=study, title="Findings", content=CONTENT)
        assert text.current is not None
        Quotation.objects.filter(version=text.current).delete()
        start = CONTENT.index(ALONE)
        Quotation.objects.create(version=text.current, start=start, end=start + len(ALONE), speaker="P7, woman")
    return found


def code(review: Review, name: str) -> Code:
    return Code.objects.create(review=review, name=name, created_by=review.created_by, shared_at=review.created_at)


def coded(study: Study, label: Code, words: str, *, layer: str = Layer.AGREED, contrary: bool = False) -> Coding:
    version = TextVersion.objects.get(text__study=study)
    start = version.content.index(words)
    return Coding.objects.create(
        study=study, version=version, code=label, coder=person("Bob") if layer == Layer.OWN else None, layer=layer,
        start=start, end=start + len(words), quote=words, is_contrary=contrary,
    )  # fmt: skip


@pytest.fixture
def tree(review: Review, studies: list[Study]) -> Theme:
    """Two descriptive themes under one: both studies support the first, Okello the second as well."""
    first, second = studies
    belonging, asking = code(review, "belonging"), code(review, "asking")
    coded(first, belonging, ALONE)
    coded(second, belonging, ALONE)
    coded(second, asking, PLAIN)
    coded(first, asking, "Some never came back", contrary=True)
    made = {"review": review, "created_by": review.created_by}
    whole = Theme.objects.create(
        level=Level.ANALYTICAL, name="A place of one's own", statement="It holds people.", **made
    )
    for name, member in (("Being among others", belonging), ("Daring to ask", asking)):
        part = Theme.objects.create(level=Level.DESCRIPTIVE, name=name, **made)
        ThemeCode.objects.create(theme=part, code=member)
        ThemePart.objects.create(theme=whole, part=part)
    return whole


def test_a_theme_counts_each_study_of_its_parts_once(review: Review, tree: Theme) -> None:
    (section,) = sections_of(review, Plan(("themes",)))
    table = section.blocks[1]
    assert table.kind == "table"
    assert table.rows == [
        ["A place of one's own (2 studies)", "Being among others", "2", "Berg 2019; Okello 2021"],
        ["", "Daring to ask", "1", "Okello 2021"],
    ]


def test_quotations_say_whose_words_they_are_and_none_speaks_against_its_theme(review: Review, tree: Theme) -> None:
    (section,) = sections_of(review, Plan(("themes",)))
    quotes = [[entry.text for entry in block.entries] for block in section.blocks if block.kind == "listing"]
    assert quotes == [
        [f"“{ALONE}” (P7, woman, Berg 2019)", f"“{ALONE}” (P7, woman, Okello 2021)"],
        [f"“{PLAIN}” (Okello 2021)"],
    ]


def test_the_checklists_know_the_themes(review: Review, tree: Theme) -> None:
    said = {row.item.number: row.said for row in rows_of(review, checklists()["entreq"])}
    assert said["16"] == "Each study was coded by two people, independently of each other."
    assert said["17"] == "4 codings with 2 codes in 2 studies."
    assert said["21"].startswith("2 descriptive themes, 1 analytical theme: A place of one's own (2 studies); Being")


def test_a_reading_that_is_not_compared_yet_changes_no_byte(review: Review, tree: Theme, studies: list[Study]) -> None:
    def words() -> str:
        return to_html(document_of(review, Plan(("themes",)))).decode()

    before = words()
    own = Code.objects.create(review=review, name="Bob's secret", created_by=person("Bob"))
    coded(studies[0], own, "Some never came back", layer=Layer.OWN)
    coded(studies[1], Code.objects.get(name="asking"), ALONE, layer=Layer.OWN)
    assert words() == before
    coded(studies[0], Code.objects.get(name="asking"), PLAIN)
    assert words() != before
