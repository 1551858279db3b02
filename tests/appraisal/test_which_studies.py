"""For which studies an instrument is meant, and which studies a sensitivity analysis leaves out."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from appraisal.instruments import shipped
from appraisal.models import Assignment, Instrument
from appraisal.queries.attributes import study_attributes
from appraisal.queries.fit import fits, unclear_studies
from appraisal.queries.matrix import matrix
from appraisal.queries.studies import study_list
from appraisal.rules import Condition, meant
from appraisal.services import answers, assignments, instruments, studies
from appraisal.services.ratings import DEMO_RULE
from reviewapp.accounts.models import User
from reviewapp.lib.errors import AlreadyDone, Invalid, NotAllowed
from reviewapp.reviews.models import Review
from screening.models import Study
from tests.api.conftest import Api, api  # noqa: F401  # `api` is a fixture
from tests.appraisal.conftest import answer_all, give, include_study
from tests.appraisal.test_attributes import fill_in

Login = Callable[[User], Client]
PHENOMENOLOGY = [{"attribute": "design", "words": ["phenomenolog", "narrative"]}]


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"design": "A Phenomenological study", "country": "Kenya"}, True),
        ({"design": "Phenomenology", "country": "Norway"}, False),
        ({"design": "Survey"}, False),
        ({"design": "Phenomenology"}, None),
        ({}, None),
    ],
)
def test_all_conditions_must_hold_and_nothing_is_guessed(facts: dict[str, str], said: bool | None) -> None:
    conditions = [Condition("design", ("phenomenolog",)), Condition("country", ("Kenya", "Uganda"))]
    assert meant(conditions, facts) is said
    assert meant([], facts) is True


@pytest.fixture
def designs(review: Review, form: Instrument, appraisers: None, bob: User, carol: User) -> list[Study]:
    """A phenomenology, a survey, and a study that is not extracted yet."""
    found = [include_study(review, label) for label in ("Abe 2021", "Berg 2019", "Cole 2020")]
    for study, design in zip(found, ("Phenomenology", "Survey"), strict=False):
        fill_in(form, study, bob, carol, design=design)
    return found


def test_studies_are_spread_over_the_instrument_meant_for_them(
    review: Review, casp: Instrument, designs: list[Study], alice: User, bob: User, carol: User
) -> None:
    jbi = instruments.adopt(actor=alice, review=review, shipped=shipped()["jbi-qualitative"])
    assert len(unclear_studies(review, [casp, jbi], fits(review, [casp, jbi]))) == 3
    casp = studies.set_meant_for(actor=alice, instrument=casp, conditions=PHENOMENOLOGY)
    jbi = studies.set_meant_for(actor=alice, instrument=jbi, conditions=[{"attribute": "design", "words": ["survey"]}])
    assert assignments.spread(actor=alice, instrument=casp, people=[bob, carol]) == 2
    assert {a.study.label for a in Assignment.objects.filter(instrument=casp)} == {"Abe 2021"}
    [open_one] = unclear_studies(review, [casp, jbi], fits(review, [casp, jbi]))
    assert (open_one.study.label, open_one.instruments, open_one.unknown) == ("Cole 2020", [], [casp, jbi])
    assert [row.study.label for row in matrix(casp).rows] == ["Abe 2021", "Cole 2020"]
    with pytest.raises(Invalid, match="not meant for this study"):
        give(casp, designs[1], bob)
    studies.say_meant(actor=alice, instrument=casp, study=designs[1], meant=True)
    assert len(give(casp, designs[1], bob, carol)) == 2
    studies.say_meant(actor=alice, instrument=casp, study=designs[1], meant=None)
    assert fits(review, [casp]).of(casp, designs[1].pk).meant is False
    assert Assignment.objects.filter(study=designs[1], instrument=casp, withdrawn_at=None).count() == 2


def test_conditions_name_what_is_known_and_leads_alone_set_them(
    review: Review, casp: Instrument, form: Instrument, alice: User, bob: User
) -> None:
    for wrong in ([{"attribute": "secret", "words": ["x"]}], [{"attribute": "design", "words": [" "]}]):
        with pytest.raises(Invalid):
            studies.set_meant_for(actor=alice, instrument=casp, conditions=wrong)
    with pytest.raises(NotAllowed):
        studies.set_meant_for(actor=bob, instrument=casp, conditions=[])


def test_the_page_says_for_which_studies(
    review: Review, casp: Instrument, designs: list[Study], alice: User, as_user: Login
) -> None:
    client = as_user(alice)
    address = reverse("appraisal:assignments", args=[review.pk, casp.pk])
    sent = {"attribute": ["design", "", ""], "words": ["phenomenolog, narrative", "", ""]}
    page = client.post(reverse("appraisal:meant-for", args=[review.pk, casp.pk]), sent, follow=True).content.decode()
    assert "Design says “phenomenolog” or “narrative”" in page
    assert "Not meant for 1 study" in page
    assert "not known yet whether it is meant for it" in page
    client.post(reverse("appraisal:study-meant", args=[review.pk, casp.pk, designs[1].pk]), {"meant": "yes"})
    assert "Not meant for" not in client.get(address).content.decode()
    wrong = client.post(reverse("appraisal:meant-for", args=[review.pk, casp.pk]), {"attribute": "design", "words": ""})
    assert wrong.status_code == 422
    work = client.get(reverse("appraisal:work", args=[review.pk, "appraisal"])).content.decode()
    assert "1 study with none, or more than one" in work


# --- Sensitivity ------------------------------------------------------------------------------------------------------


def test_a_rating_or_a_closed_gate_leaves_a_study_out_and_a_lead_may_say_otherwise(
    review: Review, casp: Instrument, appraisers: None, alice: User, bob: User, carol: User
) -> None:
    instruments.set_rating_rule(actor=alice, instrument=casp, rule=DEMO_RULE)
    weak, gate, good = (include_study(review, label) for label in ("Weak 2020", "Gate 2020", "Good 2020"))
    fill_in(casp, weak, bob, carol, **{f"q{n}": "no" for n in range(3, 11)})
    fill_in(casp, good, bob, carol)
    for one in give(casp, gate, bob, carol):
        answers.finish(actor=one.person, assignment=answer_all(one, q2="no"), gate_reason="For the record.")
    assert not any(one.would_drop for one in study_attributes(review).values())
    studies.set_drop_rule(actor=alice, instrument=casp, ratings=["Weak"], gates=True)
    found = study_attributes(review)
    assert found[weak.pk].would_drop == "Rated Weak"
    assert found[gate.pk].would_drop.startswith("Gate closed by question 2 of CASP")
    assert found[good.pk].would_drop == ""
    studies.mark_study(actor=alice, study=weak, drop=False, reason="The only one on men.")
    studies.mark_study(actor=alice, study=good, drop=True, reason="A conference paper.")
    found = study_attributes(review)
    assert (found[weak.pk].would_drop, found[weak.pk].kept_because) == ("", "The only one on men.")
    assert found[good.pk].would_drop == "A conference paper."
    assert [one.label for one in study_list(review, {"dropped": "yes"}).rows] == ["Gate 2020", "Good 2020"]
    studies.mark_study(actor=alice, study=weak, drop=None)
    assert study_attributes(review)[weak.pk].would_drop == "Rated Weak"
    assert Study.objects.filter(pk=weak.pk).exists()
    with pytest.raises(Invalid):
        studies.set_drop_rule(actor=alice, instrument=casp, ratings=["Hopeless"], gates=False)


def test_a_mark_waits_until_nobody_can_learn_from_it(
    casp: Instrument, study: Study, alice: User, bob: User, carol: User
) -> None:
    first, second = give(casp, study, bob, carol)
    answers.finish(actor=bob, assignment=answer_all(first))
    with pytest.raises(AlreadyDone, match="not all have finished"):
        studies.mark_study(actor=alice, study=study, drop=True, reason="Weak.")
    answers.finish(actor=carol, assignment=answer_all(second))
    with pytest.raises(Invalid, match="why"):
        studies.mark_study(actor=alice, study=study, drop=True)
    with pytest.raises(NotAllowed):
        studies.mark_study(actor=bob, study=study, drop=True, reason="Weak.")
    assert studies.mark_study(actor=alice, study=study, drop=True, reason="Weak.")


def test_marks_stand_in_the_list_the_matrix_and_the_api(
    review: Review,
    casp: Instrument,
    study: Study,
    alice: User,
    bob: User,
    carol: User,
    as_user: Login,
    api: Api,  # noqa: F811
) -> None:
    fill_in(casp, study, bob, carol)
    client = as_user(alice)
    marked = reverse("appraisal:study-mark", args=[review.pk, study.pk])
    assert client.post(marked, {"mark": "drop", "reason": ""}).status_code == 422
    page = client.post(marked, {"mark": "drop", "reason": "Thin data."}, follow=True).content.decode()
    assert "Thin data." in page
    assert "leaves 1 out" in page
    assert "Thin data." in client.get(reverse("appraisal:table", args=[review.pk, casp.pk])).content.decode()
    address = f"/api/v1/reviews/{review.pk}/included-studies/"
    assert api(bob).get(address, {"dropped": "yes"}).json()["studies"][0]["would_drop"] == "Thin data."
    kept = api(alice).put(f"{address}{study.pk}/mark/", {"drop": False, "reason": "Rich."}, format="json").json()
    assert (kept["would_drop"], kept["kept_because"]) == ("", "Rich.")
    instrument = f"/api/v1/reviews/{review.pk}/instruments/{casp.pk}/"
    said = api(alice).put(f"{instrument}studies/{study.pk}/", {"meant": False}, format="json").json()
    assert said == [{"study": study.pk, "label": "Okello 2021", "meant": False, "by_hand": True}]
    for words in (7, "design", None, [{}]):
        wrong = {"conditions": [{"attribute": "design", "words": words}]}
        assert api(alice).put(f"{instrument}meant-for/", wrong, format="json").status_code == 422
    gates = api(alice).put(f"{instrument}drop-rule/", {"ratings": [], "gates": True}, format="json").json()
    assert gates["drop_rule"] == {"ratings": [], "gates": True}
