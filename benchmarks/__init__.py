"""Numbers, measured: each module here offers ``rows() -> list[Row]``; ``python -m benchmarks``."""
