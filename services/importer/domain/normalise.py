"""Clean text from a source, and compare two values as a human would."""

import unicodedata

from shared.roster.document import GroupRecord, PersonRecord, Record

# What exports and a clipboard carry along besides control characters: blanks without width, soft
# hyphens, and marks of the direction of writing, which make a name look like another. A joiner
# (U+200D) stays: alphabets and emoji are written with it.
_INVISIBLE = dict.fromkeys(
    [0xAD, 0x200B, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_CASELESS = frozenset({"email", "username", "real_id", "eck_id", "employee_code", "onderwijssoort"})


def clean(text: str | None) -> str | None:
    """One line of NFC text without control characters or needless blanks; null when empty.

    Unicode Standard Annex 15 for NFC; a no-break space counts as a blank.
    """
    if text is None:
        return None
    if text.isascii() and text.isprintable():
        # All of it is composed, visible, and has no blank but the space.
        return " ".join(text.split()) or None
    composed = unicodedata.normalize("NFC", text).translate(_INVISIBLE)
    kept = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zs", "Zl", "Zp"} else sign
        for sign in composed
        if unicodedata.category(sign) != "Cs"
    )
    return " ".join(kept.split()) or None


def clean_record(record: Record) -> Record:
    """A record with clean keys and values; header, problems and trailer stay as they are."""
    match record:
        case PersonRecord() | GroupRecord():
            fields = {name: clean(value) for name, value in record.fields.items()}
            return record.model_copy(update={"key": clean(record.key), "fields": fields})
        case _:
            return record


def bare_number(number: str | None) -> str | None:
    """A leerlingnummer as compared: Somtoday has 123 where Magister has 00123."""
    if number is None:
        return None
    return number.lstrip("0") or "0"


def bare_name(name: str) -> str:
    """A name as compared where it can only raise a question: no case, no accents."""
    if name.isascii():
        return name.casefold()
    apart = unicodedata.normalize("NFKD", name.casefold())
    return "".join(sign for sign in apart if not unicodedata.combining(sign))


def bare_group(name: str) -> str:
    """The name of a group as compared: a list has H4A, or h4a on some rows, for Somtoday's h4a."""
    return name.casefold()


def same(name: str, one: str | None, other: str | None) -> bool:
    """Whether two values of a field are the same to a human."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    return comparable(name, one) == comparable(name, other)


def comparable(name: str, value: str) -> str:
    """A value of a field as it is compared: equal for two that are the same to a human."""
    if name == "pupil_number":
        return bare_number(value) or value
    return value.casefold() if name in _CASELESS else value
