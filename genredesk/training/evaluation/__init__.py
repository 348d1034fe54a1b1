"""How good a network is: scores over songs, metrics, the report."""
