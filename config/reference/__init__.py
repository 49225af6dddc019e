"""What a program can read about the API: OpenAPI and AsyncAPI documents."""

VERSION = "0.1.0"
