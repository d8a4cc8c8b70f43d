"""Coverage criteria as data, decided in three-valued logic. Plain Python, without Django or a database."""
