"""The networks, in torch: one file of ``zoo`` is one network; ``registry`` finds them."""
