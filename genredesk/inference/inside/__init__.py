"""A look inside a network: the picture it gets, what its layers make of it, why it answered so."""
