"""Coverage criteria as data, decided in three-valued logic. Plain Python: nothing here knows of Django or a database."""
