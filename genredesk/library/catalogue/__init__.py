"""The catalogue's SQLite file: its connection, its lock, rows in and out."""
