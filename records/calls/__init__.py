"""What programs ask of records."""
