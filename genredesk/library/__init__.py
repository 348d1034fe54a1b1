"""The catalogue: what was found, what was heard, what is planned, and the way back.

Scanning and filtering need no window and no particular network: scores come in as a callable.
"""
