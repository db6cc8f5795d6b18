"""What is Intercom's own: scrolls, searches by day, parts, fragments."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta, timezone
from functools import cache
from typing import Any, Literal

import pytest

from supasaasy import Config, ConfigError, define_config
from tests.conformance.conftest import CONNECTORS_CONFIG
from tests.conftest import Database
from tests.providers import faults
from tests.providers.intercom import IntercomProvider, notification, signed
from tests.providers.server import Action, Request
from tests.support import (
    INTERCOM_KEY,
    INTERCOM_SECRET,
    PATIENCE,
    point_app_at,
    query,
    receive_as,
    run_worker,
    start_sync,
    sync,
    value,
)

APP = "intercom_prod"

both_engines = pytest.mark.usefixtures("engine")  # the other tests are about SQL


@pytest.fixture
def intercom(database: Database) -> Iterator[IntercomProvider]:
    with IntercomProvider(api_key=INTERCOM_KEY, scroll_expires=2.0) as provider:
        point_app_at(database, provider.url, APP)
        yield provider


def run(database: Database, mode: str = "full", *resources: str) -> Any:
    status = sync(database, mode, list(resources), APP)
    assert status["status"] == "completed", status["error_message"]
    return status


def tell(database: Database, topic: str, item: dict[str, Any], seconds_from_now: float = 0) -> tuple[int, Any]:
    """Let a notification arrive, and the worker apply it."""
    headers, body = signed(notification(topic, item, at=time.time() + seconds_from_now), INTERCOM_SECRET)
    answer = receive_as(database, APP, headers, body)
    run_worker(database)
    return answer


def read(intercom: IntercomProvider, prefix: str) -> list[str]:
    """The paths asked for below a prefix; forgets them."""
    paths = [request.path for request in intercom.requests if request.path.startswith(prefix)]
    intercom.requests.clear()
    return paths


# Companies: the scroll ---------------------------------------------------------------------------------------


@both_engines
def test_a_scroll_that_breaks_is_read_again_from_its_beginning(database: Database, intercom: IntercomProvider) -> None:
    intercom.add("company", 250)

    def lose_the_place(exchange: Any) -> Any:
        intercom.break_scroll()
        return faults.status(500)(exchange)

    intercom.fault(lose_the_place, match=lambda request: "scroll_param" in request.query, after=1)
    run(database, "full", "company")
    assert value(database, "select count(*) from supasaasy.intercom_companies") == 250
    assert [request.query.get("scroll_param") for request in intercom.requests].count(None) == 2


def test_an_app_scrolls_one_list_at_a_time(
    database: Database, intercom: IntercomProvider, connect: Callable[[], Database]
) -> None:
    start_sync(database, "full", ["company"], APP)
    start_sync(database, "full", ["company", "admin"], APP)
    claim = "select supasaasy._claim_task(60) ->> 'collection_key'"
    claimed = [value(database, claim), value(connect(), claim), value(database, claim)]
    assert sorted(map(str, claimed)) == ["None", "intercom_admin", "intercom_company"]


@both_engines
def test_a_scroll_is_read_to_its_end_though_the_worker_s_time_is_over(
    database: Database, intercom: IntercomProvider
) -> None:
    intercom.add("company", 350)
    intercom.latency = 0.4
    start_sync(database, "full", ["company"], APP)
    run_worker(database, max_seconds=1)
    assert value(database, "select count(*) from supasaasy.intercom_companies") == 350
    assert value(database, "select status from supasaasy.sync_jobs") == "completed"


# Contacts and conversations: the search --------------------------------------------------------------------------


@pytest.mark.parametrize("search_by", ["second", "day"])
@pytest.mark.parametrize("hours", [-11, 0, 14])
def test_changes_are_found_whether_dates_match_by_second_or_by_day(
    database: Database, intercom: IntercomProvider, search_by: Literal["second", "day"], hours: int
) -> None:
    intercom.search_by, intercom.time_zone = search_by, timezone(timedelta(hours=hours))
    contact, other = intercom.add("contact", 2)
    run(database, "full", "contact")
    intercom.update("contact", contact["id"], name="Changed")
    intercom.create("contact", name="New")
    status = run(database, "incremental", "contact")
    assert query(database, "select name from supasaasy.intercom_contacts order by name") == [
        ("Changed",),
        (other["name"],),
        ("New",),
    ]
    assert (status["tasks"][0]["mode"], status["tasks"][0]["processed_entities"]) == ("incremental", 2)


@both_engines
def test_an_archived_contact_which_is_not_listed_any_more_is_not_deleted(
    database: Database, intercom: IntercomProvider
) -> None:
    contact, _ = intercom.add("contact", 2)
    run(database, "full", "contact")
    intercom.update("contact", contact["id"], archived=True)
    tell(database, "contact.archived", {"type": "contact", "id": contact["id"], "archived": True}, 5)
    intercom.clock = lambda: time.time() + 60
    run(database, "full", "contact")
    assert query(
        database,
        "select external_id, email, archived_at is not null from supasaasy.intercom_contacts where archived_at notnull",
    ) == [(contact["id"], contact["email"], True)]


# Conversation parts ----------------------------------------------------------------------------------------------


@both_engines
def test_parts_are_read_for_conversations_that_have_changed_and_for_no_other(
    database: Database, intercom: IntercomProvider
) -> None:
    first, *_ = intercom.add("conversation", 3, parts=2)
    run(database, "full", "conversation")
    assert len(read(intercom, "/conversations/")) == 3
    run(database, "full", "conversation")
    assert read(intercom, "/conversations/") == []
    intercom.reply(first["id"])
    run(database, "incremental", "conversation")
    assert read(intercom, "/conversations/1") == [f"/conversations/{first['id']}"]
    assert value(database, "select count(*) from supasaasy.intercom_conversation_parts") == 7


def test_older_parts_that_are_no_longer_shown_are_kept(database: Database, intercom: IntercomProvider) -> None:
    [conversation] = intercom.add("conversation", 1, parts=2)
    intercom.newest_parts = 2
    run(database, "full", "conversation")
    intercom.reply(conversation["id"])
    status = run(database, "full", "conversation")
    assert value(database, "select count(*) from supasaasy.intercom_conversation_parts") == 3
    assert status["error_message"] is None


def test_parts_that_were_never_shown_are_reported(database: Database, intercom: IntercomProvider) -> None:
    intercom.newest_parts = 2
    intercom.add("conversation", 1, parts=3)
    intercom.add("conversation", 1, parts=2)
    status = run(database, "full", "conversation")
    assert status["tasks"][0]["error_message"] == (
        "1 objects have more in intercom_conversation_part than the provider shows"
    )


def test_to_report_them_no_table_is_scanned(database: Database, intercom: IntercomProvider) -> None:
    [conversation] = intercom.add("conversation", 1, parts=2)
    run(database, "full", "conversation")
    database.execute(
        """
        insert into supasaasy.intercom_conversation (
            app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        select 'intercom_prod', number, '{}', now(), now(), now() + interval '1 day'
        from generate_series(1, 5000) as number
        """
    )
    database.execute("analyze supasaasy.intercom_conversation")
    intercom.reply(conversation["id"])
    before = scanned_rows(database)
    run(database, "incremental", "conversation")
    assert scanned_rows(database) == before


def scanned_rows(database: Database) -> int:
    """How many conversations were ever read by scanning their table."""
    database.execute("select pg_stat_force_next_flush()")
    scanned: int = value(
        database, "select seq_tup_read from pg_stat_user_tables where relname = 'intercom_conversation'"
    )
    return scanned


@both_engines
def test_parts_that_are_still_to_be_read_are_read_by_the_next_sync(
    database: Database, intercom: IntercomProvider
) -> None:
    database.execute("update supasaasy.apps set config = config || '{\"concurrency\": 1}'")
    intercom.add("conversation", 12, parts=1)
    refused = intercom.fault(faults.status(403), match=of_one_conversation, times=None, after=2)
    status = sync(database, "full", ["conversation"], APP)
    assert (status["status"], value(database, "select count(*) from supasaasy.intercom_conversations")) == (
        "failed",
        12,
    )
    refused.release()
    intercom.requests.clear()
    run(database, "incremental", "conversation")
    assert value(database, "select count(*) from supasaasy.intercom_conversation_parts") == 12
    assert len(read(intercom, "/conversations/1")) == 10


@both_engines
def test_a_conversation_that_cannot_be_read_holds_up_no_other_and_is_tried_again(
    database: Database, intercom: IntercomProvider
) -> None:
    broken, gone, *_ = intercom.add("conversation", 12, parts=1)
    run(database, "full", "conversation")
    intercom.delete("conversation", gone["id"])
    intercom.reply(broken["id"])
    intercom.clock = lambda: time.time() + 60
    outage = intercom.fault(faults.status(500), match=of_one_conversation, times=None)
    status = run(database, "full", "conversation")
    assert status["tasks"][0]["error_message"] == (
        "intercom_conversation_part of 1 objects could not be read or stored, as supasaasy.child_reads says; "
        "the next sync tries them again"
    )
    assert query(database, "select parent_id, problem from supasaasy.child_reads where problem is not null") == [
        (broken["id"], "the provider answered 500")
    ]
    assert counts(database) == (11, 11)
    assert outage.hits == 5

    outage.release()
    assert run(database, "incremental", "conversation")["error_message"] is None
    assert counts(database) == (11, 12)


@pytest.mark.parametrize("unreadable", [faults.raw(b'{"id": NaN}'), faults.truncated_body(), faults.html()])
def test_a_conversation_whose_answer_is_no_json_holds_up_no_other(
    database: Database, intercom: IntercomProvider, unreadable: Action
) -> None:
    broken, *_ = intercom.add("conversation", 3, parts=1)
    intercom.fault(unreadable, match=lambda request: request.path == f"/conversations/{broken['id']}", times=None)
    run(database, "full", "conversation")
    assert counts(database) == (3, 2)
    assert value(database, "select parent_id from supasaasy.child_reads where problem is not null") == broken["id"]


@both_engines
def test_a_part_that_jsonb_refuses_is_set_aside_and_the_others_are_stored(
    database: Database, intercom: IntercomProvider
) -> None:
    broken, *_ = intercom.add("conversation", 3, parts=2)
    huge = intercom.fault(
        faults.raw(with_a_huge_number(intercom, broken["id"])),
        match=lambda request: request.path == f"/conversations/{broken['id']}",
    )
    status = run(database, "full", "conversation")
    assert (huge.hits, counts(database)) == (1, (3, 5))
    assert "intercom_conversation_part of 1 objects could not be read or stored" in status["tasks"][0]["error_message"]
    assert query(
        database, "select collection_key, raw_object like '%1e999999%', reason from supasaasy.rejected_objects"
    ) == [("intercom_conversation_part", True, "value overflows numeric format")]

    assert run(database, "incremental", "conversation")["error_message"] is None
    assert counts(database) == (3, 6)


def test_a_conversation_that_jsonb_refuses_is_set_aside_and_the_others_are_stored(
    database: Database, intercom: IntercomProvider
) -> None:
    intercom.add("conversation", 3, parts=1)
    body = json.dumps({"conversations": intercom.objects("conversation")}).replace(
        '"open": true', '"open": 1e999999', 1
    )
    intercom.fault(faults.raw(body.encode()), match=lambda request: request.path == "/conversations")
    status = run(database, "full", "conversation")
    assert counts(database) == (2, 3)
    assert "1 objects could not be stored" in status["tasks"][0]["error_message"]


def of_one_conversation(request: Request) -> bool:
    return request.path.startswith("/conversations/1")


def with_a_huge_number(intercom: IntercomProvider, conversation_id: str) -> bytes:
    """A conversation's own answer, whose first part holds a number beyond all bounds."""
    [conversation] = [item for item in intercom.objects("conversation") if item["id"] == conversation_id]
    shown = json.dumps(intercom.with_parts(conversation, intercom.parts(conversation_id)))
    return shown.replace('"redacted": false', '"redacted": 1e999999', 1).encode()


def counts(database: Database) -> tuple[int, int]:
    """How many conversations there are, and how many parts."""
    statement = "select count(*) from supasaasy.intercom_conversation"
    return value(database, f"{statement}s"), value(database, f"{statement}_parts")


@both_engines
def test_a_conversation_that_is_gone_before_its_parts_are_read_fails_nothing(
    database: Database, intercom: IntercomProvider
) -> None:
    intercom.add("conversation", 2, parts=1)
    gone = intercom.objects("conversation")[0]["id"]
    missing = {"type": "error.list", "errors": [{"code": "not_found", "message": "Resource Not Found"}]}
    intercom.fault(faults.status(404, missing), match=lambda request: request.path == f"/conversations/{gone}")
    run(database, "full", "conversation")
    assert value(database, "select count(*) from supasaasy.intercom_conversation_parts") == 1


@both_engines
def test_parts_are_read_in_rounds_of_sixteen(database: Database, intercom: IntercomProvider) -> None:
    intercom.add("conversation", 160, parts=5)
    sixteen_requests = threading.Barrier(16)

    def wait_for_the_others(exchange: Any) -> Any:
        sixteen_requests.wait(PATIENCE)
        return exchange.answer()

    intercom.fault(wait_for_the_others, match=of_one_conversation, times=None)
    run(database, "full", "conversation")
    assert counts(database) == (160, 800)


# Rate limit ------------------------------------------------------------------------------------------------------


@both_engines
def test_a_quota_that_is_told_in_headers_is_heeded(database: Database, intercom: IntercomProvider) -> None:
    intercom.quota = 40
    intercom.clock = clock_that_begins(0.99)
    intercom.add("conversation", 90)
    run(database, "full", "conversation")
    assert intercom.refused == 0


def clock_that_begins(fraction: float) -> Callable[[], float]:
    """The time, shifted so that it is this part of a second at the first look."""

    @cache
    def shift() -> float:
        return fraction - time.time() % 1

    return lambda: time.time() + shift()


# Webhooks --------------------------------------------------------------------------------------------------------


def test_a_ping_without_an_id_is_acknowledged(database: Database, intercom: IntercomProvider) -> None:
    ping = notification("ping", {"type": "ping", "message": "something something interzen"}, at=time.time())
    headers, body = signed(ping | {"id": None}, INTERCOM_SECRET)
    assert receive_as(database, APP, headers, body) == (200, {"success": True})
    assert value(database, "select count(*) from supasaasy.webhook_events") == 0


def test_another_event_without_an_id_is_refused(database: Database, intercom: IntercomProvider) -> None:
    headers, body = signed(notification("user.created", {"id": "1"}, at=time.time()) | {"id": None}, INTERCOM_SECRET)
    assert receive_as(database, APP, headers, body)[0] == 400


def test_a_ping_is_acknowledged(database: Database, intercom: IntercomProvider) -> None:
    assert tell(database, "ping", {"type": "ping", "message": "something something interzen"}) == (
        200,
        {"success": True},
    )
    assert value(database, "select status from supasaasy.webhook_events") == "ignored"


def test_a_fragment_changes_what_it_holds_and_leaves_the_rest(database: Database, intercom: IntercomProvider) -> None:
    [conversation] = intercom.add("conversation", 1)
    tell(database, "conversation.user.created", conversation | {"title": "Help"}, -10)
    tell(database, "conversation.admin.closed", {"type": "conversation", "id": conversation["id"], "state": "closed"})
    assert query(
        database, "select title, state, source_type, archived_at is not null from supasaasy.intercom_conversations"
    ) == [("Help", "closed", "conversation", True)]


def test_fragments_that_are_applied_together_add_up(database: Database, intercom: IntercomProvider) -> None:
    [conversation] = intercom.add("conversation", 1)
    for at, item in (
        (0, conversation),
        (2, {"id": conversation["id"], "state": "snoozed"}),
        (1, {"id": conversation["id"], "title": "Help", "state": "open"}),
    ):
        headers, body = signed(notification("conversation.read", item, at=time.time() - 100 + at), INTERCOM_SECRET)
        assert receive_as(database, APP, headers, body)[0] == 200
    run_worker(database)
    assert query(database, "select title, state, source_type from supasaasy.intercom_conversations") == [
        ("Help", "snoozed", "conversation")
    ]


def test_a_late_fragment_in_a_batch_takes_nothing_back(database: Database, intercom: IntercomProvider) -> None:
    [conversation] = intercom.add("conversation", 1)
    tell(database, "conversation.read", conversation | {"title": "newer"}, -50)
    for seconds, item in ((-60, {"title": "older"}), (-40, {"state": "snoozed"})):
        told = notification("conversation.read", {"id": conversation["id"]} | item, at=time.time() + seconds)
        headers, body = signed(told, INTERCOM_SECRET)
        assert receive_as(database, APP, headers, body)[0] == 200
    run_worker(database)
    assert query(database, "select title, state from supasaasy.intercom_conversations") == [("newer", "snoozed")]


def test_parts_in_the_event_of_a_conversation_are_stored_and_none_is_deleted(
    database: Database, intercom: IntercomProvider
) -> None:
    [conversation] = intercom.add("conversation", 1, parts=2)
    run(database, "full", "conversation")
    part = intercom.reply(conversation["id"])
    tell(database, "conversation.admin.replied", intercom.with_parts(conversation, [part]), 5)
    assert value(database, "select count(*) from supasaasy.intercom_conversation_parts") == 3


@pytest.mark.parametrize("item", [{"type": "user_tag", "user": {"id": "k1"}, "tag": {"id": "t1"}}, {"type": "contact"}])
def test_a_fragment_that_names_no_object_is_set_aside(
    database: Database, intercom: IntercomProvider, item: dict[str, Any]
) -> None:
    assert tell(database, "user.tag.created", item)[0] == 200
    assert query(database, "select status, error_message from supasaasy.webhook_events") == [
        ("ignored", "it carries no object with an id")
    ]


# Configuration ---------------------------------------------------------------------------------------------------


def configured(**config: Any) -> Config:
    app = {"app_key": "i", "name": "i", "connector": "intercom", "config": {"api_key_env": "KEY"} | config}
    return define_config({"apps": [app]})


def test_a_region_is_a_base_url() -> None:
    assert configured(region="eu").apps[0].settings()["base_url"] == "https://api.eu.intercom.io"
    assert "base_url" not in configured().apps[0].settings()
    assert CONNECTORS_CONFIG.apps[0].settings()["base_url"] == "http://127.0.0.1:1"


def test_an_unknown_region_is_refused() -> None:
    with pytest.raises(ConfigError, match=r"apps\[0\]\.config\.region: unknown region 'eo' \(valid: au, eu, us\)"):
        configured(region="eo")
