"""One run from plan to bundle, the worker that does it and the client that asks."""
