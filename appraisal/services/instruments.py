"""Bringing instruments into a review and changing them. What was answered stays; what a change touches is marked."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.utils import timezone

from appraisal.choices import Attribute, ItemKind, Use
from appraisal.instruments import Shipped
from appraisal.models import Comparison, Instrument, Item
from appraisal.rules import takes_options
from appraisal.services.settling import note_whether_settled
from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, require_clean_text
from reviewapp.reviews.models import Review
from reviewapp.reviews.permissions import Can
from screening.services.locks import act, acting_member, own_review

MOST_ITEMS = 200
TONES = ("good", "unsure", "bad", "none")
ITEM_FIELDS = (
    "key",
    "number",
    "section",
    "text",
    "hint",
    "kind",
    "options",
    "columns",
    "required",
    "passes",
    "applies_when",
    "attribute",
)
# A change of these makes earlier answers worth another look; a better hint does not.
TELLING = ("text", "kind", "options", "columns", "required", "applies_when")


@act
def adopt(*, actor: User, review: Review, shipped: Shipped, people: int = 2, title: str = "") -> Instrument:
    """Copy a shipped instrument into the review. Raises Invalid when one of that title is there."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    made = _new(
        actor,
        review,
        use=shipped.use,
        title=title or shipped.title,
        people=people,
        edition=shipped.edition,
        origin=shipped.key,
        licence=shipped.licence,
        attribution=shipped.attribution,
        source_url=shipped.source_url,
        note=shipped.note,
        answer_sets=shipped.answer_sets,
    )
    Item.objects.bulk_create(
        Item(instrument=made, position=place, **dict(item)) for place, item in enumerate(shipped.items)
    )
    audit.log(
        actor=actor,
        review=review,
        action="appraisal.instrument.adopted",
        target=made,
        after={"title": made.title, "origin": shipped.key, "people": people, "questions": len(shipped.items)},
    )
    return made


@act
def create(*, actor: User, review: Review, use: str, title: str, people: int = 2) -> Instrument:
    """An empty instrument of the team's own, with yes / can't tell / no ready to be used."""
    own_review(review)
    acting_member(actor, review, Can.LEAD)
    if use not in Use.values:
        raise Invalid("An instrument is for appraisal or for extraction.")
    made = _new(actor, review, use=use, title=title, people=people, answer_sets={"yes_cant_tell_no": YES_CANT_TELL_NO})
    audit.log(
        actor=actor,
        review=review,
        action="appraisal.instrument.created",
        target=made,
        after={"title": made.title, "use": use, "people": people},
    )
    return made


YES_CANT_TELL_NO = [
    {"code": "yes", "label": "Yes", "symbol": "+", "tone": "good"},
    {"code": "cant_tell", "label": "Can't tell", "symbol": "?", "tone": "unsure"},
    {"code": "no", "label": "No", "symbol": "×", "tone": "bad"},
]


def _new(actor: User, review: Review, **fields: Any) -> Instrument:
    fields["title"] = _short(fields["title"], what="title")
    if not 1 <= fields["people"] <= 3:
        raise Invalid("One to three people fill in an instrument for each study.")
    if Instrument.objects.filter(review=review, title=fields["title"], retired_at=None).exists():
        raise Invalid("The review has an instrument of this title. Choose another title.")
    return Instrument.objects.create(review=review, created_by=actor, **fields)


def _short(text: str, *, what: str, limit: int = 120) -> str:
    text = " ".join(require_clean_text(text, what=what).split())
    if not text or len(text) > limit:
        raise Invalid(f"A {what} has 1 to {limit} characters.")
    return text


def lock_instrument(actor: User, instrument: Instrument) -> Instrument:
    """The instrument in the hands of a lead, locked. Raises NotAllowed, AlreadyDone."""
    own_review(instrument.review)
    acting_member(actor, instrument.review, Can.LEAD)
    locked = Instrument.objects.select_for_update(of=("self",)).select_related("review").get(pk=instrument.pk)
    if locked.retired_at:
        raise AlreadyDone("This instrument was taken out of use.")
    return locked


@act
def change(
    *, actor: User, instrument: Instrument, title: str | None = None, people: int | None = None, note: str | None = None
) -> Instrument:
    """Rename it, or change how many people fill it in; studies that are compared already stay as they are."""
    instrument = lock_instrument(actor, instrument)
    before = {"title": instrument.title, "people": instrument.people, "note": instrument.note}
    if title is not None:
        instrument.title = _short(title, what="title")
        others = Instrument.objects.filter(review=instrument.review, title=instrument.title, retired_at=None)
        if others.exclude(pk=instrument.pk).exists():
            raise Invalid("The review has an instrument of this title. Choose another title.")
    if people is not None:
        if not 1 <= people <= 3:
            raise Invalid("One to three people fill in an instrument for each study.")
        instrument.people = people
    if note is not None:
        instrument.note = require_clean_text(note, what="note").strip()
    instrument.save()
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.changed",
        target=instrument,
        before=before,
        after={"title": instrument.title, "people": instrument.people, "note": instrument.note},
    )
    return instrument


@act
def relabel(*, actor: User, instrument: Instrument, answers: str, labels: Mapping[str, str]) -> Instrument:
    """Show answers under other words ("Unclear" for can't tell); what they mean, and what was answered, stays."""
    instrument = lock_instrument(actor, instrument)
    found = instrument.answer_sets.get(answers)
    if found is None or not set(labels) <= {answer["code"] for answer in found}:
        raise Invalid("There is no such answer.")
    before = {answer["code"]: answer["label"] for answer in found}
    for answer in found:
        if answer["code"] in labels:
            answer["label"] = _short(labels[answer["code"]], what="label", limit=60)
    instrument.save(update_fields=["answer_sets"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.relabelled",
        target=instrument,
        before=before,
        after={answer["code"]: answer["label"] for answer in found},
    )
    return instrument


@act
def add_answer_set(*, actor: User, instrument: Instrument, name: str, answers: Sequence[Mapping[str, str]]) -> str:
    """Answers of the team's own for choice questions; returns the key of the set. Sets are never taken away."""
    instrument = lock_instrument(actor, instrument)
    labels = [_short(answer.get("label", ""), what="label", limit=60) for answer in answers]
    if not 2 <= len(labels) <= 40 or len({label.casefold() for label in labels}) < len(labels):
        raise Invalid("A set has 2 to 40 different answers.")
    key = _free_key(_short(name, what="name", limit=40), set(instrument.answer_sets))
    codes: list[dict[str, str]] = []
    for label, answer in zip(labels, answers, strict=True):
        tone = answer.get("tone", "none") if answer.get("tone") in TONES else "none"
        code = _free_key(label, {one["code"] for one in codes})
        codes.append({"code": code, "label": label, "symbol": str(answer.get("symbol", ""))[:2], "tone": tone})
    instrument.answer_sets[key] = codes
    instrument.save(update_fields=["answer_sets"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.answers_added",
        target=instrument,
        after={"answers": labels},
    )
    return key


def _free_key(words: str, taken: set[str]) -> str:
    base = "".join(c if c.isascii() and c.isalnum() else "_" for c in words.casefold()).strip("_")[:30] or "answer"
    key, number = base, 2
    while key in taken:
        key, number = f"{base}_{number}", number + 1
    return key


@act
def keep_item(*, actor: User, instrument: Instrument, item: Item | None = None, **fields: Any) -> Item:
    """Add a question, or change one. A change of what is asked raises its version and marks the answers given before."""
    instrument = lock_instrument(actor, instrument)
    if item is None and instrument.items.filter(retired_at=None).count() >= MOST_ITEMS:
        raise Invalid(f"An instrument has at most {MOST_ITEMS} questions.")
    fresh = item is None
    item = item or Item(instrument=instrument, key=_next_key(instrument), position=_next_position(instrument))
    item.instrument = instrument
    before = {name: getattr(item, name) for name in TELLING}
    for name, value in fields.items():
        if name not in ITEM_FIELDS or name == "key":
            raise Invalid("There is no such field.")
        setattr(item, name, value)
    _check(item)
    after = {name: getattr(item, name) for name in TELLING}
    if not fresh and before != after:
        item.version += 1
    item.save()
    _look_again(instrument)
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.item.added" if fresh else "appraisal.item.changed",
        target=item,
        before=None if fresh else before,
        after={"instrument": instrument.title, **after},
    )
    return item


def _look_again(instrument: Instrument) -> None:
    """With other questions asked, compared studies may be settled that were not, or the other way round."""
    fresh = Instrument.objects.get(pk=instrument.pk)  # without the questions as they were
    note_whether_settled(fresh, list(Comparison.objects.filter(instrument=fresh).select_for_update(of=("self",))))


def _check(item: Item) -> None:
    item.text = require_clean_text(item.text, what="question").strip()
    item.hint = require_clean_text(item.hint, what="hint").strip()
    if not item.text:
        raise Invalid("Write the question.")
    if item.kind not in ItemKind.values:
        raise Invalid("There is no such kind of question.")
    if takes_options(item.kind) != bool(item.options) or (item.options and not item.answers_offered):
        raise Invalid("Choose which answers the question offers; only questions with answers to choose from have them.")
    if (item.kind == ItemKind.TABLE) != bool(item.columns):
        raise Invalid("A table, and only a table, needs the names of its columns.")
    if item.attribute not in {"", *Attribute.values}:
        raise Invalid("There is no such attribute of a study.")
    offered = {answer["code"] for answer in item.answers_offered}
    if not set(item.passes) <= offered:
        raise Invalid("A gate opens with answers that the question offers.")
    others = {other.key: other for other in item.instrument.items.all() if other.key != item.key}
    for key, codes in item.applies_when.items():
        known = {answer["code"] for answer in others[key].answers_offered} if key in others else set()
        if not codes or not set(codes) <= known:
            raise Invalid("A question can depend on the answers that another question offers.")


def _next_key(instrument: Instrument) -> str:
    taken = set(instrument.items.values_list("key", flat=True))
    number = len(taken) + 1
    while f"q{number}" in taken:
        number += 1
    return f"q{number}"


def _next_position(instrument: Instrument) -> int:
    last = instrument.items.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


@act
def move_item(*, actor: User, item: Item, up: bool) -> Item:
    """Change places with the neighbour."""
    instrument = lock_instrument(actor, item.instrument)
    rows = list(instrument.items.filter(retired_at=None))
    here = next((place for place, row in enumerate(rows) if row.pk == item.pk), None)
    if here is None:
        raise AlreadyDone("This question was taken out.")
    there = here - 1 if up else here + 1
    if 0 <= there < len(rows):
        rows[here], rows[there] = rows[there], rows[here]
        for place, row in enumerate(rows):
            row.position = place
        Item.objects.bulk_update(rows, ["position"])
        audit.log(
            actor=actor,
            review=instrument.review,
            action="appraisal.item.moved",
            target=item,
            before={"place": here + 1},
            after={"place": there + 1},
        )
    return item


@act
def retire_item(*, actor: User, item: Item, back: bool = False) -> Item:
    """Ask a question no more, or again; the answers given are kept either way."""
    instrument = lock_instrument(actor, item.instrument)
    item = Item.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if (item.retired_at is None) == back:
        raise AlreadyDone("This question is asked already." if back else "This question was taken out before.")
    item.retired_at = None if back else timezone.now()
    item.save(update_fields=["retired_at"])
    _look_again(instrument)
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.item.brought_back" if back else "appraisal.item.retired",
        target=item,
        after={"question": item.text},
    )
    return item


@act
def retire(*, actor: User, instrument: Instrument) -> Instrument:
    """Take an instrument out of use. Everything that was answered with it is kept, and can be read."""
    instrument = lock_instrument(actor, instrument)
    instrument.retired_at = timezone.now()
    instrument.save(update_fields=["retired_at"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.retired",
        target=instrument,
        after={"title": instrument.title},
    )
    return instrument


@act
def set_rating_rule(*, actor: User, instrument: Instrument, rule: Mapping[str, Any] | None) -> Instrument:
    """Give the instrument a rule of the team's own, or none. The version rises with every change and is shown in the report."""
    instrument = lock_instrument(actor, instrument)
    before = instrument.rating_rule
    version = (before or {}).get("version", 0) + 1
    instrument.rating_rule = None if rule is None else {**_tidy_rule(instrument, rule), "version": version}
    instrument.save(update_fields=["rating_rule"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.rating_rule_set",
        target=instrument,
        before={"rule": before},
        after={"rule": instrument.rating_rule},
    )
    return instrument


def _tidy_rule(instrument: Instrument, rule: Mapping[str, Any]) -> dict[str, Any]:
    codes = {answer["code"] for answers in instrument.answer_sets.values() for answer in answers}
    keys = set(instrument.items.values_list("key", flat=True))
    levels = list(rule.get("levels", []))
    if not 2 <= len(levels) <= 10:
        raise Invalid("A rule has 2 to 10 levels, the best first.")
    tidy = []
    for level in levels:
        conditions = list(level.get("any_of", []))
        for condition in conditions:
            counts, items = condition.get("counts", {}), condition.get("items", {})
            if not set(counts) <= codes or not set(items) <= keys or not (counts or items):
                raise Invalid("A level counts answers of the instrument, or asks for answers to its questions.")
            if any(not 0 <= low <= high for low, high in counts.values()):
                raise Invalid("A count goes from a smaller number to a larger one.")
        tidy.append({"label": _short(level.get("label", ""), what="label", limit=60), "any_of": conditions})
    return {
        "name": _short(rule.get("name", ""), what="name"),
        "note": require_clean_text(str(rule.get("note", "")), what="note").strip(),
        "levels": tidy,
    }


@act
def set_table(
    *, actor: User, instrument: Instrument, columns: Sequence[str], abbreviations: Mapping[str, str]
) -> Instrument:
    """Which questions stand in the table of studies, in which order, and what its abbreviations stand for."""
    instrument = lock_instrument(actor, instrument)
    known = set(instrument.items.values_list("key", flat=True))
    if not set(columns) <= known or len(set(columns)) < len(columns):
        raise Invalid("Choose columns among the questions, each once.")
    if len(abbreviations) > 200:
        raise Invalid("At most 200 abbreviations.")
    before = {"columns": instrument.table_columns, "abbreviations": instrument.abbreviations}
    instrument.table_columns = list(columns)
    instrument.abbreviations = {
        _short(short, what="abbreviation", limit=30): _short(long, what="meaning", limit=300)
        for short, long in abbreviations.items()
    }
    instrument.save(update_fields=["table_columns", "abbreviations"])
    audit.log(
        actor=actor,
        review=instrument.review,
        action="appraisal.instrument.table_set",
        target=instrument,
        before=before,
        after={"columns": instrument.table_columns, "abbreviations": instrument.abbreviations},
    )
    return instrument
