"""The connectors that come with the package: declarations, and nothing else."""

from supasaasy.connectors.intercom import intercom
from supasaasy.connectors.notion import notion
from supasaasy.connectors.stripe import stripe
from supasaasy.spec import Connector

CONNECTORS: dict[str, Connector] = {connector.name: connector for connector in (intercom, notion, stripe)}
