"""One file here is one network (with its variants); a file ends in ``NET = NetSpec(...)``."""
