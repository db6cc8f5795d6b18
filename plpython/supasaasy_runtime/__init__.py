"""The fetch engine: lists a provider's objects over HTTP and hands each page to SQL, which owns all state.

Runs inside PostgreSQL, so it has the standard library only and Python 3.9 upwards. Threads speak HTTP and nothing
else; the main thread alone speaks to the database.
"""
