"""The URLs that may get copies of callbacks."""

from ipaddress import ip_address
import re

from homeassistant.core import HomeAssistant
from yarl import URL

from .ownership import is_own_url, read_url

# A name that ends in a number is an IPv4 address to many a resolver: 127.1, 0x7f.1.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


def is_forwardable(hass: HomeAssistant, url: str) -> bool:
    """Return whether copies may go to a URL, judged by its host as written."""
    try:
        return _is_external(hass, read_url(url))
    except ValueError:
        return False


def _is_external(hass: HomeAssistant, target: URL) -> bool:
    """Return whether a URL is https and leads neither to this Home Assistant nor its machine."""
    # A dot at the end, and a user, leave the host what it is.
    host = (target.host or "").rstrip(".")
    if target.scheme != "https" or not host:
        return False
    bare = target.with_user(None).with_host(host)
    if any(is_own_url(hass, str(bare.with_scheme(s))) for s in ("https", "http")):
        return False
    try:
        address = ip_address(host)
    except ValueError:
        last_label = host.rpartition(".")[2]
        return last_label != "localhost" and not _NUMBER.fullmatch(last_label)
    address = getattr(address, "ipv4_mapped", None) or address
    return not (address.is_loopback or address.is_link_local or address.is_unspecified)
