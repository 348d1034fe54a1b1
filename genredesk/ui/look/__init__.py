"""How everything looks: tokens, theme, style, icons, motion."""
