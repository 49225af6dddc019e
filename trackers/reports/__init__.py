"""What devices say. Pure: one module per way in turns its wire format into a Report."""
