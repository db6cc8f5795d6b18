"""Intercom (https://developers.intercom.com): companies, contacts, admins, conversations and their parts."""

from supasaasy.spec import (
    CREATE,
    DELETE,
    MERGE,
    SINCE,
    Bearer,
    BodyCursor,
    Collection,
    Connector,
    Envelope,
    Errors,
    PerParent,
    RateLimit,
    Scroll,
    Signature,
    Unpaged,
    UpdatedSince,
    bigint,
    boolean,
    integer,
    jsonb,
    numeric,
    parent,
    text,
    timestamp,
)

DOCS = "https://developers.intercom.com/docs/references/rest-api/api.intercom.io"

PAGES = BodyCursor("pages.next", cursor_param="starting_after", limit_param="per_page", page_size=150)


def search(path: str) -> UpdatedSince:
    """https://developers.intercom.com/docs/build-an-integration/learn-more/rest-apis/pagination-cursor"""
    return UpdatedSince(
        path,
        body={
            "query": {"field": "updated_at", "operator": ">", "value": SINCE},
            "sort": {"field": "updated_at", "order": "ascending"},
        },
        pagination=BodyCursor("pages.next", "pagination.starting_after", "pagination.per_page", 150),
    )


company = Collection(
    "company",
    plural="companies",
    source=f"{DOCS}/companies/scrolloverallcompanies",
    path="/companies/scroll",
    object_path="/companies",
    pagination=Scroll("scroll_param", cursor_param="scroll_param", exists="scroll_exists"),
    columns=(
        text("company_id", index=True),
        text("name"),
        text("industry"),
        integer("size"),
        text("website"),
        numeric("monthly_spend"),
        bigint("session_count"),
        bigint("user_count"),
        text("plan_name", "plan.name"),
        jsonb("custom_attributes"),
        timestamp("intercom_created_at", "created_at"),
        timestamp("intercom_updated_at", "updated_at"),
        timestamp("remote_created_at"),
    ),
    events={"company.created": CREATE, "company.updated": MERGE, "company.deleted": DELETE},
)

contact = Collection(
    "contact",
    source=f"{DOCS}/contacts/listcontacts",
    path="/contacts",
    incremental=search("/contacts/search"),
    archived_when="$.archived == true",
    archived_unlisted=True,
    columns=(
        text("contact_external_id", "external_id", index=True),
        text("email", index=True),
        text("name"),
        text("phone"),
        text("role"),
        text("avatar", "avatar.image_url", "avatar"),
        bigint("owner_id"),
        boolean("has_hard_bounced"),
        boolean("marked_email_as_spam"),
        boolean("unsubscribed_from_emails"),
        text("browser"),
        text("browser_language"),
        text("os"),
        text("language_override"),
        text("country", "location.country"),
        text("region", "location.region"),
        text("city", "location.city"),
        jsonb("custom_attributes"),
        timestamp("intercom_created_at", "created_at"),
        timestamp("intercom_updated_at", "updated_at"),
        timestamp("signed_up_at"),
        timestamp("last_seen_at"),
        timestamp("last_replied_at"),
        timestamp("last_contacted_at"),
    ),
    events={
        "contact.created": CREATE,
        "contact.*": MERGE,
        "contact.deleted": DELETE,
        "contact.user.*": MERGE,
        "contact.user.created": CREATE,
        "contact.lead.*": MERGE,
        "contact.lead.created": CREATE,
        "user.*": MERGE,
        "user.created": CREATE,
        "user.deleted": DELETE,
    },
)

admin = Collection(
    "admin",
    source=f"{DOCS}/admins/listadmins",
    path="/admins",
    records="admins",
    pagination=Unpaged(),
    columns=(
        text("email"),
        text("name"),
        text("job_title"),
        boolean("away_mode_enabled"),
        boolean("away_mode_reassign"),
        boolean("has_inbox_seat"),
        text("avatar_url", "avatar.image_url"),
        jsonb("team_ids"),
    ),
)

conversation = Collection(
    "conversation",
    source=f"{DOCS}/conversations/listconversations",
    path="/conversations",
    records="conversations",
    incremental=search("/conversations/search"),
    archived_when='$.state == "closed"',
    columns=(
        text("title"),
        text("state", index=True),
        boolean("open"),
        text("priority"),
        bigint("admin_assignee_id", index=True),
        bigint("team_assignee_id"),
        boolean("read"),
        bigint("rating", "conversation_rating.rating"),
        text("rating_remark", "conversation_rating.remark"),
        text("source_type", "source.type"),
        text("source_delivered_as", "source.delivered_as"),
        text("source_subject", "source.subject"),
        text("source_author_type", "source.author.type"),
        text("source_author_id", "source.author.id"),
        bigint("parts_count", "statistics.count_conversation_parts"),
        bigint("reopens_count", "statistics.count_reopens"),
        bigint("assignments_count", "statistics.count_assignments"),
        timestamp("intercom_created_at", "created_at"),
        timestamp("intercom_updated_at", "updated_at"),
        timestamp("waiting_since"),
        timestamp("snoozed_until"),
    ),
    children=(
        # At most the 500 newest parts are shown, and there is no paging.
        PerParent(
            "conversation_part",
            path="/conversations/{id}",
            records="conversation_parts.conversation_parts",
            version="updated_at",
            newest_only=True,
            total="statistics.count_conversation_parts",
        ),
    ),
    events={
        "conversation.*": MERGE,
        "conversation.deleted": DELETE,
        "conversation_part.*": MERGE,
    },
)

conversation_part = Collection(
    "conversation_part",
    source=f"{DOCS}/conversations/retrieveconversation",
    columns=(
        parent("conversation_id"),
        text("part_type"),
        text("body"),
        text("author_type", "author.type"),
        text("author_id", "author.id"),
        text("author_name", "author.name"),
        text("author_email", "author.email"),
        text("assigned_to_type", "assigned_to.type"),
        text("assigned_to_id", "assigned_to.id"),
        boolean("redacted"),
        jsonb("attachments"),
        timestamp("intercom_created_at", "created_at"),
        timestamp("intercom_updated_at", "updated_at"),
        timestamp("notified_at"),
    ),
)

intercom = Connector(
    name="intercom",
    title="Intercom",
    base_url="https://api.intercom.io",
    regions={
        "us": "https://api.intercom.io",
        "eu": "https://api.eu.intercom.io",
        "au": "https://api.au.intercom.io",
    },
    auth=Bearer(),
    version_header="Intercom-Version",
    api_version="2.14",
    pagination=PAGES,
    errors=Errors(detail="errors.0"),
    # https://developers.intercom.com/docs/references/rest-api/errors/rate-limiting; half is left to other apps.
    rate_limit=RateLimit(per_second=80, remaining_header="X-RateLimit-Remaining", reset_header="X-RateLimit-Reset"),
    # https://developers.intercom.com/docs/references/webhooks/webhook-models
    signature=Signature("X-Hub-Signature", prefix="sha1=", algorithm="sha1"),
    envelope=Envelope(id="id", type="topic", occurred_at="created_at", object="data.item", ping="ping"),
    collections=(company, contact, admin, conversation, conversation_part),
)
