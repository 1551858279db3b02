"""The results texts of the studies: taken in word for word, never changed; a correction is another version."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.models import Report, Study
from screening.queries.included import included_studies
from screening.services.locks import act
from synthesis.choices import Direction, TextSource
from synthesis.models import Coding, Finding, FindingsText, Quotation, SetAside, TextVersion
from synthesis.rules.source import anchor, find_again, page_at, passages_of, spoken_in, without_marks
from synthesis.services.journal import enter

MOST_CHARACTERS = 2_000_000


@act
def add_text(
    *,
    actor: User,
    study: Study,
    title: str,
    content: str,
    source: str = TextSource.PASTED,
    report: Report | None = None,
    language: str = "",
    direction: str = "",
    filename: str = "",
    translation_of: FindingsText | None = None,
    translated_by: str = "",
    is_simulated: bool = False,
) -> FindingsText:
    """The results text of an included study, or the translation of such a text, to be read beside it.

    Lines "[page 5]" tell where a page begins and are taken out; line ends become one newline character each; nothing else is
    touched. Passages and participants' words are marked as they look; a person goes through them. Raises Invalid and BadText.
    """
    review = study.review
    enter(actor, review, Can.SYNTHESISE)
    if not included_studies(review).filter(pk=study.pk).exists():
        raise Invalid("Only studies that screening included are synthesised.")
    if direction and direction not in Direction.values:
        raise Invalid("A text runs from left to right, from right to left, or as its letters say.")
    if report is not None and report.study_id != study.pk:
        raise Invalid("This report tells of another study.")
    if translation_of is not None and (translation_of.study_id != study.pk or translation_of.translation_of_id):
        raise Invalid("A translation belongs to an original text of the same study.")
    text = FindingsText.objects.create(
        review=review,
        study=study,
        report=report,
        title=require_clean_text(title, what="title").strip()[:200] or str(study),
        language=language,
        direction=direction,
        translation_of=translation_of,
        translated_by=require_clean_text(translated_by, what="translator").strip()[:200],
        is_simulated=is_simulated,
        created_by=actor,
    )
    version = _write_version(actor, text, content, source=source, filename=filename)
    _mark(version)
    audit.log(
        actor=actor,
        review=review,
        action="synthesis.text.added",
        target=text,
        after={"title": text.title, "study": study.label, "characters": len(version.content), "sha256": version.sha256},
    )
    return text


def _write_version(
    actor: User, text: FindingsText, content: str, *, source: str, filename: str = "", why: str = ""
) -> TextVersion:
    """Inside an act: the text's next version, which becomes the current one."""
    content, pages = without_marks(clean_content(content))
    clean_content(content)  # there must be more in it than marks
    last = text.versions.order_by("-number").first()
    version = TextVersion.objects.create(
        text=text,
        number=last.number + 1 if last else 1,
        content=content,
        sha256=sha256(content.encode()).hexdigest(),
        source=source,
        pages=[list(page) for page in pages],
        filename=filename[:255],
        why=why,
        created_by=actor,
    )
    text.current = version
    text.save(update_fields=["current"])
    return version


def clean_content(content: str) -> str:
    """The text as it is kept. Raises Invalid when there is nothing in it, or more than a study's results can be."""
    content = require_clean_text(content, what="text").replace("\r\n", "\n").replace("\r", "\n")
    if not content.strip():
        raise Invalid("There are no words in this text. Nothing was saved.")
    if len(content) > MOST_CHARACTERS:
        raise Invalid(
            f"A text has {MOST_CHARACTERS:,} characters at most; this one has {len(content):,}. Nothing was saved."
        )
    return content


def _mark(version: TextVersion) -> None:
    """Passages by their headings, participants' words by their marks."""
    Finding.objects.bulk_create(
        Finding(
            version=version,
            start=passage.start,
            end=passage.end,
            section=passage.section,
            page=page_at(version.pages, passage.start),
        )
        for passage in passages_of(version.content)
    )
    Quotation.objects.bulk_create(
        Quotation(version=version, start=said.start, end=said.end, speaker=said.speaker, is_suggested=True)
        for said in spoken_in(version.content)
    )


@dataclass(frozen=True)
class Carried:
    """What a correction came to: the new version, and how many quotations could not be found in it again."""

    version: TextVersion
    quotations_lost: int


@act
def correct_text(*, actor: User, text: FindingsText, content: str, why: str, number: int) -> Carried:
    """A corrected version of a text. Codings are carried over by their very words and what stands around them.

    `number` is the version that was corrected; raises AlreadyDone when there is another one by now. What cannot be found again
    stays on the version where it was made, and is listed for its coder to be placed anew.
    """
    enter(actor, text.review, Can.SYNTHESISE)
    text = _locked(text)
    old = text.current
    if old is None or old.number != number:
        raise AlreadyDone("A colleague corrected this text meanwhile. Nothing was saved; your words are still here.")
    why = require_clean_text(why, what="reason").strip()
    if not why:
        raise Invalid("Say why the text is corrected: the record keeps it. Nothing was saved.")
    version = _write_version(actor, text, content, source=TextSource.CORRECTED, why=why)
    if version.content == old.content and version.pages == old.pages:
        raise Invalid("Nothing is different in this text. Nothing was saved.")
    for rows in (
        Coding.objects.select_for_update(of=("self",)).filter(version=old, removed_at=None),
        SetAside.objects.select_for_update(of=("self",)).filter(version=old, removed_at=None),
    ):
        _carry_over(rows, old, version)
    lost = _carry_marks(old, version)
    audit.log(
        actor=actor,
        review=text.review,
        action="synthesis.text.corrected",
        target=text,
        before={"version": old.number, "sha256": old.sha256},
        after={"title": text.title, "version": version.number, "sha256": version.sha256},
        reason=why,
    )
    return Carried(version, lost)


def _carry_over(rows: Iterable[Any], old: TextVersion, new: TextVersion) -> None:
    """Codings and stretches set aside, onto the new version where their words stand there."""
    moved = []
    for row in rows:
        place = find_again(anchor(old.content, (row.start, row.end)), new.content)
        if place is not None:
            row.version, (row.start, row.end) = new, place
            moved.append(row)
    if moved:
        type(moved[0]).objects.bulk_update(moved, ["version", "start", "end"], batch_size=1000)


def _carry_marks(old: TextVersion, new: TextVersion) -> int:
    """Passages anew, with the sections and pages that people gave; quotations where their words stand. How many were lost."""
    given = {old.content[f.start : f.end]: f for f in Finding.objects.filter(version=old)}
    found = []
    for passage in passages_of(new.content):
        earlier = given.get(new.content[passage.start : passage.end])
        section = earlier.section if earlier else passage.section
        page = page_at(new.pages, passage.start) or (earlier.page if earlier else "")
        found.append(Finding(version=new, start=passage.start, end=passage.end, section=section, page=page))
    Finding.objects.bulk_create(found)
    lost = 0
    for quotation in Quotation.objects.filter(version=old, removed_at=None):
        place = find_again(anchor(old.content, (quotation.start, quotation.end)), new.content)
        if place is None:
            lost += 1
        else:
            Quotation.objects.create(
                version=new,
                start=place[0],
                end=place[1],
                speaker=quotation.speaker,
                is_suggested=quotation.is_suggested,
            )
    return lost


@act
def describe_text(*, actor: User, text: FindingsText, title: str, language: str, direction: str) -> FindingsText:
    """Name a text, say its language and how it runs."""
    enter(actor, text.review, Can.SYNTHESISE)
    text = _locked(text)
    if direction and direction not in Direction.values:
        raise Invalid("A text runs from left to right, from right to left, or as its letters say.")
    before = {"title": text.title, "language": text.language, "direction": text.direction}
    text.title = require_clean_text(title, what="title").strip()[:200] or text.title
    text.language, text.direction = require_clean_text(language, what="language").strip()[:12], direction
    text.save(update_fields=["title", "language", "direction"])
    after = {"title": text.title, "language": text.language, "direction": text.direction}
    if after != before:
        audit.log(
            actor=actor, review=text.review, action="synthesis.text.described", target=text, before=before, after=after
        )
    return text


@act
def remove_text(*, actor: User, text: FindingsText, reason: str = "") -> None:
    """Take a text away. Not while codings stand in it: whose they are must not be told by the refusal, so a text that was
    given to somebody to code stays in any case."""
    enter(actor, text.review, Can.SYNTHESISE)
    text = _locked(text)
    given = text.study.coding_assignments.filter(withdrawn_at=None).exists()
    if text.translation_of_id is None and (given or text.study.coding_assignments.exists()):
        raise AlreadyDone("This study was given to somebody to code, so its text stays. Correct it instead.")
    text.removed_at = timezone.now()
    text.save(update_fields=["removed_at"])
    audit.log(
        actor=actor,
        review=text.review,
        action="synthesis.text.removed",
        target=text,
        after={"title": text.title},
        reason=reason,
    )


@act
def place_finding(*, actor: User, finding: Finding, section: str, page: str) -> Finding:
    """Say under which heading and on which page a passage stands."""
    text = finding.version.text
    enter(actor, text.review, Can.SYNTHESISE)
    hold_current(finding.version)
    section = require_clean_text(section, what="section").strip()[:200]
    page = require_clean_text(page, what="page").strip()[:20]
    if (section, page) == (finding.section, finding.page):
        return finding
    before = {"section": finding.section, "page": finding.page}
    finding.section, finding.page = section, page
    finding.save(update_fields=["section", "page"])
    _log_mark(actor, text, "synthesis.finding.placed", before, {"section": section, "page": page})
    return finding


@act
def mark_quotation(*, actor: User, version: TextVersion, start: int, end: int, speaker: str = "") -> Quotation:
    """Mark a stretch as a participant's own words."""
    enter(actor, version.text.review, Can.SYNTHESISE)
    hold_current(version)
    if not 0 <= start < end <= len(version.content) or not version.content[start:end].strip():
        raise Invalid("The selection lies outside the text, or holds no words. Nothing was saved.")
    speaker = require_clean_text(speaker, what="speaker").strip()[:200]
    crossing = Quotation.objects.filter(version=version, removed_at=None, start__lt=end, end__gt=start)
    if crossing.exists():
        raise Invalid("Part of it is marked as somebody's words already. Change or remove that mark first.")
    made = Quotation.objects.create(version=version, start=start, end=end, speaker=speaker)
    _log_mark(actor, version.text, "synthesis.quotation.marked", None, {"quote": version.content[start:end][:80]})
    return made


@act
def keep_quotation(*, actor: User, quotation: Quotation, speaker: str) -> Quotation:
    """Confirm a suggested quotation, or say who is speaking."""
    text = quotation.version.text
    enter(actor, text.review, Can.SYNTHESISE)
    _require_standing(quotation)
    speaker = require_clean_text(speaker, what="speaker").strip()[:200]
    before = {"speaker": quotation.speaker, "suggested": quotation.is_suggested}
    quotation.speaker, quotation.is_suggested = speaker, False
    quotation.save(update_fields=["speaker", "is_suggested"])
    _log_mark(actor, text, "synthesis.quotation.kept", before, {"speaker": speaker})
    return quotation


@act
def keep_all_quotations(*, actor: User, version: TextVersion) -> int:
    """Confirm every suggestion of a text; how many."""
    enter(actor, version.text.review, Can.SYNTHESISE)
    hold_current(version)
    count = Quotation.objects.filter(version=version, removed_at=None, is_suggested=True).update(is_suggested=False)
    if count:
        _log_mark(actor, version.text, "synthesis.quotations.kept", None, {"count": count})
    return count


@act
def unmark_quotation(*, actor: User, quotation: Quotation) -> None:
    """Say that these are not a participant's words."""
    enter(actor, quotation.version.text.review, Can.SYNTHESISE)
    _require_standing(quotation)
    quotation.removed_at = timezone.now()
    quotation.save(update_fields=["removed_at"])
    quote = quotation.version.content[quotation.start : quotation.end][:80]
    _log_mark(actor, quotation.version.text, "synthesis.quotation.unmarked", {"quote": quote}, None)


def _log_mark(
    actor: User, text: FindingsText, action: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> None:
    audit.log(
        actor=actor,
        review=text.review,
        action=action,
        target=text,
        before=before,
        after={"title": text.title, **(after or {})},
    )


def _locked(text: FindingsText) -> FindingsText:
    locked = (
        FindingsText.objects.select_for_update(of=("self",))
        .select_related("review", "study", "current")
        .get(pk=text.pk)
    )
    if locked.removed_at:
        raise AlreadyDone("This text was taken away a moment ago.")
    return locked


def hold_current(version: TextVersion) -> None:
    """Keep the text from being corrected until the transaction ends, so that what is put on a version now is carried over by
    the next correction. Raises AlreadyDone when there is another version by now."""
    text = FindingsText.objects.select_for_update(of=("self",), no_key=True).get(pk=version.text_id)
    if text.removed_at or text.current_id != version.pk:
        raise AlreadyDone("The text was corrected meanwhile. Nothing was saved; load the page again and select anew.")


def _require_standing(quotation: Quotation) -> None:
    hold_current(quotation.version)
    if quotation.removed_at:
        raise AlreadyDone("This mark was taken away a moment ago.")
