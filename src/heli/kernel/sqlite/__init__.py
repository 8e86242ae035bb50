"""Django's backend for SQLite, with transactions that begin and end in one call each."""
