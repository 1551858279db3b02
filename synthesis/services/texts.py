"""The results texts of the studies: taken in word for word, never changed; a correction is another version."""

from collections.abc import Sequence
from hashlib import sha256

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import Invalid, require_clean_text
from reviewapp.reviews.permissions import Can
from screening.models import Report, Study
from screening.queries.included import included_studies
from screening.services.locks import act
from synthesis.choices import TextSource
from synthesis.models import FindingsText, TextVersion
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
    pages: Sequence[tuple[int, int]] = (),
    language: str = "",
    direction: str = "",
    filename: str = "",
    is_simulated: bool = False,
) -> FindingsText:
    """The results text of an included study. `pages` are (offset, page number) where each page begins, in order.

    Line ends become one newline character each; nothing else of the text is touched. Raises Invalid and BadText.
    """
    review = study.review
    enter(actor, review, Can.SYNTHESISE)
    if not included_studies(review).filter(pk=study.pk).exists():
        raise Invalid("Only studies that screening included are synthesised.")
    text = FindingsText.objects.create(
        review=review,
        study=study,
        report=report,
        title=require_clean_text(title, what="title").strip()[:200] or str(study),
        language=language,
        direction=direction,
        is_simulated=is_simulated,
        created_by=actor,
    )
    version = write_version(actor, text, content, source=source, pages=pages, filename=filename)
    audit.log(
        actor=actor,
        review=review,
        action="synthesis.text.added",
        target=text,
        after={"title": text.title, "study": study.label, "characters": len(version.content), "sha256": version.sha256},
    )
    return text


def write_version(
    actor: User,
    text: FindingsText,
    content: str,
    *,
    source: str,
    pages: Sequence[tuple[int, int]] = (),
    filename: str = "",
    why: str = "",
) -> TextVersion:
    """Inside an act: the text's next version, which becomes the current one."""
    content = clean_content(content)
    last = text.versions.order_by("-number").first()
    version = TextVersion.objects.create(
        text=text,
        number=last.number + 1 if last else 1,
        content=content,
        sha256=sha256(content.encode()).hexdigest(),
        source=source,
        pages=[list(page) for page in pages],
        filename=filename,
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
