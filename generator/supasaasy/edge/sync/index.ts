// POST /functions/v1/sync {app_key, mode?, resource_types?, immediate?}: start a sync, or run it.
import { answer, authorize, json, serve, sql } from "../_shared/supasaasy.ts";

async function sync(request: Request): Promise<Response> {
  authorize(request);
  const [started] = await sql`
    select supasaasy.sync(
      asked.app_key, coalesce(asked.mode, 'incremental'), asked.resource_types, coalesce(asked.immediate, false)
    )::text as job
    from jsonb_to_record(${await json(request)}::text::jsonb)
      as asked(app_key text, mode text, resource_types text[], immediate boolean)`;
  return answer(started.job);
}

serve({ POST: sync });
