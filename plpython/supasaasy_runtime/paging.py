"""How the pages of a list follow one another: a small class for each kind that a declaration can name.

Pure. A strategy puts page size and cursor among the parameters of a request, and reads from an answer where the next
page is. Cursors are text, so that a checkpoint can hold them.
"""

from __future__ import annotations

from typing import Any, ClassVar
from urllib.parse import parse_qs, parse_qsl, urlsplit

from .http import ProviderError, Response, dig


class Paging:
    """One page, whole: kind `none`, and what the other kinds share."""

    resumable: ClassVar[bool] = True  # a cursor holds for a later worker, and leads to the same page again

    def __init__(self, declared: dict[str, Any]) -> None:
        self.declared = declared

    def place(self, parameters: dict[str, Any], cursor: str | None) -> dict[str, Any]:
        """The parameters of the request for the page at `cursor`; None is the first page."""
        if self.declared.get("limit_param"):
            put(parameters, self.declared["limit_param"], self.declared["page_size"])
        if cursor is not None:
            put(parameters, self.declared["cursor_param"], cursor)
        return parameters

    def is_taken(self, error: ProviderError) -> bool:
        """Whether an error says that somebody else reads the list, and that one must wait."""
        return False

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        """The cursor of the page after this one; None when this is the last. Raises ProviderError."""
        return None


class LastId(Paging):
    """The next page begins after the last object; a flag says whether there is one."""

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        if dig(response.document, self.declared["has_more"]) is not True:
            return None
        if not records:
            raise ProviderError("the provider answered an empty page and says that more follow", retryable=True)
        last_id = dig(records[-1], id_path)
        if not isinstance(last_id, str) or not last_id:
            raise ProviderError("the last object of a page has no id to page on from", retryable=True)
        return last_id


class BodyCursor(Paging):
    """The answer names the next page: by a cursor, or by an object or URL that holds one under the parameter's name."""

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        following = dig(response.document, self.declared["cursor"])
        name = self.declared["cursor_param"].split(".")[-1]
        if isinstance(following, dict):
            following = following.get(name)
        elif isinstance(following, str) and following.startswith(("http://", "https://")):
            following = parse_qs(urlsplit(following).query).get(name, [None])[0]
        elif following is None or following == "":
            return None
        if not isinstance(following, (str, int)) or following == "":
            raise ProviderError("the provider says that more pages follow, but not where", retryable=True)
        return str(following)


class Scroll(Paging):
    """The provider moves a cursor of its own with each answer; the end is an empty page."""

    resumable = False

    def is_taken(self, error: ProviderError) -> bool:
        return bool(error.code) and error.code == self.declared["exists"]

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        following = dig(response.document, self.declared["cursor"]) or cursor
        if not records:
            return None
        if not isinstance(following, str):
            raise ProviderError("the provider says that more pages follow, but not where", retryable=True)
        return following


class PageNumber(Paging):
    """Pages are numbered from 1; the last is the one that the answer counts, or else the first empty one."""

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        number = int(cursor or 1)
        total = dig(response.document, self.declared["total_pages"]) if self.declared["total_pages"] else None
        more = number < total if isinstance(total, int) else bool(records)
        return str(number + 1) if more else None


class LinkHeader(Paging):
    """The header `Link` holds the next page's URL. Only its query is used, so it cannot lead to another host."""

    def place(self, parameters: dict[str, Any], cursor: str | None) -> dict[str, Any]:
        return super().place(parameters, None) if cursor is None else dict(parse_qsl(cursor, keep_blank_values=True))

    def next(self, response: Response, records: list[Any], id_path: list[str], cursor: str | None) -> str | None:
        for link in response.headers.get("Link", "").split(","):
            target, *parameters = link.split(";")
            if any(parameter.strip().lower() in ('rel="next"', "rel=next") for parameter in parameters):
                return urlsplit(target.strip().strip("<>")).query
        return None


_KINDS: dict[str, type[Paging]] = {
    "none": Paging,
    "last_id": LastId,
    "cursor": BodyCursor,
    "scroll": Scroll,
    "page": PageNumber,
    "link": LinkHeader,
}


def make_paging(declared: dict[str, Any]) -> Paging:
    return _KINDS[declared["kind"]](declared)


def put(parameters: dict[str, Any], name: str, value: Any) -> None:
    """Set a parameter; dots in its name descend, as in a JSON body."""
    *parents, last = name.split(".")
    for parent in parents:
        parameters = parameters.setdefault(parent, {})
    parameters[last] = value
