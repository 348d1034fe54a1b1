"""The only place with Qt: what a person sees, and nothing that computes."""
