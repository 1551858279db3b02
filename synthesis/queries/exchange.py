"""The review's synthesis as a REFI-QDA project, as far as the reader may know it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid5

from appraisal.queries.attributes import study_attributes
from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.queries.included import included_studies
from synthesis.choices import About
from synthesis.models import Code, Coding, Memo, TextVersion, Theme, ThemeCode, ThemePart
from synthesis.queries.comparing import roots_of
from synthesis.queries.texts import standing_texts
from synthesis.refi import model as refi
from synthesis.visibility import codes_visible_to, codings_visible_to, memos_visible_to

Guid = Callable[[str, Any], str]
VARIABLES = ("year", "country", "design", "rating")
TEAM = "What the team agreed on"


def project_of(reader: User, review: Review) -> refi.Project:
    """Texts, codes, codings of every person the reader may know and of the team, themes as sets, memos as notes.

    Identifiers follow from ours, so the same review gives the same file. Stretches set aside, support by hand and settlements
    have no place in the format; they are in the archive.
    """
    guid = _guids_of(review)
    codes = {code.pk: code for code in codes_visible_to(reader, review)}
    roots = roots_of(review)
    codings = list(codings_visible_to(reader, review).order_by("start", "end", "created_at", "pk"))
    for coding in codings:
        coding.code = roots[
            coding.code_id
        ]  # an independent coding keeps its code; the codebook has what it was merged into
    memos = list(memos_visible_to(reader, review).order_by("created_at", "pk"))
    texts = list(standing_texts(review))
    versions = {text.current_id: text for text in texts}
    here = [coding for coding in codings if coding.version_id in versions and coding.code_id in codes]
    people = {person.pk: str(person) for person in (*(c.coder for c in here), *(m.author for m in memos)) if person}
    return refi.Project(
        name=review.title,
        users=(
            *(refi.User(guid("user", pk), name) for pk, name in sorted(people.items(), key=lambda row: row[1])),
            *((refi.User(guid("user", 0), TEAM),) if any(c.coder_id is None for c in here) else ()),
        ),
        codes=_tree(codes, memos, guid),
        variables=tuple(refi.Variable(guid("variable", name), name) for name in VARIABLES),
        cases=tuple(_cases(review, texts, guid)),
        sources=tuple(
            refi.Source(
                guid=guid("text", text.pk),
                name=text.title,
                text=text.current.content,
                at=_moment(text.current.created_at),
                selections=tuple(_selections(text.current, here, memos, guid)),
            )
            for text in texts
            if text.current is not None
        ),
        notes=tuple(
            refi.Note(
                guid("memo", memo.pk), _title(memo), memo.text, guid("user", memo.author_id), _moment(memo.created_at)
            )
            for memo in memos
        ),
        sets=tuple(_sets(review, codes, guid)),
        description="Stretches with nothing to code, support by hand and settlements have no place in this format.",
        at=_moment(max((coding.created_at for coding in here), default=review.created_at)),
    )


def _guids_of(review: Review) -> Guid:
    """Identifiers that follow from ours, so that the same review gives the same file."""
    return lambda kind, key: str(uuid5(review.pk, f"{kind}:{key}"))


def _tree(codes: dict[UUID, Code], memos: Iterable[Memo], guid: Guid) -> tuple[refi.Code, ...]:
    notes: defaultdict[UUID | None, list[str]] = defaultdict(list)
    for memo in memos:
        if memo.about == About.CODE:
            notes[memo.code_id].append(guid("memo", memo.pk))
    under: defaultdict[UUID | None, list[Code]] = defaultdict(list)
    for code in sorted(codes.values(), key=lambda code: (code.name.lower(), str(code.pk))):
        under[code.parent_id if code.parent_id in codes else None].append(code)

    def told(code: Code) -> refi.Code:
        parts = (
            ("", code.definition), ("Use when: ", code.use_when), ("Not when: ", code.not_when), ("Example: ", code.example),
        )  # fmt: skip
        return refi.Code(
            guid=str(code.pk),
            name=code.name,
            colour=code.colour,
            description="\n".join(label + text for label, text in parts if text),
            notes=tuple(notes[code.pk]),
            codes=tuple(told(one) for one in under[code.pk]),
        )

    return tuple(told(code) for code in under[None])


def _cases(review: Review, texts: Iterable[Any], guid: Guid) -> Iterable[refi.Case]:
    attributes = study_attributes(review)
    of_study: defaultdict[int, list[str]] = defaultdict(list)
    for text in texts:
        of_study[text.study_id].append(guid("text", text.pk))
    for study in included_studies(review):
        known = attributes.get(study.pk)
        values = [(name, str(getattr(known, name, "") or "")) for name in VARIABLES] if known else []
        yield refi.Case(
            guid("study", study.pk), study.label, tuple(row for row in values if row[1]), tuple(of_study[study.pk])
        )


def _selections(
    version: TextVersion, codings: Iterable[Coding], memos: Iterable[Memo], guid: Any
) -> Iterable[refi.Selection]:
    """Two people on one stretch: one selection, two codings."""
    stretches: defaultdict[tuple[int, int], list[Coding]] = defaultdict(list)
    for coding in codings:
        if coding.version_id == version.pk:
            stretches[coding.start, coding.end].append(coding)
    notes: defaultdict[UUID | None, list[str]] = defaultdict(list)
    for memo in memos:
        if memo.about == About.CODING:
            notes[memo.coding_id].append(guid("memo", memo.pk))
    for (start, end), found in sorted(stretches.items()):
        first = found[0]
        yield refi.Selection(
            guid=guid("selection", f"{version.pk}:{start}:{end}"),
            start=start,
            end=end,
            name=" ".join(first.quote.split()),
            user=guid("user", first.coder_id or 0),
            at=_moment(first.created_at),
            codings=tuple(
                refi.Coding(
                    str(coding.pk), str(coding.code_id), guid("user", coding.coder_id or 0), _moment(coding.created_at)
                )
                for coding in found
            ),
            notes=tuple(note for coding in found for note in notes[coding.pk]),
        )


def _sets(review: Review, codes: dict[UUID, Code], guid: Guid) -> Iterable[refi.Set]:
    """Each theme with its codes; an analytical one with those of its parts."""
    members: defaultdict[int, list[str]] = defaultdict(list)
    for theme, code in ThemeCode.objects.filter(theme__review=review, removed_at=None).values_list("theme", "code"):
        if code in codes:
            members[theme].append(str(code))
    for whole, part in ThemePart.objects.filter(theme__review=review, removed_at=None).values_list("theme", "part"):
        members[whole] += [code for code in members[part] if code not in members[whole]]
    for found in Theme.objects.filter(review=review, removed_at=None).order_by("level", "position", "pk"):
        yield refi.Set(guid("theme", found.pk), found.name, found.statement, tuple(dict.fromkeys(members[found.pk])))


def codebook_of(reader: User, review: Review) -> tuple[tuple[refi.Code, ...], tuple[refi.Set, ...]]:
    """The codes that the reader sees, and the themes as sets."""
    guid = _guids_of(review)
    codes = {code.pk: code for code in codes_visible_to(reader, review)}
    return _tree(codes, (), guid), tuple(_sets(review, codes, guid))


def _title(memo: Memo) -> str:
    return f"{memo.get_about_display()}: {memo.text.splitlines()[0][:60] if memo.text.strip() else ''}"


def _moment(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
