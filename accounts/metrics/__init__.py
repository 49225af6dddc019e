"""What processes count, and how one of them tells of all (docs/decisions/0045-one-scrape-tells-of-all-processes.md)."""
