"""One cheap request of an app: is the provider there, and does it take the key?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace

from .database import Database
from .http import Client, ProviderError
from .pages import Listing
from .worker import find_key, make_provider


def probe(database: Database, app_key: str, environment: Mapping[str, str] | None = None) -> str:
    """Why the provider does not answer the app; empty when it does."""
    claim = json.loads(database.value("select supasaasy._probe_claim($1)", app_key))
    try:
        provider = make_provider(claim, find_key(database, environment, claim))
        client = Client(provider.base_url, provider.headers, provider.errors, provider.deadline, provider.allow_unsafe)
        listing = Listing(claim["collection"], claim["connector"]["pagination"], None)
        request = listing.request(listing.start(None)[0])
        try:
            client.send(replace(request, query=request.query + provider.query))
        finally:
            client.close()
    except ProviderError as error:
        return str(error)
    return ""
