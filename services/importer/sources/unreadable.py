"""Why a school's file is refused as a whole."""


class UnreadableFileError(Exception):
    """The file cannot be imported; the message is Dutch and holds nothing of the file's people."""


class UntrustedFileError(UnreadableFileError):
    """The file can be read, but is not this school's whole list of today."""
