# Two images for compose.yaml: `web` has the command supasaasy, `db` is PostgreSQL with all that the fetch engine inside needs.

FROM python:3.13-slim-trixie AS web
COPY pyproject.toml README.md LICENSE /src/
COPY generator /src/generator
COPY plpython /src/plpython
COPY sql /src/sql
RUN pip install --no-cache-dir '/src[server]'
# pgmq is SQL alone, and its Python package has the script of its extension: here it becomes one.
WORKDIR /pgmq
RUN version="$(python -c 'from pgmq.install import *; print(get_embedded_sql_version())')" \
    && python -c 'from pgmq.install import *; print(get_embedded_install_sql())' > "pgmq--$version.sql" \
    && printf "comment = 'message queues'\ndefault_version = '%s'\nschema = 'pgmq'\nrelocatable = false\n" "$version" > pgmq.control
# What the config is read from, and what compose.yaml mounts.
WORKDIR /project
USER nobody
ENTRYPOINT ["sh", "-c", "export PGPASSWORD=\"$(cat /run/secrets/POSTGRES_PASSWORD)\" ADMIN_API_KEY=\"$(cat /run/secrets/ADMIN_API_KEY)\"; exec supasaasy \"$@\"", "supasaasy"]

FROM postgres:17-trixie AS db
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-plpython3-17 postgresql-17-cron \
    && rm -rf /var/lib/apt/lists/*
COPY --from=web /pgmq /usr/share/postgresql/17/extension
# Background workers, so that pg_cron needs no connection and no password; every schedule under way takes one.
CMD ["postgres", "-c", "shared_preload_libraries=pg_cron", "-c", "cron.database_name=postgres", "-c", "cron.use_background_workers=on", "-c", "max_worker_processes=32", "-c", "cron.max_running_jobs=31"]
