"""Pushes to browsers: which of them asked, by what key, and how a message is made that only they can read."""
