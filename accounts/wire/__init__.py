"""What is said over HTTP, without I/O: see README.md."""
