"""What is Notion's own: search that may leave things out, events that only name their object, the handshake."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.providers.notion import NotionProvider, event, signed
from tests.support import NOTION_KEY, NOTION_SECRET, point_app_at, query, receive_as, sync, value
from tests.webhooks.support import enable_logging

APP = "notion_prod"


@pytest.fixture
def notion(database: Database) -> Iterator[NotionProvider]:
    with NotionProvider(api_key=NOTION_KEY) as provider:
        point_app_at(database, provider.url, APP)
        yield provider


def run(database: Database, mode: str) -> Any:
    status = sync(database, mode, ["page"], APP)
    assert (status["status"], status["error_message"]) == ("completed", None)
    return status["tasks"][0]


def pages(database: Database) -> list[Any]:
    return query(
        database,
        "select external_id, archived_at is not null, deleted_at is not null from supasaasy.notion_page order by 1",
    )


def later(notion: NotionProvider) -> None:
    notion.clock = lambda: time.time() + 60


# Search ----------------------------------------------------------------------------------------------------------


def test_of_many_pages_only_those_are_read_that_were_edited_since(database: Database, notion: NotionProvider) -> None:
    notion.add("page", 450)
    run(database, "full")
    edited = notion.update("page", notion.objects("page")[7]["id"], url="https://www.notion.so/moved")
    notion.requests.clear()
    task = run(database, "incremental")
    assert (task["mode"], task["processed_entities"], len(notion.requests)) == ("incremental", 100, 1)
    assert value(database, "select url from supasaasy.notion_pages where external_id = %s", edited["id"]) == (
        "https://www.notion.so/moved"
    )


def test_what_search_leaves_out_is_fetched_by_its_id_before_it_counts_as_gone(
    database: Database, notion: NotionProvider
) -> None:
    there, trashed, erased, _ = (item["id"] for item in notion.add("page", 4))
    run(database, "full")
    notion.unsearchable.add(there)
    notion.delete("page", trashed)
    notion.erase("page", erased)
    later(notion)
    notion.requests.clear()
    run(database, "full")
    assert pages(database)[:3] == [(there, False, False), (trashed, True, False), (erased, False, True)]
    assert sorted(request.path for request in notion.requests if request.method == "GET") == [
        f"/v1/pages/{there}",
        f"/v1/pages/{trashed}",
        f"/v1/pages/{erased}",
    ]


def test_what_is_in_the_trash_is_not_asked_for_again(database: Database, notion: NotionProvider) -> None:
    [page] = notion.add("page", 1)
    run(database, "full")
    notion.delete("page", page["id"])
    for _ in range(2):
        later(notion)
        notion.requests.clear()
        run(database, "full")
    assert [request.method for request in notion.requests] == ["POST"]


def test_a_page_that_comes_back_from_the_trash_is_archived_no_longer(
    database: Database, notion: NotionProvider
) -> None:
    [page] = notion.add("page", 1, in_trash=True)
    assert tell(database, event("page.deleted", "page", page["id"], at=time.time())) == 200
    assert pages(database) == [(page["id"], True, False)]
    notion.update("page", page["id"], in_trash=False)
    later(notion)
    run(database, "full")
    assert pages(database) == [(page["id"], False, False)]


# Webhooks --------------------------------------------------------------------------------------------------------


def tell(database: Database, told: Any) -> int:
    headers, body = signed(told, NOTION_SECRET)
    status = receive_as(database, APP, headers, body)[0]
    database.execute("call supasaasy.run_worker()")
    return status


def test_of_an_event_the_object_is_fetched(database: Database, notion: NotionProvider) -> None:
    [source] = notion.add("data_source", 1)
    assert tell(database, event("data_source.schema_updated", "data_source", source["id"], at=time.time())) == 200
    assert query(database, "select title, database_id from supasaasy.notion_data_sources") == [
        (source["title"][0]["plain_text"], source["parent"]["database_id"])
    ]


@pytest.mark.parametrize(("event_type", "kind"), [("comment.created", "comment"), ("database.created", "database")])
def test_an_event_of_what_is_not_synced_is_ignored(
    database: Database, notion: NotionProvider, event_type: str, kind: str
) -> None:
    assert tell(database, event(event_type, kind, "1", at=time.time())) == 200
    assert value(database, "select status from supasaasy.webhook_events") == "ignored"
    assert notion.requests == []


# The handshake ---------------------------------------------------------------------------------------------------

TOKEN = json.dumps({"verification_token": "secret_tMrlL1qK5vuQAh1b6cZGhFChZTSYJlce98V0pYn7yBl"})


def test_the_token_that_opens_a_subscription_is_acknowledged_and_stands_in_the_log(
    database: Database, notion: NotionProvider
) -> None:
    enable_logging(database)
    database.execute('update supasaasy.apps set config = config || \'{"webhook_secret_env": "NOT_YET_KNOWN"}\'')
    assert receive_as(database, APP, {"Content-Type": "application/json"}, TOKEN) == (200, {"success": True})
    assert query(database, "select request_body, error_message from supasaasy.webhook_logs") == [
        (
            TOKEN,
            "verification_token is the secret that the provider will sign with: store it as NOT_YET_KNOWN, "
            "and confirm it there",
        )
    ]
    assert value(database, "select count(*) from supasaasy.webhook_events") == 0


@pytest.mark.parametrize("app_key", ["stripe_prod", "intercom_prod"])
def test_no_other_provider_is_answered_so(database: Database, notion: NotionProvider, app_key: str) -> None:
    assert receive_as(database, app_key, {}, TOKEN)[0] == 400
