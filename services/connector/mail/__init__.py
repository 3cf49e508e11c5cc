"""The Dutch mails to a school's contact address."""
