"""Stripe's objects with Stripe's fields, made from a number: the same number makes the same object."""

from __future__ import annotations

from typing import Any

Object = dict[str, Any]

FIRST_CREATED = 1_700_000_000
DAY = 86_400


def object_id(prefix: str, number: int) -> str:
    return f"{prefix}_{number:014d}"


def created_at(number: int) -> int:
    """One object a minute."""
    return FIRST_CREATED + 60 * number


def customer(number: int) -> Object:
    return {
        "id": object_id("cus", number),
        "object": "customer",
        "address": {
            "city": "Lisboa",
            "country": "PT",
            "line1": f"Rua da Prata {number}",
            "line2": None,
            "postal_code": "1100-416",
            "state": None,
        },
        "balance": -100 * (number % 3),
        "created": created_at(number),
        "currency": "eur",
        "default_source": None,
        "delinquent": number % 10 == 0,
        "description": f"Cliente número {number}, imported from the old billing system in one go",
        "discount": None,
        "email": f"customer{number}@example.com",
        "invoice_prefix": f"{number:08X}",
        "invoice_settings": {
            "custom_fields": None,
            "default_payment_method": object_id("pm", number),
            "footer": None,
            "rendering_options": None,
        },
        "livemode": False,
        "metadata": {
            "tenant": str(number % 7),
            "source": "import",
            "crm_id": f"{number:024x}",
            "notes": "Prefers to be called in the morning, and pays by bank transfer within ten days.",
        },
        "name": f"Joana Çelik {number}",
        "next_invoice_sequence": 1,
        "phone": f"+351 21 {number:07d}",
        "preferred_locales": ["pt-PT", "en"],
        "shipping": {
            "address": {
                "city": "Porto",
                "country": "PT",
                "line1": f"Rua das Flores {number}",
                "line2": "3.º esquerdo",
                "postal_code": "4050-265",
                "state": None,
            },
            "name": f"Joana Çelik {number}",
            "phone": f"+351 22 {number:07d}",
        },
        "tax_exempt": "none",
        "test_clock": None,
    }


def product(number: int) -> Object:
    return {
        "id": object_id("prod", number),
        "object": "product",
        "active": number % 4 != 3,
        "created": created_at(number),
        "default_price": object_id("price", number),
        "description": f"Plan number {number}",
        "images": [f"https://files.example.com/{number}.png"],
        "livemode": False,
        "marketing_features": [],
        "metadata": {},
        "name": f"Product {number}",
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": created_at(number) + DAY,
        "url": None,
    }


def price(number: int) -> Object:
    return {
        "id": object_id("price", number),
        "object": "price",
        "active": number % 4 != 3,
        "billing_scheme": "per_unit",
        "created": created_at(number),
        "currency": "eur",
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": f"Price {number}",
        "product": object_id("prod", number),
        "recurring": {
            "interval": "month",
            "interval_count": 1,
            "meter": None,
            "trial_period_days": None,
            "usage_type": "licensed",
        },
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": 500 + 100 * number,
        "unit_amount_decimal": str(500 + 100 * number),
    }


def plan(number: int) -> Object:
    return {
        "id": object_id("plan", number),
        "object": "plan",
        "active": number % 4 != 3,
        "amount": 500 + 100 * number,
        "amount_decimal": str(500 + 100 * number),
        "billing_scheme": "per_unit",
        "created": created_at(number),
        "currency": "eur",
        "interval": "month",
        "interval_count": 1,
        "livemode": False,
        "metadata": {},
        "meter": None,
        "nickname": f"Plan {number}",
        "product": object_id("prod", number),
        "tiers_mode": None,
        "transform_usage": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }


def subscription(number: int, items: int = 1, status: str = "active") -> Object:
    """A subscription with all its items; billing periods are on the items, as since API version 2025-03-31."""
    subscription_id = object_id("sub", number)
    ended = created_at(number) + 10 * DAY if status == "canceled" else None
    return {
        "id": subscription_id,
        "object": "subscription",
        "application": None,
        "application_fee_percent": None,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_cycle_anchor": created_at(number),
        "billing_mode": {"type": "classic"},
        "billing_thresholds": None,
        "cancel_at": None,
        "cancel_at_period_end": False,
        "canceled_at": ended,
        "cancellation_details": {"comment": None, "feedback": None, "reason": None},
        "collection_method": "charge_automatically",
        "created": created_at(number),
        "currency": "eur",
        "customer": object_id("cus", number),
        "days_until_due": None,
        "default_payment_method": object_id("pm", number),
        "default_source": None,
        "default_tax_rates": [],
        "description": None,
        "discounts": [],
        "ended_at": ended,
        "invoice_settings": {"account_tax_ids": None, "issuer": {"type": "self"}},
        "items": {
            "object": "list",
            "data": [subscription_item(subscription_id, number, position) for position in range(items)],
            "has_more": False,
            "url": f"/v1/subscription_items?subscription={subscription_id}",
        },
        "latest_invoice": object_id("in", number),
        "livemode": False,
        "metadata": {},
        "next_pending_invoice_item_invoice": None,
        "on_behalf_of": None,
        "pause_collection": None,
        "pending_invoice_item_interval": None,
        "pending_setup_intent": None,
        "pending_update": None,
        "schedule": None,
        "start_date": created_at(number),
        "status": status,
        "test_clock": None,
        "transfer_data": None,
        "trial_end": None,
        "trial_settings": {"end_behavior": {"missing_payment_method": "create_invoice"}},
        "trial_start": None,
    }


def subscription_item(subscription_id: str, number: int, position: int) -> Object:
    return {
        "id": f"si_{number:010d}{position:04d}",
        "object": "subscription_item",
        "billing_thresholds": None,
        "created": created_at(number),
        "current_period_end": created_at(number) + 30 * DAY,
        "current_period_start": created_at(number),
        "discounts": [],
        "metadata": {},
        "plan": plan(position),
        "price": price(position),
        "quantity": 1 + position,
        "subscription": subscription_id,
        "tax_rates": [],
    }
