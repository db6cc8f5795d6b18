from supasaasy import define_config

config = define_config(
    {
        # "runtime": "external",  # on hosted Supabase, with `supasaasy worker` running somewhere
        "apps": [
            {
                "app_key": "stripe_prod",
                "name": "Stripe",
                "connector": "stripe",
                "config": {"api_key_env": "STRIPE_API_KEY", "webhook_secret_env": "STRIPE_WEBHOOK_SECRET"},
            },
            {
                "app_key": "intercom_prod",
                "name": "Intercom",
                "connector": "intercom",
                "config": {"api_key_env": "INTERCOM_API_KEY", "webhook_secret_env": "INTERCOM_WEBHOOK_SECRET"},
            },
        ],
        "sync_schedules": [
            {"app_key": "stripe_prod", "cron": "*/30 * * * *"},
            {"app_key": "stripe_prod", "cron": "0 3 * * *", "mode": "full"},
            {"app_key": "intercom_prod", "cron": "*/30 * * * *"},
            {"app_key": "intercom_prod", "cron": "0 4 * * *", "mode": "full"},
        ],
    }
)
