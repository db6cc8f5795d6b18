"""What the HTTP front reads of a request, and the row that it asks the database for."""

from __future__ import annotations

import hmac
from typing import Any
from urllib.parse import parse_qsl

import anyio
from starlette.exceptions import HTTPException
from starlette.requests import Request

MAX_BODY = 2**23  # bytes; the most that an app's max_webhook_bytes can be
BODY_SECONDS = 30.0  # for a client to send its body


async def fetch_row(request: Request, query: str, *arguments: Any) -> tuple[Any, ...]:
    """The first row of a query, which is committed."""
    async with request.app.state.pool.connection() as connection:
        cursor = await connection.execute(query, arguments)
        row: tuple[Any, ...] = await cursor.fetchone()
        return row


def authorize(request: Request) -> None:
    """Raise HTTPException 401 unless the request presents the admin API key."""
    if not has_admin_key(request):
        raise HTTPException(401, "Unauthorized: invalid or missing API key", headers={"WWW-Authenticate": "Bearer"})


def has_admin_key(request: Request) -> bool:
    """Whether the bearer token is the admin API key."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return is_admin_key(request, token.strip()) and scheme.lower() == "bearer"


def is_admin_key(request: Request, key: str) -> bool:
    return hmac.compare_digest(key.encode(), request.app.state.admin_api_key.encode())


def joined_headers(request: Request) -> dict[str, str]:
    """By lower-case name; those that came more than once in one list, as HTTP reads them."""
    return {name: ", ".join(request.headers.getlist(name)) for name in request.headers}


async def read_body(request: Request) -> bytes:
    """The body, exactly. Raises HTTPException 408 and 413."""
    body = bytearray()
    size = 0
    try:
        with anyio.fail_after(BODY_SECONDS):
            async for chunk in request.stream():
                size += len(chunk)
                if size <= MAX_BODY:
                    body += chunk
                elif size > 4 * MAX_BODY:  # up to there it is read and dropped: who is still sending reads no answer
                    break
    except TimeoutError:
        raise HTTPException(408, "Request body too slow") from None
    if size > MAX_BODY:
        raise HTTPException(413, "Request body too large")
    return bytes(body)


def decode(body: bytes) -> str | None:
    """The body as text that Postgres can hold; None when it is none."""
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text


async def read_json(request: Request) -> str:
    """The body as text that SQL reads as JSON; {} when it is empty."""
    return await _read_text(request) or "{}"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form."""
    try:
        return dict(parse_qsl(await _read_text(request), max_num_fields=10))
    except ValueError:
        raise HTTPException(400, "The form has too many fields") from None


async def _read_text(request: Request) -> str:
    text = decode(await read_body(request))
    if text is None:
        raise HTTPException(400, "The body is not text in UTF-8")
    return text


def no_nul(text: str) -> str:
    """Text in Postgres holds no NUL, which %00 in a URL stands for."""
    return text.replace("\0", "\ufffd")
