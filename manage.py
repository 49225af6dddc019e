#!/usr/bin/env python
"""The command line of Fleetsphere in a checkout."""

from config.command_line import main

if __name__ == "__main__":
    main()
