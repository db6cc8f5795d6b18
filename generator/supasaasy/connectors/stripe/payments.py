"""How money comes in, goes back and is fought over."""

from supasaasy.connectors.stripe.common import COMMON, CREATED, DOCS, money, texts
from supasaasy.spec import (
    ARCHIVE,
    CREATE,
    UPSERT,
    Collection,
    boolean,
    jsonb,
    reference,
    text,
    timestamp,
)

checkout_session = Collection(
    "checkout_session",
    source=f"{DOCS}/checkout/sessions",
    path="/v1/checkout/sessions",
    created_filter="created",
    archived_when='$.status == "expired"',
    columns=(
        reference("customer_id", "customer", index=True),
        text("client_reference_id", index=True),
        text("status", index=True),
        *texts("payment_status", "mode", "currency"),
        money("amount_subtotal"),
        money("amount_total"),
        text("customer_email", "customer_details.email", "customer_email"),
        reference("invoice_id", "invoice"),
        reference("subscription_id", "subscription"),
        reference("payment_intent_id", "payment_intent", index=True),
        reference("setup_intent_id", "setup_intent"),
        reference("payment_link_id", "payment_link"),
        timestamp("expires_at"),
        *COMMON,
    ),
    events={"checkout.session.*": UPSERT},
    limits="Stripe tells of a session when it is completed, paid or expired, not when it is created.",
)

payment_intent = Collection(
    "payment_intent",
    source=f"{DOCS}/payment_intents",
    path="/v1/payment_intents",
    created_filter="created",
    archived_when='$.status == "canceled"',
    columns=(
        reference("customer_id", "customer", index=True),
        text("status", index=True),
        money("amount"),
        money("amount_received"),
        money("amount_capturable"),
        *texts("currency", "description", "capture_method", "setup_future_usage", "receipt_email"),
        reference("payment_method_id", "payment_method"),
        reference("latest_charge", index=True),
        text("last_error_code", "last_payment_error.code"),
        text("cancellation_reason"),
        timestamp("canceled_at"),
        *COMMON,
    ),
    events={"payment_intent.created": CREATE, "payment_intent.*": UPSERT},
    limits="Stripe tells of changes of the status, not of other changes.",
)

setup_intent = Collection(
    "setup_intent",
    source=f"{DOCS}/setup_intents",
    path="/v1/setup_intents",
    created_filter="created",
    archived_when='$.status == "canceled"',
    columns=(
        reference("customer_id", "customer", index=True),
        text("status", index=True),
        *texts("usage", "description", "cancellation_reason"),
        reference("payment_method_id", "payment_method"),
        reference("latest_attempt"),
        text("last_error_code", "last_setup_error.code"),
        *COMMON,
    ),
    events={"setup_intent.created": CREATE, "setup_intent.*": UPSERT},
    limits="Stripe tells of changes of the status, not of other changes.",
)

charge = Collection(
    "charge",
    source=f"{DOCS}/charges",
    path="/v1/charges",
    created_filter="created",
    columns=(
        reference("customer_id", "customer", index=True),
        reference("payment_intent_id", "payment_intent", index=True),
        text("status", index=True),
        money("amount"),
        money("amount_captured"),
        money("amount_refunded"),
        *texts("currency", "description", "failure_code", "failure_message", "receipt_email", "receipt_url"),
        boolean("paid"),
        boolean("captured"),
        boolean("refunded"),
        boolean("disputed"),
        text("payment_method_id", "payment_method"),
        text("payment_method_type", "payment_method_details.type"),
        text("card_brand", "payment_method_details.card.brand"),
        text("card_last4", "payment_method_details.card.last4"),
        text("outcome_type", "outcome.type"),
        text("risk_level", "outcome.risk_level"),
        reference("balance_transaction_id", "balance_transaction"),
        *COMMON,
    ),
    # By name: `charge.*` would also take in disputes and refunds.
    events={
        f"charge.{event}": UPSERT
        for event in ("pending", "succeeded", "failed", "captured", "updated", "refunded", "expired")
    },
)

refund = Collection(
    "refund",
    source=f"{DOCS}/refunds",
    path="/v1/refunds",
    created_filter="created",
    columns=(
        reference("charge_id", "charge", index=True),
        reference("payment_intent_id", "payment_intent", index=True),
        money("amount"),
        *texts("currency", "status", "reason", "failure_reason", "description", "receipt_number"),
        reference("balance_transaction_id", "balance_transaction"),
        jsonb("metadata"),
        CREATED,
    ),
    events={
        "refund.created": CREATE,
        "refund.updated": UPSERT,
        "refund.failed": UPSERT,
        "charge.refund.updated": UPSERT,
    },
)

dispute = Collection(
    "dispute",
    source=f"{DOCS}/disputes",
    path="/v1/disputes",
    created_filter="created",
    archived_when='$.status == "won" || $.status == "lost" || $.status == "warning_closed" || $.status == "prevented"',
    columns=(
        reference("charge_id", "charge", index=True),
        reference("payment_intent_id", "payment_intent", index=True),
        text("status", index=True),
        money("amount"),
        *texts("currency", "reason", "network_reason_code"),
        boolean("is_charge_refundable"),
        boolean("has_evidence", "evidence_details.has_evidence"),
        timestamp("evidence_due_by", "evidence_details.due_by"),
        *COMMON,
    ),
    events={"charge.dispute.created": CREATE, "charge.dispute.*": UPSERT},
)

early_fraud_warning = Collection(
    "early_fraud_warning",
    source=f"{DOCS}/radar/early_fraud_warnings",
    path="/v1/radar/early_fraud_warnings",
    created_filter="created",
    columns=(
        reference("charge_id", "charge", index=True),
        reference("payment_intent_id", "payment_intent", index=True),
        text("fraud_type"),
        boolean("actionable"),
        boolean("livemode"),
        CREATED,
    ),
    events={"radar.early_fraud_warning.created": CREATE, "radar.early_fraud_warning.updated": UPSERT},
)

review = Collection(
    "review",
    source=f"{DOCS}/radar/reviews",
    path="/v1/reviews",
    created_filter="created",
    archived_when="$.open == false",
    unlisted=ARCHIVE,
    columns=(
        reference("charge_id", "charge", index=True),
        reference("payment_intent_id", "payment_intent", index=True),
        boolean("open", index=True),
        *texts("reason", "opened_reason", "closed_reason", "billing_zip", "ip_address"),
        boolean("livemode"),
        CREATED,
    ),
    events={"review.opened": CREATE, "review.closed": UPSERT},
    limits="Stripe lists the open ones. One that is listed no more is archived; the event says why it was closed.",
)

COLLECTIONS = (
    checkout_session,
    payment_intent,
    setup_intent,
    charge,
    refund,
    dispute,
    early_fraud_warning,
    review,
)
