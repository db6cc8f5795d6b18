-- What a busy day leaves in the tests' database, for the dashboard's tests and its picture.

insert into supasaasy.stripe_customer (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
select 'stripe_prod', 'customer_' || number, jsonb_build_object('id', 'customer_' || number), now(), now(), now()
from generate_series(1, 1200) as number;

insert into supasaasy.stripe_plan (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
select 'stripe_prod', 'plan_' || number, jsonb_build_object('id', 'plan_' || number), now(), now(), now()
from generate_series(1, 6) as number;

insert into supasaasy.stripe_price (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
select 'stripe_prod', 'price_' || number, jsonb_build_object('id', 'price_' || number), now(), now(), now()
from generate_series(1, 34) as number;

insert into supasaasy.stripe_product (app_key, external_id, raw_payload, observed_at, created_at, updated_at)
select 'stripe_prod', 'product_' || number, jsonb_build_object('id', 'product_' || number), now(), now(), now()
from generate_series(1, 12) as number;

insert into supasaasy.sync_state (app_key, collection_key, last_success_at)
select 'stripe_prod', collection_key, now() - interval '4 minutes' * row_number() over ()
from supasaasy.collections where parent_key is null and resource_type <> 'subscription';

-- every hour a sync of each of four collections, a failed one, and one that is under way
insert into supasaasy.sync_jobs (id, app_key, mode, status, resource_types, error_message, created_at, started_at, completed_at)
select md5(hour::text)::uuid, 'stripe_prod', case when hour = 0 or hour % 6 = 5 then 'full' else 'incremental' end
    , case hour when 0 then 'processing' when 1 then 'failed' else 'completed' end
    , array['customer', 'plan', 'price', 'subscription']
    , case hour when 1 then 'plan: Stripe answered 403: the key may not read plans' end
    , now() - interval '1 hour' * hour - interval '90 seconds', now() - interval '1 hour' * hour - interval '80 seconds'
    , case when hour > 0 then now() - interval '1 hour' * hour end
from generate_series(0, 23) as hour;

insert into supasaasy.sync_job_tasks (
    job_id, app_key, collection_key, resource_type, mode, status, processed_entities, pages, error_message
    , created_at, started_at, completed_at)
select job.id, 'stripe_prod', 'stripe_' || resource, resource, job.mode
    , case
        when job.status = 'processing' then case resource
            when 'plan' then 'completed' when 'price' then 'pending' else 'processing' end
        when job.status = 'failed' and resource = 'plan' then 'failed'
        else 'completed' end
    , size * case when job.status = 'processing' and resource = 'price' then 0
        else 2 + abs(sin(extract(hour from job.created_at) * 7)) * case job.mode when 'full' then 9 else 2 end end
    , case when job.status = 'processing' and resource = 'price' then 0 else size / 10 + 1 end
    , case when job.status = 'failed' and resource = 'plan' then 'Stripe answered 403: the key may not read plans' end
    , job.created_at, case when job.status <> 'processing' or resource <> 'price' then job.started_at end, job.completed_at
from supasaasy.sync_jobs as job
cross join (values ('customer', 90), ('plan', 1), ('price', 4), ('subscription', 40)) as listed(resource, size);

insert into supasaasy.webhook_events (
    app_key, event_id, event_type, occurred_at, collection_key, object_id, action, payload, status, attempts, error_message
    , received_at, processed_at)
select 'stripe_prod', 'evt_' || number
    , (array['customer.updated', 'customer.subscription.updated', 'customer.created'])[1 + number % 3]
    , at, case number % 3 when 1 then 'stripe_subscription' else 'stripe_customer' end
    , case number % 3 when 1 then 'sub_1PqBv8Lkd' else 'cus_QhT9vKx' end || number, 'upsert'
    , jsonb_build_object('id', 'evt_' || number, 'object', 'event', 'type', 'customer.updated'
        , 'created', extract(epoch from at)::bigint, 'data', jsonb_build_object('object', jsonb_build_object(
            'id', 'cus_QhT9vKx' || number, 'object', 'customer', 'email', 'payload-is-not-shown')))
    , case when number = 3 then 'failed' else 'processed' end, case when number = 3 then 5 else 0 end
    , case when number = 3 then 'value out of range: the object''s created is in the year 294277' end
    , at, at + interval '1 millisecond' * (300 + abs(sin(number * 12.9)) * 1400 + case number % 20 when 0 then 2500 else 0 end)
from (
    select number, now() - interval '24 hours' * (number / 900.0) ^ 1.2 - interval '4 seconds' as at
    from generate_series(1, 900) as number
) as event
order by number desc;

select supasaasy._note_worker();
