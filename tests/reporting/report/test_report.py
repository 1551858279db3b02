"""The report: filled from the rows, chosen by a lead, drawn in a job, with nothing in it that a member may not see."""

from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse

from appraisal.models import Comparison
from reviewapp.accounts.models import User
from reviewapp.audit.models import AuditEvent
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.lib.errors import Invalid, NotAllowed
from reviewapp.reporting import tasks
from reviewapp.reporting.models import ReportFile
from reviewapp.reporting.report.build import Plan, document_of, plan_of, sections_of, to_html
from reviewapp.reporting.report.sections import PARTS
from reviewapp.reporting.report.services import request_file, set_plan
from reviewapp.reviews.models import Review
from screening.choices import SettlerSees, Stage, Verdict
from screening.models import EligibilityCriterion, ExclusionReason, Record, Search
from screening.services.decisions import make_decision
from tests.appraisal.conftest import appraisers, casp, compared, include_study, study  # noqa: F401  # fixtures
from tests.conftest import person
from tests.factories import RecordFactory

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT


def url(name: str, review: Review, *more: object) -> str:
    return reverse(f"reporting:{name}", args=[review.pk, *more])


def words(review: Review) -> str:
    return to_html(document_of(review, plan_of(review))).decode()


def test_an_empty_review_says_what_each_section_lacks_and_where_to_mend_it(client: Client, alice: User) -> None:
    review = Review.objects.get()
    client.force_login(alice)
    page = client.get(url("report", review)).content.decode()
    for section in sections_of(review, plan_of(review)):
        assert bool(section.missing) == (section.key != "audit"), section.key
        if section.missing:
            assert section.missing in page
        if section.link:
            assert client.get(section.link).status_code == 200


def test_sections_without_data_are_left_out_of_files_unless_asked_for(review: Review, alice: User) -> None:
    assert [one.key for one in document_of(review, plan_of(review)).sections] == ["audit"]
    set_plan(actor=alice, review=review, sections=["criteria", "audit"], style="apa", keep_missing=True)
    assert [one.key for one in document_of(review, plan_of(review)).sections] == ["criteria", "audit"]
    assert "To be filled in: No eligibility criterion" in words(review)


def test_strategies_stand_word_for_word(review: Review) -> None:
    strategy = '#1  "peer support"[tiab]\n#2\t<HIV> & AIDS\n   #3 1 AND 2'
    EligibilityCriterion.objects.create(review=review, kind="inclusion", code="I1", text="Lived experience")
    Search.objects.create(
        review=review, source="PubMed", platform="NCBI", strategy=strategy, hits=1234, created_by=person("Alice")
    )
    (section,) = [one for one in sections_of(review, plan_of(review)) if one.key == "searches"]
    assert [block.text for block in section.blocks if block.kind == "verbatim"] == [strategy]
    assert ["PubMed", "Database", "NCBI", "not stated", "none stated", "1,234", "–"] in section.blocks[0].rows  # type: ignore[union-attr]


def test_included_studies_are_referenced_in_the_order_of_the_tables(review: Review, alice: User) -> None:
    include_study(review, "Zulu 2020", title="Last", year=2020, authors=["Zulu, A"], doi="10.1/z")
    include_study(review, "Berg 2019", title="First", year=2019, authors=["Berg, B"], doi="10.1/b")
    set_plan(actor=alice, review=review, sections=["references"], style="vancouver", keep_missing=False)
    (section,) = sections_of(review, plan_of(review))
    assert [entry.text.split(".")[0] for entry in section.blocks[0].entries] == ["Berg B", "Zulu A"]  # type: ignore[union-attr]


def test_reports_excluded_in_full_text_are_cited_with_the_reason(
    review: Review, record: Record, reason: ExclusionReason
) -> None:
    Record.objects.filter(pk=record.pk).update(title="Living with it", authors=["Berg, B"], year=2019)
    for stage, verdict, why in ((TA, Verdict.INCLUDE, None), (FT, Verdict.EXCLUDE, reason)):
        for who in ("Bob", "Carol"):
            assert next(one.missing for one in sections_of(review, Plan(("excluded",))))
            make_decision(actor=person(who), record=record, stage=stage, verdict=verdict, reason=why)
    (section,) = sections_of(review, Plan(("excluded",)))
    ((cited, why),) = section.blocks[0].rows  # type: ignore[union-attr]
    assert cited.startswith("Berg B. Living with it.")
    assert why == "Not reported in English"


def test_contributions_are_told_in_initials(review: Review) -> None:
    include_study(review, "Okello 2021")
    (section,) = sections_of(review, Plan(("contributions",)))
    table = section.blocks[-1]
    assert table.kind == "table"
    assert ("Screening full texts", "BO 1; CA 1", "1 report") in table.rows
    assert table.notes == ["BO, Bob; CA, Carol"]
    assert "independently" in section.blocks[0].text  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "wrong",
    [
        {"sections": ["question", "question"]},
        {"sections": ["poetry"]},
        {"style": "runes"},
    ],
)
def test_a_choice_that_cannot_be_drawn_is_refused(wrong: dict[str, Any], review: Review, alice: User) -> None:
    choice = {"sections": ["question"], "style": "apa", "keep_missing": False} | wrong
    with pytest.raises(Invalid):
        set_plan(actor=alice, review=review, **choice)
    assert plan_of(review) == Plan(tuple(PARTS))


def test_only_a_lead_chooses_and_the_choice_is_in_the_history(review: Review, alice: User, bob: User) -> None:
    with pytest.raises(NotAllowed):
        set_plan(actor=bob, review=review, sections=["question"], style="apa", keep_missing=False)
    for _ in range(2):
        set_plan(actor=alice, review=review, sections=["question"], style="apa", keep_missing=False)
    assert AuditEvent.objects.filter(action="reporting.report.chosen").count() == 1


def test_a_section_is_moved_without_losing_what_else_was_chosen(client: Client, alice: User) -> None:
    review = Review.objects.get()
    client.force_login(alice)
    chosen = {"section": ["question", "criteria", "audit"], "style": "bmj", "keep_missing": "1", "move": "audit:up"}
    answer = client.post(url("report-set", review), chosen)
    assert answer["Location"] == url("report-choose", review)
    assert plan_of(review) == Plan(("question", "audit", "criteria"), "bmj", True)


@pytest.mark.django_db(transaction=True)
def test_a_file_is_drawn_in_a_job_as_it_was_chosen_then(review: Review, client: Client) -> None:
    alice, olga = person("Alice"), person("Olga")
    set_plan(actor=alice, review=review, sections=["audit"], style="apa", keep_missing=False)
    file = request_file(actor=olga, review=review, form="docx")
    assert request_file(actor=alice, review=review, form="docx") == file
    set_plan(actor=alice, review=review, sections=["audit", "criteria"], style="apa", keep_missing=True)
    client.force_login(olga)
    assert client.get(url("report-file", review, file.pk)).status_code == 404
    tasks.draw_report(str(file.job_id))
    tasks.draw_report(str(file.job_id))
    file.refresh_from_db()
    assert Job.objects.get().state == JobState.DONE
    answer = client.get(url("report-file", review, file.pk))
    content = b"".join(answer.streaming_content)  # type: ignore[attr-defined]
    assert content.startswith(b"PK")
    assert len(content) == file.size
    assert answer["Content-Disposition"] == 'attachment; filename="report-peer-support.docx"'
    assert request_file(actor=alice, review=review, form="docx") != file
    default_storage.delete(file.file.name)


def test_a_report_of_another_review_is_not_found(client: Client, review: Review, dave: User, alice: User) -> None:
    file = ReportFile.objects.create(review=review, form="pdf", sections=[], style="apa", made_by=alice)
    client.force_login(dave)
    assert client.get(url("report-file", review, file.pk)).status_code == 404
    assert client.get(url("report", review)).status_code == 404


# --- Blinding ---------------------------------------------------------------------------------------------------------


def test_a_hidden_vote_changes_no_byte_of_the_report(
    review: Review, record: Record, carol: User, reason: ExclusionReason
) -> None:
    other = RecordFactory(review=review)
    for who in ("Bob", "Carol"):
        make_decision(actor=person(who), record=other, stage=TA, verdict=Verdict.INCLUDE)
    before = words(review)
    make_decision(actor=carol, record=record, stage=TA, verdict=Verdict.EXCLUDE, note="a secret")
    make_decision(actor=carol, record=other, stage=FT, verdict=Verdict.EXCLUDE, reason=reason)
    assert words(review) == before
    make_decision(actor=person("Bob"), record=record, stage=TA, verdict=Verdict.EXCLUDE)
    assert words(review) != before


def test_votes_that_a_settler_is_to_judge_without_are_in_nobodys_report(review: Review, record: Record) -> None:
    review.stage_rules.filter(stage=TA).update(settler_sees=SettlerSees.NOTHING)
    agreed = RecordFactory(review=review)
    for who in ("Bob", "Carol"):
        make_decision(actor=person(who), record=agreed, stage=TA, verdict=Verdict.INCLUDE)
    before = [one for one in sections_of(review, plan_of(review)) if one.key == "agreement"]
    make_decision(actor=person("Bob"), record=record, stage=TA, verdict=Verdict.INCLUDE)
    make_decision(actor=person("Carol"), record=record, stage=TA, verdict=Verdict.EXCLUDE)
    after = [one for one in sections_of(review, plan_of(review)) if one.key == "agreement"]
    assert "1 record in open conflict" in after[0].blocks[0].text  # type: ignore[union-attr]
    rows = [block.rows for one in before for block in one.blocks if block.kind == "table"]
    assert rows == [block.rows for one in after for block in one.blocks if block.kind == "table"]


def test_while_votes_are_nameless_agreement_names_nobody(review: Review, record: Record) -> None:
    make_decision(actor=person("Bob"), record=record, stage=TA, verdict=Verdict.INCLUDE)
    make_decision(actor=person("Carol"), record=record, stage=TA, verdict=Verdict.EXCLUDE)
    said = words(review)
    assert "Rater 1, Rater 2" in said
    assert "Carol" not in said


def test_what_is_to_be_settled_shows_as_that_and_no_answer(compared: Comparison) -> None:  # noqa: F811
    sections = sections_of(compared.instrument.review, plan_of(compared.instrument.review))
    (table,) = [one.blocks[0] for one in sections if one.key == "appraisal"]
    assert table.kind == "table"
    assert list(table.rows[0]) == ["1", "Okello 2021", *["Yes"] * 5, "To be settled", *["Yes"] * 4]


def test_the_page_asks_the_same_number_of_queries_for_3_and_30_studies(
    client: Client, review: Review, alice: User, django_assert_max_num_queries: Any
) -> None:
    client.force_login(alice)
    for number in range(3):
        include_study(review, f"Study {number}")
    with django_assert_max_num_queries(200) as few:
        client.get(url("report", review))
    for number in range(27):
        include_study(review, f"More {number}")
    with django_assert_max_num_queries(200) as many:
        client.get(url("report", review))
    assert len(many) == len(few)
