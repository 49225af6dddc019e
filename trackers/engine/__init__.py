"""What a report and passing time do to what is known of a source. Pure."""
