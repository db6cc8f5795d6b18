"""Notion (https://developers.notion.com): users, data sources (the tables of databases) and pages."""

from supasaasy.spec import (
    REFETCH,
    Bearer,
    BodyCursor,
    Collection,
    Connector,
    Envelope,
    Errors,
    RateLimit,
    Signature,
    UpdatedSince,
    boolean,
    jsonb,
    reference,
    text,
    timestamp,
)

DOCS = "https://developers.notion.com/reference"

PAGES = BodyCursor("next_cursor", cursor_param="start_cursor", limit_param="page_size", page_size=100)


def search(kind: str, direction: str) -> dict[str, object]:
    """https://developers.notion.com/reference/post-search"""
    return {
        "filter": {"property": "object", "value": kind},
        "sort": {"timestamp": "last_edited_time", "direction": direction},
    }


def edited(kind: str) -> UpdatedSince:
    return UpdatedSince(
        "/v1/search", body=search(kind, "descending"), newest_first="last_edited_time", overlap_seconds=60 * 60
    )


SEARCH_LIMITS = (
    "Search promises neither to show everything nor to show it at once: what it leaves out is fetched by its id."
)

COMMON = (
    boolean("in_trash"),
    jsonb("icon"),
    text("url"),
    text("public_url"),
    jsonb("properties"),
    reference("created_by_id", "created_by"),
    reference("last_edited_by_id", "last_edited_by"),
    timestamp("notion_created_at", "created_time"),
    timestamp("notion_updated_at", "last_edited_time"),
)

user = Collection(
    "user",
    source=f"{DOCS}/user",
    path="/v1/users",
    records="results",
    columns=(
        text("name"),
        text("user_type", "type"),
        text("email", "person.email", index=True),
        text("avatar_url"),
    ),
    limits="Guests are not listed, and no event tells of users.",
)

data_source = Collection(
    "data_source",
    source=f"{DOCS}/data-source",
    path="/v1/search",
    object_path="/v1/data_sources",
    body=search("data_source", "ascending"),
    records="results",
    incremental=edited("data_source"),
    archived_when="$.in_trash == true",
    archived_unlisted=True,
    unlisted=REFETCH,
    columns=(
        text("title", "title.0.plain_text"),
        text("description", "description.0.plain_text"),
        text("database_id", "parent.database_id", index=True),
        *COMMON,
    ),
    events={"data_source.*": REFETCH},
    limits=SEARCH_LIMITS,
)

page = Collection(
    "page",
    source=f"{DOCS}/page",
    path="/v1/search",
    object_path="/v1/pages",
    body=search("page", "ascending"),
    records="results",
    incremental=edited("page"),
    archived_when="$.in_trash == true",
    archived_unlisted=True,
    unlisted=REFETCH,
    columns=(
        text("title", "properties.title.title.0.plain_text", "properties.Name.title.0.plain_text"),
        text("data_source_id", "parent.data_source_id", index=True),
        text("parent_page_id", "parent.page_id", index=True),
        *COMMON,
    ),
    events={"page.*": REFETCH},
    limits=f"{SEARCH_LIMITS} What stands in a page, its blocks, is not synced.",
)

notion = Connector(
    name="notion",
    title="Notion",
    base_url="https://api.notion.com",
    auth=Bearer(),
    version_header="Notion-Version",
    api_version="2026-03-11",
    pagination=PAGES,
    errors=Errors(detail="", not_found="object_not_found"),
    rate_limit=RateLimit(per_second=3),  # https://developers.notion.com/reference/request-limits
    # https://developers.notion.com/reference/webhooks
    signature=Signature("X-Notion-Signature", prefix="sha256=", handshake="verification_token"),
    envelope=Envelope(id="id", type="type", occurred_at="timestamp", object="entity"),
    collections=(user, data_source, page),
)
