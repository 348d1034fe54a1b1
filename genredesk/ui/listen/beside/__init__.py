"""Other models on the same sound as the one in use."""
