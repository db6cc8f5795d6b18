"""`notify`: job results are posted by pg_net, at least once each, and the URL is seen nowhere."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest

from supasaasy import Config, define_config, get_migrations
from supasaasy.cluster import Cluster
from supasaasy.testing import Provider, Request, Response
from tests.commands import APP, configure, run
from tests.conftest import Database
from tests.doubles.pg_net import post_requests
from tests.doubles.supabase import supabase_cluster
from tests.providers import faults
from tests.providers.stripe import StripeProvider
from tests.support import CONFIG, DOUBLES, SECRETS, execute_file, load_template, query, start_sync, sync, value

PATH = "/services/T0001/B0001/qWzXsEcReTtOkEn"
OUTBOX = "select status, attempts, error_message from supasaasy.sync_job_notifications order by id"


class Chat(Provider):
    """A chat that answers what the test says."""

    answer = Response(200, b"ok")

    def respond(self, request: Request) -> Response:
        return self.answer

    @property
    def posts(self) -> list[Any]:
        """The bodies that came to the secret path."""
        return [json.loads(request.body) for request in self.requests if request.path == PATH]


@pytest.fixture
def chat() -> Iterator[Chat]:
    with Chat() as chat:
        yield chat


def notify(database: Database, chat: Chat, *results: str) -> None:
    """As after a migration with this `notify`."""
    execute_file(database, DOUBLES / "pg_net.sql")
    database.execute("select vault.create_secret(%s, 'CHAT_URL')", (chat.url + PATH,))
    database.execute(
        "update supasaasy.installation set notify = %s", (json.dumps({"on": results, "url_env": "CHAT_URL"}),)
    )


@pytest.fixture
def notifying(database: Database, chat: Chat) -> Database:
    """A database that tells the chat of failed jobs."""
    notify(database, chat, "failed")
    return database


def end_job(database: Database, status: str = "failed", error: str | None = "no") -> str:
    """Let a job of one task end so."""
    job_id = start_sync(database, resources=["customer"])
    database.execute(
        "select supasaasy._end_task(id, %s, %s) from supasaasy.sync_job_tasks where job_id = %s",
        (status, error, job_id),
    )
    return job_id


def send(database: Database, minutes: int = 0) -> None:
    """What happens in two minutes of pg_cron and pg_net, so many minutes later than now."""
    if minutes:
        later = "select set_config('supasaasy.now', (clock_timestamp() + make_interval(mins => %s))::text, false)"
        database.execute(later, (minutes,))
    database.execute("select supasaasy._send_notifications()")
    post_requests(database)
    database.execute("select supasaasy._send_notifications()")


@pytest.mark.usefixtures("engine")
def test_a_failed_job_is_posted_with_its_state_and_one_that_completed_is_not(
    notifying: Database, chat: Chat, stripe: StripeProvider
) -> None:
    stripe.add("customer", 5)
    sync(notifying, resources=["customer"])
    send(notifying)
    assert chat.requests == []

    stripe.fault(faults.status(403), times=None)
    status = sync(notifying, resources=["customer"])
    send(notifying)
    [post] = chat.posts
    assert post["text"].startswith(
        "supasaasy: full sync of stripe_prod failed:\n"
        "customer: the provider answered 403: The provider double answers 403."
    )
    assert post["job"] == {key: status[key] for key in status if key not in ("success", "tasks")}
    assert (post["job"]["status"], chat.requests[0].headers["content-type"]) == ("failed", "application/json")
    assert query(notifying, OUTBOX) == [("delivered", 0, None)]
    send(notifying)
    assert len(chat.posts) == 1


def test_a_completed_job_is_posted_where_the_config_asks_for_it(
    database: Database, chat: Chat, stripe: StripeProvider
) -> None:
    notify(database, chat, "failed", "completed")
    stripe.add("customer", 5)
    sync(database, resources=["customer"])
    send(database)
    [post] = chat.posts
    assert (post["text"], post["job"]["processed_entities"]) == ("supasaasy: full sync of stripe_prod completed", 5)


def test_a_cancelled_job_is_not_posted(database: Database, chat: Chat) -> None:
    notify(database, chat, "failed", "completed")
    database.execute("select supasaasy.cancel_job(%s)", (start_sync(database),))
    send(database)
    assert chat.requests == []


def test_a_job_that_is_retried_and_fails_again_is_posted_again(notifying: Database, chat: Chat) -> None:
    job_id = end_job(notifying)
    notifying.execute("select supasaasy.retry_job(%s)", (job_id,))
    send(notifying)
    assert chat.posts[0]["job"]["status"] == "failed"  # as it ended, though it is under way again
    notifying.execute("select supasaasy._end_task(id, 'failed', 'again') from supasaasy.sync_job_tasks")
    send(notifying)
    assert [post["job"]["error_message"] for post in chat.posts] == ["customer: no", "customer: again"]


def test_an_end_that_is_rolled_back_is_not_posted(notifying: Database, chat: Chat) -> None:
    with notifying.transaction(force_rollback=True):
        end_job(notifying)
        assert query(notifying, OUTBOX) == [("pending", 0, None)]
    send(notifying)
    assert (query(notifying, OUTBOX), chat.requests) == ([], [])


def test_what_a_provider_says_alerts_nobody(notifying: Database, chat: Chat) -> None:
    end_job(notifying, error="<!channel> & <https://evil.example|log in>, @everyone")
    send(notifying)
    said = chat.posts[0]["text"].split("\n")[1]
    assert said == (
        "customer: &lt;!channel&gt; &amp; &lt;https://evil.example|log in&gt;, @\N{ZERO WIDTH SPACE}everyone"
    )
    assert chat.posts[0]["job"]["error_message"].endswith("<https://evil.example|log in>, @everyone")


def test_an_error_of_any_length_makes_a_text_that_a_chat_takes(notifying: Database, chat: Chat) -> None:
    end_job(notifying, error="<" * 100_000)
    send(notifying)
    assert len(chat.posts[0]["text"]) == 1_900


# The receiver --------------------------------------------------------------------------------------------------------


def test_a_receiver_that_is_down_gets_it_once_it_is_up(notifying: Database, chat: Chat) -> None:
    chat.answer = Response(500, b"")
    end_job(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [("pending", 1, "the endpoint answered 500")]
    send(notifying)
    assert len(chat.posts) == 1  # not before a minute has passed
    chat.answer = Response(200, b"ok")
    send(notifying, minutes=2)
    assert query(notifying, OUTBOX) == [("delivered", 1, None)]
    assert chat.posts[0] == chat.posts[1]


def test_a_receiver_that_refuses_connections_is_asked_again(notifying: Database, chat: Chat) -> None:
    notifying.execute("select vault.update_secret(id, 'http://127.0.0.1:1/hook') from vault.secrets")
    end_job(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [("pending", 1, "the endpoint did not answer: Couldn't connect to server")]
    notifying.execute("select vault.update_secret(id, %s) from vault.secrets", (chat.url + PATH,))
    send(notifying, minutes=2)
    assert query(notifying, OUTBOX) == [("delivered", 1, None)]


def test_a_word_in_which_slack_says_why_is_kept_and_no_longer_answer(notifying: Database, chat: Chat) -> None:
    chat.answer = Response(404, b"no_service")
    end_job(notifying)
    send(notifying)
    chat.answer = Response(404, f"Cannot POST {PATH}".encode())
    end_job(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [
        ("pending", 1, "the endpoint answered 404: no_service"),
        ("pending", 1, "the endpoint answered 404"),
    ]


def test_it_is_tried_for_about_a_day_and_then_given_up_with_its_error(notifying: Database, chat: Chat) -> None:
    chat.answer = Response(503, b"")
    end_job(notifying)
    minutes, waits = 0, []
    for wait in [0, 1, 2, 4, 8, 16, 32, *[60] * 23]:
        minutes += wait
        send(notifying, minutes)
        waits.append(value(notifying, "select due_at - supasaasy._now() from supasaasy.sync_job_notifications"))
    assert [round(wait.total_seconds()) for wait in waits[:8]] == [60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert (minutes, len(chat.posts)) == (1443, 30)
    assert query(notifying, OUTBOX) == [("failed", 30, "the endpoint answered 503")]
    send(notifying, minutes + 100)
    assert len(chat.posts) == 30


def test_one_that_fails_holds_up_no_other(notifying: Database, chat: Chat) -> None:
    chat.answer = Response(500, b"")
    end_job(notifying)
    send(notifying)
    chat.answer = Response(200, b"ok")
    end_job(notifying)
    send(notifying)
    assert [status for status, *_ in query(notifying, OUTBOX)] == ["pending", "delivered"]


# pg_net --------------------------------------------------------------------------------------------------------------


def test_a_request_that_pg_net_loses_is_sent_again(notifying: Database, chat: Chat) -> None:
    end_job(notifying)
    notifying.execute("select supasaasy._send_notifications()")
    notifying.execute("delete from net.http_request_queue")
    send(notifying, minutes=4)
    assert query(notifying, OUTBOX) == [("pending", 0, None)]  # it may still be under way
    send(notifying, minutes=6)
    assert query(notifying, OUTBOX) == [("pending", 1, "pg_net has lost the request")]
    send(notifying, minutes=8)
    assert query(notifying, OUTBOX) == [("delivered", 1, None)]
    assert len(chat.posts) == 1


def test_the_answer_to_a_request_of_a_pg_net_that_was_made_anew_is_not_taken_for_ours(
    notifying: Database, chat: Chat
) -> None:
    end_job(notifying)
    notifying.execute("select supasaasy._send_notifications()")
    notifying.execute("drop schema net cascade")
    execute_file(notifying, DOUBLES / "pg_net.sql")
    notifying.execute("select net.http_post(%s, '{}')", (chat.url + "/other",))
    post_requests(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [("pending", 0, None)]
    send(notifying, minutes=6)
    send(notifying, minutes=8)
    assert (query(notifying, OUTBOX), len(chat.posts)) == ([("delivered", 1, None)], 1)


def test_a_request_that_waits_in_pg_nets_queue_is_not_sent_twice(notifying: Database, chat: Chat) -> None:
    end_job(notifying)
    for minutes in (0, 10, 100):
        notifying.execute(
            "select set_config('supasaasy.now', (clock_timestamp() + make_interval(mins => %s))::text, false)",
            (minutes,),
        )
        notifying.execute("select supasaasy._send_notifications()")
    send(notifying)
    assert (query(notifying, OUTBOX), len(chat.posts)) == ([("delivered", 0, None)], 1)


def test_after_a_crash_it_is_sent_again_and_another_request_of_the_same_number_is_not_taken_for_it(
    own_cluster: Callable[..., Cluster], chat: Chat
) -> None:
    server = own_cluster(settings={}, environment=SECRETS)  # fsync and all that, as on a server that matters
    load_template(host=str(server.directory), port=server.port, user="postgres", dbname="template1")
    with psycopg.connect(server.dsn("template1"), autocommit=True) as database:
        notify(database, chat, "failed")
        database.execute("checkpoint")
        end_job(database)
        database.execute("select supasaasy._send_notifications()")
        server.stop("immediate")

    server.start(SECRETS)
    with psycopg.connect(server.dsn("template1"), autocommit=True) as database:
        assert query(database, "select id from net.http_request_queue") == []
        database.execute("insert into net._http_response (id, status_code) select generate_series(1, 10), 200")
        database.execute("select supasaasy._send_notifications()")
        assert query(database, OUTBOX) == [("pending", 0, None)]
        database.execute("delete from net._http_response")
        send(database, minutes=6)
        assert (query(database, OUTBOX), len(chat.posts)) == ([("delivered", 0, None)], 1)


def test_an_error_of_pg_net_is_kept_without_the_url(notifying: Database, chat: Chat) -> None:
    notifying.execute(
        """
        drop function net.http_post;
        create function net.http_post(url text, body jsonb, timeout_milliseconds integer)
        returns bigint language plpgsql as $$ begin raise exception 'the worker is down, no % for you', url; end $$
        """
    )
    end_job(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [("pending", 1, "the worker is down, no … for you")]


def test_two_senders_at_once_post_it_once(notifying: Database, chat: Chat, connect: Callable[[], Database]) -> None:
    end_job(notifying)
    other = connect()
    with notifying.transaction():
        notifying.execute("select supasaasy._send_notifications()")
        other.execute("set lock_timeout to '1s'")
        other.execute("select supasaasy._send_notifications()")
    send(notifying)
    assert len(chat.posts) == 1


def test_without_pg_net_it_waits_and_says_so(notifying: Database, chat: Chat) -> None:
    notifying.execute("drop schema net cascade")
    end_job(notifying)
    notifying.execute("select supasaasy._send_notifications()")
    assert query(notifying, OUTBOX) == [("pending", 0, "pg_net is not installed: create extension pg_net")]
    execute_file(notifying, DOUBLES / "pg_net.sql")
    send(notifying)
    assert query(notifying, OUTBOX) == [("delivered", 0, None)]


# The URL -------------------------------------------------------------------------------------------------------------


def test_where_pg_nets_tables_may_not_be_read_it_waits_and_says_so(notifying: Database, chat: Chat) -> None:
    role = f"sender_{notifying.info.dbname}"  # roles belong to the cluster, which other tests use at the same time
    end_job(notifying)
    notifying.execute(
        f"""
        create role {role} bypassrls;
        grant usage on schema supasaasy, net, vault to {role};
        grant all on all tables in schema supasaasy, vault to {role};
        grant execute on all functions in schema supasaasy to {role};
        set role {role};
        """.encode()
    )
    notifying.execute("select supasaasy._send_notifications()")
    notifying.execute(f"reset role; drop owned by {role}; drop role {role}".encode())
    problem = f"{role} may not read pg_net's tables: grant select on all tables in schema net to {role}"
    assert query(notifying, OUTBOX) == [("pending", 0, problem)]
    send(notifying)
    assert (query(notifying, OUTBOX), len(chat.posts)) == ([("delivered", 0, None)], 1)


def test_while_the_secret_is_missing_it_waits_and_says_so(notifying: Database, chat: Chat) -> None:
    notifying.execute("update vault.secrets set name = 'OTHER'")
    end_job(notifying)
    for minutes in (0, 3_000):  # it is not given up, however long that takes
        send(notifying, minutes)
        assert query(notifying, OUTBOX) == [
            ("pending", 0, "the secret CHAT_URL is missing: select vault.create_secret('...', 'CHAT_URL')")
        ]
    notifying.execute("update vault.secrets set name = 'CHAT_URL'")
    send(notifying)
    assert (query(notifying, OUTBOX), len(chat.posts)) == ([("delivered", 0, None)], 1)


@pytest.mark.parametrize("secret", ["hooks.slack.com/services/x", "file:///etc/passwd", "http://x/ y", "ftp://x"])
def test_a_secret_that_is_no_url_is_not_sent_and_not_shown(notifying: Database, secret: str) -> None:
    notifying.execute("select vault.update_secret(id, %s) from vault.secrets", (secret,))
    end_job(notifying)
    send(notifying)
    assert query(notifying, OUTBOX) == [
        ("pending", 0, "the secret CHAT_URL is not an absolute URL, http:// or https://")
    ]


def test_the_url_is_in_no_table_of_ours_and_in_no_log(
    notifying: Database, chat: Chat, cluster: Cluster, connect: Callable[[], Database]
) -> None:
    notifying.execute("set log_statement to 'all'")
    notifying.execute("set log_min_duration_statement to 0")
    for answer in (Response(500, PATH.encode()), Response(200, b"ok")):
        chat.answer = answer
        end_job(notifying)
        for _ in range(2):
            notifying.execute("select supasaasy._send_notifications()")
            post_requests(connect())  # pg_net itself logs no statement
    tables = query(
        notifying,
        "select oid::regclass::text from pg_class where relkind = 'r'"
        " and relnamespace in ('supasaasy'::regnamespace, 'pgmq'::regnamespace, 'cron'::regnamespace)",
    )
    assert ("supasaasy.sync_job_notifications",) in tables
    for (table,) in tables:
        assert query(connect(), f"select 1 from {table} as row where row::text like '%%qWzXsEcReT%%'") == []
    log = cluster.log_text()
    assert "statement: select supasaasy._send_notifications()" in log
    assert "qWzXsEcReT" not in log


# The configuration ---------------------------------------------------------------------------------------------------


def configured(**changes: Any) -> Config:
    return define_config(CONFIG.model_dump() | {"notify": {"url_env": "CHAT_URL"}} | changes)


@pytest.mark.parametrize("runtime", ["plpython", "external"])
def test_the_config_makes_a_schedule_that_posts_and_without_it_nothing_is_posted(
    database: Database, chat: Chat, runtime: str
) -> None:
    notify(database, chat)
    schedule = "select schedule, command from cron.job where jobname = 'supasaasy:notify'"
    database.execute(get_migrations(configured(runtime=runtime), bundle_pgmq=True).encode())
    assert query(database, schedule) == [("* * * * *", "select supasaasy._send_notifications()")]
    end_job(database)
    send(database)
    assert len(chat.posts) == 1

    database.execute("drop schema net cascade")  # which need not be there any more
    database.execute(get_migrations(configured(runtime=runtime, notify=None), bundle_pgmq=True).encode())
    assert query(database, schedule) == []
    end_job(database)
    database.execute("select supasaasy._send_notifications()")
    assert query(database, OUTBOX) == [("delivered", 0, None)]


@pytest.mark.usefixtures("project")
def test_apply_names_what_changes_and_refuses_where_pg_net_is_missing(database: Database) -> None:
    configure(apps=[APP], notify={"url_env": "CHAT_URL"})
    code, _, messages = run(database, "apply", "--yes")
    assert code == 1
    assert (
        "- pg_net, by which notify posts, is not installed on the server: get it from "
        "https://github.com/supabase/pg_net, or leave notify out of the config."
    ) in messages.replace("\n", " ")
    execute_file(database, DOUBLES / "pg_net.sql")
    code, lines, _ = run(database, "apply", "--yes")
    assert (code, "+ schedule supasaasy:notify: * * * * *, select supasaasy._send_notifications()" in lines) == (
        0,
        True,
    )
    assert run(database, "apply", "--dry-run")[1] == [
        "Nothing that shows would change; the functions are created again."
    ]


def test_on_supabase_the_migration_creates_pg_net() -> None:
    with supabase_cluster({}) as project:
        migration = get_migrations(configured(runtime="external")).encode()
        with psycopg.connect(project.dsn(user="supabase_admin"), autocommit=True) as admin:
            with pytest.raises(psycopg.errors.FeatureNotSupported) as caught:
                admin.execute(migration)
            assert (caught.value.diag.message_primary or "").splitlines()[1:] == [
                "- pg_net is not loaded: add it to shared_preload_libraries and restart the server."
            ]
        with psycopg.connect(project.dsn(), autocommit=True) as postgres:
            postgres.execute(migration)
            placed = "select extnamespace::regnamespace::text from pg_extension where extname = 'pg_net'"
            assert value(postgres, placed) == "extensions"
            end_job(postgres)
            postgres.execute("select supasaasy._send_notifications()")
            assert "the secret CHAT_URL is missing" in query(postgres, OUTBOX)[0][2]


# Looking -------------------------------------------------------------------------------------------------------------


def problems(database: Database) -> list[tuple[str, str, str]]:
    """What health() finds about notifications."""
    found = value(database, "select supasaasy.health()")["problems"]
    return [
        (each["about"], each["problem"], each["remedy"])
        for each in found
        if each["about"] in ("notify", "secret", "schedule")
    ]


def test_what_is_not_delivered_is_a_problem_until_it_is_sent_again(notifying: Database, chat: Chat) -> None:
    chat.answer = Response(410, b"channel_is_archived")
    end_job(notifying)
    end_job(notifying)
    send(notifying)
    assert problems(notifying) == []  # it may pass
    send(notifying, minutes=11)
    [(about, problem, remedy)] = problems(notifying)
    assert (about, problem) == (
        "notify",
        "2 job results are not delivered: the endpoint answered 410: channel_is_archived",
    )
    notifying.execute("update supasaasy.sync_job_notifications set status = 'failed'")
    assert problems(notifying) == [(about, problem, remedy)]
    chat.answer = Response(200, b"ok")
    notifying.execute(remedy.removeprefix("once that is mended: ").encode())
    send(notifying)
    assert problems(notifying) == []
    assert query(notifying, OUTBOX) == [("delivered", 0, None)] * 2


def test_a_pg_net_that_posts_nothing_is_a_problem(notifying: Database) -> None:
    end_job(notifying)
    notifying.execute("select supasaasy._send_notifications()")
    notifying.execute("select set_config('supasaasy.now', (clock_timestamp() + '11 minutes')::text, false)")
    assert [problem for _, problem, _ in problems(notifying)] == [
        "1 job results are not delivered: pg_net has not posted them: does its worker run, and in this database?"
    ]


def test_a_pg_net_or_a_secret_that_is_missing_is_a_problem(notifying: Database) -> None:
    notifying.execute("drop schema net cascade")
    notifying.execute("delete from vault.secrets")
    assert problems(notifying) == [
        ("secret", "the secret CHAT_URL of notify is missing", "select vault.create_secret('...', 'CHAT_URL')"),
        ("notify", "pg_net, by which job results are posted, is not installed", "create extension pg_net"),
    ]
    notifying.execute("update supasaasy.installation set notify = null")
    assert problems(notifying) == []


def test_a_schedule_that_is_disabled_is_a_problem(notifying: Database) -> None:
    notifying.execute("select cron.schedule('supasaasy:notify', '* * * * *', 'select 1')")
    notifying.execute("update cron.job set active = false where jobname = 'supasaasy:notify'")
    assert [problem for _, problem, _ in problems(notifying)] == ["schedule supasaasy:notify is disabled"]


def test_notifications_go_with_their_job(notifying: Database) -> None:
    end_job(notifying)
    send(notifying)
    notifying.execute("select set_config('supasaasy.now', (clock_timestamp() + '31 days')::text, false)")
    notifying.execute("call supasaasy.prune()")
    assert query(notifying, OUTBOX) == []
