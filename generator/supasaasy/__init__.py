"""supasaasy: local copies of SaaS data in Postgres, kept fresh from inside the database."""

from importlib.metadata import version

from supasaasy.config import Config, ConfigError, define_config
from supasaasy.migration import get_migrations

__version__ = version("supasaasy")

__all__ = ["Config", "ConfigError", "__version__", "define_config", "get_migrations"]
