"""What clients read of records. Pure."""
