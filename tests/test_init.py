"""`supasaasy init`: a first configuration, from flags or from answers."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from typer.testing import CliRunner

from supasaasy.cli import app
from supasaasy.config import load_config
from supasaasy.scaffold import PLATFORMS, PlatformName

CONFIG = Path("supasaasy_config.py")


@pytest.fixture(autouse=True)
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def init(*arguments: str, answers: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, ["init", *arguments], input=answers)
    return result.exit_code, result.stderr


def test_flags_are_enough_for_a_config_and_what_to_do_with_it() -> None:
    code, messages = init("--app", "stripe_prod=stripe", "--app", "support=intercom", "--platform", "supabase")
    assert code == 0
    assert (
        CONFIG.read_text()
        == """\
from supasaasy import define_config

config = define_config(
    {
        "runtime": "external",
        "apps": [
            {
                "app_key": "stripe_prod",
                "name": "Stripe",
                "connector": "stripe",
                "config": {"api_key_env": "STRIPE_API_KEY", "webhook_secret_env": "STRIPE_WEBHOOK_SECRET"},
            },
            {
                "app_key": "support",
                "name": "Intercom",
                "connector": "intercom",
                "config": {
                    "api_key_env": "INTERCOM_API_KEY",
                    "webhook_secret_env": "INTERCOM_WEBHOOK_SECRET",
                    "region": "us",
                },
            },
        ],
        "sync_schedules": [
            {"app_key": "stripe_prod", "cron": "*/15 * * * *", "mode": "incremental"},
            {"app_key": "stripe_prod", "cron": "0 3 * * *", "mode": "full"},
            {"app_key": "support", "cron": "*/15 * * * *", "mode": "incremental"},
            {"app_key": "support", "cron": "0 3 * * *", "mode": "full"},
        ],
    }
)
"""
    )
    assert (
        messages
        == """\
written: supasaasy_config.py

Hosted Supabase has no plpython3u, so the fetch engine will run beside the database: keep `supasaasy worker` running
on any machine that reaches it. Schedules and jobs stay inside the database.

It names these secrets; put each where it is looked for:
  select vault.create_secret('…', 'STRIPE_API_KEY');
  select vault.create_secret('…', 'STRIPE_WEBHOOK_SECRET');
  select vault.create_secret('…', 'INTERCOM_API_KEY');
  select vault.create_secret('…', 'INTERCOM_WEBHOOK_SECRET');

Next, with the database in the variable SUPASAASY_DSN:
  supasaasy generate && supabase db push
  supasaasy worker
  psql "$SUPASAASY_DSN" --command "select supasaasy.sync('stripe_prod', 'full')"
  supasaasy status
"""
    )


def test_without_flags_it_asks_and_return_takes_what_is_proposed() -> None:
    code, messages = init(answers="stripe, intercom\n\nsupport\nneon\n")
    assert code == 0, messages
    config = load_config(CONFIG)
    assert [(app.app_key, app.connector) for app in config.apps] == [("stripe_prod", "stripe"), ("support", "intercom")]
    assert config.runtime == "external"


@pytest.mark.parametrize(
    ("platform", "runtime", "webhook_secret"),
    [
        ("postgres", "plpython", "STRIPE_WEBHOOK_SECRET"),
        ("self-hosted-supabase", "plpython", "STRIPE_WEBHOOK_SECRET"),
        ("supabase", "external", "STRIPE_WEBHOOK_SECRET"),
        ("rds", "external", None),  # nowhere to keep it
        ("neon", "external", None),
        ("cloud-sql", "external", None),
    ],
)
def test_where_it_runs_decides_where_the_engine_runs(platform: str, runtime: str, webhook_secret: str | None) -> None:
    assert init("--app", "a=stripe", "--platform", platform)[0] == 0
    config = load_config(CONFIG)
    assert (config.runtime, config.apps[0].config.webhook_secret_env) == (runtime, webhook_secret)


def test_every_platform_can_be_named() -> None:
    assert list(PLATFORMS) == list(get_args(PlatformName))


def test_two_accounts_of_one_provider_have_secrets_of_their_own() -> None:
    init("--app", "stripe_eu=stripe", "--app", "shop-us=stripe", "--platform", "rds")
    assert [app.config.api_key_env for app in load_config(CONFIG).apps] == [
        "STRIPE_EU_API_KEY",
        "STRIPE_SHOP_US_API_KEY",
    ]


def test_a_config_that_is_there_is_replaced_only_when_forced() -> None:
    CONFIG.write_text("mine")
    flags = ("--app", "a=stripe", "--platform", "postgres")
    assert init(*flags) == (1, "supasaasy_config.py is there already: add --force to replace it\n")
    assert CONFIG.read_text() == "mine"
    assert init(*flags, "--force")[0] == 0
    assert load_config(CONFIG).apps[0].app_key == "a"


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ((), "there is nobody to ask: add --app and --platform\n"),
        (("--app", "a=strip", "--platform", "rds"), "did you mean 'stripe'? (available: "),
        (
            ("--app", "a=stripe", "--app", "a=stripe", "--platform", "rds"),
            "apps[1].app_key: 'a' is taken by another app",
        ),
        (("--app", "stripe", "--platform", "rds"), "'stripe': for instance --app stripe_prod=stripe"),
    ],
)
def test_what_cannot_be_used_is_said_and_nothing_is_written(flags: tuple[str, ...], message: str) -> None:
    code, messages = init(*flags)
    assert code in (1, 2)
    assert message in messages
    assert not CONFIG.exists()
