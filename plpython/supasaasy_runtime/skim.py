"""Reading a page of a list without parsing most of it: paging asks for the first and the last object only."""

from __future__ import annotations

import json
import re
from typing import Any

_STRING = r'"(?:[^"\\]|\\.)*"'
_MEMBER = rf"{_STRING}\s*:\s*(?:{_STRING}|[-+.\w]+)"  # of an object, with a scalar value
_TAIL = re.compile(rf"\s*\](?:\s*,\s*{_MEMBER})*\s*\}}\s*")
_decode = json.JSONDecoder().raw_decode


class Skim:
    """Parses the pages of a list; between the first and the last object, it leaves out the others.

    The first page is parsed whole, and shows whether an answer holds nothing but scalars beside the list. If so, its
    text ends with the last object, "]", scalars and "}". No other "{" is followed by that: further inside, a bracket
    more would have to be closed, and in a string, a quote.
    """

    def __init__(self, key: str) -> None:
        self._key = key
        self._head = re.compile(rf"\s*\{{\s*(?:{_MEMBER}\s*,\s*)*{re.escape(json.dumps(key))}\s*:\s*\[\s*(?=\{{)")
        self._is_alone = False  # the list is the only member that is not a scalar

    def __call__(self, text: str) -> Any:
        """The document. Raises ValueError when it is not JSON, if that shows in what is read."""
        if self._is_alone and (short := self._shorten(text)):
            return json.loads(short)
        document = json.loads(text)
        self._is_alone = isinstance(document, dict) and not any(
            isinstance(value, (dict, list)) for key, value in document.items() if key != self._key
        )
        return document

    def _shorten(self, text: str) -> str | None:
        """The text with only two objects in its list; None where they cannot be told without parsing all."""
        head = self._head.match(text)
        if head is None:
            return None
        _, end_of_first = _decode(text, head.end())
        start = text.rfind("{", end_of_first)
        while start >= 0:
            try:
                _, end = _decode(text, start)
            except ValueError:  # a brace in a string
                end = start
            if _TAIL.fullmatch(text, end):
                return f"{text[:end_of_first]},{text[start:]}"
            start = text.rfind("{", end_of_first, start)
        return None
