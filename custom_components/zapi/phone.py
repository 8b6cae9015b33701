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


def digits(written: str, country: str | None) -> str | None:
    """Return the digits of what a person wrote, None for what is no number.

    Args:
        written: a number, with or without the country code.
        country: the country to assume without one, two letters.
    """
    try:
        number = phonenumbers.parse(written, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)[1:]
