"""Plays a demo review through the real services: uploads, jobs, votes of two people, conflicts settled.

Every step looks whether it was done before, so a demo that was interrupted goes on where it stopped.
"""

import time
from collections.abc import Callable, Iterable
from datetime import date
from io import BytesIO
from uuid import NAMESPACE_URL, uuid5

from allauth.account.models import EmailAddress
from django.core.files.uploadedfile import SimpleUploadedFile
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer

from reviewapp.accounts.models import User
from reviewapp.demo.appraisal import AppraisalPlayer, begin_appraisal
from reviewapp.demo.checklists import write_checklists
from reviewapp.demo.exports import DemoReview, ExportFile
from reviewapp.demo.synthesis import SynthesisPlayer
from reviewapp.demo.truth import Place, Settlement, StageVotes, Vote, WorkTruth
from reviewapp.demo.works import load
from reviewapp.jobs.choices import JobState
from reviewapp.jobs.models import Job
from reviewapp.reviews.models import Review
from reviewapp.team import services as team
from screening import tasks
from screening.choices import ImportState, ReadingOrderKind, Retrieval, Stage
from screening.models import Conflict, ExclusionReason, ImportBatch, Record, Reference, Report, Search, Study
from screening.queries.desk import has_judged, reports_sought
from screening.queries.duplicates import uncertain_pairs
from screening.queries.included import included_studies
from screening.services import conflicts, decisions, duplicates, imports, protocol, ranking, reports

PASSWORD = "tandem-demo"  # noqa: S105  # printed for everybody; the demo people exist in demo installations only
JOB_LIMIT_SECONDS = 300
Say = Callable[[str], None]


class DemoBroken(RuntimeError):
    """A step of the demo did not do what it must; the message says which."""


def people() -> dict[str, User]:
    """The demo's people by their initials, with confirmed addresses."""
    found = {}
    for row in load("protocol")["people"]:
        user = User.objects.filter(email=row["email"]).first()
        if user is None:
            user = User.objects.create_user(row["email"], PASSWORD, name=row["name"], initials=row["key"])
        EmailAddress.objects.get_or_create(user=user, email=row["email"], defaults={"verified": True, "primary": True})
        found[row["key"]] = user
    return found


class Player:
    """One demo review on its way from searches to included studies."""

    def __init__(self, scope: str, demo: DemoReview, who: dict[str, User], say: Say) -> None:
        self.scope, self.demo, self.who, self.say = scope, demo, who, say
        self.lead = who["SBS"]
        self.plan = load("protocol")["reviews"][scope]
        self.review = self._review()

    def _review(self) -> Review:
        texts = {
            name: self.plan[name] for name in ("title", "question", "registration", "framework", "framework_fields")
        }
        tasks_of = {row["key"]: row["tasks"] for row in load("protocol")["people"]}
        review = Review.objects.filter(is_demo=True, title=texts["title"], created_by=self.lead).first()
        if review is None:
            review = team.create_review(
                actor=self.lead,
                tasks=tasks_of["SBS"],
                is_demo=True,
                **texts,
            )
        members = set(review.memberships.values_list("user_id", flat=True))
        for key, user in self.who.items():
            if user.pk not in members:
                team.add_member(actor=self.lead, review=review, user=user, tasks=tasks_of[key])
        return review

    # --- Steps --------------------------------------------------------------------------------------------------------

    def lay_protocol(self) -> None:
        known = {criterion.code: criterion for criterion in self.review.criteria.all()}
        for row in self.plan["criteria"]:
            if row["code"] not in known:
                known[row["code"]] = protocol.add_criterion(actor=self.lead, review=self.review, **row)
        for row in self.plan["reasons"]:
            if not self.review.exclusion_reasons.filter(label=row["label"]).exists():
                protocol.add_exclusion_reason(
                    actor=self.lead, review=self.review, label=row["label"], criterion=known.get(row["criterion"])
                )
        if not self.review.highlight_terms.exists():
            terms = self.plan["terms"]
            protocol.set_highlight_terms(
                actor=self.lead, review=self.review, for_terms=terms["for"], against_terms=terms["against"]
            )

    def import_files(self) -> None:
        for file in self.demo.files:
            batch = self._batch(file)
            if batch.state == ImportState.UPLOADED:
                imports.confirm(actor=self.lead, batch=batch)
            batch.refresh_from_db()
            if batch.job and batch.state != ImportState.DONE:
                finish(batch.job, tasks.import_references)
                batch.refresh_from_db()
            if batch.kept != file.hits:
                raise DemoBroken(f"{file.filename}: {batch.kept} references kept instead of {file.hits}. {batch.error}")
            self.say(f"  {file.database}: {batch.kept} references")

    def _batch(self, file: ExportFile) -> ImportBatch:
        search = Search.objects.filter(review=self.review, source=file.database).first() or imports.add_search(
            actor=self.lead,
            review=self.review,
            source=file.database,
            platform=file.platform,
            strategy=file.strategy,
            run_on=date.fromisoformat(file.run_on),
            limits=file.limits,
            hits=file.hits,
            notes=file.note,
        )
        found = search.imports.exclude(state__in=[ImportState.UNDONE, ImportState.FAILED]).first()
        return found or imports.upload(
            actor=self.lead, search=search, file=SimpleUploadedFile(file.filename, file.content)
        )

    def find_duplicates(self) -> None:
        if not Job.objects.filter(review=self.review, key="duplicates", state=JobState.DONE).exists():
            finish(duplicates.start_detection(actor=self.lead, review=self.review), tasks.detect_duplicates)
        self._say_duplicates()

    def judge_pairs(self) -> None:
        """The two reviewers judge, in turn, every pair that the machine left to people."""
        judges = (self.who["SBS"], self.who["AS"])
        for number, pair in enumerate(list(uncertain_pairs(self.review))):
            pair.refresh_from_db()
            if not uncertain_pairs(self.review).filter(pk=pair.pk).exists():
                continue  # an earlier ruling brought the two together
            same = self._work(pair.first) == self._work(pair.second)
            duplicates.rule_on_pair(actor=judges[number % 2], pair=pair, same=same)
        self._say_duplicates()

    def _work(self, reference: Reference) -> str:
        place: Place = (reference.batch.search.source, reference.position)
        return self.demo.truth.work_of[place]

    def _say_duplicates(self) -> None:
        references = Reference.objects.filter(review=self.review, withdrawn_at=None).count()
        records = Record.objects.filter(review=self.review).live().count()
        self.say(f"  {references - records:,} of {references:,} references are duplicates, {records} records remain")

    def vote(self, stage: str) -> None:
        """Every reviewer goes through the records as the demo's truth has it; a vote sent again is the same vote."""
        given = 0
        for work, record in self._records():
            for vote in self._stage(work, stage).votes:
                self._decide(record, stage, vote)
                given += 1
        self.say(f"  {given:,} votes at {Stage(stage).label.lower()}")

    def _stage(self, work: WorkTruth, stage: str) -> StageVotes:
        return work.title_abstract if stage == Stage.TITLE_ABSTRACT else work.full_text

    def _records(self) -> Iterable[tuple[WorkTruth, Record]]:
        """Each work with the record that its references stand under now, in the order of the records."""
        rows = Reference.objects.filter(review=self.review, withdrawn_at=None).order_by("record_id", "id")
        at = {
            (source, position): record
            for source, position, record in rows.values_list("batch__search__source", "position", "record_id")
        }
        records = Record.objects.in_bulk(set(at.values()))
        works = sorted(self.demo.truth.works.values(), key=lambda work: at[work.references[0]])
        for work in works:
            yield work, records[at[work.references[0]]]

    def _decide(self, record: Record, stage: str, vote: Vote) -> None:
        actor = self.who[vote.reviewer]
        if has_judged(actor, record, stage):
            return
        decisions.make_decision(
            actor=actor,
            record=record,
            stage=stage,
            verdict=vote.verdict,
            reason=self._reason(vote.reason),
            note=vote.note or None,
            request_key=uuid5(NAMESPACE_URL, f"tandem-demo:{self.review.pk}:{record.pk}:{stage}:{vote.reviewer}"),
        )

    def _reason(self, label: str) -> ExclusionReason | None:
        return ExclusionReason.objects.get(review=self.review, label=label) if label else None

    def settle(self, stage: str) -> None:
        settled = 0
        for work, record in self._records():
            settlement = self._stage(work, stage).settlement
            conflict = Conflict.objects.filter(record=record, stage=stage, closed_at=None).first()
            if settlement and conflict:
                self._settle(conflict, settlement)
                settled += 1
        self.say(f"  {settled} conflicts settled at {Stage(stage).label.lower()}")

    def _settle(self, conflict: Conflict, settlement: Settlement) -> None:
        reason = self._reason(settlement.reason)
        if settlement.how == "adjudication":
            conflicts.adjudicate(
                actor=self.who[settlement.by],
                conflict=conflict,
                verdict=settlement.verdict,
                rationale=settlement.rationale,
                reason=reason,
            )
            return
        conflicts.comment(actor=self.who["AS"], conflict=conflict, text=settlement.rationale)
        for key in ("AS", "SBS"):
            conflicts.agree(actor=self.who[key], conflict=conflict, verdict=settlement.verdict, reason=reason)

    def rank(self) -> None:
        """Serve what is still unread in a learned order."""
        stage = Stage.TITLE_ABSTRACT
        chosen = ranking.choose_order(actor=self.lead, review=self.review, stage=stage, order=ReadingOrderKind.RANKED)
        job = ranking.start_ranking(actor=self.lead, review=self.review, stage=stage)
        if job:
            finish(job, tasks.rank_records)
        self.say(f"  unread records are ranked, seed {chosen.seed}")

    def simulate_ranking(self) -> None:
        """Find out what ranking would have saved."""
        job = ranking.start_simulation(actor=self.lead, review=self.review, stage=Stage.TITLE_ABSTRACT)
        finish(job, tasks.simulate_ranking)
        self.say("  what ranking would have saved was simulated")

    def retrieve(self, only: int | None = None) -> None:
        """Attach a simulated full text to the sought reports, or to the first few of them."""
        sought = list(reports_sought(self.review).filter(retrieval=Retrieval.SOUGHT).select_related("record"))
        for report in sought[:only]:
            file = SimpleUploadedFile(f"{report.record.short_name}.pdf", full_text_pdf(report), "application/pdf")
            reports.attach_file(actor=self.who["AS"], report=report, file=file)
        self.say(f"  {len(sought[:only])} full texts attached")

    def appraise(self) -> None:
        """Appraisal and extraction of the included studies, under the names that the paper gives them."""
        names = {row["id"]: row["label"] for row in load("appraisal")["studies"]}
        studies: dict[str, Study] = {}
        for work, record in self._records():
            if work.id in names:
                study = Report.objects.select_related("study").get(record=record).study
                if study is None:
                    raise DemoBroken(f"{work.title} has no study.")
                if study.label != names[work.id]:
                    study = reports.name_study(actor=self.lead, study=study, label=names[work.id])
                studies[work.id] = study
        player = AppraisalPlayer(self.review, studies, self.who, self.say)
        player.appraise()
        player.extract()
        SynthesisPlayer(self.review, studies, self.who, self.say).play()
        write_checklists(self.review, self.lead)


def finish(job: Job, task: Callable[[str], None]) -> None:
    """Do the job here, or wait for the worker that took it. Raises DemoBroken when it fails or takes too long."""
    task(str(job.pk))
    deadline = time.monotonic() + JOB_LIMIT_SECONDS
    job.refresh_from_db()
    while job.is_open:
        if time.monotonic() > deadline:
            raise DemoBroken(
                f"{job.title}: not finished after {JOB_LIMIT_SECONDS} seconds ({job.get_state_display()})."
            )
        time.sleep(0.2)
        job.refresh_from_db()
    if job.state != JobState.DONE:
        raise DemoBroken(f"{job.title}: {job.message}")


def full_text_pdf(report: Report) -> bytes:
    """A made-up PDF that stands in for a full text; it says so, and holds nothing of the study but its title page."""
    record, styles, page = report.record, getSampleStyleSheet(), BytesIO()
    body = [
        Paragraph(_xml(record.title), styles["Title"]),
        Paragraph(_xml(f"{record.by}. {record.place}. {record.year or ''}"), styles["Normal"]),
        Spacer(1, 18),
        Paragraph(
            "<b>Simulated full text.</b> This page was made for the demo of Tandem. It stands where the PDF of the report would be.",
            styles["BodyText"],
        ),
        Spacer(1, 12),
    ]
    headings = ("Background", "Methods", "Findings", "Discussion")
    sentences = [sentence.strip() for sentence in record.abstract.replace("\n", " ").split(". ") if sentence.strip()]
    share = max(1, -(-len(sentences) // len(headings)))
    for number, heading in enumerate(headings):
        text = ". ".join(sentences[number * share : (number + 1) * share]) or "Nothing is simulated for this part."
        body += [Paragraph(heading, styles["Heading2"]), Paragraph(_xml(text), styles["BodyText"])]
    SimpleDocTemplate(page, pagesize=A4, title=record.title[:200], invariant=1).build(body)
    return page.getvalue()


def _xml(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def play_full(demo: DemoReview, who: dict[str, User], say: Say) -> Review:
    """The published review, from five export files to twenty included studies."""
    player = Player("full", demo, who, say)
    player.lay_protocol()
    player.import_files()
    player.find_duplicates()
    player.judge_pairs()
    for stage in (Stage.TITLE_ABSTRACT, Stage.FULL_TEXT):
        if stage == Stage.FULL_TEXT:
            player.retrieve()
        player.vote(stage)
        player.settle(stage)
    player.simulate_ranking()
    player.appraise()
    return player.review


def play_midway(demo: DemoReview, who: dict[str, User], say: Say) -> Review:
    """A review in the middle of screening: open conflicts, undecided duplicates, full texts to find and to judge."""
    player = Player("midway", demo, who, say)
    player.lay_protocol()
    player.import_files()
    player.find_duplicates()
    player.vote(Stage.TITLE_ABSTRACT)
    player.settle(Stage.TITLE_ABSTRACT)
    player.rank()
    player.retrieve(only=8)
    player.vote(Stage.FULL_TEXT)
    if study := included_studies(player.review).first():
        begin_appraisal(player.review, study, who)
    return player.review
