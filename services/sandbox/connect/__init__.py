"""The Connect API as the sandbox answers it."""
