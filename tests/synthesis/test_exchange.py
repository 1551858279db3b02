"""What leaves as REFI-QDA is valid, and holds nothing that its reader may not see."""

from django.test import Client
from django.urls import reverse

from reviewapp.accounts.models import User
from reviewapp.reviews.models import Review
from screening.models import Study
from synthesis.models import TextVersion
from synthesis.refi.checking import faults_of, faults_of_xml
from synthesis.refi.reading import read_qdc, read_qdpx
from synthesis.refi.writing import to_qde
from synthesis.services.coding import code_stretch
from synthesis.services.finishing import finish
from tests.synthesis.conftest import span


def test_a_colleagues_hidden_codings_change_no_byte(
    version: TextVersion, apart: None, bob: User, carol: User, review: Review, client: Client
) -> None:
    client.force_login(bob)
    address = reverse("synthesis:qdpx", args=[review.pk])
    start, end = span(version, "clinic 😀")
    code_stretch(actor=bob, version=version, start=start, end=end, name="mine")
    before = client.get(address).content
    start, end = span(version, "told nobody")
    code_stretch(actor=carol, version=version, start=start, end=end, name="hidden")
    assert client.get(address).content == before
    project, problems = read_qdpx(before)
    assert problems.said == []
    selection = project.sources[0].selections[0]
    assert project.sources[0].text[selection.start : selection.end] == "clinic 😀"


def test_a_compared_study_is_valid_with_all_layers(
    version: TextVersion, study: Study, apart: None, bob: User, carol: User, olga: User, review: Review, client: Client
) -> None:
    start, end = span(version, "told nobody")
    for person in (bob, carol):
        code_stretch(actor=person, version=version, start=start, end=end, name="secrecy")
        finish(actor=person, study=study)
    client.force_login(olga)
    project, problems = read_qdpx(client.get(reverse("synthesis:qdpx", args=[review.pk])).content)
    assert (faults_of(project), faults_of_xml(to_qde(project)), problems.said) == ([], [], [])
    assert {user.name for user in project.users} == {"Bob", "Carol", "What the team agreed on"}
    assert [len(selection.codings) for selection in project.sources[0].selections] == [3]
    assert [case.name for case in project.cases] == ["Okello 2021"]
    codes, _ = read_qdc(client.get(reverse("synthesis:qdc", args=[review.pk])).content)
    assert [code.name for code in codes] == ["secrecy"]
