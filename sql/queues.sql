-- pgmq.create does nothing where the queue exists.
select pgmq.create('supasaasy_tasks');
