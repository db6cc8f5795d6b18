"""plpgsql_check over every PL/pgSQL routine: names, types and unreachable code are right without running them."""

from __future__ import annotations

from tests.conftest import Database
from tests.support import DOUBLES, execute_file

INLINED = """
    _digest _hmac _is_recent _is_unix_time _logs_webhooks _now _pending_events _signature _signature_entry
    _webhook_secret
""".split()
# What receive_webhook and other pinned routines call, for each webhook.
RECEIVING = """
    _accept_webhook _check_signature _enqueue_event _environment _find_secret _judge_webhook _parse_json _read_event
    _redact_headers _route _server_environment _store_event _try_json
""".split()


def test_plpgsql_check_finds_nothing_in_any_routine(database: Database) -> None:
    database.execute("create extension plpgsql_check")
    execute_file(database, DOUBLES / "pg_net.sql")  # what notifications.sql calls where it is installed
    findings = database.execute(
        """
        select routine.oid::regprocedure, finding.level, finding.lineno, finding.message
        from pg_proc as routine
        left join pg_trigger as trigger on trigger.tgfoid = routine.oid
        cross join lateral plpgsql_check_function_tb(
            routine.oid, coalesce(trigger.tgrelid, 0), other_warnings => true, extra_warnings => true
        ) as finding
        where routine.pronamespace = 'supasaasy'::regnamespace
            and routine.prolang = (select oid from pg_language where lanname = 'plpgsql')
            -- It cannot look into a statement that is put together for each collection table.
            and finding.message <> 'cannot determinate a result of dynamic SQL'
        """
    ).fetchall()
    assert findings == []


def test_every_routine_pins_its_search_path_but_those_that_are_inlined_or_below_one_that_does(
    database: Database,
) -> None:
    unpinned = database.execute(
        """
        select routine.proname
        from pg_proc as routine
        join pg_language as language on language.oid = routine.prolang
        where routine.pronamespace = 'supasaasy'::regnamespace
            and language.lanname in ('sql', 'plpgsql')
            and routine.prokind = 'f'  -- a procedure that commits cannot pin it, and qualifies every name
            and routine.proname not like 'json\\_%'
            and not coalesce(routine.proconfig, '{}') @> '{"search_path=pg_catalog, pg_temp"}'
        order by routine.proname
        """
    ).fetchall()
    assert [name for (name,) in unpinned if name not in INLINED + RECEIVING] == []
