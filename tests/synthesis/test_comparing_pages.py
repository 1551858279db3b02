"""The comparison's pages: who sees and does what, and the agreement of the coders."""

import pytest
from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import CodingComparison, CodingSettlement, TextVersion
from synthesis.queries.agreement import coder_agreement
from synthesis.queries.comparing import side_by_side
from synthesis.services.coding import code_stretch
from synthesis.services.finishing import finish
from tests.synthesis.conftest import span


@pytest.fixture
def compared(version: TextVersion, study: Study, apart: None, bob: User, carol: User) -> CodingComparison:
    for person, words, name in (
        (bob, "stopped feeling alone", "isolation ends"),
        (carol, "stopped feeling alone", "isolation ends"),
        (bob, "told nobody for two years", "secrecy"),
        (carol, "told nobody for two years", "silence"),
    ):
        start, end = span(version, words)
        code_stretch(actor=person, version=version, start=start, end=end, name=name)
    finish(actor=bob, study=study)
    comparison = finish(actor=carol, study=study)
    assert comparison is not None
    return comparison


def page(name: str, one: CodingComparison) -> str:
    return reverse(f"synthesis:{name}", args=[one.study.review_id, one.pk])


def test_coders_settle_on_the_page(compared: CodingComparison, bob: User, carol: User, client: Client) -> None:
    client.force_login(bob)
    shown = client.get(page("comparison", compared)).content.decode()
    assert "secrecy" in shown
    assert "silence" in shown
    assert "Carol" not in shown.split("</header>", 1)[1].split("compared", 1)[1]
    case = side_by_side(compared).open_cases[0]
    sent = {"case": case.key, "ruling": "rename", "code": ["keeping it in", ""], "reason": "Closer to her words"}
    assert client.post(page("difference-propose", compared), sent | {"reason": ""}).status_code == 422
    assert client.post(page("difference-propose", compared), sent).status_code == 302
    proposal = CodingSettlement.objects.get(settled_at=None)
    client.force_login(carol)
    assert "keeping it in" in client.get(page("comparison", compared)).content.decode()
    assert client.post(page("difference-confirm", compared), {"proposal": proposal.pk + 1}).status_code == 409
    client.post(page("difference-confirm", compared), {"proposal": proposal.pk})
    compared.refresh_from_db()
    assert compared.settled_at
    assert "Bob" in client.get(f"{page('comparison', compared)}?show=all").content.decode()


def test_who_may_settle(
    compared: CodingComparison, tess: User, olga: User, dave: User, alice: User, client: Client
) -> None:
    case = side_by_side(compared).open_cases[0]
    sent = {"case": case.key, "ruling": "keep", "reason": "Both"}
    for who, status in ((olga, 403), (dave, 404), (alice, 403)):
        client.force_login(who)
        assert client.post(page("difference-rule", compared), sent).status_code == status
        assert client.post(page("difference-propose", compared), sent).status_code == status
    client.force_login(tess)
    assert client.post(page("difference-rule", compared), sent | {"ruling": "burn"}).status_code == 422
    assert client.post(page("difference-rule", compared), sent).status_code == 302
    settlement = CodingSettlement.objects.get(how="third_assessor")
    client.post(page("difference-reopen", compared), {"settlement": settlement.pk, "why": "Read again"})
    compared.refresh_from_db()
    assert compared.settled_at is None


def test_agreement_is_told_with_its_unit(
    compared: CodingComparison, review: Review, olga: User, client: Client
) -> None:
    pair = coder_agreement(review)[0]
    assert (pair.segments.matched, pair.segments.first, pair.segments.second) == (1, 2, 2)
    assert pair.segments.f1 == 0.5
    # 21 characters of 21 and 21 agree, 25 and 25 do not: 21 / (46 + 46 - 21).
    assert pair.jaccard == pytest.approx(21 / 71)
    assert pair.dice == pytest.approx(42 / 92)
    by_name = {code.code: code for code in pair.codes}
    assert by_name["isolation ends"].table[0][0] == 1
    assert by_name["isolation ends"].kappa == 1
    assert by_name["secrecy"].jaccard == 0
    assert pair.sentences == sum(sum(row) for row in pair.coded_or_not)
    client.force_login(olga)
    shown = client.get(reverse("synthesis:agreement", args=[review.pk])).content.decode()
    assert "unit: sentence" in shown
    assert "0.296" in shown


def test_a_page_asks_as_often_for_three_cases_as_for_thirty(
    version: TextVersion, study: Study, apart: None, bob: User, carol: User, client: Client
) -> None:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    for at in range(0, 90, 3):
        code_stretch(actor=bob, version=version, start=at + 30, end=at + 33, name=f"code {at}")
    finish(actor=bob, study=study)
    comparison = finish(actor=carol, study=study)
    assert comparison is not None
    client.force_login(bob)
    from synthesis.services.settling import propose, rule
    from tests.conftest import person

    keys = [case.key for case in side_by_side(comparison).open_cases]
    propose(actor=bob, comparison=comparison, keys=keys[:20], ruling="drop", reason="x")
    rule(actor=person("Tess"), comparison=comparison, keys=keys[-1:], ruling="drop", reason="x")
    client.get(page("comparison", comparison))
    with CaptureQueriesContext(connection) as many:
        client.get(page("comparison", comparison))
    keys = [case.key for case in side_by_side(comparison).open_cases][3:]
    rule(actor=person("Tess"), comparison=comparison, keys=keys, ruling="drop", reason="x")
    with CaptureQueriesContext(connection) as few:
        client.get(page("comparison", comparison))
    assert len(many) == len(few)
