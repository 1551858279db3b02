"""Worlds that differ in one hidden judgement of Carol's give every other reader equal bytes on every page.

The addresses are read from the URL conf, so a new page is probed from its first day: it only has to find its ids in the world.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver, reverse
from django.utils import timezone

from reviewapp.accounts.models import User
from screening.choices import Stage, Verdict
from screening.models import ExclusionReason, Record
from screening.services.decisions import keep_note, make_decision, undo_decision
from synthesis.models import TextVersion
from synthesis.services.codes import edit_code
from synthesis.services.coding import code_stretch, set_aside
from synthesis.services.finishing import finish
from tests.api.conftest import World, content_of
from tests.conftest import person

TA, FT = Stage.TITLE_ABSTRACT, Stage.FULL_TEXT
SECRET = "secret label"
TODAY = timezone.localdate().isoformat()
READERS = ("Alice", "Bob", "Olga", "Tess")
# Leads may know how many each person has judged at a stage: totals, never a record.
TOTALS = {("Alice", "review-detail"), ("Alice", "screening:allocation"), ("Alice", "synthesis:work")}
ELSEWHERE = ("admin", "api", "operations", "account_", "mfa_", "socialaccount_")
# What differs with every answer: tokens and keys of forms.
TOKENS = re.compile(
    rb'name="csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"|name="request_key" value="[^"]*"|nonce="[^"]*"'
)
VARYING = {"X-Request-ID", "Content-Security-Policy"}
NARROWED: dict[str, list[str]] = {
    "screening:record-list": [
        f"?stage={stage}&state={state}" for stage in (TA, FT) for state in ("pending", "excluded", "waiting", "mine")
    ]
    + [f"?label={SECRET}", "?sort=-year", "?q=secret"],
    "screening:desk-list": [f"?label={SECRET}", "?q=secret", "?skip=1"],
    "screening:record-export": [
        f"?stage={stage}&state={state}" for stage in (TA, FT) for state in ("pending", "waiting", "mine")
    ],
    "screening:conflict-list": ["?show=mine", "?show=open", "?show=settled"],
    "screening:duplicate-list": ["?show=judge", "?show=linked"],
    "screening:report-list": ["?q=secret"],
    "audit-list": ["?actor={carol}", "?action=screening.decision."],
    "reporting:agreement": [f"?stage={stage}" for stage in (TA, FT)],
    "reporting:prisma": [f"?on={TODAY}", f"?updates={TODAY}"],
    "reporting:prisma-changes": [f"?since=2024-03-01&on={TODAY}"],
    "reporting:changed": ["?since=2024-03-01&box=records_screened&side=came"],
    "reporting:prisma-changes-export": ["?since=2024-03-01"],
    "synthesis:work": ["?show=mine", "?show=all", "?show=no_text", "?show=compared"],
    "reporting:box": ["?box=records_screened", "?box=records_excluded", "?box=dbr_assessed"],
}


def patterns(found: list[Any], space: str = "", above: tuple[str, ...] = ()) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Names of addresses, each with the names of its ids."""
    for each in found:
        ids = (*above, *each.pattern.regex.groupindex)
        if isinstance(each, URLPattern):
            yield f"{space}{each.name}", ids
        else:
            yield from patterns(each.url_patterns, f"{space}{each.namespace}:" if each.namespace else space, ids)


def pages() -> list[tuple[str, tuple[str, ...]]]:
    return [each for each in patterns(get_resolver().url_patterns) if not each[0].startswith(ELSEWHERE)]


def addresses(world: World) -> list[tuple[str, str]]:
    """(name, address) of every page, about the record that waits and about the one at full text."""
    ids = {**world.ids, "number": 1, "token": "0" * 32, "form": "csv", "use": "appraisal"}
    found = []
    for name, wanted in pages():
        variants = [ids] + [ids | {"record_id": world.included.pk}] * ("record_id" in wanted)
        variants += [ids | {"stage": FT.value}] * ("stage" in wanted)
        for known in variants:
            plain = reverse(name, kwargs={key: known[key] for key in wanted})
            queries = ["", *(query.format(carol=person("Carol").pk) for query in NARROWED.get(name, []))]
            found += [(name, plain + query) for query in queries]
    return found


def everything(world: World, readers: tuple[str, ...] = READERS) -> dict[tuple[str, str], bytes]:
    """What each reader is given at every address that can be read."""
    seen = {}
    acts = set[str]()  # these take POST only
    for reader in readers:
        client = Client()
        client.force_login(person(reader))
        for name, address in addresses(world):
            if name in acts or (reader, name) in TOTALS:
                continue
            with transaction.atomic():
                answer = client.get(address)
                content = content_of(answer)
                transaction.set_rollback(True)  # that an export was taken is an event of its own moment
            assert answer.status_code < 500, (address, answer.status_code)
            if answer.status_code == 405:
                acts.add(name)
                continue
            headers = {key: value for key, value in answer.items() if key not in VARYING}
            identity = answer.get("X-Request-ID", "-").encode()
            body = TOKENS.sub(b"", content).replace(identity, b"")
            seen[reader, address] = repr((answer.status_code, sorted(headers.items()))).encode() + body
    return seen


def in_a_world(
    world: World, *acts: Callable[[], object], readers: tuple[str, ...] = READERS
) -> dict[tuple[str, str], bytes]:
    with transaction.atomic():
        for act in acts:
            act()
        seen = everything(world, readers)
        transaction.set_rollback(True)
    return seen


def told(one: dict[tuple[str, str], bytes], other: dict[tuple[str, str], bytes]) -> list[tuple[str, str]]:
    return [place for place in other if one[place] != other[place]]


def test_a_hidden_judgement_changes_no_byte_of_any_page(world: World, carol: User, reason: ExclusionReason) -> None:
    def says(record: Record, stage: str, verdict: str, **more: Any) -> Callable[[], object]:
        return lambda: make_decision(actor=carol, record=record, stage=stage, verdict=verdict, **more)

    def takes_back() -> None:
        undo_decision(actor=carol, decision=make_decision(actor=carol, record=world.waiting, stage=TA, verdict="maybe"))

    def keeps_a_note() -> None:
        keep_note(actor=carol, record=world.included, stage=FT, text="secret note", labels=[SECRET])

    def codes() -> None:
        version = TextVersion.objects.get(text=world.ids["text_id"])
        mine = code_stretch(actor=carol, version=version, start=0, end=6, name="secret code")
        set_aside(actor=carol, version=version, start=15, end=25)
        edit_code(actor=carol, code=mine.code, values={"definition": "secret definition"})
        finish(actor=carol, study=version.text.study)

    nothing = in_a_world(world)
    worlds = {
        "codings, a code, and that the study is finished": (codes,),
        "include": (says(world.waiting, TA, Verdict.INCLUDE), says(world.included, FT, Verdict.INCLUDE)),
        "exclude": (
            says(world.waiting, TA, Verdict.EXCLUDE, note="secret note", labels=[SECRET]),
            says(world.included, FT, Verdict.EXCLUDE, reason=reason, labels=[SECRET]),
        ),
        "taken back, and a note": (takes_back, keeps_a_note),
    }
    # The worlds that hold most to tell.
    readers = {"exclude": READERS, "codings, a code, and that the study is finished": READERS}
    for name, acts in worlds.items():
        assert (name, told(nothing, in_a_world(world, *acts, readers=readers.get(name, ("Alice", "Bob"))))) == (
            name,
            [],
        )


def test_the_probe_sees_what_is_not_hidden(world: World, bob: User) -> None:
    def bobs_own() -> None:
        make_decision(actor=bob, record=world.waiting, stage=TA, verdict=Verdict.EXCLUDE, labels=[SECRET])

    pair = ("Bob", "Olga")
    changed = told(in_a_world(world, readers=pair), in_a_world(world, bobs_own, readers=pair))
    assert {reader for reader, _ in changed} == {"Bob"}
    assert ("Bob", reverse("screening:record-detail", args=[world.review.pk, world.waiting.pk])) in changed
    assert ("Bob", reverse("audit-list", args=[world.review.pk])) in changed
