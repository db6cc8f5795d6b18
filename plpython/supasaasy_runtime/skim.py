"""Reading a page of a list without parsing most of it: paging asks for the first and the last object only."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass
from typing import Any

from .http import parse_json

MAX_BRACES = 100  # that are tried as the beginning of the last object; one in a text costs a look at the whole page
_STRING = r'"(?:[^"\\]|\\.)*"'
_MEMBER = rf"{_STRING}\s*:\s*(?:{_STRING}|[-+.\w]+)"  # of an object, with a scalar value
_TAIL = re.compile(rf"\s*\](?:\s*,\s*{_MEMBER})*\s*\}}\s*")
_COMMA = re.compile(r"\s*,\s*")
_decode = json.JSONDecoder().raw_decode


@dataclass(frozen=True)
class Objects:
    """The objects of a page, each by its own text; three lists of one length."""

    texts: list[str]
    ids: list[str]  # as they stand in the texts
    digests: list[str]  # of the texts, as SQL writes a uuid

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def joined(cls, pages: Sequence[Objects]) -> Objects:
        return cls(
            [text for page in pages for text in page.texts],
            [id_ for page in pages for id_ in page.ids],
            [digest for page in pages for digest in page.digests],
        )

    def are_json(self) -> bool:
        """Whether each text is a document, and none a part of one."""
        try:
            for text in self.texts:
                parse_json(text)
        except ValueError:
            return False
        return True

    def without(self, ids: Set[str]) -> Objects:
        kept = [position for position, id_ in enumerate(self.ids) if id_ not in ids]
        return Objects(*([values[position] for position in kept] for values in (self.texts, self.ids, self.digests)))


def digest(text: str) -> str:
    """Half of the SHA-256 of a text: what has the same digest is the same text."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


class Skim:
    """Parses the pages of a list; between the first and the last object, it leaves out the others.

    For answers that hold the list and scalars, and nothing else: such a text ends with the last object, "]", scalars
    and "}". No other "{" is followed by that: further inside, a bracket more would have to be closed, and in a string,
    a quote. A page in which an object has one of the `flags` set is parsed whole.
    """

    def __init__(self, key: str, id_path: Sequence[str] = ("id",), flags: Iterable[str] = ()) -> None:
        self._head = re.compile(rf"\s*\{{\s*(?:{_MEMBER}\s*,\s*)*{re.escape(json.dumps(key))}\s*:\s*\[\s*(?=\{{)")
        into_id = r"\{\s*".join(rf"{re.escape(json.dumps(key))}\s*:\s*" for key in id_path)
        self._opening = re.compile(rf'\{{\s*{into_id}"')

        names = "|".join(re.escape(json.dumps(flag)) for flag in dict.fromkeys(flags))
        self._flagged = re.compile(rf"(?:{names})\s*:\s*true") if names else None

    def __call__(self, text: str) -> Any:
        """The document. Raises ValueError when it is not JSON, if that shows in what is read."""
        return parse_json(self._shorten(text) or text)

    def _shorten(self, text: str) -> str | None:
        """The text with only two objects in its list; None where they cannot be told without parsing all."""
        bounds = self._bounds(text)
        if bounds is None or (self._flagged and self._flagged.search(text, bounds[0], bounds[3])):
            return None
        _, end_of_first, start_of_last, _ = bounds
        return f"{text[:end_of_first]},{text[start_of_last:]}" if start_of_last >= end_of_first else text

    def split(self, text: str) -> Objects | None:
        """The objects of a list in which all begin with their id, and alike; None where they do not.

        The text is cut wherever an object may begin. That this was in the middle of one shows in its parts: not all of
        them are JSON.
        """
        bounds = self._bounds(text)
        opening = bounds and self._opening.match(text, bounds[0])
        if not (bounds and opening):
            return None
        comma = _COMMA.match(text, bounds[1])
        rests = [text[opening.end() : bounds[3]]]
        if comma:
            rests = rests[0].split(comma[0] + opening[0])
        texts = [opening[0] + rest for rest in rests]
        return Objects(texts, [rest.partition('"')[0] for rest in rests], [digest(text) for text in texts])

    def _bounds(self, text: str) -> tuple[int, int, int, int] | None:
        """Start and end of the list's first object, and of its last; None where they cannot be told."""
        head = self._head.match(text)
        if head is None:
            return None
        _, end_of_first = _decode(text, head.end())
        if _TAIL.fullmatch(text, end_of_first):  # there is but one
            return head.end(), end_of_first, head.end(), end_of_first
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
                return head.end(), end_of_first, start, end
        return None
