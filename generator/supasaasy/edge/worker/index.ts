// POST /functions/v1/worker {job_id?, max_tasks?}: work through the queues for at most 20 seconds.
import { answer, authorize, json, serve, sql } from "../_shared/supasaasy.ts";

async function work(request: Request): Promise<Response> {
  authorize(request);
  const [asked] = await sql`
    select supasaasy._now()::text as began_at, job_id, max_tasks
    from jsonb_to_record(${await json(request)}::text::jsonb) as asked(job_id uuid, max_tasks integer)`;
  await sql`
    call supasaasy.run_worker(job_id => ${asked.job_id}, max_tasks => ${asked.max_tasks}, max_seconds => 20)`;
  const [worked] = await sql`select supasaasy._worker_result(${asked.began_at}::text::timestamptz)::text as result`;
  return answer(worked.result);
}

serve({ POST: work });
