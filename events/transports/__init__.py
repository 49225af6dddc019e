"""How frames travel: one file per transport."""
