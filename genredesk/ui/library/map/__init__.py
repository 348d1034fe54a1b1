"""The map of the library: points, and the view of them."""
