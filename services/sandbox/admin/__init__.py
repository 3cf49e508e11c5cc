"""The control API and the pages of a school's applicatiebeheerder."""
