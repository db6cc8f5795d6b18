"""The worker of the double of pg_net: it sends what is queued, over HTTP, when a test says so."""

from __future__ import annotations

import json
import urllib.error
import urllib.request

from tests.conftest import Database

_ANSWER = (
    "insert into net._http_response (id, status_code, content, timed_out, error_msg) values (%s, %s, %s, false, %s)"
)


def post_requests(database: Database) -> int:
    """Send every request that is committed, and record the answers. Returns how many were sent."""
    sent = database.execute(
        "select id, url, headers, body, timeout_milliseconds from net.http_request_queue"
    ).fetchall()
    for number, url, headers, body, timeout in sent:
        database.execute("delete from net.http_request_queue where id = %s", (number,))
        database.execute(_ANSWER, (number, *_post(url, headers, body, timeout / 1000)))
    return len(sent)


def _post(url: str, headers: dict[str, str], body: bytes, timeout: float) -> tuple[int | None, str | None, str | None]:
    """Status, content, and why there is none; the answer's body is text as pg_net keeps it."""
    json.loads(body)
    try:
        with urllib.request.urlopen(urllib.request.Request(url, body, headers), timeout=timeout) as answer:
            return answer.status, answer.read().decode(), None
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), None
    except OSError:
        return None, None, "Couldn't connect to server"
