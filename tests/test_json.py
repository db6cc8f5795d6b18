"""Reading JSON never fails: what does not fit is null."""

from __future__ import annotations

from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

import pytest

from tests.conftest import Database

MAX = 9223372036854775807


@pytest.mark.parametrize(
    ("helper", "value", "expected"),
    [
        ("json_text", '"a"', "a"),
        ("json_text", '""', ""),
        ("json_text", "42", None),
        ("json_text", '{"a": 1}', None),
        ("json_text", "null", None),
        ("json_reference", '"cus_1"', "cus_1"),
        ("json_reference", '{"id": "cus_1", "name": "A"}', "cus_1"),
        ("json_reference", '{"name": "A"}', None),
        ("json_reference", "7", None),
        ("json_bigint", "42", 42),
        ("json_bigint", '"42"', 42),
        ("json_bigint", "42.0", 42),
        ("json_bigint", str(MAX), MAX),
        ("json_bigint", str(-MAX - 1), -MAX - 1),
        ("json_bigint", str(MAX + 1), None),
        ("json_bigint", "1.5", None),
        ("json_bigint", "1e400", None),
        ("json_bigint", '"x"', None),
        ("json_bigint", "true", None),
        ("json_integer", "2147483647", 2147483647),
        ("json_integer", "2147483648", None),
        ("json_numeric", "1.10", Decimal("1.10")),
        ("json_numeric", '"0.000000000001"', Decimal("0.000000000001")),
        ("json_numeric", '"1,5"', None),
        ("json_numeric", '"NaN"', None),
        ("json_boolean", "true", True),
        ("json_boolean", '"true"', None),
        ("json_boolean", "0", None),
        ("json_timestamp", "1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=timezone.utc)),
        ("json_timestamp", '"2024-02-29T12:00:00+02:00"', datetime(2024, 2, 29, 10, tzinfo=timezone.utc)),
        ("json_timestamp", '"2024-02-29T12:00:00.25Z"', datetime(2024, 2, 29, 12, 0, 0, 250000, timezone.utc)),
        ("json_timestamp", '"2024-02-30T12:00:00Z"', None),
        ("json_timestamp", '"2024-02-29T12:00:00"', None),
        ("json_timestamp", '"tomorrow"', None),
        ("json_timestamp", "1e30", None),
        ("json_timestamp", "1e-400", datetime(1970, 1, 1, tzinfo=timezone.utc)),
        ("json_value", '{"a": null}', {"a": None}),
        ("json_value", "null", None),
    ],
)
def test_a_value_that_fits_is_read_and_any_other_is_null(
    database: Database, helper: str, value: str, expected: Any
) -> None:
    row = database.execute(f"select supasaasy.{helper}(%s::jsonb)".encode(), (value,)).fetchone()
    assert row == (expected,)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r'{"a": "x\u0000y"}', {"a": "xy"}),
        (r'{"a": "\u0000\u0000"}', {"a": ""}),
        (r'{"a": "\\u0000"}', {"a": r"\u0000"}),
        (r'{"a": "\\\u0000"}', {"a": "\\"}),
        (r'{"a": "\ud83d\ude00"}', {"a": "😀"}),
        (r'{"a": "\ud83d"}', {"a": "\ufffd"}),
        (r'{"a": "\ude00!"}', {"a": "\ufffd!"}),
        (r'{"a": "\ud83d\u0041"}', {"a": "\ufffdA"}),
    ],
)
def test_text_that_jsonb_refuses_is_cleaned_and_nothing_else_is(database: Database, text: str, expected: Any) -> None:
    assert database.execute("select supasaasy._parse_json(%s)", (text,)).fetchone() == (expected,)
