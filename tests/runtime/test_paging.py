"""How pages follow one another, for each kind of pagination that a declaration can name."""

from __future__ import annotations

from datetime import datetime, timezone
from http.client import HTTPMessage
from typing import Any

import pytest

from supasaasy.spec import BodyCursor, LinkHeader, PageNumber, Pagination, Scroll, Unpaged, pagination_declaration
from supasaasy_runtime.http import ProviderError, Response
from supasaasy_runtime.paging import Paging, make_paging

RECORDS = [{"id": "a"}, {"id": "b"}]


def paging(declared: Pagination) -> Paging:
    return make_paging(pagination_declaration(declared))


def following(
    declared: Pagination, document: Any, records: list[Any] = RECORDS, cursor: str | None = None, link: str = ""
) -> str | None:
    """The cursor of the page after an answer."""
    headers = HTTPMessage()
    headers["Link"] = link
    response = Response("", document, datetime.now(timezone.utc), headers)
    return paging(declared).next(response, records, ["id"], cursor)


CURSOR = BodyCursor(cursor="pages.next", cursor_param="starting_after", limit_param="per_page", page_size=150)


@pytest.mark.parametrize(
    ("pages", "cursor"),
    [
        ({"next": "WzE2"}, "WzE2"),
        ({"next": {"page": 2, "starting_after": "WzE2"}}, "WzE2"),
        ({"next": "https://api.example.com/contacts?per_page=150&starting_after=WzE2"}, "WzE2"),
        ({"next": 7}, "7"),
        ({"next": None}, None),
        ({"next": ""}, None),
        ({}, None),
        (None, None),
    ],
)
def test_an_answer_names_its_next_page_as_text_as_an_object_or_as_a_url(pages: Any, cursor: str | None) -> None:
    assert following(CURSOR, {"pages": pages}) == cursor


@pytest.mark.parametrize("pages", [{"next": {"page": 2}}, {"next": "https://api.example.com/contacts"}, {"next": []}])
def test_a_next_page_that_is_not_named_is_an_error(pages: Any) -> None:
    with pytest.raises(ProviderError) as caught:
        following(CURSOR, {"pages": pages})
    assert str(caught.value) == "the provider says that more pages follow, but not where"


def test_the_cursor_stands_among_the_parameters() -> None:
    assert paging(CURSOR).place({}, None) == {"per_page": 150}
    assert paging(CURSOR).place({"a": "1"}, "WzE2") == {"a": "1", "per_page": 150, "starting_after": "WzE2"}


def test_dots_in_a_parameter_descend_into_a_body() -> None:
    search = BodyCursor("pages.next", "pagination.starting_after", "pagination.per_page", 150)
    assert paging(search).place({"query": {}}, "WzE2") == {
        "query": {},
        "pagination": {"per_page": 150, "starting_after": "WzE2"},
    }
    assert following(search, {"pages": {"next": {"starting_after": "WzE2"}}}) == "WzE2"


def test_a_scroll_ends_with_an_empty_page() -> None:
    scroll = Scroll("scroll_param", "scroll_param")
    assert following(scroll, {"scroll_param": "s1"}) == "s1"
    assert following(scroll, {"scroll_param": "s1"}, cursor="s1") == "s1"
    assert following(scroll, {"scroll_param": "s1"}, records=[], cursor="s1") is None


def test_a_numbered_page_ends_with_the_count_of_pages_or_an_empty_one() -> None:
    counted = PageNumber("page", total_pages="meta.pages")
    assert following(counted, {"meta": {"pages": 3}}) == "2"
    assert following(counted, {"meta": {"pages": 3}}, cursor="3") is None
    uncounted = PageNumber("page")
    assert following(uncounted, {}, cursor="3") == "4"
    assert following(uncounted, {}, records=[], cursor="4") is None


def test_a_link_header_is_followed_by_its_query_and_never_to_another_host() -> None:
    links = '<https://evil.example/x?page=1>; rel="prev", <https://evil.example/x?page=3&per_page=50>; rel="next"'
    link = LinkHeader("per_page", 50)
    assert following(link, {}, link=links) == "page=3&per_page=50"
    assert following(link, {}, link="") is None
    assert paging(link).place({"state": "all"}, None) == {"state": "all", "per_page": 50}
    assert paging(link).place({"state": "all"}, "page=3&per_page=50") == {"page": "3", "per_page": "50"}


def test_a_list_without_pages_ends_with_its_answer() -> None:
    assert following(Unpaged(), {}) is None
    assert paging(Unpaged()).place({"a": "1"}, None) == {"a": "1"}
