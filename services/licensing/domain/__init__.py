"""The rules of licensing: pure, without input or output."""
