"""The importer's rules: matching, diff, apply; pure, without input or output."""
