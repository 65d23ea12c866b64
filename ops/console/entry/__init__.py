"""Who may come in, for how long, and how often they may try."""
