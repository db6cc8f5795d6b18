// GET /functions/v1/job-status/{id}?include_tasks=true: how far a job is.
import { answer, authorize, lastOf, notFound, serve, sql } from "../_shared/supasaasy.ts";

async function show(request: Request): Promise<Response> {
  authorize(request);
  const query = new URL(request.url).searchParams;
  const id = lastOf(request, "job-status") ?? query.get("job_id");
  if (id === null) return notFound();
  const includeTasks = query.get("include_tasks") === "true";
  const [job] = await sql`select supasaasy.job_status(${id}::text::uuid, ${includeTasks})::text as status`;
  return answer(job.status);
}

serve({ GET: show });
