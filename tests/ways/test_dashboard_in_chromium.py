"""The dashboard as people see it: in a real browser, wide and narrow, light and dark."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chromium import Browser, chromium
from tests.conftest import Database
from tests.support import execute_file, value
from tests.ways.conftest import ADMIN_API_KEY, BUSY_DAY, serving

PICTURE = Path(__file__).parent.parent.parent / "docs" / "dashboard.png"
LONG = "an_object_with_a_name_that_is_longer_than_any_screen_of_a_phone_is_wide" * 3

# The least contrast of any text with what is behind it: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
CONTRAST = """
(() => {
  const channels = (color) => color.match(/[\\d.]+/g).map(Number);
  const luminance = (color) => channels(color).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (element) => {
    const color = getComputedStyle(element).backgroundColor;
    return channels(color)[3] === 0 ? behind(element.parentElement) : color;
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  return Math.min(...texts.map((element) => {
    const [low, high] = [getComputedStyle(element).color, behind(element)].map(luminance).sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
  }));
})()
"""
UNNAMED = """
[...document.querySelectorAll("button, input:not([type=hidden]), progress, svg, section")].filter((element) =>
  element.checkVisibility() && !element.labels?.length && !element.textContent.trim()
  && !element.getAttribute("aria-label") && !element.getAttribute("aria-labelledby"))
  .map((element) => element.outerHTML)
"""
WIDTH = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as running:
        yield running


@pytest.fixture
def address(database: Database) -> Iterator[str]:
    execute_file(database, BUSY_DAY)
    with serving(database.info.dsn) as found:
        yield f"http://{found}/"


@pytest.fixture
def visitor(browser: Browser, address: str) -> Browser:
    """A browser whose user has entered the key."""
    browser.forget()
    browser.show_as(1280)
    browser.visit(address)
    browser.evaluate(f"document.getElementById('key').value = {ADMIN_API_KEY!r}")
    browser.press("form button")
    return browser


def test_it_is_complete_and_legible_on_every_screen(visitor: Browser, pytestconfig: pytest.Config) -> None:
    for width in (1280, 390):
        for scheme in ("light", "dark"):
            visitor.show_as(width, scheme)
            assert visitor.evaluate(WIDTH) == width
            assert visitor.evaluate(CONTRAST) >= 4.5
            assert visitor.evaluate(UNNAMED) == []
    assert visitor.complaints == []
    if pytestconfig.option.update_golden:  # not by "make golden": the times in it are others each time
        visitor.show_as(1280)
        PICTURE.write_bytes(visitor.screenshot(height=1190))


def test_the_login_is_legible_too(visitor: Browser, address: str) -> None:
    visitor.forget()
    visitor.visit(address)
    for scheme in ("light", "dark"):
        visitor.show_as(390, scheme)
        assert visitor.evaluate(WIDTH) == 390
        assert visitor.evaluate(CONTRAST) >= 4.5
        assert visitor.evaluate(UNNAMED) == []
    assert visitor.complaints == []


def test_long_names_and_messages_are_broken_into_lines(visitor: Browser, address: str, database: Database) -> None:
    database.execute("update supasaasy.webhook_events set object_id = %s, event_type = %s", (LONG, LONG))
    database.execute("update supasaasy.webhook_events set error_message = %s where status = 'failed'", (LONG,))
    database.execute("update supasaasy.sync_job_tasks set error_message = %s, resource_type = %s", (LONG, LONG))
    visitor.show_as(390)
    visitor.visit(address)
    assert visitor.evaluate("document.querySelectorAll('details[open]').length") == 1
    assert visitor.evaluate(WIDTH) == 390


def test_an_event_is_replayed_by_a_press_of_its_button(visitor: Browser, database: Database) -> None:
    failed = value(database, "select id from supasaasy.webhook_events where status = 'failed'")
    visitor.press(f"#replay-{failed}")
    assert visitor.evaluate("document.querySelector('[role=status]').innerText") == (
        f"Event {failed} was read again; the next worker applies what it changes."
    )
    assert value(database, "select status from supasaasy.webhook_events where id = %s", failed) == "pending"
    assert visitor.complaints == []


def test_it_keeps_itself_up_to_date_and_what_was_opened_open(visitor: Browser, database: Database) -> None:
    visitor.evaluate("document.getElementById('numbers').open = true")
    visitor.evaluate("document.querySelector('#numbers summary').focus()")
    database.execute("update supasaasy.webhook_events set status = 'ignored' where status = 'failed'")
    visitor.evaluate("update()")
    assert visitor.evaluate("document.querySelectorAll('#events ~ table .failed').length") == 0
    assert visitor.evaluate("document.getElementById('numbers').open") is True
    assert visitor.evaluate("document.activeElement.closest('details').id") == "numbers"


def test_it_stays_as_it_is_while_somebody_does_not_want_it_live(visitor: Browser, database: Database) -> None:
    visitor.evaluate("document.querySelector('#live input').click()")
    database.execute("update supasaasy.webhook_events set status = 'ignored' where status = 'failed'")
    visitor.evaluate("update()")
    assert visitor.evaluate("document.querySelectorAll('#events ~ table .failed').length") == 1


def test_who_logs_out_is_asked_for_the_key(visitor: Browser) -> None:
    visitor.press("header button")
    assert visitor.evaluate("location.pathname + ' ' + document.activeElement.id") == "/login key"
    assert visitor.complaints == []


def test_whose_session_has_ended_is_brought_to_the_login(visitor: Browser) -> None:
    visitor.forget()
    visitor.follow("update()")
    assert visitor.evaluate("location.pathname") == "/login"


def test_it_says_when_the_server_cannot_be_reached(visitor: Browser) -> None:
    visitor.evaluate("fetch = () => Promise.reject(new Error('unreachable'))")
    assert "cannot be reached" not in visitor.evaluate("document.body.innerText")
    visitor.evaluate("update()")
    assert "The server cannot be reached" in visitor.evaluate("document.body.innerText")
