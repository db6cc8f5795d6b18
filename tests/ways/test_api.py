"""Syncs, jobs and the worker over HTTP: the URLs, methods, JSON and status codes of SupaSaaSy's Edge Functions."""

from __future__ import annotations

import json
from typing import Any

from tests.conftest import Database
from tests.providers.stripe import StripeProvider
from tests.support import value
from tests.ways.conftest import Answer, Front, admin


def post(front: Front, path: str, **body: Any) -> Answer:
    return front("POST", path, json.dumps(body).encode(), admin())


def test_a_sync_is_started_worked_through_and_watched(front: Front, stripe: StripeProvider) -> None:
    stripe.add("customer", 3)
    started = post(front, "/functions/v1/sync", app_key="stripe_prod", mode="full", resource_types=["customer"])
    job_id = started.body["job_id"]
    assert (started.status, started.body) == (
        200,
        {
            "success": True,
            "job_id": job_id,
            "app_key": "stripe_prod",
            "mode": "full",
            "status": "pending",
            "total_tasks": 1,
            "resource_types": ["customer"],
        },
    )

    worked = post(front, "/functions/v1/worker", job_id=job_id)
    assert (worked.status, worked.body.pop("duration_ms") >= 0) == (200, True)
    assert worked.body == {"success": True, "tasks_processed": 1, "jobs_completed": [job_id]}

    shown = front("GET", f"/functions/v1/job-status/{job_id}", headers=admin())
    assert (shown.status, shown.body["status"], shown.body["processed_entities"]) == (200, "completed", 3)
    assert "tasks" not in shown.body
    detailed = front("GET", f"/functions/v1/job-status/{job_id}?include_tasks=true", headers=admin())
    [task] = detailed.body["tasks"]
    fields = ("resource_type", "status", "entity_count", "error_message")
    assert [task[field] for field in fields] == ["customer", "completed", 3, None]


def test_a_sync_can_be_run_in_the_call(front: Front, stripe: StripeProvider) -> None:
    stripe.add("product", 2)
    answer = post(front, "/sync", app_key="stripe_prod", mode="full", resource_types=["product"], immediate=True)
    assert (answer.status, answer.body["success"], answer.body["total_created"]) == (200, True, 2)
    [collection] = answer.body["collections"]
    fields = ("collection_key", "created", "updated", "deleted", "errors", "error_messages")
    assert [collection[field] for field in fields] == ["stripe_product", 2, 0, 0, 0, []]


def test_a_worker_without_a_body_takes_any_task(front: Front) -> None:
    answer = front("POST", "/worker", headers=admin())
    assert (answer.status, answer.body["tasks_processed"], answer.body["jobs_completed"]) == (200, 0, [])


WRONG_SYNCS = [
    (b"{", 400, "invalid input syntax for type json"),
    (b"[]", 400, "cannot call populate_composite on an array"),
    (b"\xff", 400, "The body is not text in UTF-8"),
    (b'{"app_key": "\\u0000"}', 400, "unsupported Unicode escape sequence"),
    (b"{}", 400, "unknown app: null"),
    (b'{"app_key": "nobody"}', 404, "unknown app: 'nobody'"),
    (b'{"app_key": "stripe_prod", "mode": "half"}', 400, "unknown mode: 'half'"),
    (b'{"app_key": "stripe_prod", "resource_types": ["invoice"]}', 400, "unknown resource type: 'invoice'"),
    (b'{"app_key": "stripe_prod", "resource_types": "customer"}', 400, 'malformed array literal: "customer"'),
    (b'{"app_key": "stripe_prod", "immediate": "perhaps"}', 400, 'invalid input syntax for type boolean: "perhaps"'),
]


def test_what_is_wrong_with_a_sync_is_said(front: Front) -> None:
    for body, status, error in WRONG_SYNCS:
        answer = front("POST", "/sync", body, admin())
        assert (answer.status, answer.body["success"], answer.body["error"]) == (status, False, error)


def test_a_hint_says_what_is_valid(front: Front) -> None:
    answer = post(front, "/sync", app_key="nobody")
    assert answer.body["hint"] == "The apps are 'stripe_prod'."


def test_an_unknown_job_is_not_found(front: Front) -> None:
    for job_id, status in (("6de155d4-0a5b-4061-a691-02023462dca1", 404), ("6de155d4", 400), ("%00", 400)):
        answer = front("GET", f"/job-status/{job_id}", headers=admin())
        assert (job_id, answer.status, answer.body["success"]) == (job_id, status, False)


def test_nothing_is_done_without_the_admin_key(front: Front, database: Database) -> None:
    calls = [("POST", "/sync"), ("POST", "/worker"), ("GET", "/job-status/6de155d4-0a5b-4061-a691-02023462dca1")]
    for method, path in calls:
        body = b'{"app_key": "stripe_prod"}' if method == "POST" else b""
        for headers in ({}, admin(""), admin("wrong"), admin("admin-key-of-the-testz"), {"Authorization": "Basic x"}):
            answer = front(method, path, body, headers)
            assert (answer.status, answer.body) == (
                401,
                {"success": False, "error": "Unauthorized: invalid or missing API key"},
            )
    assert value(database, "select count(*) from supasaasy.sync_jobs") == 0


def test_other_methods_are_not_allowed(front: Front) -> None:
    for method, path, allowed in (
        ("GET", "/webhook/stripe_prod", "HEAD, POST"),
        ("OPTIONS", "/webhook/stripe_prod", "HEAD, POST"),
        ("GET", "/sync", "POST"),
        ("DELETE", "/worker", "POST"),
    ):
        answer = front(method, path, headers=admin())
        assert (answer.status, answer.body) == (405, {"success": False, "error": "Method not allowed"})
        assert answer.headers["allow"] == allowed
        assert "access-control-allow-origin" not in answer.headers


def test_no_internal_error_leaves_it(front: Front, database: Database) -> None:
    database.execute("alter table supasaasy.sync_jobs rename column max_attempts to gone")
    answer = post(front, "/sync", app_key="stripe_prod")
    assert (answer.status, answer.body) == (500, {"success": False, "error": "Internal server error"})
