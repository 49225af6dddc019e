"""What is heard on the channel layer, and the clients that are here to hear it."""
