"""Every change of users, sessions and keys, and who must hear of it."""
