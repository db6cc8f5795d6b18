"""Customers, and what is theirs."""

from supasaasy.connectors.stripe.common import COMMON, CREATED, DOCS, LIST, money, texts
from supasaasy.spec import (
    CREATE,
    DELETE,
    REREAD,
    UPSERT,
    Collection,
    PerParent,
    bigint,
    boolean,
    jsonb,
    parent,
    reference,
    text,
)


def of_each(collection: str, path: str, parent_param: str | None = None) -> PerParent:
    """What is listed for one customer only: a request for each, which an app has to ask for."""
    return PerParent(collection, path, records="data", pagination=LIST, parent_param=parent_param, on_request=True)


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
        money("balance"),
        boolean("delinquent"),
        reference("default_payment_method", "invoice_settings.default_payment_method"),
        boolean("livemode"),
        CREATED,
    ),
    children=(
        of_each("payment_method", "/v1/customers/{id}/payment_methods"),
        of_each("tax_id", "/v1/customers/{id}/tax_ids"),
        of_each("active_entitlement", "/v1/entitlements/active_entitlements", parent_param="customer"),
    ),
    events={"customer.created": CREATE, "customer.updated": UPSERT, "customer.deleted": DELETE},
)

payment_method = Collection(
    "payment_method",
    source=f"{DOCS}/payment_methods",
    columns=(
        parent("customer_id", "customer"),
        text("payment_method_type", "type"),
        text("card_brand", "card.brand"),
        text("card_last4", "card.last4"),
        bigint("card_exp_month", "card.exp_month"),
        bigint("card_exp_year", "card.exp_year"),
        text("card_funding", "card.funding"),
        text("card_country", "card.country"),
        text("card_fingerprint", "card.fingerprint", index=True),
        text("billing_email", "billing_details.email"),
        text("billing_name", "billing_details.name"),
        *COMMON,
    ),
    events={"payment_method.*": UPSERT, "payment_method.detached": DELETE},
    limits="Those that are attached to a customer.",
)

tax_id = Collection(
    "tax_id",
    source=f"{DOCS}/tax_ids",
    columns=(
        parent("customer_id", "customer"),
        text("tax_id_type", "type"),
        *texts("value", "country"),
        text("verification_status", "verification.status"),
        boolean("livemode"),
        CREATED,
    ),
    events={"customer.tax_id.created": CREATE, "customer.tax_id.updated": UPSERT, "customer.tax_id.deleted": DELETE},
    limits="Those of customers, not the account's own.",
)

active_entitlement = Collection(
    "active_entitlement",
    source=f"{DOCS}/entitlements/active-entitlement",
    columns=(
        parent("customer_id"),
        reference("feature_id", "feature", index=True),
        text("lookup_key", index=True),
        boolean("livemode"),
    ),
    events={"entitlements.active_entitlement_summary.updated": REREAD},
    reread_parent="customer",
)

COLLECTIONS = (
    customer,
    payment_method,
    tax_id,
    active_entitlement,
)
