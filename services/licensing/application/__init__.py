"""What licensing can do, one use case a file."""
