"""Is all well here? The parts of an installation, tried one by one; and the report of a bad end."""
