"""Records, reports and rules as rows in SQL."""
