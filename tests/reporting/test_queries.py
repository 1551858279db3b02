"""The diagram's numbers, the rows behind each, and the identities between them at every step of a review."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from reviewapp.accounts.models import User
from reviewapp.reporting.prisma.counts import breaches
from reviewapp.reporting.queries import prisma_counts, rows_behind
from reviewapp.reviews.models import Review
from screening.choices import Retrieval, SearchKind, Stage, Verdict
from screening.models import Conflict, ExclusionReason, ImportBatch, Record, Report
from screening.services import conflicts, decisions, duplicates, imports, protocol, reports
from tests.factories import ExclusionReasonFactory, ImportBatchFactory, SearchFactory, make_record

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
SOURCES = {"Scopus": SearchKind.DATABASE, "CINAHL": SearchKind.DATABASE, "CENTRAL": SearchKind.REGISTER,
           "WHO": SearchKind.WEBSITE, "A charity": SearchKind.ORGANISATION, "Snowballing": SearchKind.CITATION_SEARCHING}  # fmt: skip


class Mixed:
    """A small review with every kind of source, and short words for what people do in it."""

    def __init__(self, review: Review, voters: tuple[User, User]) -> None:
        self.review, self.voters = review, voters
        self.batches = {
            source: ImportBatchFactory(search=SearchFactory(review=review, source=source, kind=kind))
            for source, kind in SOURCES.items()
        }
        self.records = {
            source: [make_record(review, batch=batch) for _ in range(3)] for source, batch in self.batches.items()
        }
        self.reasons = [ExclusionReasonFactory(review=review, label=f"Reason {n}", position=n) for n in (1, 2)]

    def both(self, record: Record, verdict: str, stage: str = TA, reason: ExclusionReason | None = None) -> None:
        for who in self.voters:
            decisions.make_decision(actor=who, record=record, stage=stage, verdict=verdict, reason=reason)

    def check(self) -> Any:
        counts = prisma_counts(self.review)
        assert breaches(counts) == []
        for key, number in counts.flat():
            if key.startswith(("pending/", "excluded_")):
                continue
            rows = rows_behind(self.review, key)
            assert rows is not None, key
            behind = len(rows)
            if key == "new_studies":  # behind a study stand its reports
                behind = len({Report.objects.get(record=row.pk).study_id for row in rows})
            assert behind == number, key
        return counts


@pytest.fixture
def mixed(review: Review, bob: User, carol: User) -> Mixed:
    return Mixed(review, (bob, carol))


def test_numbers_rows_and_identities_agree_at_every_step(
    mixed: Mixed, alice: User, bob: User, carol: User, tess: User
) -> None:
    of = mixed.records
    counts = mixed.check()
    assert (counts.database_results, counts.register_results, counts.website_results) == (6, 3, 3)
    assert counts.pending == {"records_awaiting_screening": 9}

    def merge(*records: Record) -> None:
        duplicates.link([record.references.get().pk for record in records])
        mixed.check()

    merge(of["Scopus"][0], of["CINAHL"][0])
    merge(of["Scopus"][1], of["WHO"][0])
    merge(of["A charity"][0], of["Snowballing"][0])
    assert mixed.check().duplicates == 1
    for record in (of["Scopus"][0], of["CINAHL"][1], of["CENTRAL"][0], of["CENTRAL"][1], of["WHO"][1], of["WHO"][2]):
        mixed.both(record, Verdict.INCLUDE)
        mixed.check()
    mixed.both(of["Scopus"][2], Verdict.EXCLUDE)
    decisions.make_decision(actor=bob, record=of["CINAHL"][2], stage=TA, verdict=Verdict.INCLUDE)
    decisions.make_decision(actor=carol, record=of["CINAHL"][2], stage=TA, verdict=Verdict.EXCLUDE)
    counts = mixed.check()
    assert (counts.dbr_sought_reports, counts.other_sought_reports, counts.records_excluded) == (4, 2, 1)
    conflict = Conflict.objects.get(review=mixed.review)
    conflicts.adjudicate(actor=tess, conflict=conflict, verdict=Verdict.INCLUDE, rationale="The report is read.")
    assert mixed.check().dbr_sought_reports == 5

    def retrieval(record: Record, state: str) -> None:
        reports.set_retrieval(actor=alice, report=record.report, retrieval=state, note="Asked twice.")
        mixed.check()

    retrieval(of["CENTRAL"][0], Retrieval.NOT_RETRIEVED)
    retrieval(of["CENTRAL"][1], Retrieval.RETRIEVED)
    retrieval(of["WHO"][1], Retrieval.RETRIEVED)
    mixed.both(of["Scopus"][0], Verdict.INCLUDE, FT)
    mixed.both(of["CINAHL"][1], Verdict.EXCLUDE, FT, mixed.reasons[0])
    mixed.both(of["CINAHL"][2], Verdict.INCLUDE, FT)
    mixed.both(of["WHO"][2], Verdict.EXCLUDE, FT, mixed.reasons[1])
    counts = mixed.check()
    assert counts.dbr_excluded == {"Reason 1": 1}
    assert counts.other_excluded == {"Reason 2": 1}
    assert (counts.new_reports, counts.new_studies) == (2, 2)
    study = of["Scopus"][0].report.study
    reports.link_to_study(actor=alice, report=of["CINAHL"][2].report, study=study)
    counts = mixed.check()
    assert (counts.new_reports, counts.new_studies) == (2, 1)
    retrieval(of["CINAHL"][1], Retrieval.NOT_RETRIEVED)  # an excluded report that turns out to have been the wrong file
    for source in ("CINAHL", "WHO"):
        ImportBatch.objects.filter(pk=mixed.batches[source].pk).update(finished_at="2026-01-01T00:00Z")
        imports.undo(actor=alice, batch=mixed.batches[source])
        mixed.check()
        imports.redo(actor=alice, batch=mixed.batches[source])
        mixed.check()
    conflicts.reopen(actor=alice, conflict=conflict, why="A second look.")
    mixed.check()
    protocol.change_stage_rule(actor=alice, review=mixed.review, stage=TA, votes_required=3)
    assert mixed.check().dbr_sought_reports == 0


def test_a_reason_removed_and_added_again_counts_all_its_reports(mixed: Mixed, alice: User) -> None:
    first, second = mixed.records["Scopus"][:2]
    for record in (first, second):
        mixed.both(record, Verdict.INCLUDE)
    mixed.both(first, Verdict.EXCLUDE, FT, mixed.reasons[0])
    protocol.retire_exclusion_reason(actor=alice, reason=mixed.reasons[0])
    again = protocol.add_exclusion_reason(actor=alice, review=mixed.review, label="Reason 1")
    mixed.both(second, Verdict.EXCLUDE, FT, again)
    assert mixed.check().dbr_excluded == {"Reason 1": 2}


def test_an_unknown_key_has_no_rows(review: Review) -> None:
    assert rows_behind(review, "nonsense") is None


def test_the_number_of_queries_does_not_grow(review: Review, bob: User, carol: User) -> None:
    def asked(n: int) -> int:
        for _ in range(n):
            record = make_record(review)
            for who in (bob, carol):
                decisions.make_decision(actor=who, record=record, stage=TA, verdict=Verdict.INCLUDE)
                decisions.keep_note(actor=who, record=record, stage=TA, text="seen")
            for who in (bob, carol):
                decisions.make_decision(actor=who, record=record, stage=FT, verdict=Verdict.INCLUDE)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            prisma_counts(review)
        return len(queries)

    assert asked(3) == asked(27)
