"""The other processes, and the clients that are theirs."""
