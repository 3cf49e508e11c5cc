"""The roster document: what a source says of a school, in English, free of any source."""
