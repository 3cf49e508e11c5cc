"""What is measured, in one form: rows of name, value, unit, goal and whether it was met."""
