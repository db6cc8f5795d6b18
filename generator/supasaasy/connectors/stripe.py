"""Stripe (https://docs.stripe.com/api): customers, products, prices, plans, subscriptions and their items."""

from supasaasy.spec import (
    ARCHIVE,
    CREATE,
    DELETE,
    UPSERT,
    Bearer,
    Collection,
    Connector,
    Envelope,
    Errors,
    EventLog,
    LastIdCursor,
    Nested,
    RateLimit,
    Signature,
    bigint,
    boolean,
    jsonb,
    numeric,
    parent,
    reference,
    text,
    timestamp,
)

DOCS = "https://docs.stripe.com/api"

customer = Collection(
    "customer",
    source=f"{DOCS}/customers",
    path="/v1/customers",
    created_filter="created",
    columns=(
        text("email", index=True),
        text("name"),
        text("description"),
        jsonb("metadata"),
        text("phone"),
        text("currency"),
        jsonb("address"),
        bigint("balance"),
        boolean("delinquent"),
        reference("default_payment_method", "invoice_settings.default_payment_method"),
        boolean("livemode"),
        timestamp("stripe_created_at", "created"),
    ),
    events={"customer.created": CREATE, "customer.updated": UPSERT, "customer.deleted": DELETE},
)

product = Collection(
    "product",
    source=f"{DOCS}/products",
    path="/v1/products",
    created_filter="created",
    archived_when="$.active == false",
    columns=(
        text("name"),
        text("description"),
        boolean("active", index=True),
        jsonb("metadata"),
        jsonb("images"),
        reference("default_price_id", "default_price"),
        text("product_type", "type"),
        boolean("livemode"),
        timestamp("stripe_created_at", "created"),
        timestamp("stripe_updated_at", "updated"),
    ),
    events={"product.created": CREATE, "product.updated": UPSERT, "product.deleted": DELETE},
)

price = Collection(
    "price",
    source=f"{DOCS}/prices",
    path="/v1/prices",
    variants=({"active": "true"}, {"active": "false"}),
    created_filter="created",
    archived_when="$.active == false",
    columns=(
        reference("product_id", "product", index=True),
        bigint("unit_amount"),
        numeric("unit_amount_decimal"),
        text("currency"),
        boolean("active"),
        text("price_type", "type"),
        text("billing_scheme"),
        text("nickname"),
        jsonb("recurring"),
        text("recurring_interval", "recurring.interval"),
        bigint("recurring_interval_count", "recurring.interval_count"),
        jsonb("metadata"),
        boolean("livemode"),
        timestamp("stripe_created_at", "created"),
    ),
    events={"price.created": CREATE, "price.updated": UPSERT, "price.deleted": DELETE},
)

plan = Collection(
    "plan",
    source=f"{DOCS}/plans",
    path="/v1/plans",
    created_filter="created",
    archived_when="$.active == false",
    columns=(
        reference("product_id", "product", index=True),
        bigint("amount"),
        numeric("amount_decimal"),
        text("currency"),
        boolean("active"),
        text("interval"),
        bigint("interval_count"),
        text("nickname"),
        bigint("trial_period_days"),
        jsonb("metadata"),
        boolean("livemode"),
        timestamp("stripe_created_at", "created"),
    ),
    events={"plan.created": CREATE, "plan.updated": UPSERT, "plan.deleted": DELETE},
)

subscription = Collection(
    "subscription",
    source=f"{DOCS}/subscriptions",
    path="/v1/subscriptions",
    params={"status": "all"},
    created_filter="created",
    archived_when='$.status == "canceled" || $.status == "incomplete_expired"',
    columns=(
        reference("customer_id", "customer", index=True),
        text("status", index=True),
        timestamp("current_period_start", "current_period_start", "items.data.0.current_period_start"),
        timestamp("current_period_end", "current_period_end", "items.data.0.current_period_end"),
        timestamp("start_date"),
        timestamp("ended_at"),
        timestamp("canceled_at"),
        timestamp("cancel_at"),
        timestamp("trial_start"),
        timestamp("trial_end"),
        boolean("cancel_at_period_end"),
        reference("default_payment_method"),
        text("collection_method"),
        text("currency"),
        reference("latest_invoice"),
        jsonb("metadata"),
        boolean("livemode"),
        timestamp("stripe_created_at", "created"),
    ),
    children=(
        Nested(
            "subscription_item",
            records="items.data",
            has_more="items.has_more",
            path="/v1/subscription_items",
            parent_param="subscription",
        ),
    ),
    events={
        "customer.subscription.created": CREATE,
        "customer.subscription.*": UPSERT,
        "customer.subscription.deleted": ARCHIVE,
    },
)

subscription_item = Collection(
    "subscription_item",
    source=f"{DOCS}/subscription_items",
    columns=(
        parent("subscription_id"),
        reference("price_id", "price"),
        reference("product_id", "price.product"),
        bigint("quantity"),
        timestamp("current_period_start"),
        timestamp("current_period_end"),
        jsonb("metadata"),
        timestamp("stripe_created_at", "created"),
    ),
)

stripe = Connector(
    name="stripe",
    title="Stripe",
    base_url="https://api.stripe.com",
    auth=Bearer(),
    version_header="Stripe-Version",
    api_version="2026-10-28.endive",
    account_header="Stripe-Account",
    pagination=LastIdCursor(cursor_param="starting_after", has_more="has_more", limit_param="limit", page_size=100),
    errors=Errors(
        request_id_header="Request-Id",
        should_retry_header="Stripe-Should-Retry",
        reason_header="Stripe-Rate-Limited-Reason",
        missing_cursor="resource_missing",
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
    collections=(customer, product, price, plan, subscription, subscription_item),
)
