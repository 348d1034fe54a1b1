"""Other programs, from the window's side: what they are told, and the keys they press."""
