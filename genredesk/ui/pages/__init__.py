"""The places of the rail: one file = one page."""
