"""What each source brought, who removed how many duplicates, and the text for PRISMA-S item 16."""

from collections.abc import Callable
from itertools import pairwise

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.choices import PairState
from screening.models import DuplicatePair, Reference
from screening.queries.duplicates import figures
from screening.queries.upset import upset
from screening.queries.yields import Removed, SourceSet, deduplication_words, removed, yields
from screening.services.duplicates import link, link_by_hand, rule_on_pair
from tests.factories import make_record
from tests.screening.helpers import url

Login = Callable[[User], Client]


def references(review: Review, *sources: str) -> list[Reference]:
    return [make_record(review, source=source).references.get() for source in sources]


def by_machine(*group: Reference) -> None:
    link([one.pk for one in group])
    for one, other in pairwise(group):
        DuplicatePair.objects.create(review=one.review, first=one, second=other, state=PairState.LINKED, likelihood=1)


def test_records_are_counted_by_the_sources_that_found_them(review: Review) -> None:
    by_machine(*references(review, "Scopus", "PubMed", "CINAHL"))
    by_machine(*references(review, "Scopus", "Scopus"))
    references(review, "PubMed", "PubMed")
    found = yields(review)
    assert found.sets == [
        SourceSet(("PubMed",), 2),
        SourceSet(("CINAHL", "PubMed", "Scopus"), 1),
        SourceSet(("Scopus",), 1),
    ]
    assert [(row.source, row.references, row.records, row.unique) for row in found.sources] == [
        ("PubMed", 3, 3, 2),
        ("Scopus", 3, 2, 1),
        ("CINAHL", 1, 1, 0),
    ]
    assert sum(one.records for one in found.sets) == figures(review).records


def test_the_picture_has_a_bar_for_each_combination(review: Review) -> None:
    by_machine(*references(review, "Scopus", "PubMed"))
    references(review, "PubMed", "PubMed", "A database with a very long name indeed")
    picture = upset(yields(review))
    assert [column.words for column in picture.columns] == [
        "PubMed only: 2",
        "A database with a very long name indeed only: 1",
        "PubMed and Scopus: 1",
    ]
    assert picture.lines[0].name == "PubMed"
    assert max(len(line.name) for line in picture.lines) <= 22
    assert picture.columns[0].bar_height == 2 * picture.columns[1].bar_height
    assert picture.columns[2].line_from < picture.columns[2].line_to
    assert picture.columns[0].line_from == picture.columns[0].line_to


def test_duplicates_are_the_rules_or_the_peoples(review: Review, bob: User) -> None:
    a, b, c, d, e = references(review, "Scopus", "PubMed", "CINAHL", "Scopus", "PubMed")
    by_machine(a, b)
    rule_on_pair(actor=bob, pair=DuplicatePair.objects.get(), same=True)  # confirmed, still found by the rules
    link_by_hand(actor=bob, first=b, second=c)
    apart = DuplicatePair.objects.create(review=review, first=d, second=e, state=PairState.UNCERTAIN, likelihood=0.5)
    rule_on_pair(actor=bob, pair=apart, same=False)
    assert removed(review, figures(review)) == Removed(automatic=1, by_people=1, judged_same=2, judged_different=1)


def test_the_text_for_the_methods_section_says_the_figures(review: Review, bob: User, as_user: Login) -> None:
    a, b, c = references(review, "Scopus", "PubMed", "PubMed")
    by_machine(a, b)
    DuplicatePair.objects.create(review=review, first=b, second=c, state=PairState.UNCERTAIN, likelihood=0.4)
    found = figures(review)
    words = deduplication_words(review, found, removed(review, found))
    assert "identified 3 records in 2 sources" in words
    assert "1 duplicate was removed: 1 automatically and 0 after judgement" in words
    assert "1 uncertain pair had not been judged" in words
    assert words.endswith("2 records remained for screening.")
    shown = as_user(bob).get(url("duplicate-list", review)).content.decode()
    assert words in shown
    assert 'data-copy="methods"' in shown
    assert "PubMed and Scopus: 1" in shown


def test_as_many_queries_for_many_links_as_for_few(review: Review, bob: User, as_user: Login) -> None:
    client, counts = as_user(bob), []
    for more in (3, 27):
        for _ in range(more):
            by_machine(*references(review, "Scopus", "PubMed"))
        with CaptureQueriesContext(connection) as asked:
            client.get(url("duplicate-list", review))
        counts.append(len(asked))
    assert counts[0] == counts[1]
