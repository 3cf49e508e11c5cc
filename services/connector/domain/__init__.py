"""The rules of koppelingen, without input or output."""
