"""Finishing a study, and what follows when everybody has: the codings are revealed, the codes shared, what matches agreed."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.utils import timezone

from reviewapp.accounts.models import User
from reviewapp.audit import services as audit
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.permissions import Can
from screening.models import Study
from screening.services.locks import act
from synthesis.choices import Layer, Ruling, SettledHow
from synthesis.models import Code, Coding, CodingAssignment, CodingComparison, CodingSettlement
from synthesis.queries.comparing import Case, side_by_side
from synthesis.services.codes import root_of
from synthesis.services.journal import enter
from synthesis.visibility import PLACE, is_revealed, plan_of


@act
def finish(*, actor: User, study: Study) -> CodingComparison | None:
    """Say that one has coded a study to its end. When all assigned have, their codings are compared."""
    enter(actor, study.review, Can.CODE)
    assignment = _own(actor, study)
    if assignment.finished_at:
        raise AlreadyDone("You have finished this study before.")
    if not study.findings_texts.filter(removed_at=None).exists():
        raise Invalid("There is no findings text of this study yet, so there is nothing to finish.")
    assignment.finished_at = timezone.now()
    assignment.save(update_fields=["finished_at"])
    _log(actor, "synthesis.study.finished", study)
    return reveal_when_all_are_done(actor, study)


@act
def take_up_again(*, actor: User, study: Study) -> None:
    """Go on with a study one has finished, as long as not everybody has."""
    enter(actor, study.review, Can.CODE)
    assignment = _own(actor, study)
    if is_revealed(study):
        raise AlreadyDone("Everybody has finished, and the codings are revealed: they stay as they were given.")
    if assignment.finished_at is None:
        raise AlreadyDone("You are at work on this study.")
    assignment.finished_at = None
    assignment.save(update_fields=["finished_at"])
    _log(actor, "synthesis.study.taken_up", study)


def _own(actor: User, study: Study) -> CodingAssignment:
    """The actor's assignment. The study is locked first, as `reveal_when_all_are_done` does, so that two who finish in the
    same second see one another."""
    Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    found = CodingAssignment.objects.select_for_update(of=("self",)).filter(
        study=study, person=actor, withdrawn_at=None
    )
    assignment = found.first()
    if assignment is None:
        raise NotAllowed("This study was not given to you.")
    return assignment


def _log(actor: User, action: str, study: Study) -> None:
    audit.log(
        actor=actor,
        review=study.review,
        action=action,
        target=study,
        after={"study": study.label},
        judged=(study.pk, PLACE),
    )


def reveal_when_all_are_done(actor: User, study: Study) -> CodingComparison | None:
    """Make the comparison once so many people as the plan asks for, and everybody assigned, have finished.

    Called inside an act, by finishing and by changes of who codes what; the study is locked by then or here.
    """
    Study.objects.select_for_update(of=("self",)).get(pk=study.pk)
    plan = plan_of(study.review)
    standing = list(CodingAssignment.objects.filter(study=study, withdrawn_at=None))
    if len(standing) < plan.people or any(one.finished_at is None for one in standing):
        return None
    comparison, made = CodingComparison.objects.get_or_create(study=study, defaults={"overlap": plan.overlap})
    if made:
        share_codes(study)
        agree_on_matches(comparison)
        audit.log(
            actor=actor,
            review=study.review,
            action="synthesis.study.compared",
            target=comparison,
            after={"study": study.label, "people": sorted(one.person_id for one in standing)},
        )
    return comparison


def share_codes(study: Study) -> None:
    """Everybody sees the codes from now on. Codes of the same name that people made apart are one, and so they become one."""
    used = Code.objects.select_for_update(of=("self",)).filter(
        pk__in=Coding.objects.filter(study=study, removed_at=None, layer=Layer.OWN).values("code")
    )
    codes = {code.pk: code for code in used}
    for code in list(codes.values()):
        above = code.parent
        while above is not None and above.pk not in codes:
            codes[above.pk] = above
            above = above.parent
    shared: dict[str, Code] = {
        code.name.lower(): code
        for code in Code.objects.filter(review=study.review, removed_at=None, shared_at__isnull=False)
    }
    for code in sorted(codes.values(), key=lambda code: (code.created_at, str(code.pk))):
        if code.merged_into_id or shared.get(code.name.lower()) == code:
            continue
        twin = shared.get(code.name.lower())
        if twin is None:
            # Also one that a colleague took away while it was in use here: it comes back with what was read.
            code.removed_at = None
            code.shared_at = code.shared_at or timezone.now()
            shared[code.name.lower()] = code
        else:
            code.removed_at = code.removed_at or timezone.now()
            code.merged_into = twin
        code.save(update_fields=["removed_at", "shared_at", "merged_into"])
        if twin is not None:
            _follow(code, twin)
    # A shared code cannot stand under one that was just merged.
    for code in Code.objects.filter(parent__in=codes, removed_at=None).select_related("parent"):
        if code.parent is not None and code.parent.merged_into_id:
            parent = root_of(code.parent)
            Code.objects.filter(pk=code.pk).update(parent=None if parent.pk == code.pk else parent)


def _follow(code: Code, twin: Code) -> None:
    """The maker's readings that are still open go on with the shared code of the same name, so that their list has it once."""
    still_open = Coding.objects.filter(code=code, layer=Layer.OWN, removed_at=None, study__coding_comparison=None)
    for coding in still_open:
        place = {"version": coding.version_id, "coder": coding.coder_id, "start": coding.start, "end": coding.end}
        if not Coding.objects.filter(code=twin, layer=Layer.OWN, removed_at=None, **place).exists():
            Coding.objects.filter(pk=coding.pk).update(code=twin)


def agree_on_matches(comparison: CodingComparison) -> int:
    """Agree on every group of codings that match and are not settled yet; how many. Merged codes can make more of them match."""
    return settle_cases(comparison, [case for case in side_by_side(comparison).cases if case.matches])


def settle_cases(comparison: CodingComparison, cases: Sequence[Case]) -> int:
    now = timezone.now()
    settlements = CodingSettlement.objects.bulk_create(
        CodingSettlement(
            comparison=comparison,
            ruling=Ruling.KEEP,
            how=SettledHow.MATCHED,
            wanted=[{"code": str(case.code.pk), "start": case.start, "end": case.end}],
            settled_at=now,
        )
        for case in cases
    )
    link = Coding.settles.through
    link.objects.bulk_create(
        link(coding_id=coding.pk, codingsettlement_id=settlement.pk)
        for case, settlement in zip(cases, settlements, strict=True)
        for coding in case.codings
    )
    write_agreed(zip(settlements, [case.version_id for case in cases], strict=True))
    note_whether_settled(comparison)
    return len(cases)


def write_agreed(settled: Iterable[tuple[CodingSettlement, int]]) -> None:
    """The agreed codings that settlements want, each on a version of a text; what the team holds already is not doubled."""
    rows: list[Coding] = []
    settled = list(settled)
    if not settled:
        return
    study = settled[0][0].comparison.study
    there = {
        (coding.version_id, str(coding.code_id), coding.start, coding.end)
        for coding in Coding.objects.filter(study=study, layer=Layer.AGREED, removed_at=None)
    }
    contents: dict[int, str] = defaultdict(str)
    contents.update(
        (pk, content)
        for text in study.findings_texts.all()
        for pk, content in text.versions.filter(pk__in={version for _, version in settled}).values_list("pk", "content")
    )
    for settlement, version in settled:
        for want in settlement.wanted:
            place = (version, want["code"], want["start"], want["end"])
            if place in there:
                continue
            there.add(place)
            rows.append(
                Coding(
                    study=study,
                    version_id=version,
                    code_id=want["code"],
                    coder=None,
                    layer=Layer.AGREED,
                    start=want["start"],
                    end=want["end"],
                    quote=contents[version][want["start"] : want["end"]],
                    settlement=settlement,
                )
            )
    Coding.objects.bulk_create(rows)


def note_whether_settled(comparison: CodingComparison) -> None:
    """The one writer of `settled_at`."""
    done = not side_by_side(comparison).open_cases
    if done != (comparison.settled_at is not None):
        comparison.settled_at = timezone.now() if done else None
        comparison.save(update_fields=["settled_at"])
