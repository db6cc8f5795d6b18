// @supabase/stripe-sync-engine, pointed at the mock:
//   node peer.mjs (migrate | backfill) DATABASE_URL BASE_URL API_KEY
//   node peer.mjs webhooks DATABASE_URL BASE_URL API_KEY REQUESTS_FILE SECRET CONNECTIONS AT_A_TIME
//     which says when it is ready, and waits for a word
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import Stripe from 'stripe'

// Its migrations are found from the CommonJS build only.
const { StripeSync, runMigrations } = createRequire(import.meta.url)('@supabase/stripe-sync-engine')

const [command, databaseUrl, baseUrl, apiKey, file, stripeWebhookSecret, connections, atATime] = process.argv.slice(2)

if (command === 'migrate') {
  await runMigrations({ databaseUrl, schema: 'stripe' })
} else {
  const poolConfig = { connectionString: databaseUrl, ...(connections && { max: Number(connections) }) }
  const sync = new StripeSync({ poolConfig, stripeSecretKey: apiKey, stripeWebhookSecret })
  const { hostname, port } = new URL(baseUrl)
  sync.stripe = new Stripe(apiKey, { host: hostname, port, protocol: 'http' })
  if (command === 'backfill') {
    await sync.syncBackfill({ object: 'customer' })
  } else {
    const requests = JSON.parse(readFileSync(file))
    console.log('ready')
    await once(process.stdin, 'data')
    const work = async () => {
      for (let next; (next = requests.pop()); ) await sync.processWebhook(...next)
    }
    await Promise.all(Array.from({ length: Number(atATime) }, work))
  }
  await sync.postgresClient.pool.end()
}
