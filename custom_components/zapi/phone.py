"""Phone numbers as people write them, and as the gateway wants them."""

import phonenumbers


def readable(digits: str) -> str:
    """Return the digits of a number, country code first, as people write them."""
    try:
        number = phonenumbers.parse(f"+{digits}")
    except phonenumbers.NumberParseException:
        return f"+{digits}"
    return phonenumbers.format_number(
        number, phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )


def digits(written: str | int, country: str | None) -> str | None:
    """Return the digits of what a person wrote, None for what is not a number.

    Args:
        written: a number, with or without the country code, and that with or without
            its ``+``; an integer, as templates make one of digits.
        country: the country to assume without a country code, two letters.
    """
    written = str(written)
    return _valid_digits(written, country) or _valid_digits(f"+{written}", None)


def _valid_digits(written: str, country: str | None) -> str | None:
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
