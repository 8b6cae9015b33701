"""Phone numbers, where another integration has brought the same library with its geography, into the same folder."""

from importlib.metadata import version
from importlib.util import find_spec

from tests.test_phone import (  # noqa: F401  # collected here too
    test_a_number_is_read_with_the_country_of_the_house,
    test_a_number_is_shown_as_people_write_it,
)


def test_both_libraries_are_there() -> None:
    assert version("phonenumbers") == version("phonenumberslite")
    assert find_spec("phonenumbers.geodata")
