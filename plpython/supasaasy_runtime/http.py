"""HTTP/1.1 client: keep-alive, TLS verified, no redirects, every request bounded in time and size."""

from __future__ import annotations

import contextlib
import functools
import http.client
import io
import ipaddress
import json
import socket
import ssl
import threading
import time
import zlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from typing import Any, Callable
from urllib.parse import urlencode, urlsplit

CONNECT_TIMEOUT = 10.0  # seconds
MAX_BODY = 64 * 1024 * 1024  # bytes, decompressed
_CHUNK = 256 * 1024  # bytes: more than most pages have, so that an answer is read, and copied, in one piece
_TOLERANCE = 1.05  # how much longer than what is left of its time a request may wait


class ProviderError(Exception):
    """The provider did not give a usable answer. The message is safe to show: it holds no secret."""

    def __init__(
        self,
        message: str,
        *,
        retryable: bool,
        status: int = 0,
        code: str = "",
        retry_after: float = 0.0,
        observed_at: datetime | None = None,  # as of a Response; None where nothing was answered
    ) -> None:
        super().__init__(message)
        self.retryable = retryable
        self.status = status
        self.code = code
        self.retry_after = retry_after
        self.observed_at = observed_at


@dataclass(frozen=True)
class Request:
    """The path below the base URL and its query; with a body, a POST of that JSON."""

    path: str
    query: tuple[tuple[str, str | list[str]], ...] = ()  # a list: the parameter is repeated
    body: str | None = None


@dataclass(frozen=True)
class Response:
    """A successful JSON answer: the text for the database, the parsed document for paging."""

    text: str
    document: Any  # as far as it was parsed
    observed_at: datetime  # provider's clock when this was true, at the latest: see _observed_at
    headers: http.client.HTTPMessage = field(default_factory=http.client.HTTPMessage)


def _bound(sock: socket.socket, deadline: float) -> None:
    """Let what is done next with a socket give up at a deadline, or as little later as does not pay to be set anew:
    that is a call of the system, at which another thread takes Python's lock."""
    remaining = deadline - time.monotonic()
    if remaining <= 0:
        raise TimeoutError("deadline passed")
    if not remaining <= (sock.gettimeout() or 0.0) <= remaining * _TOLERANCE:
        sock.settimeout(remaining)


class _DeadlineReader(io.RawIOBase):
    """A socket's read side that gives up at a deadline, however slowly bytes drip in."""

    def __init__(self, sock: socket.socket, deadline: float) -> None:
        self._sock = sock
        self._deadline = deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        _bound(self._sock, self._deadline)
        return self._sock.recv_into(buffer)


class _DeadlineSocket:
    """What `http.client` needs of a socket, with every read bounded by the deadline of the request under way."""

    def __init__(self, sock: socket.socket) -> None:
        self.raw = sock
        self.deadline = 0.0

    def sendall(self, data: bytes) -> None:
        _bound(self.raw, self.deadline)
        self.raw.sendall(data)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(_DeadlineReader(self.raw, self.deadline), _CHUNK)

    def close(self) -> None:
        self.raw.close()


def parse_json(text: str) -> Any:
    """The document. Raises ValueError also for NaN and Infinity, which Python reads and PostgreSQL refuses."""
    return json.loads(text, parse_constant=_refuse_constant)


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


@dataclass
class Client:
    """One keep-alive connection to one provider. Each fetch thread has its own."""

    base_url: str
    headers: dict[str, str] = field(repr=False)
    errors: dict[str, Any]  # how the provider explains one: the names of headers, the path of the detail in the body
    deadline: float = 60.0  # seconds from sending a request to the last byte of its answer
    allow_unsafe: bool = False  # the base URL may be plain http, or point to a private address
    max_body: int = MAX_BODY
    _connection: http.client.HTTPConnection | None = field(default=None, repr=False)
    _socket: _DeadlineSocket | None = field(default=None, repr=False)
    _closed: bool = False

    def send(self, request: Request, parse: Callable[[str], Any] = parse_json) -> Response:
        """The provider's JSON answer. Raises ProviderError for anything else; retrying is the caller's decision."""
        fresh = self._connection is None
        began = time.monotonic()
        try:
            status, headers, body = self._exchange(request)
        except (ConnectionError, http.client.BadStatusLine) as error:
            self.close()
            if fresh:
                raise _network_error(error, self.base_url) from None
            return self.send(request, parse)  # the provider closed an idle connection: not a failure
        except (OSError, http.client.HTTPException, zlib.error, EOFError) as error:
            self.close()
            raise _network_error(error, self.base_url) from None
        except ProviderError:
            self.close()
            raise
        observed_at = _observed_at(headers, time.monotonic() - began)
        if not 200 <= status < 300:
            raise _status_error(status, headers, body, self.errors, observed_at)
        return _interpret(status, headers, body, observed_at, parse)

    def close(self) -> None:
        """Close the connection; a later request opens a new one."""
        if self._connection is not None:
            self._connection.close()
        self._connection = self._socket = None

    def abort(self) -> None:
        """Wake the thread that waits on this connection. May be called from another thread."""
        self._closed = True
        if (current := self._socket) is not None:
            with contextlib.suppress(OSError):  # already gone, which is what was wanted
                current.raw.shutdown(socket.SHUT_RDWR)

    def _exchange(self, request: Request) -> tuple[int, http.client.HTTPMessage, bytes]:
        until = time.monotonic() + self.deadline
        connection, sock = self._connect()
        sock.deadline = until
        target = urlsplit(self.base_url).path + request.path
        if request.query:
            target += "?" + urlencode(request.query, doseq=True)
        if request.body is None:
            connection.request("GET", target, headers=self.headers)
        else:
            headers = {**self.headers, "Content-Type": "application/json"}
            connection.request("POST", target, request.body.encode(), headers)
        response = connection.getresponse()
        body = _read_body(response, until, self.max_body)
        response.close()  # the reader, not the connection: http.client asks for it before the next request
        if response.will_close:
            self.close()
        return response.status, response.headers, body

    def _connect(self) -> tuple[http.client.HTTPConnection, _DeadlineSocket]:
        if self._closed:
            raise ProviderError("the request was cancelled", retryable=True)
        if self._connection is None or self._socket is None:
            url = urlsplit(self.base_url)
            default_port = 443 if url.scheme == "https" else 80
            host, port = url.hostname or "", url.port or default_port
            if url.scheme != "https" and not self.allow_unsafe:
                raise ProviderError(
                    f"{host}: plain http shows the API key to everyone on the way; set allow_unsafe_base_url in the "
                    "app's config if that is meant",
                    retryable=False,
                )
            raw = _open(host, port, min(CONNECT_TIMEOUT, self.deadline), self.allow_unsafe)
            raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if url.scheme == "https":
                raw = _tls_context().wrap_socket(raw, server_hostname=host)
            self._socket = _DeadlineSocket(raw)
            self._connection = http.client.HTTPConnection(host, port)
            self._connection.default_port = default_port
            self._connection.sock = self._socket
        return self._connection, self._socket


def _tls_context() -> ssl.SSLContext:
    """What verifies certificates, for all the connections of a session."""
    with _tls_lock:
        return _read_authorities()


_tls_lock = threading.Lock()


@functools.cache
def _read_authorities() -> ssl.SSLContext:
    """Tens of milliseconds of CPU: for each of 32 connections, as many as storing tens of thousands of rows."""
    return ssl.create_default_context()


def _open(host: str, port: int, timeout: float, allow_private: bool) -> socket.socket:
    """Connect to a host, to an address that was checked: a second look-up of its name might answer another one."""
    addresses = [str(info[4][0]) for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in addresses:
        if not allow_private and not ipaddress.ip_address(address).is_global:
            raise ProviderError(
                f"{host} has the address {address}, which is not public; set allow_unsafe_base_url in the app's config "
                "if that is meant",
                retryable=False,
            )
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            return socket.create_connection((address, port), timeout)
    return socket.create_connection((addresses[-1], port), timeout)


def _read_body(response: http.client.HTTPResponse, until: float, max_body: int) -> bytes:
    compressed = response.headers.get("Content-Encoding", "").lower() == "gzip"
    inflate = zlib.decompressobj(wbits=31) if compressed else None
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read1(_CHUNK):
        if time.monotonic() > until:
            raise TimeoutError("deadline passed")
        chunks.append(inflate.decompress(chunk, max_body - size + 1) if inflate else chunk)
        size += len(chunks[-1])
        if size > max_body:
            raise ProviderError(f"the answer is larger than {max_body // 2**20} MiB", retryable=False)
    if response.length:
        raise http.client.IncompleteRead(b"", response.length)
    if inflate and not inflate.eof:
        raise EOFError("the compressed answer ends too early")
    return b"".join(chunks)


def _network_error(error: Exception, base_url: str) -> ProviderError:
    host = urlsplit(base_url).netloc
    if isinstance(error, ssl.SSLCertVerificationError):
        return ProviderError(f"{host}: its TLS certificate is not valid: {error.verify_message}", retryable=False)
    if isinstance(error, (TimeoutError, socket.timeout)):  # two classes before Python 3.10
        return ProviderError(f"{host} did not answer in time", retryable=True)
    if isinstance(error, http.client.IncompleteRead):
        return ProviderError(f"{host} closed the connection in the middle of its answer", retryable=True)
    detail = error.strerror if isinstance(error, OSError) and error.strerror else str(error) or type(error).__name__
    return ProviderError(f"{host} could not be reached: {detail}", retryable=True)


def _interpret(
    status: int,
    headers: http.client.HTTPMessage,
    body: bytes,
    observed_at: datetime,
    parse: Callable[[str], Any],
) -> Response:
    try:
        text = body.decode()
        document = parse(text)
    except ValueError:
        kind = headers.get_content_type()
        raise ProviderError(
            f"the provider answered {status} with {len(body)} bytes of {kind} that are not JSON", retryable=True
        ) from None
    return Response(text, document, observed_at, headers)


def _date(headers: http.client.HTTPMessage) -> datetime:
    """The provider's clock, or ours where it does not tell."""
    try:
        return parsedate_to_datetime(headers["Date"])
    except (TypeError, ValueError):
        return datetime.now(timezone.utc)


def _observed_at(headers: http.client.HTTPMessage, elapsed: float) -> datetime:
    """The provider's clock before it looked at its data, so that whatever happened since counts as newer.

    That is the Date header less its one-second resolution, and less the whole seconds that the answer took.
    """
    return _date(headers).astimezone(timezone.utc).replace(microsecond=0) - timedelta(seconds=1 + int(elapsed))


def unix_second(headers: http.client.HTTPMessage, name: str | None) -> float:
    """The Unix second that one of an answer's headers gives; 0 where it gives none."""
    try:
        return float(headers[name or ""])
    except (TypeError, ValueError):
        return 0.0


def seconds_until(headers: http.client.HTTPMessage, name: str | None) -> float:
    """Seconds from an answer to the moment that one of its headers gives; 0 where it gives none."""
    return max(unix_second(headers, name) - _date(headers).timestamp(), 0.0)


def _status_error(
    status: int, headers: http.client.HTTPMessage, body: bytes, errors: dict[str, Any], observed_at: datetime
) -> ProviderError:
    if 300 <= status < 400:
        target = urlsplit(headers.get("Location", "")).netloc or "elsewhere"
        return ProviderError(
            f"the provider redirects to {target}, which is not followed: is base_url right?",
            retryable=False,
            status=status,
            observed_at=observed_at,
        )
    names = errors["headers"]
    said = {meaning: headers.get(name, "")[:100] for meaning, name in names.items()}
    code, message = _error_detail(body, errors["detail"])
    text = f"the provider answered {status}"
    text += f" ({said['reason']})" if said.get("reason") else ""
    text += f": {message}" if message else ""
    text += f" [request {said['request_id']}]" if said.get("request_id") else ""
    retryable = status in (408, 409, 425, 429) or status >= 500
    if said.get("should_retry") in ("true", "false"):
        retryable = said["should_retry"] == "true"
    retry_after = _retry_after(headers)
    if status == 429:
        retry_after = retry_after or seconds_until(headers, names.get("reset"))
    return ProviderError(
        text, retryable=retryable, status=status, code=code, retry_after=retry_after, observed_at=observed_at
    )


def _error_detail(body: bytes, path: list[str]) -> tuple[str, str]:
    """Code and message of an error answer, as far as it is JSON with an error object at the path."""
    try:
        error = dig(json.loads(body), path)
        return str(error.get("code") or error.get("type") or ""), str(error.get("message") or "")[:500]
    except (ValueError, TypeError, KeyError, AttributeError):
        return "", ""


def _retry_after(headers: http.client.HTTPMessage) -> float:
    """Seconds to wait, from `Retry-After` as seconds or as a date; 0 when there is none."""
    value = headers.get("Retry-After", "")
    try:
        return max(float(value), 0.0)
    except ValueError:
        pass
    try:
        return max((parsedate_to_datetime(value) - datetime.now(timezone.utc)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return 0.0


def dig(document: Any, path: list[str]) -> Any:
    """The value at a path of keys and list positions, or None."""
    for key in path:
        if isinstance(document, list) and key.isdecimal() and int(key) < len(document):
            document = document[int(key)]
        elif isinstance(document, dict):
            document = document.get(key)
        else:
            return None
    return document
