"""What is known of the people in the tests (tests/conftest.py makes them)."""

PASSWORD = "a long enough password"
