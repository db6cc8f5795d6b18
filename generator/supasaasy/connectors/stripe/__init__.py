"""Stripe (https://docs.stripe.com/api); its objects are declared by theme, a file each."""

from supasaasy.connectors.stripe import balance, billing, catalogue, customers, payments
from supasaasy.connectors.stripe.common import LIST
from supasaasy.spec import (
    Bearer,
    Connector,
    Envelope,
    Errors,
    EventLog,
    RateLimit,
    Signature,
)

THEMES = (customers, catalogue, billing, payments, balance)

stripe = Connector(
    name="stripe",
    title="Stripe",
    base_url="https://api.stripe.com",
    auth=Bearer(),
    version_header="Stripe-Version",
    api_version="2026-10-28.endive",
    account_header="Stripe-Account",
    pagination=LIST,
    errors=Errors(
        request_id_header="Request-Id",
        should_retry_header="Stripe-Should-Retry",
        reason_header="Stripe-Rate-Limited-Reason",
        not_found="resource_missing",
    ),
    # https://docs.stripe.com/webhooks/signature
    signature=Signature("Stripe-Signature", prefix="v1=", timestamp_prefix="t=", tolerance=300),
    # https://docs.stripe.com/api/events/object; thin events: https://docs.stripe.com/api/v2/core/events/object
    envelope=Envelope(
        id="id",
        type="type",
        occurred_at="created",
        object="data.object",
        previous="data.previous_attributes",
        api_version="api_version",
        account="account",
        related_id="related_object.id",
        related_type="related_object.type",
        related_account="context",
    ),
    deleted_when="$.deleted == true",
    # https://docs.stripe.com/api/events/list. Stripe keeps events for 30 days; a day less leaves time to read them.
    incremental=EventLog(
        path="/v1/events", types_param="types[]", pattern_param="type", max_types=20, retention_days=29
    ),
    # https://docs.stripe.com/rate-limits; a margin is left for the account's own traffic.
    rate_limit=RateLimit(per_second=80, per_endpoint=20, test_per_second=20, test_key="_test_"),
    default_resources=("customer", "product", "price", "plan", "subscription", "subscription_item"),
    collections=tuple(each for theme in THEMES for each in theme.COLLECTIONS),
)
