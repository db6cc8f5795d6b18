"""What can go wrong between a provider and its client, as actions for `Provider.fault`."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlencode

from tests.providers.server import Action, Exchange, Request, Response

MIB = 1024 * 1024


def status(code: int, body: Any = None, headers: Mapping[str, str] | None = None) -> Action:
    """An error of the provider; the body is Stripe's for errors unless given."""
    document = body or {"error": {"type": _error_type(code), "message": f"The provider double answers {code}."}}
    return lambda exchange: Response.json(code, document, headers)


def rate_limit(retry_after: int | None = None, reason: str = "endpoint-rate") -> Action:
    """Stripe's 429, which usually carries no Retry-After."""
    headers = {"Stripe-Rate-Limited-Reason": reason}
    if retry_after is not None:
        headers["Retry-After"] = str(retry_after)
    return status(
        429, {"error": {"type": "invalid_request_error", "code": "rate_limit", "message": "Slow down."}}, headers
    )


def redirect(url: str, code: int = 302) -> Action:
    return lambda exchange: Response(code, b"", {"Location": url})


def refuse_created_filter() -> Action:
    """400 to any filter by creation time, as localstripe answers; other requests are answered as usual."""

    def action(exchange: Exchange) -> Response:
        refused = next((name for name in exchange.request.query if name.startswith("created")), None)
        if refused is None:
            return exchange.answer()
        return Response.json(400, {"error": {"type": "invalid_request_error", "message": f"Unexpected {refused}"}})

    return action


# Bodies that are not what they should be -------------------------------------------------------------------------


def raw(body: bytes, content_type: str = "application/json") -> Action:
    return lambda exchange: Response(200, body, {"Content-Type": content_type})


def html(code: int = 200) -> Action:
    """The page of a proxy or of a maintenance window."""
    body = b"<!DOCTYPE html><html><head><title>Be right back</title></head><body><h1>Maintenance</h1></body></html>"
    return lambda exchange: Response(code, body, {"Content-Type": "text/html; charset=utf-8"})


def rewritten(change: Callable[[dict[str, Any]], Any]) -> Action:
    """The healthy answer after `change`, which returns the document to send in its place."""

    def action(exchange: Exchange) -> Response:
        healthy = exchange.answer(uncompressed(exchange))
        return Response.json(healthy.status, change(json.loads(healthy.body)))

    return action


def empty_page_has_more() -> Action:
    return rewritten(lambda page: page | {"data": [], "has_more": True})


def missing_data() -> Action:
    return rewritten(lambda page: {key: value for key, value in page.items() if key != "data"})


def data_not_list() -> Action:
    return rewritten(lambda page: page | {"data": {"first": page["data"]}})


def repeated_page() -> Action:
    """The first page with more to come, whatever the cursor: a client that trusts it never ends."""

    def action(exchange: Exchange) -> Response:
        path, _, query = exchange.request.target.partition("?")
        without_cursor = [(name, value) for name, value in parse_qsl(query) if name != "starting_after"]
        first = replace(uncompressed(exchange), target=f"{path}?{urlencode(without_cursor)}")
        healthy = exchange.answer(first)
        return Response.json(healthy.status, healthy.document() | {"has_more": True})

    return action


def truncated_json() -> Action:
    """Half of the document, sent as if it were whole."""

    def action(exchange: Exchange) -> Response:
        healthy = exchange.answer(uncompressed(exchange))
        return replace(healthy, body=healthy.body[: len(healthy.body) // 2])

    return action


def gzip_bomb(size: int = 72 * MIB) -> Action:
    """A small body that unpacks to `size` bytes."""
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    return lambda exchange: Response(200, _packed_spaces(size), headers)


# Connections that do not hold ------------------------------------------------------------------------------------


def truncated_body() -> Action:
    """The connection is closed half way through the body."""

    def action(exchange: Exchange) -> None:
        exchange.connection.sendall(_first_half(exchange))

    return action


def connection_reset() -> Action:
    """The connection is reset half way through the body."""

    def action(exchange: Exchange) -> None:
        exchange.connection.sendall(_first_half(exchange))
        exchange.reset()

    return action


def hang(seconds: float | None = None) -> Action:
    """No answer until the time is over or the fault is released; then the healthy one."""

    def action(exchange: Exchange) -> Response:
        exchange.wait(seconds)
        return exchange.answer()

    return action


def drip(bytes_per_second: float = 1) -> Action:
    """The head at once, then the body byte by byte."""

    def action(exchange: Exchange) -> None:
        healthy = exchange.answer()
        with suppress(OSError):  # the client has had enough
            exchange.connection.sendall(exchange.head(healthy))
            for position in range(len(healthy.body)):
                if exchange.released:
                    return
                exchange.connection.sendall(healthy.body[position : position + 1])
                exchange.wait(1 / bytes_per_second)

    return action


def _error_type(code: int) -> str:
    return "invalid_request_error" if code < 500 else "api_error"


def uncompressed(exchange: Exchange) -> Request:
    """The request of a client that takes no gzip, for actions that change the answer's bytes."""
    headers = {name: value for name, value in exchange.request.headers.items() if name != "accept-encoding"}
    return replace(exchange.request, headers=headers)


def _first_half(exchange: Exchange) -> bytes:
    healthy = exchange.answer()
    return exchange.head(healthy) + healthy.body[: len(healthy.body) // 2]


@lru_cache(maxsize=1)
def _packed_spaces(size: int) -> bytes:
    packer = zlib.compressobj(wbits=31)
    spaces = b" " * MIB
    packed = [packer.compress(spaces) for _ in range(size // MIB)]
    return b"".join([*packed, packer.flush()])
