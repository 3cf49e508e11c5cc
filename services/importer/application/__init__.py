"""What the importer can do, one use case a file."""
