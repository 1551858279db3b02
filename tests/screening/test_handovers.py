"""Judgements from elsewhere: equal when they are ours, never without asking, blind from then on, and out again."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from rest_framework.test import APIClient

from reviewapp.accounts.models import User
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reporting.agreement import agreement_at
from reviewapp.reporting.invariants import breaches
from reviewapp.reviews.models import Membership, Review
from reviewapp.team.services import create_review
from screening import tasks
from screening.choices import ImportState, Outcome, SettlerSees, Stage, Verdict
from screening.handover.columns import COLUMNS, Row
from screening.handover.writing import FORMS
from screening.models import Conflict, ExclusionReason, Handover, Record, ScreeningDecision, Search, StageRule
from screening.queries.judgements import head_of, judgement_rows
from screening.services import conflicts, handover_choices, handover_job, handovers
from screening.services.decisions import keep_note, last_decision, undo_decision
from screening.services.handover_choices import Chosen
from screening.services.outcomes import set_aside
from screening.visibility import audit_events_visible_to, decisions_visible_to, outcome_of
from tests.factories import CriterionFactory, ExclusionReasonFactory, MembershipFactory, RecordFactory, SearchFactory
from tests.screening.helpers import page, url, vote

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
RAYYAN = """TY  - JOUR
TI  - Living with a condition, part one of two
PY  - 2021
N1  - RAYYAN-INCLUSION: {{"Bob"=>"{0}", "Xenia"=>"{1}"}} | RAYYAN-LABELS: peers | RAYYAN-EXCLUSION-REASONS: wrong place
ER  -
TY  - JOUR
TI  - Living with a condition, part two of two
PY  - 2021
N1  - RAYYAN-INCLUSION: {{"Bob"=>"Included"}} | USER-NOTES: {{"Bob"=>["Peers!"]}}
ER  -
"""


@pytest.fixture(autouse=True)
def _invariants(db: None) -> Iterator[None]:
    yield
    faults = [fault for review in Review.objects.all() for fault in breaches(review)]
    assert [
        fault for fault in faults if "0 entries were read" not in fault
    ] == []  # what the factories make was never read


@pytest.fixture
def two(review: Review) -> list[Record]:
    return [RecordFactory(review=review, title=f"Living with a condition, part {n} of two") for n in ("one", "two")]


def upload(who: User, review: Review, content: bytes, name: str = "file.ris") -> Handover:
    return handovers.upload(actor=who, review=review, file=SimpleUploadedFile(name, content))


def rayyan(first: str = "Included", second: str = "Included") -> bytes:
    return RAYYAN.format(first, second).encode()


def work(job: Job) -> None:
    getattr(tasks, job.task.removeprefix("screening."))(str(job.pk))
    assert Job.objects.get(pk=job.pk).state == JobState.DONE, Job.objects.get(pk=job.pk).message


def chosen_for(handover: Handover, **more: Any) -> Chosen:
    """What is offered, with names that nobody has given to former reviewers."""
    chosen = Chosen.of(handover)
    chosen.people = [choice or "former" for choice in chosen.people]
    for name, value in more.items():
        setattr(chosen, name, value)
    return chosen


def taken_over(who: User, review: Review, content: bytes, name: str = "file.ris", **more: Any) -> Handover:
    handover = upload(who, review, content, name)
    assert handover.state == ImportState.UPLOADED, handover.error
    handover_choices.choose(actor=who, handover=handover, chosen=chosen_for(handover, **more))
    work(handover_choices.confirm(actor=who, handover=handover))
    handover.refresh_from_db()
    assert handover.state == ImportState.DONE
    return handover


# --- Ours, again and equal ------------------------------------------------------------------------------------------------


def comparable(reader: User, review: Review) -> list[Row]:
    """The rows of an export without the numbers that differ from review to review."""
    gone = {"record", "shown_under", "sources", "criteria_version"}
    return [
        {name: value for name, value in row.items() if name not in gone and value}
        for row in judgement_rows(reader, review)
    ]


@pytest.fixture
def screened(review: Review, alice: User, bob: User, carol: User, tess: User, reason: ExclusionReason) -> Review:
    """Everything that can be told: changed minds, notes, labels, a ruling, an agreement, a re-opened settlement, an open conflict."""
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    criterion = CriterionFactory(review=review, code="E7")
    records = [RecordFactory(review=review) for _ in range(6)]
    vote(bob, records[0], Verdict.MAYBE)
    vote(
        bob,
        records[0],
        Verdict.EXCLUDE,
        reason=reason,
        criterion=criterion,
        note="'=No\n peers",
        labels=["a, b", "c; d"],
    )
    vote(carol, records[0], Verdict.INCLUDE, note="@alice\r\nsee p. 2")
    keep_note(actor=alice, record=records[0], stage=TA, text="=Seen", labels=[])
    ruling = Conflict.objects.get(record=records[0])
    conflicts.adjudicate(actor=tess, conflict=ruling, verdict=Verdict.INCLUDE, rationale="+Peers took part.")
    set_aside(review, TA, [records[5].pk])
    for who in (bob, carol):
        vote(who, records[0], Verdict.EXCLUDE, FT, reason=reason)
        vote(who, records[1], Verdict.INCLUDE)
    for record in records[2:4]:
        vote(bob, record, Verdict.INCLUDE)
        vote(carol, record, Verdict.EXCLUDE)
        conflict = Conflict.objects.get(record=record)
        for who in (bob, carol):
            conflicts.agree(actor=who, conflict=conflict, verdict=Verdict.EXCLUDE)
    conflicts.reopen(actor=alice, conflict=Conflict.objects.get(record=records[3]), why="Look again.")
    given = vote(carol, records[4], Verdict.INCLUDE)
    undo_decision(actor=carol, decision=given)
    vote(bob, records[4], Verdict.INCLUDE)
    vote(carol, records[4], Verdict.MAYBE)
    vote(alice, records[5], Verdict.INCLUDE)
    return review


def new_review(alice: User, people: list[User]) -> Review:
    review = create_review(actor=alice, title="Again", tasks=["lead", "screen_title_abstract", "screen_full_text"])
    for person in people:
        MembershipFactory(review=review, user=person)
    StageRule.objects.filter(review=review).update(settler_sees=SettlerSees.NAMES)
    CriterionFactory(review=review, code="E7")
    return review


@pytest.mark.parametrize("form", ["csv", "xlsx", "json"])
@pytest.mark.parametrize("records", ["found", "added"])
def test_our_own_export_comes_back_equal(
    form: str, records: str, screened: Review, alice: User, bob: User, carol: User, tess: User
) -> None:
    content = b"".join(
        FORMS[form].write(head_of(alice, screened, timezone.localdate()), judgement_rows(alice, screened))
    )
    again = new_review(alice, [bob, carol, tess])
    search = SearchFactory(review=again)
    if records == "found":
        for record in screened.records.order_by("pk"):
            RecordFactory(review=again, title=record.title, authors=record.authors, year=record.year)
    handover = taken_over(
        alice, again, content, f"decisions.{form}", blind=True, search=search.pk if records == "added" else None
    )
    before, after = comparable(alice, screened), comparable(alice, again)
    if form == "xlsx":  # a spreadsheet knows one kind of line break
        before = [{name: value.replace("\r\n", "\n") for name, value in row.items()} for row in before]
        after = [{name: value.replace("\r\n", "\n") for name, value in row.items()} for row in after]
    assert after == before
    assert (handover.program, handover.matched) == ("Tandem", 6 if records == "found" else 0)
    assert ExclusionReason.objects.get(review=again, retired_at=None, label="Not reported in English")
    assert again.records.count() == 6


def test_the_same_file_twice_doubles_nothing(screened: Review, alice: User) -> None:
    content = b"".join(
        FORMS["json"].write(head_of(alice, screened, timezone.localdate()), judgement_rows(alice, screened))
    )
    before = comparable(alice, screened)
    taken_over(alice, screened, content, "decisions.json", blind=True)
    standing = [row for row in comparable(alice, screened) if not row.get("superseded_at")]
    assert standing == [row for row in before if not row.get("superseded_at")]


# --- Others ---------------------------------------------------------------------------------------------------------------


def test_nothing_is_a_judgement_before_a_lead_says_so(review: Review, two: list[Record], alice: User) -> None:
    handover = upload(alice, review, rayyan())
    assert handover.program == "Rayyan"
    assert handover.found["people"] == [["Bob", 2], ["Xenia", 1]]
    assert (handover.found["entries"], handover.found["matched"]) == (2, 2)
    with pytest.raises(Invalid, match="First say"):
        handover_choices.confirm(actor=alice, handover=handover)
    handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover))
    assert not ScreeningDecision.objects.exists()


def test_names_become_members_or_former_reviewers(
    review: Review, two: list[Record], alice: User, bob: User, client: Client
) -> None:
    handover = taken_over(alice, review, rayyan("Included", "Excluded"))
    first, second = two
    said = ScreeningDecision.objects.filter(record=first).order_by("reviewer__name")
    assert [(one.reviewer.name, one.verdict, one.independent, one.handover) for one in said] == [
        ("Bob", "include", False, handover),
        ("Xenia", "exclude", False, handover),
    ]
    assert said[1].reason is not None
    assert said[1].reason.label == "wrong place"
    xenia = said[1].reviewer
    assert not xenia.is_active
    assert not xenia.has_usable_password()
    assert Membership.objects.get(review=review, user=xenia).left_at
    assert outcome_of(first, TA) == Outcome.CONFLICT
    assert outcome_of(second, TA) == Outcome.PENDING
    assert bob.screening_notes.get(record=second).text == "Peers!"
    assert bob.screening_notes.get(record=first).labels == ["peers"]
    assert last_decision(actor=bob, review=review) is None
    record_page = page(client, bob, url("record-detail", review, second.pk)).decode()
    assert "taken over from" in record_page


def test_the_preview_tells_what_comes_of_it(review: Review, two: list[Record], alice: User, carol: User) -> None:
    vote(carol, two[1], Verdict.EXCLUDE)  # hidden: the preview must not know
    handover = upload(alice, review, rayyan("Included", "Excluded"))
    handover = handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover))
    effect = handover.choices["effect"]
    assert (effect["votes"], effect["notes"], effect["records"]) == (3, 3, 2)
    told = {(stage, outcome): n for stage, outcome, n in effect["outcomes"] if n}
    assert told == {(TA, Outcome.PENDING): 1, (TA, Outcome.CONFLICT): 1}


def test_only_what_was_given_blind_counts_in_agreement(review: Review, two: list[Record], alice: User) -> None:
    handover = taken_over(alice, review, rayyan("Included", "Excluded"), blind=True)
    found = agreement_at(alice, review, TA)
    assert (found.collapsed.complete, found.taken_over) == (1, 2)
    work(handover_job.undo(actor=alice, handover=handover))
    found = agreement_at(alice, review, TA)
    assert (found.collapsed.complete, found.taken_over) == (0, 0)


def test_who_knows_the_file_does_not_judge_independently(
    review: Review, two: list[Record], alice: User, carol: User
) -> None:
    taken_over(alice, review, rayyan())
    assert not vote(alice, two[1], Verdict.INCLUDE).independent
    third = RecordFactory(review=review)
    assert vote(alice, third, Verdict.INCLUDE).independent


def test_a_verdict_without_a_name_is_never_independent(review: Review, alice: User) -> None:
    RecordFactory(review=review, title="Living with a condition and without", doi="10.1000/abc")
    table = b"title,authors,doi,asreview_label\nAnother title,Lee,10.1000/abc,1\nUnknown entry of this file,Ek,,0\n"
    handover = taken_over(alice, review, table, "asreview.csv", blind=True)
    (said,) = ScreeningDecision.objects.all()
    assert (handover.program, said.verdict, said.independent) == ("ASReview", "include", False)


def test_labels_of_a_chosen_field_become_verdicts(review: Review, two: list[Record], alice: User) -> None:
    ris = b"".join(
        f"TY  - JOUR\nTI  - {record.title}\nPY  - 2021\nKW  - {label}\nER  - \n".encode()
        for record, label in zip(two, ["INCLUDE on title", "EXCLUDE on place"], strict=True)
    )
    handover = upload(alice, review, ris)
    assert handover.found["people"] == handover.found["values"] == []
    handover = handovers.look_into(handover, plan=handovers.Plan((), ("KW",)))
    assert [value for _, _, value, _ in handover.found["values"]] == ["INCLUDE on title", "EXCLUDE on place"]
    handover_choices.choose(
        actor=alice, handover=handover, chosen=Chosen(people=[f"member-{alice.pk}"], values=["include", "exclude"])
    )
    work(handover_choices.confirm(actor=alice, handover=handover))
    assert sorted(ScreeningDecision.objects.values_list("verdict", flat=True)) == ["exclude", "include"]


def test_an_exclusion_at_full_text_needs_a_reason(review: Review, two: list[Record], alice: User) -> None:
    reason = ExclusionReasonFactory(review=review, label="Not stated")
    content = rayyan("Excluded", "Excluded").replace(b"| RAYYAN-EXCLUSION-REASONS: wrong place", b"")
    handover = upload(alice, review, content)
    effect = handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover, stage=FT)).choices[
        "effect"
    ]
    assert effect["votes"] == 1
    handover_choices.choose(
        actor=alice, handover=handover, chosen=chosen_for(handover, stage=FT, default_reason=reason.pk)
    )
    work(handover_choices.confirm(actor=alice, handover=handover))
    assert set(ScreeningDecision.objects.filter(verdict="exclude").values_list("reason", flat=True)) == {reason.pk}


# --- Blinding ---------------------------------------------------------------------------------------------------------------


def test_a_vote_given_here_stays(review: Review, two: list[Record], alice: User, bob: User) -> None:
    vote(bob, two[0], Verdict.EXCLUDE, note="My own")
    taken_over(alice, review, rayyan())
    assert ScreeningDecision.objects.get(record=two[0], reviewer=bob).verdict == Verdict.EXCLUDE
    assert bob.screening_notes.get(record=two[0]).text == "My own"


def test_what_came_with_a_file_is_hidden_as_ever(review: Review, two: list[Record], alice: User, carol: User) -> None:
    handover = taken_over(alice, review, rayyan())
    for who in (alice, carol):
        seen = decisions_visible_to(who, review)
        assert set(seen.values_list("record", flat=True)) == {two[0].pk}
    events = audit_events_visible_to(carol, review).filter(action__startswith="screening.handover.")
    told = str([(event.before, event.after) for event in events])
    assert "Bob" not in told
    assert "include" not in told
    assert handover.filename in told


@pytest.mark.parametrize("form", ["rayyan", "json"])
def test_entries_that_were_added_tell_nobody_of_the_votes_they_came_with(
    client: Client, review: Review, alice: User, carol: User, form: str
) -> None:
    search, content = SearchFactory(review=review), rayyan("Included", "Excluded")
    if form == "json":
        rows = [
            {"row": "vote", "record": "1", "title": "Living with a condition, part one of two", "stage": "title_abstract",
             "reviewer": "Bob", "verdict": "include"}
        ]  # fmt: skip
        content = b"".join(FORMS["json"].write(head_of(alice, review, timezone.localdate()), rows))
    handover = taken_over(alice, review, content, search=search.pk)
    assert handover.batch
    told = [page(client, carol, url("reference-detail", review, one.pk)) for one in handover.batch.references.all()]
    told.append(page(client, carol, url("import-file", review, handover.batch.pk)))
    api = APIClient()
    api.force_authenticate(carol)
    told += [
        api.get(f"/api/v1/reviews/{review.pk}/references/{one.pk}/").content for one in handover.batch.references.all()
    ]
    for content in told:
        for word in (b"RAYYAN", b"Included", b"Excluded", b"verdict", b"Xenia", b"wrong place"):
            assert word not in content


def test_only_who_uploaded_it_sees_what_is_in_it(
    client: Client, review: Review, two: list[Record], alice: User, bob: User
) -> None:
    MembershipFactory(
        review=review, user=(erin := User.objects.create_user("erin@example.org", "x", name="Erin")), tasks=["lead"]
    )
    pages = []
    for verdicts in (("Included", "Excluded"), ("Excluded", "Included")):
        handover = upload(alice, review, rayyan(*verdicts))
        handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover))
        text = page(client, erin, url("handover-detail", review, handover.pk)).decode()
        pages.append(text.replace(str(handover.pk), "N"))
        assert "Xenia" not in text
        assert "Xenia" in page(client, alice, url("handover-detail", review, handover.pk)).decode()
        for act in (
            lambda h: handover_choices.choose(actor=erin, handover=h, chosen=chosen_for(h)),
            lambda h: handover_choices.confirm(actor=erin, handover=h),
        ):
            with pytest.raises(NotAllowed):
                act(handover)
        for name in ("handover-read", "handover-choose", "handover-confirm"):
            client.force_login(erin)
            assert client.post(url(name, review, handover.pk)).status_code == 403
    client.force_login(bob)
    assert client.get(url("handover-list", review)).status_code == 403
    assert client.get(url("handover-detail", review, handover.pk)).status_code == 403


# --- Jobs, undo, damage -------------------------------------------------------------------------------------------------------


def test_a_second_run_of_the_job_doubles_nothing(review: Review, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover_job, "STRETCH", 1)
    content = "".join(
        f'TY  - JOUR\nTI  - A walking group, its peers and number {n}\nN1  - RAYYAN-INCLUSION: {{"Bob"=>"Included"}}\nER  - \n'
        for n in range(5)
    ).encode()
    handover = upload(alice, review, content)
    search = SearchFactory(review=review)
    handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover, search=search.pk))
    job = handover_choices.confirm(actor=alice, handover=handover)
    write, calls = handover_job.take_over, []

    def dies_in_the_third(*args: Any) -> None:
        calls.append(args)
        if len(calls) == 3:
            raise RuntimeError("the worker is gone")
        write(*args)

    monkeypatch.setattr(handover_job, "take_over", dies_in_the_third)
    tasks.take_over_judgements(str(job.pk))
    assert (ScreeningDecision.objects.count(), review.records.count()) == (2, 2)
    work(job)
    assert (ScreeningDecision.objects.count(), review.records.count()) == (5, 5)
    handover.refresh_from_db()
    assert (handover.state, handover.batch.kept if handover.batch else 0) == (ImportState.DONE, 5)


def test_cancelling_leaves_nothing_of_it(review: Review, alice: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handover_job, "STRETCH", 1)
    search = SearchFactory(review=review)
    handover = upload(alice, review, rayyan())
    handover_choices.choose(actor=alice, handover=handover, chosen=chosen_for(handover, search=search.pk))
    job = handover_choices.confirm(actor=alice, handover=handover)
    write = handover_job.take_over

    def then_cancelled(*args: Any) -> None:
        write(*args)
        Job.objects.filter(pk=job.pk).update(cancel_requested_at=timezone.now())

    monkeypatch.setattr(handover_job, "take_over", then_cancelled)
    tasks.take_over_judgements(str(job.pk))
    assert Job.objects.get(pk=job.pk).state == JobState.CANCELLED
    handover.refresh_from_db()
    assert (handover.state, handover.batch) == (ImportState.UPLOADED, None)
    assert not ScreeningDecision.objects.filter(superseded_at=None).exists()
    assert not Record.objects.in_review(review).live().exists()
    monkeypatch.setattr(handover_job, "take_over", write)
    work(handover_choices.confirm(actor=alice, handover=handover))
    assert Record.objects.in_review(review).live().with_outcome(TA, Outcome.INCLUDED).count() == 1


def test_undo_takes_everything_of_the_file_out_and_nothing_else(
    review: Review, two: list[Record], alice: User, bob: User, carol: User
) -> None:
    vote(carol, two[1], Verdict.INCLUDE)
    handover = taken_over(alice, review, rayyan())
    assert outcome_of(two[0], TA) == outcome_of(two[1], TA) == Outcome.INCLUDED
    work(handover_job.undo(actor=alice, handover=handover))
    assert outcome_of(two[0], TA) == outcome_of(two[1], TA) == Outcome.PENDING
    assert list(ScreeningDecision.objects.filter(superseded_at=None).values_list("reviewer__name", flat=True)) == [
        "Carol"
    ]
    assert not bob.screening_notes.exclude(text="").exists()
    handover.refresh_from_db()
    assert handover.state == ImportState.UNDONE
    with pytest.raises(AlreadyDone):
        handover_job.undo(actor=alice, handover=handover)
    taken_over(alice, review, rayyan())
    assert outcome_of(two[0], TA) == Outcome.INCLUDED


def test_undo_takes_added_entries_out_too(review: Review, alice: User) -> None:
    search = SearchFactory(review=review)
    handover = taken_over(alice, review, rayyan(), search=search.pk)
    assert Record.objects.in_review(review).live().count() == 2
    work(handover_job.undo(actor=alice, handover=handover))
    assert Record.objects.in_review(review).live().count() == 0


@pytest.mark.parametrize(
    "content",
    [b"%PDF-1.7 ...", b"nothing to see", b'{"format": "tandem-screening", "records": [[[', b"\x00" * 50],
)
def test_a_file_that_cannot_be_read_is_kept_and_says_why(review: Review, alice: User, content: bytes) -> None:
    handover = upload(alice, review, content)
    assert handover.state == ImportState.FAILED
    assert handover.error
    with pytest.raises(AlreadyDone):
        handover_choices.choose(actor=alice, handover=handover, chosen=Chosen())


def test_hostile_values_of_our_own_format_do_no_harm(review: Review, two: list[Record], alice: User, bob: User) -> None:
    cells = dict.fromkeys(COLUMNS, "x") | {"record": "1", "title": two[0].title, "year": "2021", "labels": "y" * 500}
    rows = [
        cells
        | {
            "row": "vote",
            "stage": "title_abstract",
            "reviewer": "Bob",
            "verdict": "include",
            "revision": "9" * 30,
            "round": "0",
        },
        cells
        | {
            "row": "vote",
            "stage": "title_abstract",
            "reviewer": "Bob",
            "verdict": "exclude",
            "decided_at": "9999-01-01",
        },
        cells | {"row": "vote", "stage": "nowhere", "reviewer": "Bob", "verdict": "include"},
        cells | {"row": "vote", "stage": "full_text", "reviewer": "Bob", "verdict": "exclude", "reason": ""},
        cells
        | {
            "row": "conflict",
            "stage": "title_abstract",
            "conflict": "decision",
            "settled_how": "third_assessor",
            "rationale": "",
        },
        cells | {"row": "conflict", "stage": "title_abstract", "conflict": "war"},
        cells | {"row": "vote", "stage": "title_abstract", "reviewer": "Bob\u0000", "verdict": "include"},
    ]
    head = head_of(alice, review, timezone.localdate())
    taken_over(alice, review, b"".join(FORMS["json"].write(head, rows)), "evil.json")
    (said, *others) = ScreeningDecision.objects.filter(reviewer=bob)
    assert others == []
    assert (said.verdict, said.independent, said.decided_at <= timezone.now()) == ("include", False, True)
    assert not Conflict.objects.exists()


def test_choices_that_point_elsewhere_are_refused(review: Review, two: list[Record], alice: User, dave: User) -> None:
    other = Search.objects.create(review=create_review(actor=dave, title="Dave's"), source="Scopus", created_by=dave)
    handover = upload(alice, review, rayyan())
    good = chosen_for(handover)
    for wrong in (
        {"people": [f"member-{dave.pk}", ""]},
        {"people": ["member-", "former"]},
        {"people": []},
        {"values": ["reason-999999"] * len(good.values)},
        {"search": other.pk},
        {"default_reason": 10**9},
        {"stage": "nowhere"},
        {"people": ["", ""]},
    ):
        with pytest.raises(Invalid):
            handover_choices.choose(
                actor=alice,
                handover=handover,
                chosen=chosen_for(handover, **wrong) if "people" not in wrong else Chosen(**{**good.__dict__, **wrong}),
            )


def test_the_pages_lead_through_it(client: Client, review: Review, two: list[Record], alice: User) -> None:
    client.force_login(alice)
    answer = client.post(url("handover-list", review), {"export": SimpleUploadedFile("rayyan.ris", rayyan())})
    handover = Handover.objects.get()
    assert answer["Location"] == url("handover-detail", review, handover.pk)
    asked = client.get(answer["Location"]).content.decode()
    assert "Whose votes are they?" in asked
    fields = {"stage": TA, "person_0": f"member-{alice.pk}", "person_1": "former", "value_0": "include"}
    none = client.post(url("handover-choose", review, handover.pk), {"stage": TA})
    assert none.status_code == 422
    assert "nothing would be taken over" in none.content.decode()
    client.post(url("handover-choose", review, handover.pk), fields)
    assert "Take over 3 votes" in client.get(answer["Location"]).content.decode()
    client.post(url("handover-confirm", review, handover.pk))
    handover.refresh_from_db()
    assert handover.job
    work(handover.job)
    assert "The judgements are in the review" in client.get(answer["Location"]).content.decode()
    client.post(url("handover-undo", review, handover.pk), {"reason": "Wrong file"})
    handover.refresh_from_db()
    assert handover.job
    work(handover.job)
    assert "These judgements were taken out" in client.get(answer["Location"]).content.decode()
    assert client.post(url("handover-list", review), {}).status_code == 422


def test_the_same_by_the_api(review: Review, two: list[Record], alice: User, bob: User) -> None:
    client = APIClient()
    client.force_authenticate(alice)
    inside = f"/api/v1/reviews/{review.pk}/handovers/"
    file = SimpleUploadedFile("rayyan.ris", rayyan("Included", "Excluded"))
    handover = client.post(inside, {"file": file}, format="multipart").json()
    assert handover["found"]["people"] == [
        {"name": "Bob", "votes": 2, "choice": f"member-{bob.pk}"},
        {"name": "Xenia", "votes": 1, "choice": ""},
    ]
    here = f"{inside}{handover['id']}/"
    told = client.patch(here, {"people": [f"member-{bob.pk}", "former"], "blind": True}, format="json").json()
    assert told["found"]["effect"]["votes"] == 3
    assert client.patch(here, {"people": ["x"]}, format="json").status_code == 422
    started = client.post(f"{here}confirmation/")
    assert started.status_code == 202
    work(Job.objects.get(pk=started.json()["job"]))
    done = client.get(here).json()
    assert (done["state"], done["matched"], done["added"]) == ("done", 2, 0)
    work(Job.objects.get(pk=client.delete(here).json()["job"]))
    assert client.get(inside).json()["results"][0]["state"] == "undone"


def test_another_lead_is_not_told_by_the_api_what_is_in_it(
    review: Review, two: list[Record], alice: User, carol: User
) -> None:
    review.memberships.filter(user=carol).update(tasks=["lead"])
    handover = upload(alice, review, rayyan())
    client = APIClient()
    client.force_authenticate(carol)
    here = f"/api/v1/reviews/{review.pk}/handovers/{handover.pk}/"
    assert client.get(here).json()["found"] is None
    Handover.objects.filter(pk=handover.pk).update(state=ImportState.FAILED, error="It begins “Bob includes”.")
    assert b"Bob includes" not in client.get(here).content + client.get(here.replace(f"{handover.pk}/", "")).content
    assert b"Bob includes" not in page(Client(), carol, url("handover-detail", review, handover.pk))
    Handover.objects.filter(pk=handover.pk).update(state=ImportState.UPLOADED, error="")
    assert client.patch(here, {"blind": True}, format="json").status_code == 403
    assert client.post(f"{here}confirmation/").status_code == 403
