"""The dashboard in a real browser: an operator's bad morning, and every page as people see it."""

import os
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from sqlalchemy import func, select, update

from slasync.store.outbox_values import State
from slasync.store.tables import OUTBOX
from slasync.store.unit import reading, transaction
from tests.web.dashboard.house import PASSWORD
from tests.web.dashboard.morning import HELD, Morning, a_morning

CHROMIUM = Path("/usr/bin/chromium")
PAGES = ("/", "/queue", "/queue?state=late", "/teams", "/held", "/parked", "/funnel", "/accounts",
         "/quality", "/agreement", "/systems", "/users", "/audit?check=1", "/leads?q=nobody",
         "/nowhere")  # fmt: skip
TOO_WIDE = """[...document.querySelectorAll("*")].filter(part => {
    const style = getComputedStyle(part)
    const seen = style.display != "inline" && part.clientWidth > 1
    return seen && part.scrollWidth > part.clientWidth + 1 && !part.closest("svg, .unseen")
}).map(part => `${part.tagName}.${part.className}: ${part.scrollWidth - part.clientWidth}`)"""
NAMELESS = """[...document.querySelectorAll(".folds tbody td:not(:empty, .bar-col)")].filter(cell =>
    !getComputedStyle(cell, "::before").content.includes(cell.dataset.label)
).map(cell => cell.outerHTML)"""
ROUGH = 10_000  # milliseconds that an expectation waits for the page

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail(f"CI has to look at the dashboard in a browser: {CHROMIUM} is missing")
        pytest.skip(f"no browser: {CHROMIUM} is missing")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])


@pytest.fixture(scope="module")
def morning(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Morning]:
    with ExitStack() as closing:
        yield a_morning(tmp_path_factory.mktemp("morning"), closing)


@dataclass
class Seen:
    """A page, and what the browser complained of."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> Page:
        self.page.goto(f"{self.url}{path}")
        return self.page

    def login(self, name: str) -> None:
        self.go("/login")
        self.page.fill("#name", name)
        self.page.fill("#password", PASSWORD)
        self.page.click("main button")
        expect(self.page.locator("#headline")).to_be_visible()

    @property
    def too_wide(self) -> list[str]:
        """What can be scrolled sideways, or is cut off: the page, or a part of it."""
        return [str(part) for part in self.page.evaluate(TOO_WIDE)]

    @property
    def nameless(self) -> list[str]:
        """Cells of tables that fold which show a value without their column's name."""
        return [str(cell) for cell in self.page.evaluate(NAMELESS)]


@contextmanager
def seen(browser: Browser, morning: Morning, **how: Any) -> Iterator[Seen]:
    """Open a window; at its end nothing may have been complained of."""
    with browser.new_context(**{"locale": "en-GB"} | how) as context:
        context.set_default_timeout(ROUGH)
        page = context.new_page()
        found = Seen(page, morning.url)

        def heard(message: Any) -> None:
            if message.type in {"error", "warning"} and "404" not in message.text:
                found.complaints.append(f"{page.url}: {message.text}")

        page.on("console", heard)
        page.on("pageerror", lambda error: found.complaints.append(f"{page.url}: {error}"))
        yield found
        assert found.complaints == []


def states(morning: Morning) -> dict[str, int]:
    query = select(OUTBOX.c.state, func.count()).group_by(OUTBOX.c.state)
    with morning.engine.connect() as db:
        return {state: count for state, count in db.execute(query)}  # noqa: C416 - typed rows


def background(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))


def some_lead(page: Page) -> str:
    found = re.search(r"/leads/[\w:]+", page.content())
    assert found
    return found[0]


def an_owner(page: Page) -> str:
    found = re.search(r"/reps/\w+", page.content())
    assert found
    return found[0]


@pytest.mark.parametrize(
    ("width", "theme", "locale"),
    [
        (375, "light", "de-DE"),
        (375, "dark", "en-GB"),
        (1440, "light", "en-GB"),
        (1440, "dark", "de-DE"),
    ],
)
def test_every_page_can_be_used_by_everybody_at_every_width(
    browser: Browser, morning: Morning, width: int, theme: str, locale: str
) -> None:
    """No sideways scrolling, nothing that axe finds, nothing that the policy had to stop."""
    size = {"width": width, "height": 900}
    wrong: dict[str, object] = {}
    with seen(browser, morning, viewport=size, color_scheme=theme, locale=locale) as found:
        looked_at(found, "/login", wrong)
        found.login("alma")
        paths = [*PAGES, some_lead(found.page), an_owner(found.page), f"/held/{morning.batch}"]
        for path in paths:
            looked_at(found, path, wrong)
        found.page.click("details.account > summary")
        looked_at(found, "", wrong)

    assert wrong == {}


@pytest.mark.parametrize("locale", ["de-DE", "en-GB"])
def test_nothing_has_to_be_scrolled_sideways_on_a_phone_or_a_small_window(
    browser: Browser, morning: Morning, locale: str
) -> None:
    """A row of a table is a block there, and each value stands beside its column's name."""
    wrong: dict[str, object] = {}
    with seen(browser, morning, locale=locale) as found:
        found.login("alma")
        for path in [*PAGES, some_lead(found.page), an_owner(found.page), f"/held/{morning.batch}"]:
            found.go(path)
            for width, theme in ((320, "light"), (375, "light"), (375, "dark"), (600, "light")):
                found.page.set_viewport_size({"width": width, "height": 900})
                found.page.emulate_media(color_scheme=theme)  # type: ignore[arg-type] # its literals
                if told := [*found.too_wide, *found.nameless]:
                    wrong[f"{path} {width} {theme}"] = told

    assert wrong == {}


def test_a_table_that_folds_is_a_table_to_a_screen_reader(
    browser: Browser, morning: Morning
) -> None:
    with seen(browser, morning) as found:
        found.login("vera")
        found.go("/queue")
        heard = []
        for width in (1440, 375):
            found.page.set_viewport_size({"width": width, "height": 900})
            heard.append(found.page.locator("main table").aria_snapshot())

        assert heard[0] == heard[1]
        assert '- columnheader "Due"' in heard[0]


def looked_at(found: Seen, path: str, wrong: dict[str, object]) -> None:
    if path:
        found.go(path)
    violations = Axe().run(found.page).response["violations"]
    told = [(v["id"], [n["html"][:120] for n in v["nodes"][:3]]) for v in violations]
    if told or found.too_wide:
        wrong[found.page.url] = (told, found.too_wide)


def test_an_operator_gets_through_a_bad_morning(browser: Browser, morning: Morning) -> None:
    """See what is late, understand a lead, approve what is held, have a write sent again."""
    before = states(morning)
    with seen(browser, morning) as found:
        found.login("otto")
        page = found.page
        expect(page.locator("#headline")).to_contain_text(re.compile(r"\d+ are late\."))
        page.click(".tile:has-text('Overdue') a")
        expect(page.locator("tbody tr").first).to_contain_text("overdue")

        page.click("tbody th a >> nth=0")
        expect(page.get_by_role("heading", name="First touch")).to_be_visible()
        expect(page.locator(".rung.done").first).to_contain_text("came due")
        expect(page.get_by_text("What would stop it").first).to_be_visible()
        page.click("summary:has-text('Clock first_touch')")
        expect(page.get_by_text("would be stopped by:").first).to_be_visible()
        assert page.locator("a:has-text('Open in Salesforce')").get_attribute("href")

        page.click("nav.side a:has-text('Held batches')")
        page.click("a:has-text('Look and decide')")
        expect(page.locator(".diff").first).to_contain_text("+ task for")
        page.fill("#why-allow", "agreed with Mia")
        page.click("button:has-text('Approve 7 writes')")
        expect(page.get_by_role("status")).to_have_text("7 writes will be sent.")

        page.click("nav.side a:has-text('Parked')")
        page.click("button:has-text('Try again') >> nth=0")
        expect(page.get_by_role("status")).to_have_text("It will be done again.")

    after = states(morning)
    assert before["held"] == HELD
    assert after.get("held", 0) == 0
    assert after.get("parked", 0) == before["parked"] - 1
    with reading(morning.engine) as unit:
        done = [entry.deed.action for entry in unit.audit.page(3)]
        assert not unit.audit.check().problem
    assert done == ["parked.retry", "held.allow", "login"]


def test_the_same_can_be_done_without_javascript(browser: Browser, morning: Morning) -> None:
    with browser.new_context(java_script_enabled=False, locale="en-GB") as context:
        found = Seen(context.new_page(), morning.url)
        found.login("otto")
        found.go("/parked").click("summary:has-text('Give up') >> nth=0")
        found.page.click("form button.danger >> nth=0")

        expect(found.page.get_by_role("status")).to_have_text("It is given up.")


def test_it_can_be_used_by_keyboard_alone(browser: Browser, morning: Morning) -> None:
    with seen(browser, morning) as found:
        found.login("vera")
        page = found.page
        page.keyboard.press("Tab")
        expect(page.locator(".skip")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("main")).to_be_focused()
        page.focus("details.account > summary")
        page.keyboard.press("Enter")
        expect(page.locator("details.account .panel")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("details.account .panel")).to_be_hidden()
        expect(page.locator("details.account > summary")).to_be_focused()


def test_live_parts_show_what_has_happened_meanwhile(browser: Browser, morning: Morning) -> None:
    with seen(browser, morning) as found:
        found.page.clock.install()
        found.login("vera")
        parked = found.page.locator(".tile:has-text('Parked') .figure")
        count = int(parked.inner_text())
        with transaction(morning.engine) as unit:
            one = select(func.max(OUTBOX.c.id)).where(OUTBOX.c.state == State.DONE.value)
            chosen = update(OUTBOX).where(OUTBOX.c.id == one.scalar_subquery())
            unit.db.execute(chosen.values(state=State.PARKED.value, outcome="refused"))
        found.page.clock.fast_forward(31_000)

        expect(parked).to_have_text(str(count + 1))


def test_a_theme_that_was_chosen_stands_against_the_systems(
    browser: Browser, morning: Morning
) -> None:
    with seen(browser, morning, color_scheme="light") as found:
        found.go("/login")
        light = background(found.page)
        found.page.click("details.account > summary")
        found.page.click("button:has-text('Dark')")
        expect(found.page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(found.page.locator("#name")).to_be_visible()

        assert background(found.page) != light


def test_a_page_is_printed_without_what_paper_has_no_use_for(
    browser: Browser, morning: Morning
) -> None:
    with seen(browser, morning, color_scheme="dark") as found:
        found.login("vera")
        found.go("/agreement")
        found.page.emulate_media(media="print")

        expect(found.page.locator("nav.side")).to_be_hidden()
        expect(found.page.locator("header.top")).to_be_hidden()
        expect(found.page.locator("article.document")).to_be_visible()
        assert background(found.page) == "rgb(255, 255, 255)"
