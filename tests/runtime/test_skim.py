"""Reading only the first and the last object of a page."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from supasaasy_runtime.skim import Skim, digest

skim = Skim("data")


def test_a_page_has_its_first_and_last_object_and_all_that_stands_beside_the_list() -> None:
    page: dict[str, Any] = {"object": "list"}
    page |= {"data": [{"id": "a", "n": {"id": "x"}}, {"id": "b"}, {"id": "c", "n": [{}, {"id": "y"}]}]}
    page |= {"has_more": False, "next": 'a "quoted" \\ text]}', "total": 1.5e3}
    page_read = page | {"data": [{"id": "a", "n": {"id": "x"}}, {"id": "c", "n": [{}, {"id": "y"}]}]}
    assert skim(json.dumps(page)) == page_read
    assert skim(json.dumps(page, indent=2)) == page_read
    assert skim(json.dumps(page, separators=(",", ":"))) == page_read


@pytest.mark.parametrize("objects", [[], [{"id": "a"}], [{"id": "a"}, {"id": "b"}], ["a", "b", "c"], [1, {}, {}], None])
def test_a_list_that_is_short_or_holds_no_objects_is_read_whole(objects: Any) -> None:
    assert skim(json.dumps({"data": objects, "has_more": True})) == {"data": objects, "has_more": True}


def test_a_page_with_very_many_braces_in_a_text_is_read_whole() -> None:
    page = {"data": [{"id": "a"}, {"id": "b"}, {"id": "c", "text": '{"k":1} ' * 101}]}
    assert skim(json.dumps(page)) == page


@pytest.mark.parametrize(
    ("middle", "is_whole"),
    [
        ({"more": True}, True),
        ({"more": False}, False),
        ({"text": '"more": true'}, False),
        ({"n": [{"more": True}]}, True),
    ],
    ids=["set", "not set", "a text", "further inside"],
)
def test_a_page_in_which_an_object_has_a_flag_set_is_read_whole(middle: Any, is_whole: bool) -> None:
    page = {"more": True, "data": [{"id": "a"}, middle, {"id": "c"}], "more ": True}
    left_out = {"data": [{"id": "a"}, {"id": "c"}]}
    for layout in ({}, {"indent": 2}, {"separators": (",", ":")}):
        assert Skim("data", flags=["more"])(json.dumps(page, **layout)) == page | ({} if is_whole else left_out)


@pytest.mark.parametrize("text", ["", "<html>", '{"data": [{"id": "a"}, {"id": "b"}, {"id"', "[1, 2"])
def test_what_is_not_json_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        skim(text)


HOSTILE = st.text(alphabet='{}[]",:\\ a1', max_size=12)
VALUES = st.recursive(
    HOSTILE | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE, inner, max_size=3),
    max_leaves=6,
)


@given(st.lists(st.dictionaries(HOSTILE, VALUES, max_size=3), min_size=2, max_size=4), HOSTILE, st.booleans())
def test_no_text_in_an_object_is_mistaken_for_the_end_of_the_list(
    objects: list[Any], text: str, ascii_only: bool
) -> None:
    page = {"note": text, "data": objects, text + "!": text}
    assert skim(json.dumps(page, ensure_ascii=ascii_only)) == page | {"data": [objects[0], objects[-1]]}


@pytest.mark.parametrize(
    "layout", [{}, {"indent": 2}, {"separators": (",", ":")}], ids=["spaced", "indented", "compact"]
)
def test_a_page_is_cut_into_the_texts_of_its_objects(layout: Any) -> None:
    objects = [{"id": "a", "n": {"id": "x"}}, {"id": "b", "text": ', {"id": "c"'}, {"id": "é", "n": []}]
    cut = skim.split(json.dumps({"object": "list", "data": objects, "has_more": True}, ensure_ascii=False, **layout))
    assert cut is not None
    assert [json.loads(text) for text in cut.texts] == objects
    assert cut.ids == ["a", "b", "é"]
    assert cut.digests == [digest(text) for text in cut.texts]


def test_a_page_of_one_object_is_that_object() -> None:
    cut = skim.split('{"data": [{"id": "a", "n": [{"id": "x"}, {"id": "y"}]}], "has_more": false}')
    assert cut is not None
    assert (cut.texts, cut.ids) == (['{"id": "a", "n": [{"id": "x"}, {"id": "y"}]}'], ["a"])


def test_a_digest_is_half_of_the_sha_256() -> None:
    assert digest("é") == "4a99557e4033c3539de2eb65472017ca"


@pytest.mark.parametrize(
    "objects",
    [
        [{"name": "a", "id": "a"}, {"name": "b", "id": "b"}],
        [{"id": 1}, {"id": 2}],
    ],
    ids=["the id is not first", "the id is no text"],
)
def test_a_page_whose_objects_do_not_begin_with_their_id_is_not_cut(objects: Any) -> None:
    assert skim.split(json.dumps({"data": objects, "has_more": True})) is None


def test_an_id_may_be_further_inside() -> None:
    objects = [{"sys": {"id": name}, "text": name} for name in "abc"]
    cut = Skim("data", ["sys", "id"]).split(json.dumps({"data": objects}))
    assert cut is not None
    assert (cut.ids, [json.loads(text) for text in cut.texts]) == (["a", "b", "c"], objects)


@given(st.lists(st.dictionaries(HOSTILE, VALUES, max_size=3), min_size=2, max_size=4))
def test_objects_that_are_cut_wrongly_are_not_all_json(objects: list[Any]) -> None:
    objects = [{"id": "a"} | item for item in objects]
    cut = skim.split(json.dumps({"data": objects}, separators=(",", ":")))
    if cut is not None:
        with contextlib.suppress(ValueError):
            assert [json.loads(text) for text in cut.texts] == objects
