"""What is heard on the channel layer, and who is here to hear it."""
