"""The dashboard of `supasaasy serve`, as its pages come over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest

from supasaasy.dashboard import SESSION_SECONDS, Sessions
from tests.conftest import Database
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import execute_file, query, sync, value
from tests.ways.conftest import ADMIN_API_KEY, BUSY_DAY, Answer, Front, Headers, admin, http, serving

HOSTILE = '<script>alert("1")</script>'
ESCAPED = "&lt;script&gt;alert(&#34;1&#34;)&lt;/script&gt;"


def post(served: Front, path: str, headers: Headers | None = None, **fields: str) -> Answer:
    return served("POST", path, urlencode(fields).encode(), headers)


def log_in(served: Front) -> dict[str, str]:
    """The headers of somebody who has logged in."""
    cookie, _, _ = post(served, "/login", key=ADMIN_API_KEY).headers["set-cookie"].partition(";")
    return {"Cookie": cookie}


def token(page: Answer) -> str:
    """What the forms of a page carry."""
    [found] = set(re.findall(r'name="token" value="([^"]+)"', page.body))
    return str(found)


def text(page: Answer) -> str:
    """A page without its tags, in one line."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page.body))


@pytest.fixture
def door() -> Iterator[Front]:
    """A dashboard whose database is gone: who has not come in makes no use of it."""
    with serving("host=127.0.0.1 port=1") as address:
        yield lambda *request, **more: http(address, *request, **more)


# Who may come in -------------------------------------------------------------------------------------------------


def test_a_stranger_is_asked_for_the_key(door: Front) -> None:
    for headers in ({}, admin("wrong"), {"Cookie": "supasaasy_session=guess"}):
        answer = door("GET", "/", headers=headers)
        assert (answer.status, answer.headers["location"], answer.body) == (303, "login", None)
    form = door("GET", "/login")
    assert (form.status, "Admin API key" in form.body, "That is not the key" in form.body) == (200, True, False)


def test_a_wrong_key_is_refused(door: Front) -> None:
    for key in ("", "wrong", ADMIN_API_KEY[:-1], "ключ", "\0"):
        answer = post(door, "/login", key=key)
        assert (answer.status, "set-cookie" in answer.headers) == (401, False)
    assert "That is not the key" in post(door, "/login", key="wrong").body


def test_the_right_key_opens_a_session_that_scripts_and_other_sites_cannot_use(served: Front) -> None:
    answer = post(served, "/login", key=f" {ADMIN_API_KEY}\n")
    cookie = answer.headers["set-cookie"]
    assert (answer.status, answer.headers["location"]) == (303, "./")
    assert re.fullmatch(
        r"supasaasy_session=[\w-]{43}; HttpOnly; Max-Age=43200; Path=/; SameSite=strict", cookie, re.IGNORECASE
    )
    assert served("GET", "/", headers=log_in(served)).status == 200


def test_behind_a_proxy_with_tls_the_cookie_goes_over_tls_alone(door: Front) -> None:
    answer = post(door, "/login", {"X-Forwarded-Proto": "https"}, key=ADMIN_API_KEY)
    assert "; Secure" in answer.headers["set-cookie"]


def test_who_has_logged_out_is_a_stranger_again(served: Front) -> None:
    visitor, other = log_in(served), log_in(served)
    answer = post(served, "/logout", visitor, token=token(served("GET", "/", headers=visitor)))
    assert (answer.status, "Max-Age=0" in answer.headers["set-cookie"]) == (303, True)
    assert [served("GET", "/", headers=who).status for who in (visitor, other)] == [303, 200]


def test_another_site_cannot_log_anybody_out(door: Front) -> None:
    visitor = log_in(door)
    assert [post(door, "/logout", visitor).status for _ in range(2)] == [403, 403]  # a stranger is sent to the login


def test_a_session_ends_by_itself() -> None:
    now = 0.0
    sessions = Sessions(clock=lambda: now)
    name = sessions.open()
    now = SESSION_SECONDS - 1
    assert sessions.find(name)
    now = SESSION_SECONDS
    assert sessions.find(name) is None


def test_the_bearer_key_shows_the_page_but_nothing_to_press(served: Front, database: Database) -> None:
    execute_file(database, BUSY_DAY)
    page = served("GET", "/", headers=admin())
    assert (page.status, "customer.updated" in page.body, "<form" in page.body) == (200, True, False)


def test_pages_let_a_browser_load_nothing_from_elsewhere_and_keep_nothing(served: Front) -> None:
    for page in (served("GET", "/login"), served("GET", "/", headers=admin())):
        assert page.headers["content-security-policy"].startswith(
            "default-src 'none'; style-src 'self'; script-src 'self'"
        )
        assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
        assert (page.headers["cache-control"], page.headers["x-content-type-options"]) == ("no-store", "nosniff")
        assert re.findall(r'(?:src|href|action)="(?!assets/|\./|login|logout|replay|#main)', page.body) == []


def test_of_the_files_only_the_assets_are_served(door: Front) -> None:
    for name in ("dashboard.css", "dashboard.js", "icon.svg"):
        assert door("GET", f"/assets/{name}").status == 200
    for name in ("../login.html", "..%2flogin.html", "%2e%2e/login.html", "", "x"):
        assert door("GET", f"/assets/{name}").status == 404
    assert door("POST", "/assets/dashboard.css").status == 405


def test_guessing_keys_is_limited_as_all_is() -> None:
    with serving("host=127.0.0.1 port=1", rate_limit=0.1) as address:
        assert [http(address, "POST", "/login", b"key=x").status for _ in range(2)] == [401, 429]


# What is shown ---------------------------------------------------------------------------------------------------


def test_an_empty_database_is_shown_as_one(served: Front) -> None:
    page = text(served("GET", "/", headers=admin()))
    for part in (
        "Worker last seen never",
        "stripe_prod: never synced: customer, plan, price, product, subscription",
        "Syncs None yet",
        "Webhook events None has arrived.",
        "Recent errors None.",
    ):
        assert part in page


def test_freshness_and_a_sync_with_its_tasks_are_shown(
    served: Front, database: Database, stripe: StripeProvider
) -> None:
    stripe.add("customer", 3)
    stripe.fault(faults.status(403), match=lambda request: request.path == "/v1/plans", times=None)
    sync(database, resources=["customer", "plan"])
    page = text(served("GET", "/", headers=admin()))
    assert re.search(r"Collection Rows Last success State customer 3 \S+( \S+)? (ago|now) ok plan 0 never failed", page)
    assert re.search(r"stripe_prod full failed 3 objects .* customer completed 3 1 plan failed 0 0 ", page)
    assert re.search(r"Recent errors sync: plan stripe_prod, .*403", page)


def test_what_goes_on_is_measured_against_the_rows_that_are_here(served: Front, database: Database) -> None:
    execute_file(database, BUSY_DAY)
    page = served("GET", "/", headers=admin()).body
    assert re.search(r'<progress aria-label="Progress of customer" max="1200" value="\d+">', page)
    assert '<progress aria-label="Progress of subscription: how much there is, is not known">' in page


def test_the_last_day_is_shown_by_the_hour(served: Front, database: Database) -> None:
    database.execute(
        """
        with job as (
            insert into supasaasy.sync_jobs (app_key, mode, resource_types) values ('stripe_prod', 'full', '{customer}')
            returning id)
        , hour as (select date_trunc('hour', now(), 'UTC') - interval '2 hours' as began)
        , task as (
            insert into supasaasy.sync_job_tasks
                (job_id, app_key, collection_key, resource_type, mode, processed_entities, started_at, completed_at)
            select id, 'stripe_prod', 'stripe_customer', 'customer', 'full', 4000, began - interval '15 minutes'
                , began + interval '45 minutes'
            from job cross join hour)
        insert into supasaasy.webhook_events
            (app_key, event_id, event_type, occurred_at, payload, status, received_at, processed_at)
        select 'stripe_prod', number, 'customer.created', began, '{}', 'processed', began
            , began + interval '1 second' * number
        from hour cross join generate_series(1, 3) as number
        """
    )
    rows = re.findall(r'<th scope="row">\d\d:00</th>(.*?)</tr>', served("GET", "/", headers=admin()).body, re.DOTALL)
    cells = [re.findall("<td>(.*?)</td>", row) for row in rows]
    assert len(cells) == 24
    assert cells[1:4] == [["0", "0", "", ""], ["3,000", "3", "2 s", "2.9 s"], ["1,000", "0", "", ""]]


def test_what_others_wrote_is_text_and_payloads_are_not_shown(served: Front, database: Database) -> None:
    execute_file(database, BUSY_DAY)
    for table, columns in (
        ("webhook_events", ("event_type", "object_id", "error_message")),
        ("sync_job_tasks", ("resource_type", "error_message")),
        ("sync_jobs", ("error_message",)),
    ):
        for column in columns:
            database.execute(f"update supasaasy.{table} set {column} = %s".encode(), (HOSTILE,))
    page = served("GET", f"/?{urlencode({'replayed': HOSTILE})}", headers=log_in(served))
    assert (page.status, HOSTILE in page.body, "payload-is-not-shown" in page.body) == (200, False, False)
    assert page.body.count(ESCAPED) > 30
    assert "was read again" not in page.body
    assert len(re.findall(r"<script", page.body)) == 1


def test_no_internal_error_is_shown(served: Front, database: Database) -> None:
    database.execute("alter table supasaasy.webhook_events rename column attempts to gone")
    page = served("GET", "/", headers=admin())
    assert (page.status, "The database cannot tell" in page.body, "attempts" in page.body) == (503, True, False)


def test_looking_can_change_nothing_in_the_database(served: Front, database: Database) -> None:
    database.execute(
        """
        alter function supasaasy.health() rename to true_health;
        create function supasaasy.health() returns jsonb language sql as $$
            update supasaasy.installation set version = 'written';
            select supasaasy.true_health();
        $$
        """
    )
    assert served("GET", "/", headers=admin()).status == 503
    assert value(database, "select version from supasaasy.installation") != "written"


# Replay ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def failed_event(database: Database) -> Iterator[str]:
    """The id of an event that was given up."""
    execute_file(database, BUSY_DAY)
    yield str(value(database, "select id from supasaasy.webhook_events where status = 'failed'"))


def status(database: Database, event_id: str) -> tuple[str, int]:
    [found] = query(database, "select status, attempts from supasaasy.webhook_events where id = %s", event_id)
    return found[0], found[1]


def test_an_event_is_replayed(served: Front, database: Database, failed_event: str) -> None:
    visitor = log_in(served)
    page = served("GET", "/", headers=visitor)
    answer = post(served, "/replay", visitor, token=token(page), event=failed_event)
    assert (answer.status, answer.headers["location"]) == (303, f"./?replayed={failed_event}#events")
    assert status(database, failed_event) == ("pending", 0)
    assert f"Event {failed_event} was read again" in served("GET", f"/?replayed={failed_event}", headers=visitor).body


def test_nothing_is_replayed_without_the_token_of_the_session(
    served: Front, database: Database, failed_event: str
) -> None:
    visitor, other = log_in(served), log_in(served)
    for wrong in ({}, {"token": ""}, {"token": "ключ"}, {"token": token(served("GET", "/", headers=other))}):
        assert post(served, "/replay", visitor, event=failed_event, **wrong).status == 403
    for stranger in ({}, admin()):
        assert post(served, "/replay", stranger, event=failed_event).status == 303
    assert status(database, failed_event) == ("failed", 5)


def test_only_an_event_that_is_there_can_be_replayed(served: Front) -> None:
    visitor = log_in(served)
    right = token(served("GET", "/", headers=visitor))
    for event_id, code in (("1", 404), ("x", 400), ("", 400), ("9" * 30, 400)):
        assert post(served, "/replay", visitor, token=right, event=event_id).status == code


def test_a_form_of_too_many_fields_is_refused(door: Front) -> None:
    assert door("POST", "/login", b"a=1&" * 100).status == 400
