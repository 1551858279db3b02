"""Takes the pictures of the README from a running demo: `uv run docs/make_screenshots.py [--address URL]`.

Beside it, in another terminal: `uv run manage.py up --demo`. Needs Chromium (Debian: apt install chromium).
"""

import argparse
import re
import shutil
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

IMAGES = Path(__file__).resolve().parent / "images"
PASSWORD = "tandem-demo"  # noqa: S105  # the demo's, printed when it starts
READER, IN_THE_MIDDLE, FINISHED = "sbs@demo.example", "update in progress", "meta-synthesis"
SIZE = {"width": 1280, "height": 800}
TALL = {"width": 1280, "height": 1600}
COLOURS = 128
LIMIT = 300_000  # bytes


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--address", default="http://127.0.0.1:8000", help="where the demo answers")
    address = parser.parse_args().address.rstrip("/")
    chromium = shutil.which("chromium") or shutil.which("google-chrome") or sys.exit("Chromium is not installed.")
    with sync_playwright() as playwright:
        take_all(playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]), address)


def take_all(browser: Browser, address: str) -> None:
    IMAGES.mkdir(exist_ok=True)
    page = browser.new_page(viewport=SIZE, color_scheme="light", reduced_motion="reduce")
    log_in(page, address)
    midway, finished = review_called(page, IN_THE_MIDDLE), review_called(page, FINISHED)
    page.goto(f"{address}{midway}desk/title_abstract/")
    take(page, "desk")
    page.goto(f"{address}{midway}conflicts/?show=mine&stage=title_abstract")
    page.locator("td.title a").first.click()
    page.get_by_role("heading", name="Settle a conflict").wait_for()
    take(page, "settle")
    page.goto(f"{address}{finished}report/")
    page.set_viewport_size(TALL)  # so that nothing of the frame lies over the figure
    take(page, "diagram", of="figure.prisma .canvas")
    browser.close()


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/accounts/login/")
    page.locator("#id_login").fill(READER)
    page.locator("#id_password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_role("heading", name=re.compile("waits for you")).wait_for()


def review_called(page: Page, words: str) -> str:
    """Path of the demo review with these words in its title."""
    found = page.get_by_role("link", name=re.compile(words)).first.get_attribute("href")
    return found or sys.exit(f"The demo has no review “{words}”.")


def take(page: Page, name: str, of: str | None = None) -> None:
    """Keep a picture of the page, or of one part, with few colours so that it stays small."""
    path = IMAGES / f"{name}.png"
    page.wait_for_load_state("networkidle")
    if of:
        page.locator(of).screenshot(path=path)
    else:
        page.screenshot(path=path)
    with Image.open(path) as picture:
        small = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    small.save(path, optimize=True)
    print(f"{path.name}: {path.stat().st_size // 1000} kB")
    if path.stat().st_size > LIMIT:
        sys.exit(f"{path.name} is larger than {LIMIT // 1000} kB.")


if __name__ == "__main__":
    main()
