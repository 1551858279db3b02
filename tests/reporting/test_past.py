"""The diagram of any moment: equal to what was live then, for every step of a story; and silent on what is hidden today."""

import csv
import io
import re
from collections.abc import Callable
from datetime import datetime

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.reporting.past.facts import facts_at
from reviewapp.reporting.past.picture import Picture, counts_references, picture_of
from reviewapp.reporting.prisma.counts import PrismaCounts
from reviewapp.reporting.queries import prisma_counts, rows_behind
from reviewapp.reviews.models import Review
from screening.choices import Agreement, Retrieval, Stage, Verdict
from screening.models import Conflict, DuplicatePair, ImportBatch, Record, Reference, Report, ScreeningDecision
from screening.services import conflicts, decisions, duplicates, imports, pilots, protocol, reports, versions
from tests.factories import make_record
from tests.reporting.test_queries import Mixed

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


class Diary:
    """What the diagram said after each step, and when."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.pages: list[tuple[datetime, PrismaCounts, dict[str, set[int]]]] = []

    def note(self) -> None:
        counts = prisma_counts(self.review)
        behind = {}
        for key, _ in counts.flat():
            rows = rows_behind(self.review, key)
            if rows is not None:
                behind[key] = set(rows.values_list("pk", flat=True))
        self.pages.append((timezone.now(), counts, behind))

    def read_again(self) -> None:
        for step, (moment, counts, behind) in enumerate(self.pages):
            then = picture_of(facts_at(self.review, moment))
            assert dict(then.counts.flat()) == dict(counts.flat()), step
            for key, ids in behind.items():
                assert then.behind(key) == ids, (step, key)


@pytest.fixture
def mixed(review: Review, bob: User, carol: User) -> Mixed:
    return Mixed(review, (bob, carol))


def by_hand(alice: User, one: Record, other: Record) -> DuplicatePair:
    return duplicates.link_by_hand(actor=alice, first=one.references.first(), second=other.references.first())  # type: ignore[arg-type]


def report(record: Record) -> Report:
    return Report.objects.get(record=record)


def standing(who: User, record: Record) -> ScreeningDecision:
    return ScreeningDecision.objects.get(record=record, reviewer=who, stage=TA, superseded_at=None)


def test_every_date_shows_what_was_live_then(mixed: Mixed, alice: User, bob: User, carol: User, tess: User) -> None:
    diary, of, review = Diary(mixed.review), mixed.records, mixed.review
    steps: list[Callable[[], object]] = [
        lambda: None,
        lambda: mixed.both(of["Scopus"][0], Verdict.INCLUDE),
        lambda: mixed.both(of["Scopus"][1], Verdict.EXCLUDE),
        lambda: by_hand(alice, of["Scopus"][0], of["CINAHL"][0]),
        lambda: by_hand(alice, of["Scopus"][1], of["WHO"][0]),
        lambda: duplicates.undo_ruling(actor=alice, pair=DuplicatePair.objects.first()),  # type: ignore[arg-type]
        lambda: duplicates.split(actor=alice, reference=Reference.objects.get(own_record=of["WHO"][0])),
        lambda: mixed.both(of["CENTRAL"][0], Verdict.INCLUDE),
        lambda: mixed.both(of["WHO"][1], Verdict.INCLUDE),
        lambda: reports.set_retrieval(actor=alice, report=report(of["CENTRAL"][0]), retrieval=Retrieval.RETRIEVED),
        lambda: reports.set_retrieval(
            actor=alice, report=report(of["WHO"][1]), retrieval=Retrieval.NOT_RETRIEVED, note="Gone."
        ),
        lambda: reports.set_retrieval(actor=alice, report=report(of["WHO"][1]), retrieval=Retrieval.SOUGHT),
        lambda: mixed.both(of["CENTRAL"][0], Verdict.INCLUDE, FT),
        lambda: mixed.both(of["Scopus"][0], Verdict.INCLUDE, FT),
        lambda: reports.link_to_study(
            actor=alice, report=report(of["Scopus"][0]), study=report(of["CENTRAL"][0]).study
        ),
        lambda: reports.give_own_study(actor=alice, report=report(of["Scopus"][0])),
        lambda: mixed.both(of["WHO"][1], Verdict.EXCLUDE, FT, mixed.reasons[1]),
        lambda: decisions.make_decision(actor=bob, record=of["CINAHL"][2], stage=TA, verdict=Verdict.INCLUDE),
        lambda: decisions.make_decision(actor=carol, record=of["CINAHL"][2], stage=TA, verdict=Verdict.EXCLUDE),
        lambda: conflicts.adjudicate(
            actor=tess, conflict=Conflict.objects.get(closed_at=None), verdict=Verdict.INCLUDE, rationale="Fits."
        ),
        lambda: conflicts.reopen(actor=tess, conflict=Conflict.objects.get(), why="A second look."),
        lambda: conflicts.adjudicate(
            actor=tess, conflict=Conflict.objects.get(closed_at=None), verdict=Verdict.EXCLUDE, rationale="No."
        ),
        lambda: make_record(review, batch=mixed.batches["Scopus"]),
        lambda: ImportBatch.objects.update(finished_at=timezone.now()),
        lambda: imports.undo(actor=alice, batch=mixed.batches["CENTRAL"]),
        lambda: imports.redo(actor=alice, batch=mixed.batches["CENTRAL"]),
        lambda: imports.undo(actor=alice, batch=mixed.batches["Snowballing"]),
        lambda: versions.set_previous_version(actor=alice, review=review, studies=4, reports=5, title="Long 2019"),
        lambda: versions.set_previous_version(actor=alice, review=review, cut_off=timezone.localdate()),
        lambda: versions.remove_previous_version(actor=alice, review=review),
        lambda: protocol.change_stage_rule(actor=alice, review=review, stage=FT, votes_required=1),
        lambda: decisions.undo_decision(actor=bob, decision=standing(bob, of["Scopus"][0])),
        lambda: decisions.make_decision(actor=bob, record=of["Scopus"][0], stage=TA, verdict=Verdict.INCLUDE),
        lambda: protocol.change_stage_rule(actor=alice, review=review, stage=TA, agreement=Agreement.MAJORITY),
    ]  # fmt: skip
    for step in steps:
        step()
        diary.note()
    assert len({tuple(counts.flat()) for _, counts, _ in diary.pages}) >= 20  # the story moves the numbers
    diary.read_again()


def test_a_pilot_counts_only_when_it_has_ended(mixed: Mixed, alice: User, bob: User, carol: User) -> None:
    diary = Diary(mixed.review)
    pilot = pilots.start_pilot(actor=alice, review=mixed.review, stage=TA, size=5)
    sample = [place.record for place in pilot.sample.select_related("record")]
    for record in sample:
        for who in (alice, bob, carol):
            decisions.make_decision(actor=who, record=record, stage=TA, verdict=Verdict.INCLUDE)
    diary.note()
    pilot.refresh_from_db()
    pilots.start_fresh(actor=alice, pilot=pilot)
    for record in sample:
        mixed.both(record, Verdict.EXCLUDE)
    diary.note()
    diary.read_again()


def pictures(review: Review, moments: list[datetime]) -> list[Picture]:
    return [picture_of(facts_at(review, moment)) for moment in moments]


def test_what_waits_today_waited_on_every_date(mixed: Mixed, alice: User, bob: User, carol: User) -> None:
    """Once Carol's vote is due again, the diagram of the day on which it stood must not say what it was."""
    record = mixed.records["Scopus"][0]
    mixed.both(record, Verdict.INCLUDE)
    moment = timezone.now()
    assert record.pk in (pictures(mixed.review, [moment])[0].behind("dbr_sought_reports") or ())
    protocol.change_stage_rule(actor=alice, review=mixed.review, stage=TA, votes_required=3)
    then = pictures(mixed.review, [moment])[0]
    assert then.behind("dbr_sought_reports") == frozenset()
    assert record.pk in (then.behind("pending/records_awaiting_screening") or ())


def test_a_hidden_vote_changes_no_date(mixed: Mixed, alice: User, bob: User, carol: User) -> None:
    """Also one on a record that was linked to a settled one and stands apart again."""
    settled, apart = mixed.records["Scopus"][:2]
    mixed.both(settled, Verdict.INCLUDE)
    pair = by_hand(alice, settled, apart)
    together = timezone.now()
    duplicates.undo_ruling(actor=alice, pair=pair)
    moments = [together, timezone.now()]
    before = pictures(mixed.review, moments)
    decisions.make_decision(actor=carol, record=apart, stage=TA, verdict=Verdict.EXCLUDE)
    assert pictures(mixed.review, [*moments, timezone.now()])[:2] == before
    assert pictures(mixed.review, [timezone.now()])[0] == before[1]


def test_ids_are_told_apart() -> None:
    assert counts_references("database_specific_results/Scopus")
    assert not counts_references("dbr_excluded/Reason 1")


def test_the_page_of_a_date_its_links_and_files(client: Client, mixed: Mixed, alice: User) -> None:
    mixed.both(mixed.records["Scopus"][0], Verdict.INCLUDE)
    moment = timezone.now().isoformat()
    mixed.both(mixed.records["Scopus"][1], Verdict.INCLUDE)
    client.force_login(alice)
    here = reverse("reporting:prisma", args=[mixed.review.pk])
    page = client.get(here, {"on": moment}).content.decode()
    assert "Reports sought for retrieval (n = 1)" in page
    assert "Reports sought for retrieval (n = 2)" in client.get(here).content.decode()
    linked = [each.replace("&amp;", "&") for each in re.findall(r'href="([^"]*report/records/\?box=[^"]*)"', page)]
    assert len(linked) > 15
    for address in linked:
        answer = client.get(address)
        assert answer.context["total"] == len(answer.context["rows"])
    one = next(address for address in linked if "dbr_sought_reports" in address)
    assert [row.pk for row in client.get(one).context["rows"]] == [mixed.records["Scopus"][0].pk]
    file = client.get(reverse("reporting:prisma-export", args=[mixed.review.pk, "csv"]), {"on": moment})
    assert {row["data"]: row["n"] for row in csv.DictReader(io.StringIO(file.content.decode()))}[
        "dbr_sought_reports"
    ] == "1"
    assert "drawn as an update of the version of" in client.get(here, {"updates": "2024-01-31"}).content.decode()


def test_what_changed_between_two_moments(client: Client, mixed: Mixed, alice: User) -> None:
    since = timezone.now().isoformat()
    mixed.both(mixed.records["Scopus"][0], Verdict.EXCLUDE)
    client.force_login(alice)
    page = client.get(reverse("reporting:prisma-changes", args=[mixed.review.pk]), {"since": since})
    assert page.context["changed"] == 2  # one excluded, one less waits
    address = next(came for one, came, _ in page.context["lines"] if one.key == "records_excluded")
    assert [row.pk for row in client.get(address).context["rows"]] == [mixed.records["Scopus"][0].pk]
    table = client.get(reverse("reporting:prisma-changes-export", args=[mixed.review.pk]), {"since": since})
    rows = {row["key"]: row for row in csv.DictReader(io.StringIO(table.content.decode("utf-8-sig")))}
    assert (rows["records_excluded"]["change"], rows["pending/records_awaiting_screening"]["change"]) == ("1", "-1")
    api = APIClient()
    api.force_authenticate(alice)
    told = api.get(f"/api/v1/reviews/{mixed.review.pk}/prisma/changes/", {"since": since}).json()["numbers"]
    assert next(one for one in told if one["key"] == "records_excluded")["came"] == [mixed.records["Scopus"][0].pk]
    then = api.get(f"/api/v1/reviews/{mixed.review.pk}/prisma/", {"on": since}).json()
    assert then["records_excluded"] == 0
    assert len(api.get(then["links"]["pending/records_awaiting_screening"]).json()["results"]) == 9


@pytest.mark.parametrize("query", ["on=soon", "on=2999-01-01", "on=2025-13-40", "updates=x", "on=9999-12-31T23:59"])
def test_moments_that_cannot_be(client: Client, review: Review, alice: User, query: str) -> None:
    client.force_login(alice)
    assert client.get(reverse("reporting:prisma", args=[review.pk]) + f"?{query}").status_code == 400
