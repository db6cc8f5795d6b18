// @supabase/stripe-sync-engine, pointed at the mock: node peer.mjs (migrate | backfill) DATABASE_URL BASE_URL API_KEY
import { createRequire } from 'node:module'
import Stripe from 'stripe'

// Its migrations are found from the CommonJS build only.
const { StripeSync, runMigrations } = createRequire(import.meta.url)('@supabase/stripe-sync-engine')

const [command, databaseUrl, baseUrl, apiKey] = process.argv.slice(2)

if (command === 'migrate') {
  await runMigrations({ databaseUrl, schema: 'stripe' })
} else {
  const sync = new StripeSync({ poolConfig: { connectionString: databaseUrl }, stripeSecretKey: apiKey })
  const { hostname, port } = new URL(baseUrl)
  sync.stripe = new Stripe(apiKey, { host: hostname, port, protocol: 'http' })
  await sync.syncBackfill({ object: 'customer' })
  await sync.postgresClient.pool.end()
}
