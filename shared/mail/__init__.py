"""Mails as every service sends them: Dutch templates, plain text and simple HTML, over SMTP."""
