"""Fleetsphere, installed: `fleetsphere …` is the command line; what it runs lies in the folder `server` beside this."""
