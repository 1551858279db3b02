"""What people do before the screen, named as they would name it."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import Person
from tests.browser.files import key_of
from tests.factories import PASSWORD

expect.set_options(timeout=30_000)


def sign_up(person: Person, name: str) -> None:
    """Fill in the sign-up form that is open."""
    page = person.page
    page.locator("#id_name").fill(name)
    page.locator("#id_email").fill(f"{name.lower()}@example.org")
    page.locator("#id_password1").fill(PASSWORD)
    page.locator("#id_password2").fill(PASSWORD)
    page.get_by_role("button", name="Create the account").click()


def invite(lead: Person, review: str, email: str, tasks: list[str]) -> str:
    """Make an invitation on the team page; returns its link."""
    page = lead.go(f"{review}team/")
    form = page.locator("#invite")
    form.get_by_label("E-mail address").fill(email)
    for box in form.get_by_role("checkbox").all():
        box.uncheck()
    for task in tasks:
        form.get_by_role("checkbox", name=task).check()
    form.get_by_role("button", name="Make the invitation").click()
    return page.get_by_label(f"Link of the invitation for {email}").input_value()


def join(person: Person, link: str, name: str) -> None:
    """Follow an invitation's link as somebody without an account."""
    person.go(urlsplit(link).path)
    person.page.get_by_role("link", name="Sign up and join").click()
    sign_up(person, name)
    person.page.get_by_role("button", name="Join the review").click()
    expect(person.page.get_by_text("Welcome. Your tasks:")).to_be_visible()


def title_at_desk(page: Page) -> str:
    return page.locator("article.record h1").inner_text()


def press(page: Page, *keys: str) -> None:
    """Press keys at the desk and wait until the record has made way for the next, or for the end of the list."""
    record = page.locator("form.desk[data-record]").get_attribute("data-record")
    for key in keys:
        page.keyboard.press(key)
    page.locator(f'form.desk[data-record]:not([data-record="{record}"]):not([aria-busy]), [data-done]').first.wait_for()


def screen(person: Person, review: str, stage: str, verdicts: Mapping[str, str]) -> list[str]:
    """Judge what waits at the desk by keyboard until nothing waits; returns the reports in the order they came."""
    page, seen = person.go(f"{review}desk/{stage}/"), []
    while page.locator("form.desk[data-record]:not([aria-busy])").count():
        seen.append(key_of(title_at_desk(page)))
        press(page, *verdicts[seen[-1]])
    expect(page.locator("[data-done]")).to_be_visible()
    return seen


def open_conflict(person: Person, review: str, beginning: str) -> Page:
    """Open a conflict from the reader's own queue by the beginning of its title."""
    page = person.go(f"{review}conflicts/")
    page.get_by_role("link", name=beginning).first.click()
    expect(page.get_by_role("heading", name="Settle a conflict")).to_be_visible()
    return page
