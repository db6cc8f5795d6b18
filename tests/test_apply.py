"""`supasaasy apply` and `supasaasy uninstall`: what changes is said first, and then done whole or not at all."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable

import psycopg
import pytest

from supasaasy import get_migrations
from supasaasy.cluster import Cluster
from tests.commands import COMMAND, app_with, configure, run
from tests.conftest import Database
from tests.support import CONFIG, PATIENCE, query, value

pytestmark = pytest.mark.usefixtures("project")


def test_a_new_installation_is_announced_and_made(database: Database) -> None:
    database.execute("drop schema supasaasy cascade; delete from cron.job")
    configure(apps=[app_with(sync_resources=["plan"])])
    code, lines, messages = run(database, "apply", "--yes")
    assert (code, messages) == (0, "applied\n")
    assert lines == [
        "+ app stripe_prod: Stripe: plan",
        "+ collection stripe_plan: view stripe_plans, 12 columns",
        "+ connector stripe",
        "+ schedule supasaasy:prune: 23 4 * * *, "
        "call supasaasy.prune(jobs_days => 30, events_days => 30, logs_days => 30)",
        "+ schedule supasaasy:worker:1",
        "+ schedule supasaasy:worker:2",
        "+ supasaasy: version 0.1.0, runtime plpython",
    ]
    assert value(database, "select supasaasy.version()") == "0.1.0"


def test_what_is_there_already_is_no_change(database: Database) -> None:
    code, lines, _ = run(database, "apply", "--yes")
    assert (code, lines) == (0, ["Nothing that shows would change; the functions are created again."])


def test_changed_settings_are_named_with_old_and_new(database: Database) -> None:
    configure(
        apps=[app_with(rate_limit=50, webhook_secret_env="OTHER_SECRET")],
        sync_schedules=[{"app_key": "stripe_prod", "cron": "0 3 * * *", "mode": "full"}],
        workers=1,
        read_roles=["anon"],
    )
    assert run(database, "apply", "--dry-run")[1] == [
        "~ app stripe_prod",
        "    ~ config",
        "        ~ rate_limit",
        "            ~ per_endpoint: 100000.0 → 50.0",
        "            ~ per_second: 100000.0 → 50.0",
        "        ~ webhook_secret_env: STRIPE_WEBHOOK_SECRET → OTHER_SECRET",
        "+ schedule supasaasy:stripe_prod:1: 0 3 * * *, select supasaasy.sync('stripe_prod', 'full')",
        "- schedule supasaasy:worker:2",
        "~ supasaasy",
        "    ~ read_roles: [] → ['anon']",
    ]


def test_what_leaves_the_config_is_said_to_stay_in_the_database(database: Database) -> None:
    configure(apps=[app_with(sync_resources=["customer"]) | {"app_key": "stripe_new"}])
    lines = run(database, "apply", "--dry-run")[1]
    assert "+ app stripe_new: Stripe: customer" in lines
    assert "- app stripe_prod: disabled; its rows stay" in lines
    assert "- collection stripe_plan: no longer synced; its table and rows stay" in lines
    assert [line for line in lines if "stripe_customer" in line] == []


def test_columns_are_named_one_by_one_with_the_rows_they_rewrite(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        select 'stripe_prod', n::text, '{}', now(), now(), now() from generate_series(1, 1000) as n;
        analyze supasaasy.stripe_customer;
        update supasaasy.collections
        set columns = columns - 0 || '[{"name": "fax", "definition": "text"}]'
        where collection_key = 'stripe_customer';
        alter table supasaasy.stripe_customer add column fax text;
        """
    )
    assert run(database, "apply", "--dry-run")[1] == [
        "~ collection stripe_customer: rewrites a table of about 1,000 rows, which is locked meanwhile",
        "    + column email: text generated always as (supasaasy.json_text(raw_payload -> 'email')) stored",
        "    - column fax",
    ]


def test_partitions_are_named_and_their_rows_counted(database: Database) -> None:
    database.execute("drop schema supasaasy cascade")
    configure(apps=[app_with(sync_resources=["plan"])], partitions=4)
    run(database, "apply", "--yes")
    assert run(database, "apply", "--dry-run")[1] == [
        "Nothing that shows would change; the functions are created again."
    ]
    database.execute(
        """
        insert into supasaasy.stripe_plan (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        select 'stripe_prod', n::text, '{}', now(), now(), now() from generate_series(1, 1000) as n;
        analyze supasaasy.stripe_plan;
        alter table supasaasy.stripe_plan drop column amount cascade;
        """
    )
    configure(apps=[app_with(sync_resources=["plan"])], partitions=8)
    assert run(database, "apply", "--dry-run")[1] == [
        "~ collection stripe_plan: rewrites a table of about 1,000 rows, which is locked meanwhile",
        "    + column amount: bigint generated always as (supasaasy.json_bigint(raw_payload -> 'amount')) stored",
        "    ~ partitions: 4 → 8",
        "    + view: stripe_plans",
    ]
    code, _, messages = run(database, "apply", "--yes")
    assert (code, messages.splitlines()[0]) == (
        1,
        "supasaasy.stripe_plan has 4 partitions, and partitions in the config is 8",
    )


def test_what_was_dropped_by_hand_is_named_and_comes_back(database: Database) -> None:
    database.execute(
        """
        drop view supasaasy.stripe_customers;
        alter table supasaasy.stripe_customer drop column phone cascade;
        drop table supasaasy.stripe_plan cascade;
        """
    )
    assert run(database, "apply", "--yes")[1] == [
        "~ collection stripe_customer",
        "    + column phone: text generated always as (supasaasy.json_text(raw_payload -> 'phone')) stored",
        "    + view: stripe_customers",
        "+ collection stripe_plan: view stripe_plans, 12 columns",
    ]
    assert query(database, "select phone from supasaasy.stripe_customers") == []
    assert query(database, "select amount from supasaasy.stripe_plans") == []


def test_a_dry_run_changes_nothing(database: Database) -> None:
    configure(workers=1)
    before = query(database, "select jobname from cron.job order by 1")
    assert run(database, "apply", "--dry-run")[0] == 0
    assert query(database, "select jobname from cron.job order by 1") == before


def test_as_json_a_new_installation_is_one_document(database: Database) -> None:
    database.execute("drop schema supasaasy cascade; delete from cron.job")
    configure(apps=[app_with(sync_resources=["plan"])])
    code, lines, messages = run(database, "apply", "--yes", "--json")
    document = json.loads("\n".join(lines))
    assert (code, messages, document["applied"]) == (0, "applied\n", True)
    assert [(change["action"], change["name"]) for change in document["changes"]] == [
        ("add", "app stripe_prod"),
        ("add", "collection stripe_plan"),
        ("add", "connector stripe"),
        ("add", "schedule supasaasy:prune"),
        ("add", "schedule supasaasy:worker:1"),
        ("add", "schedule supasaasy:worker:2"),
        ("add", "supasaasy"),
    ]
    assert document["changes"][-1]["new"]["version"] == "0.1.0"
    assert value(database, "select supasaasy.version()") == "0.1.0"


def test_as_json_a_dry_run_has_old_and_new_of_each_part(database: Database) -> None:
    configure(apps=[app_with(webhook_secret_env="OTHER_SECRET")], workers=1)
    code, lines, messages = run(database, "apply", "--dry-run", "--json")
    assert (code, messages) == (0, "")
    secret = {"action": "alter", "name": "webhook_secret_env", "old": "STRIPE_WEBHOOK_SECRET", "new": "OTHER_SECRET"}
    assert json.loads("\n".join(lines)) == {
        "applied": False,
        "changes": [
            {
                "action": "alter",
                "name": "app stripe_prod",
                "parts": [{"action": "alter", "name": "config", "parts": [secret]}],
            },
            {"action": "remove", "name": "schedule supasaasy:worker:2", "old": {"active": True}, "new": None},
        ],
    }
    assert value(database, "select count(*) from cron.job where jobname like 'supasaasy:worker:%'") == 2


def test_as_json_a_rewritten_table_comes_with_its_rows(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        select 'stripe_prod', n::text, '{}', now(), now(), now() from generate_series(1, 1000) as n;
        analyze supasaasy.stripe_customer;
        alter table supasaasy.stripe_customer drop column phone cascade;
        """
    )
    _, lines, _ = run(database, "apply", "--dry-run", "--json")
    [change] = json.loads("\n".join(lines))["changes"]
    assert (change["name"], change["rewritten_rows"]) == ("collection stripe_customer", 1000)
    assert [part["name"] for part in change["parts"]] == ["column phone", "view"]


def test_as_json_what_stops_it_is_a_message_and_no_document(database: Database) -> None:
    configure(read_roles=["nobody_of_that_name"])
    code, lines, messages = run(database, "apply", "--yes", "--json")
    assert (code, lines) == (1, [])
    assert 'role "nobody_of_that_name" does not exist' in messages


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_where_nobody_can_answer_yes_must_be_said(database: Database, options: tuple[str, ...]) -> None:
    for command in ("apply", "uninstall"):
        code, _, messages = run(database, command, *options)
        assert (code, messages) == (1, "there is nobody to ask: add --yes\n")
    assert value(database, "select supasaasy.version()") == "0.1.0"


@pytest.mark.parametrize(("answer", "workers"), [(b"y\n", 1), (b"n\n", 2)])
def test_at_a_terminal_it_asks(database: Database, answer: bytes, workers: int) -> None:
    configure(workers=1)
    keyboard, terminal = pty.openpty()
    process = subprocess.Popen(
        [COMMAND, "apply", "--dsn", database.info.dsn], stdin=terminal, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    os.write(keyboard, answer)
    output, _ = process.communicate(timeout=PATIENCE)
    os.close(keyboard)
    os.close(terminal)
    assert b"Apply? [y/N]: " in output
    assert value(database, "select count(*) from cron.job where jobname like 'supasaasy:worker:%'") == workers


def test_what_the_server_lacks_is_named_before_anything_is_done(database: Database) -> None:
    role = f"plain_{database.info.dbname}"  # roles belong to the cluster, which other tests use at the same time
    database.execute(f"create role {role} login".encode())
    code, lines, messages = run(database, "apply", "--dsn", f"{database.info.dsn} user={role}", "--yes")
    database.execute(f"drop role {role}".encode())
    assert (code, lines) == (1, [])
    assert "supasaasy cannot be installed here; nothing was changed." in messages
    assert f"- The role {role} is not a superuser" in messages
    assert "Traceback" not in messages


def test_a_migration_that_fails_leaves_everything_as_it_was(database: Database) -> None:
    configure(workers=1, read_roles=["nobody_of_that_name"])
    code, _, messages = run(database, "apply", "--yes")
    assert code == 1
    assert 'role "nobody_of_that_name" does not exist' in messages
    assert value(database, "select count(*) from cron.job where jobname like 'supasaasy:worker:%'") == 2


def test_an_older_installation_is_upgraded_and_the_version_named(database: Database) -> None:
    database.execute("update supasaasy.installation set version = '0.0.9'")
    assert run(database, "apply", "--yes")[1] == ["~ supasaasy", "    ~ version: 0.0.9 → 0.1.0"]
    assert value(database, "select supasaasy.version()") == "0.1.0"


def test_uninstall_names_what_goes_and_leaves_nothing(database: Database) -> None:
    database.execute(
        """
        insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
        values ('stripe_prod', 'cus_1', '{}', now(), now(), now());
        create schema reports;
        create view reports.emails as select email from supasaasy.stripe_customers;
        create table reports.notes (
            app_key text, external_id text
            , constraint of_customer foreign key (app_key, external_id) references supasaasy.stripe_customer);
        select cron.schedule('mine', '0 0 * * *', 'select 1');
        """
    )
    code, lines, messages = run(database, "uninstall", "--yes")
    assert (code, messages) == (0, "removed\n")
    assert lines == [
        "- schema supasaasy, with 1 objects and the record of all syncs",
        "- its schedules, its two queues, and its functions in the schema public",
        "- foreign key of_customer of reports.notes, which is built upon it",
        "- view reports.emails, which is built upon it",
        "Extensions, roles and secrets stay.",
    ]
    assert value(database, "select to_regnamespace('supasaasy')") is None
    assert query(database, "select jobname from cron.job") == [("mine",)]
    assert query(database, "select queue_name from pgmq.meta") == []
    assert query(database, "select proname from pg_proc where proname like 'supasaasy%'") == []
    assert value(database, "select count(*) from reports.notes") == 0


def test_as_json_uninstall_says_what_is_gone(database: Database) -> None:
    database.execute(
        "create schema reports; create view reports.emails as select email from supasaasy.stripe_customers"
    )
    code, lines, messages = run(database, "uninstall", "--yes", "--json")
    assert (code, messages) == (0, "removed\n")
    assert json.loads("\n".join(lines)) == {"removed": True, "objects": 0, "dependents": ["view reports.emails"]}


def test_a_database_without_supasaasy_cannot_be_uninstalled(database: Database) -> None:
    database.execute("drop schema supasaasy cascade")
    code, _, messages = run(database, "uninstall", "--yes")
    assert (code, messages) == (1, "supasaasy is not installed here, or too old: apply its migration first\n")


def test_apply_and_uninstall_work_with_the_real_pg_cron(own_cluster: Callable[..., Cluster]) -> None:
    cluster = own_cluster()
    with psycopg.connect(cluster.dsn(), autocommit=True) as connection:
        assert run(connection, "apply", "--yes")[0] == 0
        assert value(connection, "select count(*) from cron.job") == 3
        assert run(connection, "uninstall", "--yes")[0] == 0
        assert value(connection, "select count(*) from cron.job") == 0
        connection.execute(get_migrations(CONFIG, bundle_pgmq=True).encode())  # and it can come back
