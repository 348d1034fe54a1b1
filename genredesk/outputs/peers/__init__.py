"""One file here is one way out; it ends in ``PEER = PeerKind(...)``."""
