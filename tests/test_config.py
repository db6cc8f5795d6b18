"""The configuration: what is accepted, and how what is not is refused."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest

from supasaasy import Config, ConfigError, define_config
from supasaasy.config import Notify, load_config
from supasaasy.connectors.stripe import stripe

APP: dict[str, Any] = {
    "app_key": "stripe_prod",
    "name": "Stripe",
    "connector": "stripe",
    "config": {"api_key_env": "STRIPE_API_KEY"},
}


def app(**changes: Any) -> dict[str, Any]:
    return APP | changes


def settings(**changes: Any) -> dict[str, Any]:
    return app(config=APP["config"] | changes)


def config(*apps: dict[str, Any], **others: Any) -> Config:
    return define_config({"apps": list(apps), **others})


def test_the_smallest_config_syncs_what_the_connector_syncs_by_default() -> None:
    assert config(APP).apps[0].resources == (
        "customer",
        "product",
        "price",
        "plan",
        "subscription",
        "subscription_item",
    )


def test_a_supasaasy_config_ports_key_by_key() -> None:
    ported = config(
        settings(webhook_secret_env="STRIPE_WEBHOOK_SECRET", sync_resources=["customer"]) | {"sync_from": "2024-01-01"},
        sync_schedules=[{"app_key": "stripe_prod", "cron": "0 3 * * *", "enabled": True}],
        webhook_logging={"enabled": True},
    )
    assert ported.apps[0].sync_from == datetime(2024, 1, 1, tzinfo=timezone.utc)
    assert ported.sync_schedules[0].mode == "incremental"
    assert ported.webhook_logging.enabled


def test_children_come_with_their_parent() -> None:
    assert config(settings(sync_resources=["subscription"])).apps[0].resources == ("subscription", "subscription_item")


def test_all_names_every_resource_type() -> None:
    everything = config(settings(sync_resources="all")).apps[0].resources
    assert everything == stripe.resource_types
    assert set(everything) > set(config(APP).apps[0].resources)


def test_children_that_cost_a_request_for_each_parent_come_only_when_they_are_named() -> None:
    assert config(settings(sync_resources=["customer"])).apps[0].resources == ("customer",)
    named = config(settings(sync_resources=["tax_id", "customer"])).apps[0].resources
    assert named == ("customer", "tax_id")


def test_a_number_as_rate_limit_sets_both_limits() -> None:
    assert config(settings(rate_limit=50)).apps[0].settings()["rate_limit"] == {"per_second": 50, "per_endpoint": 50}


def test_the_base_url_loses_its_trailing_slash() -> None:
    assert config(settings(base_url="https://example.com/v1/")).apps[0].config.base_url == "https://example.com/v1"


@pytest.mark.parametrize("url", ["http://localhost:8420", "http://example.com", "https://10.0.0.7", "http://[::1]:80"])
def test_a_base_url_that_is_private_or_plain_http_must_be_asked_for(url: str) -> None:
    with pytest.raises(ConfigError, match="allow_unsafe_base_url if that is meant"):
        config(settings(base_url=url))
    assert config(settings(base_url=url, allow_unsafe_base_url=True)).apps[0].config.base_url == url


@pytest.mark.parametrize("cron", ["0 3 * * *", "*/5 1-3 * jan-mar mon,fri", "0 0 $ * *", "5 seconds", "59 seconds"])
def test_schedules_that_pg_cron_takes_are_taken(cron: str) -> None:
    assert config(APP, sync_schedules=[{"app_key": "stripe_prod", "cron": cron}]).sync_schedules[0].cron == cron


@pytest.mark.parametrize(
    "cron",
    ["", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "*/0 * * * *", "5-1 * * * *", "0 seconds", "60 seconds"],
)
def test_schedules_that_pg_cron_would_refuse_are_refused(cron: str) -> None:
    with pytest.raises(ConfigError, match=r"^sync_schedules\[0\]\.cron: five cron fields"):
        config(APP, sync_schedules=[{"app_key": "stripe_prod", "cron": cron}])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (
            [{**{key: APP[key] for key in ("app_key", "name", "config")}, "conector": "stripe"}],
            "apps[0].connector: field required\n"
            "apps[0].conector: unknown key; did you mean 'connector'? "
            "(allowed: app_key, config, connector, name, sync_from)",
        ),
        (
            [app(connector="strip")],
            "apps[0].connector: unknown connector 'strip'; did you mean 'stripe'? "
            "(available: intercom, notion, stripe)",
        ),
        (
            [settings(sync_resources=["custmer"])],
            "apps[0].config.sync_resources[0]: unknown resource type 'custmer'; did you mean 'customer'? "
            f"(valid: {', '.join(sorted(stripe.resource_types))})",
        ),
        (
            [settings(sync_resources=["subscription_item"])],
            "apps[0].config.sync_resources[0]: 'subscription_item' is synced with 'subscription': name that too",
        ),
        (
            [settings(apiKeyEnv="X")],
            "apps[0].config.apiKeyEnv: unknown key; did you mean 'api_key_env'? (allowed: account, "
            "allow_unsafe_base_url, api_key_env, api_version, base_url, concurrency, max_delete_fraction, "
            "max_webhook_bytes, rate_limit, region, sync_resources, webhook_mode, "
            "webhook_secret_env)",
        ),
        ([app(app_key="a b")], "apps[0].app_key: letters, digits, _ and -, at most 64 of them"),
        ([app(app_key="x" * 65)], "apps[0].app_key: letters, digits, _ and -, at most 64 of them"),
        ([app(app_key="'; drop table")], "apps[0].app_key: letters, digits, _ and -, at most 64 of them"),
        ([APP, APP], "apps[1].app_key: 'stripe_prod' is taken by another app"),
        ([], "apps: at least one app is needed"),
        ([settings(base_url="ftp://x")], "apps[0].config.base_url: an absolute URL, http:// or https://"),
        ([settings(base_url="file:///etc/passwd")], "apps[0].config.base_url: an absolute URL, http:// or https://"),
        (
            [settings(base_url="http://169.254.169.254/latest")],
            "apps[0].config.base_url: 169.254.169.254 is not a public address; "
            "set allow_unsafe_base_url if that is meant",
        ),
        (
            [settings(base_url="http://example.com")],
            "apps[0].config.base_url: plain http shows the API key to everyone on the way; "
            "set allow_unsafe_base_url if that is meant",
        ),
        (
            [settings(base_url="https://user:pass@x")],
            "apps[0].config.base_url: a URL without credentials, query and fragment",
        ),
        ([settings(concurrency=65)], "apps[0].config.concurrency: input should be less than or equal to 64"),
        (
            [app(sync_from="yesterday")],
            "apps[0].sync_from: a date or a time in ISO 8601, for instance '2024-01-01'",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_key_and_what_is_allowed(wrong: list[Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(*wrong)
    assert str(caught.value) == message


def test_a_schedule_for_an_unknown_app_is_refused() -> None:
    with pytest.raises(ConfigError) as caught:
        config(APP, sync_schedules=[{"app_key": "stripe_prd", "cron": "0 3 * * *"}])
    assert str(caught.value) == (
        "sync_schedules[0].app_key: unknown app 'stripe_prd'; did you mean 'stripe_prod'? (apps: stripe_prod)"
    )


@pytest.mark.parametrize("secret", ["sk_live_51abc", "rk_test_51abc", "whsec_abc", "dG9rOjEyMzQ=", "key with spaces"])
def test_a_secret_in_place_of_its_name_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(settings(api_key_env=secret))
    assert "apps[0].config.api_key_env: this must be the name of" in str(caught.value)
    assert secret not in str(caught.value)


def test_all_problems_are_named_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        config(app(app_key="a b", name=""), workers=0)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "apps[0].app_key",
        "apps[0].name",
        "workers",
    ]


@pytest.mark.parametrize(
    ("others", "message"),
    [
        ({"retention": 30}, "retention: a dictionary (allowed: events_days, jobs_days)"),
        ({"webhook_logging": True}, "webhook_logging: a dictionary (allowed: enabled, retention_days)"),
        ({"sync_schedules": {"cron": "0 3 * * *"}}, "sync_schedules: a list"),
        ({"notify": "https://example.com"}, "notify: a dictionary (allowed: on, url_env)"),
        ({"sync_schedules": ["0 3 * * *"]}, "sync_schedules[0]: a dictionary (allowed: app_key, cron, enabled, mode)"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_the_kind_that_is_wanted(others: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(APP, **others)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("notify", "message"),
    [
        ({}, "notify.url_env: field required"),
        ({"url_env": "CHAT_URL", "on": []}, "notify.on: failed, completed, or both"),
        ({"url_env": "CHAT_URL", "on": "failed"}, "notify.on: a list"),
        ({"url_env": "CHAT_URL", "on": ["done"]}, "notify.on[0]: input should be 'failed' or 'completed'"),
        (
            {"url_env": "CHAT_URL", "url": "x"},
            "notify.url: unknown key; did you mean 'url_env'? (allowed: on, url_env)",
        ),
        (
            {"url_env": "https://hooks.example.com/T0/B0/secret"},
            "notify.url_env: this must be the name of an environment variable or Vault secret, not the secret itself",
        ),
    ],
)
def test_a_notification_that_is_configured_wrong_is_refused(notify: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        config(APP, notify=notify)
    assert str(caught.value) == message
    assert config(APP, notify={"url_env": "CHAT_URL"}).notify == Notify(on=("failed",), url_env="CHAT_URL")


def test_public_is_no_read_role() -> None:
    with pytest.raises(ConfigError, match=r"^read_roles\[0\]: the name of a role, and not public$"):
        config(APP, read_roles=["public"])


def test_the_same_meaning_has_the_same_canonical_json() -> None:
    shuffled = dict(reversed(APP.items()))
    assert config(APP).canonical_json() == config(shuffled).canonical_json()


def test_a_config_file_is_run_and_its_config_taken(tmp_path: Path) -> None:
    file = tmp_path / "supasaasy_config.py"
    file.write_text(f"from supasaasy import define_config\nconfig = define_config({{'apps': [{APP!r}]}})\n")
    assert load_config(file) == config(APP)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no such file"),
        ("x = 1", "it must define config = define_config({…})"),
        ("config = {}", "it must define config = define_config({…})"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("from supasaasy import define_config\ndefine_config({})", "apps: field required"),
    ],
)
def test_a_config_file_that_cannot_be_used_says_why(tmp_path: Path, text: str | None, message: str) -> None:
    file = tmp_path / "supasaasy_config.py"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load_config(file)
    assert str(file) in str(caught.value)
    assert message in str(caught.value)
