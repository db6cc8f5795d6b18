-- Only where it is missing: pgmq.create locks a queue that exists, and would deadlock with a running worker.
select pgmq.create(queue.name)
from unnest(array['supasaasy_tasks', 'supasaasy_webhooks']) as queue(name)
where to_regclass('pgmq.q_' || queue.name) is null;
