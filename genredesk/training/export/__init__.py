"""A trained network to a bundle's files, in 32 and in 8 bits."""
