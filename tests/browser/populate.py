"""A review in the middle of its work, with something on every desk, made by the services themselves."""

from django.core.files.uploadedfile import SimpleUploadedFile

from reviewapp.accounts.models import User
from reviewapp.reviews.choices import Task
from reviewapp.reviews.models import Review
from reviewapp.team.services import invite
from screening.choices import CriterionKind, ImportState, PairState, Retrieval, Stage, Verdict
from screening.models import Conflict, DuplicatePair, ImportBatch, ImportProblem, Record, Report
from screening.services import conflicts, decisions, protocol, reports
from tests.browser.files import abstract_of, pdf
from tests.conftest import person
from tests.factories import ImportBatchFactory, RecordFactory, SearchFactory

IN, MAYBE, OUT = Verdict.INCLUDE, Verdict.MAYBE, Verdict.EXCLUDE
LONG = "Companions on a long road: what people who have lived with a condition for many years tell " * 5
ARABIC = "تجارب البالغين في مجموعات دعم الأقران: دراسة نوعية في ثلاث عيادات. تحدث المشاركون عن الأمل وعن الخوف."
BOBS = (IN, IN, IN, OUT, IN, OUT, IN, MAYBE)  # then four records that wait for him
CAROLS = (IN, IN, IN, OUT, OUT, IN, MAYBE, IN)


def populate(review: Review) -> Review:
    """Twelve records: settled, in conflict and waiting ones at both stages, a pair to judge, an import to confirm."""
    alice, bob, carol = person("Alice"), person("Bob"), person("Carol")
    review.question = "How do adults experience peer support groups?"
    review.save()
    _protocol(review, alice)
    records = _records(review)
    for who, verdicts in ((bob, BOBS), (carol, CAROLS)):
        for record, verdict in zip(records, verdicts, strict=False):
            _vote(who, record, Stage.TITLE_ABSTRACT, verdict)
    _settle_one(review, bob, carol)
    _full_texts(review, bob, carol)
    first, second = records[8].references.get(), records[9].references.get()
    evidence = ["titles agree 94 %", "authors agree", "1 year apart"]
    DuplicatePair.objects.create(
        review=review, first=first, second=second, state=PairState.UNCERTAIN, likelihood=0.8, evidence=evidence
    )
    invite(actor=alice, review=review, email="erin@example.org", tasks=[Task.OBSERVE], link="http://localhost/{token}")
    return review


def _protocol(review: Review, lead: User) -> None:
    for kind, text in (
        (CriterionKind.INCLUSION, "Adults tell of it"),
        (CriterionKind.EXCLUSION, "Only providers speak"),
    ):
        protocol.add_criterion(actor=lead, review=review, kind=kind, text=text)
    for label in ("Not in English", "Insufficient data"):
        protocol.add_exclusion_reason(actor=lead, review=review, label=label)
    protocol.set_highlight_terms(actor=lead, review=review, for_terms=["member*"], against_terms=["fear"])


def _records(review: Review) -> list[Record]:
    texts = [
        {"title": f"Company on the way, part {n}: what members say", "abstract": abstract_of("ABCDEF"[n % 6])}
        for n in range(9)
    ]
    texts += [{"title": LONG, "abstract": ""}, {"title": ARABIC[:60], "abstract": ARABIC, "language": "Arabic"}]
    texts += [{"title": "Company without a text", "abstract": "", "doi": "10.5555/none"}]
    records = [RecordFactory(review=review, journal="Journal of Peer Care", **text) for text in texts]
    _imports(review)
    return records


def _imports(review: Review) -> None:
    search = review.searches.get()
    search.hits, search.strategy = 14, '"peer support" AND group*'
    search.save()
    batch = search.imports.get()
    ImportBatch.objects.filter(pk=batch.pk).update(read=12, kept=12, format="ris", encoding="utf-8")
    ImportProblem.objects.create(batch=batch, line=7, cause="a year that is none", excerpt="PY  - 20xx")
    waiting = ImportBatchFactory(search=SearchFactory(review=review, source="PubMed"), state=ImportState.UPLOADED)
    rows = [{"title": "A title", "by": "Okello T", "year": 2021, "place": "Journal", "abstract": "Words."}]
    preview = {"rows": rows, "filled": {"title": 3, "doi": 0}}
    ImportBatch.objects.filter(pk=waiting.pk).update(read=3, format="ris", encoding="utf-8", preview=preview)


def _vote(who: User, record: Record, stage: str, verdict: str, reason: int | None = None) -> None:
    chosen = record.review.exclusion_reasons.order_by("position")[reason] if reason is not None else None
    decisions.make_decision(
        actor=who,
        record=record,
        stage=stage,
        verdict=verdict,
        reason=chosen,
        note=f"Read by {who.name}.",
        labels=["to discuss"],
    )


def _settle_one(review: Review, bob: User, carol: User) -> None:
    settled = Conflict.objects.filter(review=review).order_by("pk").last()
    assert settled is not None
    conflicts.comment(actor=bob, conflict=settled, text="I read it the other way.")
    for who in (bob, carol):
        conflicts.agree(actor=who, conflict=settled, verdict=IN)


def _full_texts(review: Review, bob: User, carol: User) -> None:
    first, second, third, *others = Report.objects.filter(record__review=review).order_by("pk")
    reports.attach_file(
        actor=bob, report=first, file=SimpleUploadedFile("okello-2021.pdf", pdf("Company"), "application/pdf")
    )
    reports.set_retrieval(actor=bob, report=second, retrieval=Retrieval.RETRIEVED)
    reports.set_retrieval(actor=bob, report=third, retrieval=Retrieval.NOT_RETRIEVED, note="No library has it")
    for who in (bob, carol):
        _vote(who, first.record, Stage.FULL_TEXT, IN)
    _vote(bob, second.record, Stage.FULL_TEXT, OUT, reason=0)
    _vote(carol, second.record, Stage.FULL_TEXT, OUT, reason=1)
    if others:
        reports.set_retrieval(actor=bob, report=others[0], retrieval=Retrieval.RETRIEVED)
