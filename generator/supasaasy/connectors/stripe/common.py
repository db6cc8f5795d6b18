"""What the declarations of Stripe's objects share."""

from dataclasses import replace

from supasaasy.spec import (
    Column,
    LastIdCursor,
    bigint,
    boolean,
    jsonb,
    text,
    timestamp,
)

DOCS = "https://docs.stripe.com/api"

LIST = LastIdCursor(
    cursor_param="starting_after", has_more="has_more", limit_param="limit", page_size=100, only_list=True
)


def texts(*names: str) -> tuple[Column, ...]:
    return tuple(text(name) for name in names)


def money(name: str, *paths: str) -> Column:
    return replace(bigint(name, *paths), doc="in the smallest unit of the currency, for instance cents")


CREATED = timestamp("stripe_created_at", "created")
COMMON = (jsonb("metadata"), boolean("livemode"), CREATED)
