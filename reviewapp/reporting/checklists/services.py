"""What an author writes on an item. Somebody else's words are never overwritten unseen."""

from typing import Any

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reporting.checklists.shipped import Checklist, ChecklistItem
from reviewapp.reporting.choices import ItemStatus
from reviewapp.reporting.models import ChecklistEntry
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, own_review

LONGEST_TEXT, LONGEST_LOCATION, LONGEST_REASON = 20_000, 200, 2_000


class WrittenMeanwhile(AlreadyDone):
    title = "Somebody else wrote on this item meanwhile"
    code = "written-meanwhile"


@act
def write_entry(
    *,
    actor: User,
    review: Review,
    checklist: Checklist,
    item: ChecklistItem,
    revision: int,
    status: str,
    text: str = "",
    location: str = "",
    reason: str = "",
) -> ChecklistEntry:
    """Keep what an author says on an item; `revision` is the one they saw, 0 for an item nobody wrote on."""
    own_review(review)
    acting_member(actor, review, Can.REPORT)
    said = _checked(status, text, location, reason)
    found = ChecklistEntry.objects.filter(review=review, checklist=checklist.key, item=item.number).first()
    before = _content(found) if found else None
    if before == said:
        return found  # type: ignore[return-value]  # there is no `before` without an entry
    if revision != (found.revision if found else 0):
        who = f"{found.changed_by} " if found else "Somebody "
        raise WrittenMeanwhile(
            f"{who}wrote on item {item.number} while you did. Nothing was saved; put both together and save again.",
            revision=found.revision if found else 0,
        )
    entry = found or ChecklistEntry(review=review, checklist=checklist.key, item=item.number, revision=0)
    for name, value in said.items():
        setattr(entry, name, value)
    entry.revision += 1
    entry.changed_by = actor
    entry.save()
    about = {"checklist": checklist.short, "item": item.number}
    audit.log(
        actor=actor, review=review, action="reporting.checklist.written", target=entry,
        before=about | before if before else None, after=about | said,
    )  # fmt: skip
    return entry


def _checked(status: str, text: str, location: str, reason: str) -> dict[str, Any]:
    if status not in ItemStatus.values:
        raise Invalid("An item is open, partly, done or not applicable.")
    text, location, reason = (
        require_clean_text(value, what=what).replace("\r\n", "\n").strip()
        for value, what in ((text, "text"), (location, "location"), (reason, "reason"))
    )
    for value, what, most in (
        (text, "text", LONGEST_TEXT),
        (location, "location", LONGEST_LOCATION),
        (reason, "reason", LONGEST_REASON),
    ):
        if len(value) > most:
            raise Invalid(f"The {what} may have up to {most:,} characters.")
    if status == ItemStatus.NOT_APPLICABLE and not reason:
        raise Invalid("Say why the item does not apply; a journal will ask.", errors={"reason": ["Say why."]})
    return {"status": status, "text": text, "location": location, "reason": reason}


def _content(entry: ChecklistEntry) -> dict[str, Any]:
    return {name: getattr(entry, name) for name in ("status", "text", "location", "reason")}
