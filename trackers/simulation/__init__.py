"""A fleet that drives through an imagined city and reports over HTTP, for demonstrations and trials.

Everything but `reporter` is pure: time steps and random numbers come in as arguments. The server uses
nothing of it.
"""
