"""Signing up, logging in, setting a new password: what a person sees and what is kept."""

import re

import pytest
from django.core import mail
from django.test import Client

from reviewapp.accounts.models import User

pytestmark = pytest.mark.django_db

PASSWORD = "read-carefully-judge-apart"


def sign_up(client: Client, **changes: str):
    entries = {
        "name": "Alma Björk",
        "initials": "",
        "email": "alma@example.org",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }
    return client.post("/accounts/signup/", entries | changes)


@pytest.fixture
def alma() -> User:
    return User.objects.create_user("alma@example.org", PASSWORD, name="Alma Björk")


def test_signing_up_keeps_name_and_takes_initials_from_it(client):
    assert sign_up(client).status_code == 302
    alma = User.objects.get(email="alma@example.org")
    assert (alma.name, alma.initials) == ("Alma Björk", "AB")


def test_initials_that_were_given_stay(client):
    sign_up(client, initials="ABj")
    assert User.objects.get(email="alma@example.org").initials == "ABj"


def test_a_form_with_errors_names_them_beside_the_field(client):
    page = sign_up(client, name="", password2="another one").content.decode()
    assert 'id="id_name_error"' in page
    assert re.search(r'<input[^>]*name="name"[^>]*aria-describedby="[^"]*id_name_error', page)
    assert 'id="id_password2_error"' in page
    assert not User.objects.exists()


def test_where_addresses_are_confirmed_one_in_use_is_not_given_away(client, settings):
    settings.ACCOUNT_EMAIL_VERIFICATION = "mandatory"
    User.objects.create_user("berit@example.org", PASSWORD, name="Berit")
    response = sign_up(client, name="Somebody else", email="berit@example.org")
    assert (response.status_code, response.url) == (302, "/accounts/confirm-email/")
    assert User.objects.get().name == "Berit"
    assert "has an account already" in mail.outbox[0].body


def test_logging_in_and_out(client, alma):
    response = client.post("/accounts/login/", {"login": "Alma@Example.org", "password": PASSWORD})
    assert response.status_code == 302
    assert client.session["_auth_user_id"] == str(alma.pk)
    client.post("/accounts/logout/")
    assert "_auth_user_id" not in client.session


def test_a_wrong_password_says_so_and_logs_nobody_in(client, alma):
    response = client.post("/accounts/login/", {"login": "alma@example.org", "password": "wrong"})
    assert 'class="form-errors"' in response.content.decode()
    assert "_auth_user_id" not in client.session


def test_the_mailed_link_sets_a_new_password(client, alma):
    client.post("/accounts/password/reset/", {"email": "alma@example.org"})
    link = re.search(r"http://testserver(/\S+)", mail.outbox[0].body)
    assert link
    form = client.get(link[1], follow=True)
    assert "Set a new password" in form.content.decode()
    client.post(form.request["PATH_INFO"], {"password1": "a-new-and-long-one", "password2": "a-new-and-long-one"})
    alma.refresh_from_db()
    assert alma.check_password("a-new-and-long-one")
    assert "This link no longer works" in client.get(link[1], follow=True).content.decode()


def test_a_reset_for_nobody_looks_the_same(client):
    response = client.post("/accounts/password/reset/", {"email": "nobody@example.org"}, follow=True)
    assert "If there is an account with this address" in response.content.decode()
    assert "there is no account with this address" in mail.outbox[0].body


@pytest.mark.parametrize("path", ["login", "signup", "password/reset"])
def test_pages_before_logging_in_stand_in_our_frame(client, path):
    page = client.get(f"/accounts/{path}/").content.decode()
    assert "data-entrance" in page
    assert "css/tokens" in page
    assert "Log out" not in page


@pytest.mark.parametrize("path", ["email", "password/change", "logout"])
def test_account_pages_stand_in_our_frame(client, alma, path):
    client.force_login(alma)
    page = client.get(f"/accounts/{path}/").content.decode()
    assert "css/tokens" in page
    assert 'aria-label="Alma Björk: your menu"' in page


def test_nothing_here_says_what_to_do(client, alma):
    client.force_login(alma)
    response = client.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is nothing here for you" in response.content.decode()
