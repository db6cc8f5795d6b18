"""What every connector promises to `supasaasy doctor`."""

from __future__ import annotations

from tests.conformance.subjects import Subject
from tests.conftest import Database
from tests.support import value


def test_a_probe_is_one_request_that_takes_no_sync_s_place_and_says_why_a_key_is_refused(
    database: Database, subject: Subject
) -> None:
    probe = "select supasaasy._probe(%s)"
    database.execute("update supasaasy.apps set resources = array_remove(resources, 'admin')")
    assert value(database, probe, subject.app_key) == ""
    [request] = subject.provider.requests
    assert "scroll" not in request.target
    subject.provider.api_key = "another"
    assert "the provider answered 401: " in value(database, probe, subject.app_key)
