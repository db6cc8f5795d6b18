"""A headless Chromium, driven over a pipe by the DevTools protocol: https://chromedevtools.github.io/devtools-protocol/"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.support import PATIENCE, wait_until

_OPTIONS = "--headless=new --no-sandbox --disable-gpu --hide-scrollbars --remote-debugging-pipe"
_COMMAND = f"exec chromium {_OPTIONS} --user-data-dir={{}} 3<&{{}} 4>&{{}}"


class Browser:
    """One tab. What its pages complain about gathers in `complaints`."""

    def __init__(self, commands: int, answers: int) -> None:
        self._commands = commands
        self._answers = answers
        self._unread = b""
        self._last = 0
        self._session: str | None = None
        self._loaded = False
        self.complaints: list[str] = []
        target = self._call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log"):
            self._call(f"{domain}.enable")

    def forget(self) -> None:
        """As a browser that has been nowhere yet."""
        self._call("Network.clearBrowserCookies")
        self.complaints.clear()

    def show_as(self, width: int, scheme: str = "light") -> None:
        """The size of the window, and the colours its owner prefers."""
        self._call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500
        )
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def visit(self, url: str) -> None:
        self._loaded = False
        self._call("Page.navigate", url=url)
        wait_until(self._has_loaded)

    def press(self, selector: str) -> None:
        """Press the button of a form, and wait for the page that comes."""
        self.follow(f"document.querySelector({json.dumps(selector)}).click()")

    def follow(self, script: str) -> None:
        """Evaluate what leads to another page, and wait for that."""
        self._loaded = False
        self.evaluate(f"void ({script})")
        wait_until(self._has_loaded)

    def evaluate(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self._call("Runtime.evaluate", expression=script, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def screenshot(self, height: int) -> bytes:
        """A PNG of the top of the page."""
        clip = {"x": 0, "y": 0, "width": self.evaluate("innerWidth"), "height": height, "scale": 1}
        return b64decode(self._call("Page.captureScreenshot", clip=clip, captureBeyondViewport=True)["data"])

    def _has_loaded(self) -> bool:
        self._call("Runtime.evaluate", expression="0")  # reads what has happened until now
        return self._loaded

    def _call(self, method: str, **params: Any) -> Any:
        self._last += 1
        message = {"id": self._last, "method": method, "params": params}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._commands, json.dumps(message).encode() + b"\0")
        while (answer := self._read()).get("id") != self._last:
            self._note(answer)
        assert "error" not in answer, answer["error"]
        return answer["result"]

    def _read(self) -> Any:
        while b"\0" not in self._unread:
            more = os.read(self._answers, 2**16)
            assert more, "Chromium has gone"
            self._unread += more
        message, _, self._unread = self._unread.partition(b"\0")
        return json.loads(message)

    def _note(self, event: Any) -> None:
        if event["method"] == "Page.loadEventFired":
            self._loaded = True
        elif event["method"] == "Log.entryAdded":
            self.complaints.append(event["params"]["entry"]["text"])
        elif event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(event["params"]["exceptionDetails"]["text"])
        elif event["method"] == "Runtime.consoleAPICalled":
            self.complaints.append(str(event["params"]["args"]))


@contextmanager
def chromium() -> Iterator[Browser]:
    (their_commands, our_commands), (our_answers, their_answers) = os.pipe(), os.pipe()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as directory:
        process = subprocess.Popen(
            ["bash", "-c", _COMMAND.format(directory, their_commands, their_answers)],
            pass_fds=(their_commands, their_answers),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(their_commands)
        os.close(their_answers)
        try:
            yield Browser(our_commands, our_answers)
        finally:
            process.terminate()
            process.wait(PATIENCE)
