"""The embedded Postgres cluster used when no DATABASE_URL is given. Imports nothing of Django."""
