"""What is sold, and what is taken off its price."""

from supasaasy.connectors.stripe.common import COMMON, CREATED, DOCS, money, texts
from supasaasy.spec import (
    CREATE,
    DELETE,
    UPSERT,
    Collection,
    bigint,
    boolean,
    jsonb,
    numeric,
    reference,
    text,
    timestamp,
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
        CREATED,
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
        money("unit_amount"),
        numeric("unit_amount_decimal"),
        text("currency"),
        boolean("active"),
        text("price_type", "type"),
        text("billing_scheme"),
        text("nickname"),
        jsonb("recurring"),
        text("recurring_interval", "recurring.interval"),
        bigint("recurring_interval_count", "recurring.interval_count"),
        *COMMON,
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
        money("amount"),
        numeric("amount_decimal"),
        text("currency"),
        boolean("active"),
        text("interval"),
        bigint("interval_count"),
        text("nickname"),
        bigint("trial_period_days"),
        *COMMON,
    ),
    events={"plan.created": CREATE, "plan.updated": UPSERT, "plan.deleted": DELETE},
)

feature = Collection(
    "feature",
    source=f"{DOCS}/entitlements/feature",
    path="/v1/entitlements/features",
    archived_when="$.active == false",
    columns=(text("name"), text("lookup_key", index=True), boolean("active"), jsonb("metadata"), boolean("livemode")),
)

coupon = Collection(
    "coupon",
    source=f"{DOCS}/coupons",
    path="/v1/coupons",
    created_filter="created",
    archived_when="$.valid == false",
    columns=(
        *texts("name", "duration"),
        bigint("duration_in_months"),
        numeric("percent_off"),
        money("amount_off"),
        text("currency"),
        boolean("valid"),
        bigint("times_redeemed"),
        bigint("max_redemptions"),
        timestamp("redeem_by"),
        *COMMON,
    ),
    events={"coupon.created": CREATE, "coupon.updated": UPSERT, "coupon.deleted": DELETE},
)

promotion_code = Collection(
    "promotion_code",
    source=f"{DOCS}/promotion_codes",
    path="/v1/promotion_codes",
    created_filter="created",
    archived_when="$.active == false",
    columns=(
        text("code", index=True),
        reference("coupon_id", "promotion.coupon", "coupon", index=True),
        reference("customer_id", "customer"),
        boolean("active"),
        bigint("times_redeemed"),
        bigint("max_redemptions"),
        timestamp("expires_at"),
        *COMMON,
    ),
    events={"promotion_code.created": CREATE, "promotion_code.updated": UPSERT},
)

tax_rate = Collection(
    "tax_rate",
    source=f"{DOCS}/tax_rates",
    path="/v1/tax_rates",
    created_filter="created",
    archived_when="$.active == false",
    columns=(
        *texts("display_name", "description", "jurisdiction", "country", "state", "tax_type"),
        numeric("percentage"),
        numeric("effective_percentage"),
        boolean("inclusive"),
        boolean("active"),
        *COMMON,
    ),
    events={"tax_rate.created": CREATE, "tax_rate.updated": UPSERT},
)

COLLECTIONS = (
    product,
    price,
    plan,
    feature,
    coupon,
    promotion_code,
    tax_rate,
)
