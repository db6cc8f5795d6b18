"""Children that are read apart for each parent: conversations with their parts, against one answer after the other."""

from __future__ import annotations

from bench.report import Section
from bench.scene import API_KEY, Scene
from tests.providers.intercom import IntercomProvider

PARTS = 5  # of each conversation


def children(scene: Scene, rows: int, latency: float) -> Section:
    """One full sync of so many conversations, `latency` ms before each answer."""
    section = Section(f"{rows:,} conversations of {PARTS} parts", ("latency ms", "requests", "one by one s", "seconds"))
    with IntercomProvider(api_key=API_KEY) as provider:
        provider.add("conversation", rows, parts=PARTS)
        provider.latency = latency / 1000
        app_key = scene.configure(provider.url, concurrency=16, rate_limit=100_000, connector="intercom")
        scene.forget()
        seconds = scene.sync(["conversation"], app_key).seconds
        requests = len(provider.requests)
    if scene.count("supasaasy.intercom_conversation_parts") != rows * PARTS:
        raise RuntimeError("parts are missing")
    serial = requests * latency / 1000
    section.add(f"{latency:g}", f"{requests:,}", f"{serial:.1f}", f"{seconds:.2f}", requests=requests, seconds=seconds)
    section.find(f"it takes {seconds / serial:.2f} of the time that waiting for one answer after the other would")
    return section
