"""Windows, against a simulated provider: no object is missed, few requests are wasted, threads have work.

Time goes in rounds: in each, every thread reads one page, which is what a provider's latency makes of it.
"""

from __future__ import annotations

import random
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from math import ceil, inf

import pytest

from supasaasy.connectors.stripe import stripe
from supasaasy_runtime.http import Request, Response
from supasaasy_runtime.pages import FREE_WINDOWS, Listing, Unit

NOW = 1_760_000_000
DAY = 86_400
THREADS = 32

# Seconds before NOW at which an object was created, drawn at random.
DISTRIBUTIONS: dict[str, Callable[[int, random.Random], int]] = {
    "one a minute": lambda number, draw: 60 * number,
    "evenly over ten years": lambda number, draw: draw.randrange(3650 * DAY),
    "all in one day, a month ago": lambda number, draw: 30 * DAY + draw.randrange(DAY),
    "nine in ten within one second": lambda number, draw: 200 * DAY if number % 10 else draw.randrange(400 * DAY),
    "all within one second": lambda number, draw: 0,
    "growing exponentially": lambda number, draw: int(draw.expovariate(1 / (180 * DAY))),
    "half of them today": lambda number, draw: draw.randrange(DAY if number % 2 else 3000 * DAY),
    "none for eight years": lambda number, draw: 3000 * DAY + draw.randrange(300 * DAY),
    "weekly imports of ten minutes": lambda number, draw: 7 * DAY * draw.randrange(150) + draw.randrange(600),
}
RATES = [3.0, inf]  # requests per second, as a provider may allow
PARALLEL = [name for name in DISTRIBUTIONS if "within one second" not in name]


@dataclass
class Outcome:
    seen: list[int]  # objects, as often as they were listed
    requests: int
    rounds: int


def newest_first(distribution: str, count: int) -> list[int]:
    draw = random.Random(1)
    return sorted((NOW - DISTRIBUTIONS[distribution](number, draw) for number in range(count)), reverse=True)


def listing(since: int | None = None, rate: float = inf) -> Listing:
    declaration = stripe.collection_declaration(stripe.collection("customer"))
    return Listing(declaration, stripe.declaration()["pagination"], since, rate)


def answer(created: list[int], request: Request) -> tuple[range, Response]:
    """A page of the objects created at these moments; their ids are their positions."""
    query = {name: str(value) for name, value in request.query}
    first, end = 0, len(created)
    if "created[lte]" in query:
        first = bisect_left(created, -int(query["created[lte]"]), key=int.__neg__)
    if "created[gte]" in query:
        end = bisect_right(created, -int(query["created[gte]"]), key=int.__neg__)
    if "starting_after" in query:
        first = int(query["starting_after"]) + 1
    shown = range(first, max(first, min(first + 100, end)))
    data = [{"id": str(number), "created": created[number]} for number in shown]
    document = {"data": data, "has_more": shown.stop < end}
    return shown, Response("", document, datetime(2026, 1, 1, tzinfo=timezone.utc))


def read_all(customers: Listing, created: list[int], due: list[Unit], threads: int = THREADS) -> Outcome:
    return read_rounds(customers, created, due, threads)[0]


def read_rounds(
    customers: Listing, created: list[int], due: list[Unit], threads: int = THREADS, rounds: int | None = None
) -> tuple[Outcome, list[Unit]]:
    """Up to so many rounds, and what is due next."""
    outcome = Outcome([], 0, 0)
    while due and outcome.rounds != rounds:
        outcome.rounds += 1
        under_way, due = due[:threads], due[threads:]
        for position, unit in enumerate(under_way):
            shown, response = answer(created, customers.request(unit))
            outcome.seen += shown
            outcome.requests += 1
            page = customers.read(unit, response)
            busy = len(under_way) - position + len(due)
            due += customers.advance(page, threads - busy)
            customers.stored(page)
    return outcome, due


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("count", [0, 1, 150, 5_000])
def test_every_object_is_listed_exactly_once(distribution: str, count: int) -> None:
    customers = listing()
    outcome = read_all(customers, newest_first(distribution, count), customers.start(None))
    assert sorted(outcome.seen) == list(range(count))
    assert customers.open == []


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("rate", RATES)
def test_fifty_thousand_objects_take_at_most_a_fifth_more_requests_than_read_serially(
    distribution: str, rate: float
) -> None:
    customers = listing(rate=rate)
    outcome = read_all(customers, newest_first(distribution, 50_000), customers.start(None))
    assert outcome.requests <= 1.2 * 500


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
@pytest.mark.parametrize("count", [150, 1_000, 10_000])
def test_a_small_collection_takes_a_few_dozen_requests_more(distribution: str, count: int) -> None:
    customers = listing()
    outcome = read_all(customers, newest_first(distribution, count), customers.start(None))
    assert outcome.requests <= ceil(1.1 * count / 100) + FREE_WINDOWS


@pytest.mark.parametrize(("rate", "probes"), [(3.0, 6), (40.0, 12), (inf, 20)])
def test_the_beginning_is_looked_for_with_as_many_requests_as_the_rate_limit_allows_soon(
    rate: float, probes: int
) -> None:
    customers = listing(rate=rate)
    created = newest_first("one a minute", 50_000)
    _, due = read_rounds(customers, created, customers.start(None), rounds=1)
    assert len(due) == 1 + probes


@pytest.mark.parametrize("distribution", PARALLEL)
@pytest.mark.parametrize("rate", RATES)
def test_fifty_thousand_objects_are_read_by_all_threads_side_by_side(distribution: str, rate: float) -> None:
    customers = listing(rate=rate)
    outcome = read_all(customers, newest_first(distribution, 50_000), customers.start(None))
    assert outcome.rounds <= 2 * 500 / THREADS


@pytest.mark.parametrize("distribution", PARALLEL)
@pytest.mark.parametrize("rounds", [3, 6, 12])
def test_a_good_part_of_what_is_left_is_given_away_and_nothing_is_missed(distribution: str, rounds: int) -> None:
    created = newest_first(distribution, 50_000)
    customers = listing()
    before, due = read_rounds(customers, created, customers.start(None), rounds=rounds)
    given = customers.give_away(waiting=0)
    helped = listing()
    part = read_all(helped, created, helped.start(customers.checkpoint(given)))
    rest = read_all(customers, created, due)
    assert set(before.seen + part.seen + rest.seen) == set(range(50_000))
    assert 0.2 <= part.requests / (part.requests + rest.requests) <= 0.6
    assert before.requests + part.requests + rest.requests <= 1.25 * 500


def test_a_part_knows_that_the_filter_works() -> None:
    """Else an outage at its beginning would look like a refused filter, and the part would read everything."""
    created = newest_first("one a minute", 50_000)
    customers, helped = listing(), listing()
    read_rounds(customers, created, customers.start(None), rounds=6)
    due = helped.start(customers.checkpoint(customers.give_away(waiting=0)))
    assert not any(helped.may_refuse_filter(unit, 503) for unit in due)


def test_nothing_is_given_away_of_a_listing_that_is_nearly_read() -> None:
    created = newest_first("one a minute", 50_000)
    customers = listing()
    read_rounds(customers, created, customers.start(None), rounds=17)
    assert customers.give_away(waiting=100) == []


def test_a_listing_bounded_by_sync_from_is_split_as_well_and_shows_nothing_older() -> None:
    created = newest_first("evenly over ten years", 50_000)
    since = NOW - 1000 * DAY
    customers = listing(since)
    outcome = read_all(customers, created, customers.start(None))
    assert sorted(outcome.seen) == [number for number, moment in enumerate(created) if moment >= since]
    assert outcome.rounds <= 20


def read_some(customers: Listing, created: list[int], pages: int) -> list[int]:
    """The objects that were stored before the worker was lost."""
    stored: list[int] = []
    due = customers.start(None)
    for _ in range(pages):
        unit = due.pop(0)
        shown, response = answer(created, customers.request(unit))
        page = customers.read(unit, response)
        due += customers.advance(page, THREADS - len(due) - 1)
        customers.stored(page)
        stored += shown
    return stored


def test_a_resumed_listing_reads_what_was_not_stored_and_is_split_again() -> None:
    created = newest_first("one a minute", 20_000)
    interrupted, resumed = listing(), listing()
    stored = read_some(interrupted, created, pages=60)
    outcome = read_all(resumed, created, resumed.start(interrupted.checkpoint()))
    assert sorted(stored + outcome.seen) == list(range(20_000))
    assert outcome.rounds <= 15


def test_a_resumed_listing_of_many_windows_is_split_where_one_is_long() -> None:
    """As after a crash near the end of the others."""
    created = newest_first("one a minute", 100_000)
    resumed = listing()
    windows = [(NOW - number * 12_000, NOW - (number - 1) * 12_000 - 1) for number in range(1, 64)]
    windows.append((NOW - 6_000_000, NOW - 63 * 12_000 - 1))
    saved = [{"variant": 0, "since": low, "until": high, "cursor": None, "reached": None} for low, high in windows]
    due = resumed.start({"filtered": True, "filter_works": True, "windows": saved, "children": []})
    assert read_all(resumed, created, due, threads=64).rounds <= 40


@pytest.mark.parametrize("threads", [1, 2, 8, 16])
def test_a_listing_may_be_resumed_by_fewer_threads_than_it_has_windows(threads: int) -> None:
    created = newest_first("one a minute", 5_000)
    interrupted, resumed = listing(), listing()
    stored = read_some(interrupted, created, pages=20)
    outcome = read_all(resumed, created, resumed.start(interrupted.checkpoint()), threads)
    assert sorted(stored + outcome.seen) == list(range(5_000))
