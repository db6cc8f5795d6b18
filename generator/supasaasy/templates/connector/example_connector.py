"""Example (https://docs.example.com): things."""  # TODO: where it is documented, and what is synced

from supasaasy.spec import Bearer, BodyCursor, Collection, Connector, Errors, RateLimit, text, timestamp

# TODO: one Collection for each kind of object; the names of its columns are those that queries will use
thing = Collection(
    "thing",
    source="https://docs.example.com/api/things",  # TODO: the page that describes the object
    path="/v1/things",  # TODO: where it is listed
    records="data",  # TODO: where an answer has the objects
    id="id",
    columns=(
        text("name", index=True),
        text("owner_id", "owner.id"),
        timestamp("example_created_at", "created_at"),
    ),
    # How its changes are found (incremental=), what below it is synced (children=), which events move it (events=):
    # supasaasy/spec.py has the vocabulary. Without these, every sync is a full one.
)

example = Connector(
    name="example",
    title="Example",
    base_url="https://api.example.com",  # TODO
    auth=Bearer(),  # TODO: how a request carries the key
    pagination=BodyCursor("next_cursor", cursor_param="cursor", limit_param="limit", page_size=100),  # TODO
    rate_limit=RateLimit(per_second=5),  # TODO: what the provider allows
    errors=Errors(detail="error"),  # TODO: where an error answer has its message
    collections=(thing,),
    # Webhooks: signature= and envelope=.
)
