"""Reading a page of a list without parsing most of it: paging asks for the first and the last object only."""

from __future__ import annotations

import json
import re
from typing import Any

from .http import parse_json

MAX_BRACES = 100  # that are tried as the beginning of the last object; one in a text costs a look at the whole page
_STRING = r'"(?:[^"\\]|\\.)*"'
_MEMBER = rf"{_STRING}\s*:\s*(?:{_STRING}|[-+.\w]+)"  # of an object, with a scalar value
_TAIL = re.compile(rf"\s*\](?:\s*,\s*{_MEMBER})*\s*\}}\s*")
_decode = json.JSONDecoder().raw_decode


class Skim:
    """Parses the pages of a list; between the first and the last object, it leaves out the others.

    For answers that hold the list and scalars, and nothing else: such a text ends with the last object, "]", scalars
    and "}". No other "{" is followed by that: further inside, a bracket more would have to be closed, and in a string,
    a quote.
    """

    def __init__(self, key: str) -> None:
        self._head = re.compile(rf"\s*\{{\s*(?:{_MEMBER}\s*,\s*)*{re.escape(json.dumps(key))}\s*:\s*\[\s*(?=\{{)")

    def __call__(self, text: str) -> Any:
        """The document. Raises ValueError when it is not JSON, if that shows in what is read."""
        return parse_json(self._shorten(text) or text)

    def _shorten(self, text: str) -> str | None:
        """The text with only two objects in its list; None where they cannot be told without parsing all."""
        head = self._head.match(text)
        if head is None:
            return None
        _, end_of_first = _decode(text, head.end())
        start = len(text)
        for _ in range(MAX_BRACES):
            start = text.rfind("{", end_of_first, start)
            if start < 0:
                return None
            try:
                _, end = _decode(text, start)
            except ValueError:  # a brace in a string
                continue
            if _TAIL.fullmatch(text, end):
                return f"{text[:end_of_first]},{text[start:]}"
        return None
