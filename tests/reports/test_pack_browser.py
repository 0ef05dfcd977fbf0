"""The pack in a real browser: nothing is complained of, everybody can read it, on any screen."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import Engine

from slasync.reports.pack import LANGUAGES, Pack, Speech, rendered
from tests.builders import DAY, HOUR, called
from tests.reports.month_books import AT, MonthBooks, converted, fired, opportunity

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(
    not CHROMIUM.exists() and not os.environ.get("CI"), reason="there is no Chromium"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_accessible_and_fits_every_screen(
    sqlite_engine: Engine, browser: Browser, tmp_path: Path, language: str
) -> None:
    books = MonthBooks(sqlite_engine)
    won = {"closed": True, "won": True, "closes": "2026-03-20", "amount": 1234}
    for month in range(4):
        at = AT - 30 * DAY * month
        made = at + 2 * HOUR
        books.lead(
            at, called(at + HOUR), converted(made, f"006{month}"),
            opportunity(made, f"006{month}", **won), source="Fair", company="Acme",
        )  # fmt: skip
        books.lead(at, fired(at + DAY, "day_1"), source="A rather long name of a source" * 2)
    found = books.figures()
    pack = Pack(found, Speech(language, found.zone, "EUR"))
    path = tmp_path / "pack.html"
    path.write_text(next(iter(rendered(pack, "html").values())), "utf-8")
    said: list[str] = []
    context = browser.new_context(bypass_csp=True)  # of axe alone: the page itself runs nothing
    page = context.new_page()
    page.on("console", lambda message: said.append(message.text))

    for width in (375, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto(path.as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert [each["id"] for each in Axe().run(page).response["violations"]] == []

    assert said == []
    context.close()
