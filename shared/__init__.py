"""What the three services truly share; no business rule of one service lives here."""
