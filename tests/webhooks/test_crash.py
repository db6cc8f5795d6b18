"""A 200 is a promise: the server may die right after it."""

from __future__ import annotations

from collections.abc import Callable

import psycopg

from supasaasy.cluster import Cluster
from tests.support import SECRETS, load_template, query, value
from tests.webhooks.support import deliver, event, stop_clock


def test_no_accepted_event_is_lost_when_the_server_dies(own_cluster: Callable[..., Cluster]) -> None:
    server = own_cluster(settings={}, environment=SECRETS)  # fsync and all that, as on a server that matters
    load_template(host=str(server.directory), port=server.port, user="postgres", dbname="template1")
    with psycopg.connect(server.dsn("template1"), autocommit=True) as connection:
        connection.execute("set synchronous_commit to off")  # with which the last commits would be lost
        stop_clock(connection)
        deliver(connection, *(event("customer.created", {"id": f"cus_{number}"}) for number in range(20)))
        server.stop("immediate")

    server.start(SECRETS)
    with psycopg.connect(server.dsn("template1"), autocommit=True) as connection:
        assert value(connection, "select count(*) from supasaasy.webhook_events where status = 'pending'") == 20
        connection.execute("call supasaasy.run_worker()")
        assert value(connection, "select count(*) from supasaasy.stripe_customers") == 20
        assert query(connection, "select message from pgmq.q_supasaasy_webhooks") == []
