"""What clients ask: from text to what is done and answered."""
