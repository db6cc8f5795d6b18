"""What moves the balance of the account."""

from supasaasy.connectors.stripe.common import COMMON, CREATED, DOCS, money, texts
from supasaasy.spec import (
    CREATE,
    UPSERT,
    Collection,
    boolean,
    jsonb,
    numeric,
    reference,
    text,
    timestamp,
)

balance_transaction = Collection(
    "balance_transaction",
    source=f"{DOCS}/balance_transactions",
    path="/v1/balance_transactions",
    created_filter="created",
    columns=(
        text("transaction_type", "type"),
        text("reporting_category", index=True),
        money("amount"),
        money("fee"),
        money("net"),
        text("currency"),
        numeric("exchange_rate"),
        *texts("status", "description"),
        reference("source_id", "source", index=True),
        jsonb("fee_details"),
        timestamp("available_on", index=True),
        CREATED,
    ),
)

payout = Collection(
    "payout",
    source=f"{DOCS}/payouts",
    path="/v1/payouts",
    created_filter="created",
    archived_when='$.status == "canceled"',
    columns=(
        text("status", index=True),
        money("amount"),
        text("currency"),
        timestamp("arrival_date"),
        boolean("automatic"),
        text("payout_type", "type"),
        *texts("method", "description", "statement_descriptor", "failure_code", "failure_message"),
        text("reconciliation_status"),
        reference("destination"),
        reference("balance_transaction_id", "balance_transaction"),
        *COMMON,
    ),
    events={"payout.created": CREATE, "payout.*": UPSERT},
)

transfer = Collection(
    "transfer",
    source=f"{DOCS}/transfers",
    path="/v1/transfers",
    created_filter="created",
    columns=(
        reference("destination", index=True),
        money("amount"),
        money("amount_reversed"),
        *texts("currency", "description"),
        boolean("reversed"),
        text("transfer_group", index=True),
        reference("source_transaction"),
        reference("balance_transaction_id", "balance_transaction"),
        *COMMON,
    ),
    events={"transfer.created": CREATE, "transfer.*": UPSERT},
)

COLLECTIONS = (
    balance_transaction,
    payout,
    transfer,
)
