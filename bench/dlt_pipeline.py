"""A dlt pipeline that merges all customers, run by dlt's own Python: dlt_pipeline.py DATABASE_URL BASE_URL."""

import sys
import tempfile
from collections.abc import Iterator
from typing import Any

import dlt
from dlt.sources.helpers import requests

database_url, base_url = sys.argv[1:]


@dlt.resource(name="customers", primary_key="id", write_disposition="merge", max_table_nesting=0)
def customers() -> Iterator[list[dict[str, Any]]]:
    session = requests.Client().session
    parameters: dict[str, Any] = {"limit": 100}
    while True:
        page = session.get(f"{base_url}/v1/customers", params=parameters).json()
        yield page["data"]
        if not page["has_more"]:
            return
        parameters["starting_after"] = page["data"][-1]["id"]


with tempfile.TemporaryDirectory() as directory:
    destination = dlt.destinations.postgres(database_url)
    pipeline = dlt.pipeline("bench", destination=destination, dataset_name="dlt", pipelines_dir=directory)
    pipeline.run(customers())
