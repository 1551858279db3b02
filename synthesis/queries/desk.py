"""The coding desk: a text in numbered lines, with the codings, codes and stretches set aside that the reader may know."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from django.db.models import Count, Q, QuerySet

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.choices import Layer
from synthesis.models import Act, Code, Coding, Finding, FindingsText, Quotation, TextVersion
from synthesis.queries.acts import next_to_redo, next_to_undo
from synthesis.queries.coverage import lines_of_version
from synthesis.rules.lines import Line
from synthesis.visibility import (
    codes_visible_to,
    codings_visible_to,
    is_own_reading_open,
    is_revealed,
    names_of,
    plan_of,
    set_aside_visible_to,
    working_codings,
)

Fields = dict[str, Any]
MOST_BLANK = 20
"""White space at most between a heading and its passage."""


@dataclass(frozen=True)
class ShownLine:
    line: Line
    text: str
    is_quotation: bool
    begins_paragraph: bool = False
    section: str = ""
    page: str = ""
    """The page that begins on this line."""


def texts_of(study: Study) -> QuerySet[FindingsText]:
    """The texts of a study that are coded; a translation is read beside its original."""
    texts = FindingsText.objects.originals().filter(study=study)
    return texts.select_related("current", "study", "review").order_by("pk")


def shown_lines(version: TextVersion) -> list[ShownLine]:
    lines = lines_of_version(version)
    quoted = [(q.start, q.end) for q in Quotation.objects.filter(version=version, removed_at=None)]
    sections = list(_headings(version))
    pages = [(start, str(page)) for start, page in version.pages]
    heads, begun = _first_on_line(lines, sections), _first_on_line(lines, pages)
    shown, at, before = [], 0, 0
    quoted.sort()
    for line in lines:
        while at < len(quoted) and quoted[at][1] <= line.start:
            at += 1
        is_quotation = at < len(quoted) and quoted[at][0] < line.end
        shown.append(
            ShownLine(
                line,
                version.content[line.start : line.end],
                is_quotation,
                "\n" in version.content[before : line.start],
                heads.get(line.number, ""),
                begun.get(line.number, ""),
            )
        )
        before = line.end
    return shown


def _headings(version: TextVersion) -> Iterator[tuple[int, str]]:
    """Where a section begins whose heading does not stand in the text itself: headings that people gave by hand."""
    earlier = ""
    for finding in Finding.objects.filter(version=version):
        # A heading in the text stands right before its passage: no more of a long text is looked at.
        before = version.content[max(0, finding.start - len(finding.section) - MOST_BLANK) : finding.start]
        stands = before.rstrip().endswith(finding.section)
        if finding.section != earlier and not stands:
            yield finding.start, finding.section
        earlier = finding.section


def _first_on_line(lines: Sequence[Line], places: Iterable[tuple[int, str]]) -> dict[int, str]:
    """What begins at an offset, by the number of the line that holds it or comes next."""
    found: dict[int, str] = {}
    at = 0
    for start, said in sorted(places):
        while at < len(lines) and lines[at].end <= start:
            at += 1
        if at < len(lines) and said:
            found[lines[at].number] = said
    return found


def span_of_lines(version: TextVersion, first: int, last: int) -> tuple[int, int] | None:
    """From the first letter of one line to the last of another; None when there are no such lines."""
    lines = lines_of_version(version)
    if not 1 <= first <= last <= len(lines):
        return None
    return lines[first - 1].start, lines[last - 1].end


def quotations_of(version: TextVersion) -> list[list[int]]:
    return [[q.start, q.end] for q in Quotation.objects.filter(version=version, removed_at=None)]


# --- What the page's script draws ------------------------------------------------------------------------------------


def state_of(reader: User, text: FindingsText) -> Fields:
    """Everything on a text that changes while people work, as far as the reader may know it."""
    codings = list(codings_visible_to(reader, text.review).filter(version=text.current_id))
    aside = list(set_aside_visible_to(reader, text.review).filter(version=text.current_id).select_related("coder"))
    keys = _Keys(reader, text.study, [*(c.coder for c in codings), *(a.coder for a in aside)])
    return {
        "people": keys.people,
        "codings": [_coding(keys, row) for row in codings],
        "aside": [_aside(keys, row) for row in aside],
        # A code that may not be chosen any more has its name on the coding.
        "codes": [_code(row) for row in codes_visible_to(reader, text.review).order_by("name", "pk")],
        "elsewhere": _elsewhere(reader, text),
        **steps_of(reader, text.review),
    }


def fingerprint(state: Fields) -> str:
    """What names a state in an ETag: drawn from what the reader sees, so that it tells nothing else."""
    return sha256(json.dumps(state, sort_keys=True, default=str).encode()).hexdigest()[:32]


def changed_by(reader: User, text: FindingsText, step: Act | None) -> Fields:
    """What an act of the reader left changed on a text, to be drawn without loading the page again."""
    changes = step.changes if step else []
    ids = {
        kind: {i for c in changes if c["model"] == kind for i in c["ids"]} for kind in ("coding", "setaside", "code")
    }
    codings = list(codings_visible_to(reader, text.review).filter(pk__in=ids["coding"], version=text.current_id))
    aside = list(
        set_aside_visible_to(reader, text.review)
        .filter(pk__in=ids["setaside"], version=text.current_id)
        .select_related("coder")
    )
    keys = _Keys(reader, text.study, [*(c.coder for c in codings), *(a.coder for a in aside)])
    there = {str(row.pk) for row in [*codings, *aside]}
    wanted = ids["code"] | {str(row.code_id) for row in codings}
    codes = codes_visible_to(reader, text.review).filter(pk__in=wanted)
    return {
        "codings": [_coding(keys, row) for row in codings],
        "aside": [_aside(keys, row) for row in aside],
        "codes": [_code(row) for row in codes],
        "gone": sorted((ids["coding"] | ids["setaside"]) - there),
        "gone_codes": sorted(ids["code"] - {str(row.pk) for row in codes}),
        "act": str(step.pk) if step else "",
        "said": step.label if step else "",
        **steps_of(reader, text.review),
    }


def steps_of(reader: User, review: Review) -> Fields:
    """What undo and redo would do."""
    steps = {"undo": next_to_undo(reader, review), "redo": next_to_redo(reader, review)}
    return {name: {"id": str(one.pk), "label": one.label} if one else None for name, one in steps.items()}


class _Keys:
    """People as the page may name them: by their place in the list of those who coded, never by their ids."""

    def __init__(self, reader: User, study: Study, people: Iterable[User | None]) -> None:
        known = {person.pk: person for person in people if person is not None}
        names = names_of(reader, study, known.values())
        order = sorted(known, key=lambda pk: (pk != reader.pk, names[pk], pk))
        self.of = {pk: place for place, pk in enumerate(order)}
        self.people = [names[pk] for pk in order]
        self.reader = reader.pk

    def key(self, coder: int | None) -> int | None:
        return None if coder is None else self.of[coder]


def _coding(keys: _Keys, row: Coding) -> Fields:
    agreed = row.layer == Layer.AGREED
    return {
        "id": str(row.pk),
        "code": str(row.code_id),
        "name": row.code.name,
        "start": row.start,
        "end": row.end,
        "layer": row.layer,
        "by": None if agreed else keys.key(row.coder_id),
        "mine": not agreed and row.coder_id == keys.reader,
        "contrary": row.is_contrary,
    }


def _aside(keys: _Keys, row: Any) -> Fields:
    mine = row.coder_id == keys.reader
    return {"id": str(row.pk), "start": row.start, "end": row.end, "by": keys.key(row.coder_id), "mine": mine}


def _code(row: Code) -> Fields:
    return {
        "id": str(row.pk),
        "name": row.name,
        "definition": row.definition,
        "colour": row.colour,
        "parent": str(row.parent_id) if row.parent_id else None,
        "own": row.shared_at is None,
    }


def _elsewhere(reader: User, text: FindingsText) -> dict[str, list[int]]:
    """For each code: codings outside this text, studies other than this one, and whether other texts of this study have it."""
    rows = (
        working_codings(reader, text.review)
        .exclude(version=text.current_id)
        .order_by()
        .values_list("code")
        .annotate(
            codings=Count("pk"),
            studies=Count("study", distinct=True, filter=~Q(study=text.study_id)),
            here=Count("pk", filter=Q(study=text.study_id)),
        )
    )
    return {str(code): [codings, studies, int(here > 0)] for code, codings, studies, here in rows}


def beside(reader: User, coding: Coding, step: int) -> Coding | None:
    """The next (or previous, -1) coding of the same code, through all studies that the reader may know, round in a ring."""
    found = working_codings(reader, coding.study.review).filter(code=coding.code_id)
    order = list(found.order_by("study__label", "study", "version", "start", "end", "pk").values_list("pk", flat=True))
    if not order:
        return None
    place = order.index(coding.pk) if coding.pk in order else -1
    return Coding.objects.select_related("version__text", "study__review").get(pk=order[(place + step) % len(order)])


def may_code(reader: User, study: Study) -> str:
    """The layer that the reader may change on the desk now, or nothing."""
    if is_revealed(study):
        return Layer.AGREED
    return Layer.OWN if is_own_reading_open(reader, study) else ""


def is_shared(study: Study) -> bool:
    """Whether colleagues' codings of the study appear on the desk."""
    return is_revealed(study) or plan_of(study.review).is_open
