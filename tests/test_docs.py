"""Every SQL and shell block of the README and of docs/ runs: page by page, in order, as a reader runs them.

What cannot run here says why in its source: `<!-- not run here: … -->` above the block, or right below a heading for
the whole section.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from supasaasy.cluster import Cluster
from tests.commands import APP, configure, link_supabase, run
from tests.conformance.subjects import SUBJECTS
from tests.conftest import Database
from tests.support import DOUBLES, execute_file, query, sync

ROOT = Path(__file__).parent.parent
_NOT_RUN = re.compile(r" *<!-- not run here: (.+) -->")
_FENCE = re.compile(r"( *)```(sql|sh)")


@dataclass(frozen=True)
class Block:
    """What stands between two fences."""

    line: int
    language: str
    text: str
    not_run: str  # why; empty where it is run


def blocks_of(page: Path) -> Iterator[Block]:
    """The SQL and shell blocks of a page, in order."""
    section = reason = ""
    below_heading = False
    lines = enumerate(page.read_text().splitlines(), 1)
    for number, line in lines:
        if fence := _FENCE.fullmatch(line):
            inner = iter(lambda: next(lines)[1].removeprefix(fence[1]), "```")
            yield Block(number, fence[2], "\n".join(inner), reason or section)
            reason = ""
        elif (found := _NOT_RUN.fullmatch(line)) and below_heading:
            section = found[1]
        elif found:
            reason = found[1]
        elif line.startswith("#"):
            section = ""
        below_heading = line.startswith("#") or (below_heading and not line)


# The recipes want an invoice besides what an app gets that names nothing.
RESOURCES = {"stripe": {"sync_resources": ["customer", "product", "price", "plan", "subscription", "invoice"]}}
PAGES = {
    str(page.relative_to(ROOT)): list(blocks_of(page))
    for page in (ROOT / "README.md", *sorted(ROOT.glob("docs/*.md")), *sorted(ROOT.glob("examples/**/*.md")))
}


@pytest.fixture
def providers(database: Database, project: Path) -> Iterator[None]:
    """The database has synced a little of every provider, and the user's configuration says so."""
    with ExitStack() as running:
        subjects = [subject() for subject in SUBJECTS.values()]
        for subject in subjects:
            running.enter_context(subject.provider)
            for resource in subject.listed:
                subject.add(resource, 3)
        configure(apps=[_app(subject.connector.name, subject.provider.url) for subject in subjects])
        assert run(database, "apply", "--yes")[0] == 0
        for subject in subjects:
            assert sync(database, app_key=subject.app_key)["status"] == "completed"
        yield


@pytest.fixture
def new_database(database: Database, cluster: Cluster) -> Iterator[str]:
    """The URL of a database that holds nothing but an extension."""
    name = f"{database.info.dbname}_new"
    database.execute(f"create database {name}".encode())
    with psycopg.connect(cluster.dsn(name)) as connection:
        connection.execute("create extension plpython3u")
    yield cluster.url(name)
    database.execute(f"drop database {name} (force)".encode())


@pytest.fixture
def reader(
    database: Database, cluster: Cluster, project: Path, providers: None, new_database: str
) -> Callable[[Block], None]:
    """Runs a block in a user's directory."""
    database.execute("create publication supabase_realtime")  # as every Supabase project has one
    url = cluster.url(database.info.dbname)
    environment = {
        "PATH": os.pathsep.join((str(link_supabase(project, url)), os.environ["PATH"])),
        "HOME": str(project),
        "DATABASE_URL": url,
        "OLD": url,
        "NEW": new_database,
    }
    return lambda block: _run(block, database, project, environment)


def _app(connector: str, url: str) -> dict[str, object]:
    names = {"api_key_env": f"{connector.upper()}_API_KEY", "webhook_secret_env": f"{connector.upper()}_WEBHOOK_SECRET"}
    return {
        "app_key": f"{connector}_prod",
        "name": connector,
        "connector": connector,
        "config": APP["config"] | names | {"base_url": url} | RESOURCES.get(connector, {}),
    }


def _run(block: Block, database: Database, project: Path, environment: dict[str, str]) -> None:
    if block.language == "sql":
        database.execute(block.text.encode())
        return
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.text],
        cwd=project,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{block.text}\n{done.stdout}{done.stderr}"


@pytest.mark.parametrize("page", [page for page, blocks in PAGES.items() if any(not block.not_run for block in blocks)])
def test_every_block_of_a_page_runs(
    page: str, database: Database, project: Path, reader: Callable[[Block], None]
) -> None:
    if page == "docs/migrating-from-supasaasy.md":
        run(database, "uninstall", "--yes")
        execute_file(database, DOUBLES / "supasaasy.sql")
    elif page.startswith("examples/"):
        shutil.copytree((ROOT / page).parent, project, dirs_exist_ok=True)
    for block in PAGES[page]:
        if not block.not_run:
            try:
                reader(block)
            except Exception as error:
                raise AssertionError(f"{page}:{block.line}: {error}") from error


def test_a_database_of_supasaasy_is_not_overwritten(database: Database, project: Path) -> None:
    run(database, "uninstall", "--yes")
    execute_file(database, DOUBLES / "supasaasy.sql")
    code, _, messages = run(database, "apply", "--yes")
    assert (code, "The schema supasaasy is that of SupaSaaSy: alter schema" in messages) == (1, True)


def test_the_recipes_find_what_is_there(database: Database, reader: Callable[[Block], None]) -> None:
    paid, recurring, churned, heard = (block.text for block in PAGES["docs/recipes.md"][:4])
    database.execute(
        """
        update supasaasy.stripe_subscription
        set raw_payload = raw_payload || '{"status": "active", "start_date": 1577836800, "ended_at": null}';
        update supasaasy.stripe_price
        set raw_payload = raw_payload || '{"unit_amount_decimal": "12000", "currency": "eur"
            , "recurring": {"interval": "year", "interval_count": 1}}';
        update supasaasy.stripe_subscription_item
        set raw_payload = raw_payload || jsonb_build_object(
            'quantity', 1, 'price', (select min(external_id) from supasaasy.stripe_price));
        update supasaasy.stripe_customer
        set raw_payload = raw_payload || jsonb_build_object(
            'email', (select upper(min(email)) from supasaasy.intercom_contact));
        update supasaasy.stripe_invoice
        set raw_payload = raw_payload || '{"status": "paid", "amount_paid": 1050, "currency": "eur"
            , "status_transitions": {"paid_at": 1577836800}}';
        update supasaasy.intercom_conversation
        set raw_payload = raw_payload || jsonb_build_object('contacts', jsonb_build_object('contacts', (
            select jsonb_agg(jsonb_build_object('id', external_id)) from supasaasy.intercom_contact)));
        """
    )
    assert [(str(month), str(amount)) for month, _, amount in query(database, paid)] == [
        ("2020-01-01", "31.5000000000000000")
    ]
    assert [(currency, str(amount)) for _, currency, amount in query(database, recurring)] == [("eur", "30.00")] * 12
    assert query(database, churned) == []
    database.execute(
        """
        update supasaasy.stripe_subscription set raw_payload = raw_payload || jsonb_build_object('status', 'canceled'
            , 'ended_at', extract(epoch from now() - interval '1 day')::bigint)
        """
    )
    assert len(query(database, churned)) >= 1
    assert [conversations for _, conversations, _ in query(database, heard)] == [3]


def test_the_trigger_of_the_recipes_tells_of_a_changed_status(
    database: Database, reader: Callable[[Block], None]
) -> None:
    reader(PAGES["docs/recipes.md"][4])
    change = """update supasaasy.stripe_subscription set raw_payload = raw_payload || '{"status": "paused", "x": %d}'"""
    for number in (1, 2):
        database.execute((change % number).encode())
    assert query(database, "select distinct old_status, new_status from app.subscription_changes") == [
        ("active", "paused")
    ]


def test_the_policy_of_the_recipes_shows_users_their_own_rows(
    database: Database, reader: Callable[[Block], None]
) -> None:
    reader(PAGES["docs/recipes.md"][5])
    run(database, "apply", "--yes")  # which leaves policies of others as they are
    [(mine,)] = query(database, "select external_id from supasaasy.stripe_subscription order by 1 limit 1")
    database.execute(
        """
        update supasaasy.stripe_subscription set raw_payload = raw_payload || '{"metadata": {"user_id": "me"}}'
        where external_id = %s
        """,
        (mine,),
    )
    database.execute("select set_config('request.jwt.claims', '{\"sub\": \"me\"}', false)")
    with database.transaction():
        database.execute("set local role authenticated")
        assert query(database, "select external_id from supasaasy.stripe_subscription") == [(mine,)]
