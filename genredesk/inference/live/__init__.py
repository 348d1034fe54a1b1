"""Parts of the live engine: which window is next, opening a network, and others beside it."""
