// POST /functions/v1/webhook/{app_key}: one webhook, into supasaasy.receive_webhook, byte for byte.
import { answer, lastOf, notFound, serve, sql, text } from "../_shared/supasaasy.ts";

async function receive(request: Request): Promise<Response> {
  const appKey = lastOf(request, "webhook");
  if (appKey === null) return notFound();
  const headers = JSON.stringify(Object.fromEntries(request.headers));
  const path = new URL(request.url).pathname;
  const body = await text(request);
  const [received] = await sql`
    select status, response::text
    from supasaasy.receive_webhook(${appKey}, ${headers}::text::jsonb, ${body}, ${request.method}, ${path})`;
  return answer(received.response, received.status);
}

// HEAD is how a provider checks that the endpoint exists.
serve({ POST: receive, HEAD: () => new Response() });
