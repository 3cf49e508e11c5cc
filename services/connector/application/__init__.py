"""The connector's use cases, one file each."""
