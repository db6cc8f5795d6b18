"""Rate limits: token buckets for one app, in all and for each endpoint. The clock is a parameter."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

_BURST = 0.15  # seconds' worth of requests that may be sent at once
_BACKOFF = 0.5  # what is left of the rate after the provider has refused a request
_RECOVERY = 10.0  # seconds until the full rate is tried again
_PROBE = 1.0  # seconds that the answer may take that says how many requests a new period has


@dataclass
class Bucket:
    """So many requests per second; None is no limit."""

    rate: float | None
    tokens: float = 1.0
    refilled: float = 0.0

    def wait(self, now: float, factor: float) -> float:
        """Seconds until a request may be sent; 0 when it may be sent now."""
        if self.rate is None:
            return 0.0
        rate = self.rate * factor
        self.tokens = min(self.tokens + (now - self.refilled) * rate, max(1.0, rate * _BURST))
        self.refilled = now
        return max((1.0 - self.tokens) / rate, 0.0)

    def take(self) -> None:
        self.tokens -= 1.0


@dataclass
class Limits:
    """The limits of one app, as this worker may use them."""

    total: Bucket
    per_endpoint: float | None
    share: float = 1.0  # of the total: the workers that serve the app each have a part
    endpoint_shares: dict[str, float] = field(default_factory=dict)  # of what one allows, if others read it too
    endpoints: dict[str, Bucket] = field(default_factory=dict)
    paused_until: float = 0.0
    slowed_at: float = 0.0
    slowed: float = 1.0
    left: float = math.inf  # requests that the provider has said it will answer
    left_until: float = 0.0  # when it will answer more
    period: float = 0.0  # as the provider calls it: the Unix second that ends it

    @classmethod
    def of(cls, declared: dict[str, Any], config: dict[str, Any], key: str) -> Limits:
        """The app's own `rate_limit` where it has one, else what the connector declares for this kind of key."""
        own = config.get("rate_limit") or {}
        is_test_key = bool(declared["test_key"]) and declared["test_key"] in key
        total = declared["test_per_second"] if is_test_key else declared["per_second"]
        return cls(
            Bucket(own.get("per_second", total)),
            own.get("per_endpoint", declared["per_endpoint"]),
        )

    @property
    def rate(self) -> float:
        """Requests per second of one endpoint that all workers together may send."""
        return min(math.inf if rate is None else rate for rate in (self.total.rate, self.per_endpoint))

    def wait(self, endpoint: str, now: float) -> float:
        """Seconds until a request to `endpoint` may be sent; 0 when it may be sent now."""
        if now < self.paused_until:
            return self.paused_until - now
        if self.left < 1 and now < self.left_until:
            return self.left_until - now
        slowed = min(1.0, self.slowed + (now - self.slowed_at) / _RECOVERY)
        bucket = self.endpoints.setdefault(endpoint, Bucket(self.per_endpoint))
        share = self.endpoint_shares.get(endpoint) or 1.0
        return max(self.total.wait(now, slowed * self.share), bucket.wait(now, slowed * share))

    def take(self, endpoint: str, now: float) -> None:
        """Count a request that is sent now."""
        if self.left < 1:  # a new period has begun: one request finds out how many it has
            self.left, self.left_until = 1.0, now + _PROBE
        self.total.take()
        self.left -= 1
        self.endpoints[endpoint].take()

    def told(self, now: float, remaining: int, period: float, resets_in: float) -> None:
        """The provider has said how many more requests it answers in a period; some may be under way."""
        left = remaining * self.share
        if period > self.period or not period:
            self.period, self.left, self.left_until = period, left, now + resets_in
        elif period == self.period:
            self.left = min(self.left, left)

    def refused(self, now: float, retry_after: float) -> None:
        """The provider has refused a request for its rate: pause as it says, go on slower, recover with time."""
        slowed = min(1.0, self.slowed + (now - self.slowed_at) / _RECOVERY)
        if now >= self.paused_until:  # refusals of requests that were under way together count once
            self.slowed = max(slowed * _BACKOFF, 0.05)
        self.slowed_at = now
        self.paused_until = max(self.paused_until, now + max(retry_after, 0.5))
