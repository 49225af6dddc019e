"""The Atmosphere conversation and the event API, without I/O: see README.md."""
