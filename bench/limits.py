"""What a user sees: the connector's own limits, and a provider that enforces its."""

from __future__ import annotations

from math import ceil

from bench.contenders import StripeSyncEngine
from bench.mock import mock_process, statistics
from bench.report import Section
from bench.scene import APP, Scene

RESOURCES = ("customer", "product", "price", "plan", "subscription")  # the sixth comes within the subscriptions
PER_SECOND, PER_ENDPOINT = 100, 25  # requests that Stripe allows, https://docs.stripe.com/rate-limits
PAGE = 100  # objects, at most
LATENCY = 0.15  # seconds
WORKERS = 2  # that an installation has by default


def limits(scene: Scene, rows: int, *, with_peer: bool) -> Section:
    """Six collections of so many objects, 150 ms before each answer, with the limits and workers of the defaults."""
    section = Section(
        f"Six collections of {rows:,} objects, {LATENCY * 1000:g} ms, default limits",
        ("who", "seconds", "requests", "requests/s", "sustained", "refused"),
    )
    with mock_process(
        dict.fromkeys(RESOURCES, rows), latency=LATENCY, per_second=PER_SECOND, per_endpoint=PER_ENDPOINT
    ) as base_url:
        scene.configure(base_url, concurrency=32, rate_limit=None)
        for who, resources, limit in (
            ("supasaasy", RESOURCES, "per_second"),
            ("supasaasy, customers alone", RESOURCES[:1], "per_endpoint"),
        ):
            scene.forget()
            seconds = scene.sync(list(resources), workers=WORKERS).seconds
            answers, sustained = _add(section, base_url, who, seconds)
            allowed = _allowed(scene, limit)
            fewest = len(resources) * ceil(rows / PAGE)  # requests
            section.find(
                f"{who}: {sustained / allowed:.0%} of the {allowed} requests a second that the connector allows, "
                f"{answers / seconds / allowed:.0%} with start and end; "
                f"the job takes {seconds / (fewest / allowed):.2f} times as long as {fewest:,} requests must"
            )
        if with_peer:
            peer = StripeSyncEngine(scene, base_url)
            peer.forget()
            _add(section, base_url, f"{peer.name}, customers alone", peer.sync().seconds)
    return section


def _add(section: Section, base_url: str, who: str, seconds: float) -> tuple[int, float]:
    """The pages answered, and how many in a second between the first tenth of them and the last."""
    told = statistics(base_url)
    accepted, refused = (int(told["answers"].get(status, 0)) for status in ("200", "429"))
    sustained = float(told["sustained"])
    section.add(
        who,
        f"{seconds:.1f}",
        f"{accepted:,}",
        f"{accepted / seconds:.1f}",
        f"{sustained:.1f}",
        str(refused),
        name=who,
        seconds=seconds,
        requests=accepted,
        sustained=sustained,
        refused=refused,
    )
    return accepted, sustained


def _allowed(scene: Scene, limit: str) -> int:
    """Requests a second that the connector's declaration allows, in all or for an endpoint."""
    with scene.connect() as connection:
        row = connection.execute(
            """
            select (connector.declaration #>> array['rate_limit', %s])::integer
            from supasaasy.connectors as connector
            join supasaasy.apps as app on app.connector = connector.connector
            where app.app_key = %s
            """,
            (limit, APP),
        ).fetchone()
    assert row is not None
    return int(row[0])
