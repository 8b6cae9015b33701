"""What a person may give where media is asked for."""

from dataclasses import dataclass, field
from enum import Enum, auto
from ipaddress import ip_address
from pathlib import PurePosixPath
import re
from typing import Any, Final

from homeassistant.core import split_entity_id, valid_entity_id
import voluptuous as vol
from yarl import URL

_SOURCE: Final = re.compile(
    r"media-source://(?P<domain>[a-z0-9_]+)/(?P<item>[^/].*)", re.DOTALL
)
_SELECTED: Final = vol.Schema(
    {
        vol.Required("media_content_id"): str,
        vol.Optional("media_content_type"): str,
        vol.Optional("metadata"): vol.Any(dict, None),
    }
)
# Names that mean something inside a house only, and numbers, which may be addresses.
_HOME_NAME: Final = re.compile(
    r"(?:.*\.)?(?:localhost|local|localdomain|lan|home|home\.arpa|internal|intranet"
    r"|[0-9]+|0x[0-9a-f]*)|[^.]*",
    re.IGNORECASE,
)


class MediaKind(Enum):
    """Where media comes from."""

    ENTITY = auto()
    SPEECH = auto()
    LOCAL = auto()
    SOURCE = auto()
    PATH = auto()
    URL = auto()


_KINDS_OF_SOURCES: Final = {"media_source": MediaKind.LOCAL, "tts": MediaKind.SPEECH}


@dataclass(frozen=True, slots=True)
class MediaReference:
    """A picture of an entity, a file or an address; nothing is read yet.

    Attributes:
        kind: where it comes from.
        value: an entity id, a media source's id, a path or a URL.
        name: what the file is called, as far as that is known.
        label: how errors call it: nothing but what a person gave or was shown.
    """

    kind: MediaKind
    value: str = field(repr=False)
    name: str = field(repr=False)
    label: str = field(repr=False)

    @classmethod
    def parse(cls, value: Any) -> MediaReference:
        """Return what a ``media`` selector or a line of YAML refers to.

        Raises:
            vol.Invalid: it is nothing of the kind.
        """
        if not isinstance(value, dict):
            return cls._parse(value, "")
        selected = _SELECTED(value)
        title = (selected.get("metadata") or {}).get("title")
        return cls._parse(selected["media_content_id"], title or "")

    @classmethod
    def _parse(cls, value: Any, title: str) -> MediaReference:
        text = value.strip() if isinstance(value, str) else ""
        source = _SOURCE.fullmatch(text)
        if source and source["domain"] not in ("camera", "image"):
            return cls._of_source(text, source["domain"], source["item"], title)
        entity_id = source["item"] if source else text
        if valid_entity_id(entity_id):
            domain, name = split_entity_id(entity_id)
            if domain in ("camera", "image"):
                return cls(MediaKind.ENTITY, entity_id, name, entity_id)
        if (url := _url(text)) and url.host:
            return cls(MediaKind.URL, text, url.name or url.host, url.host)
        if text.startswith("/") and "\0" not in text:
            name = PurePosixPath(text).name or text
            return cls(MediaKind.PATH, text, name, name)
        raise vol.Invalid(
            "expected something from the media browser, a camera or image entity, "
            "a media-source:// id, an absolute path or a URL"
        )

    @classmethod
    def _of_source(
        cls, value: str, domain: str, item: str, title: str
    ) -> MediaReference:
        kind = _KINDS_OF_SOURCES.get(domain, MediaKind.SOURCE)
        if kind is MediaKind.SPEECH:
            # Its item is the text that is to be spoken.
            return cls(kind, value, domain, domain)
        name = title or PurePosixPath(item).name or item
        return cls(kind, value, name, name if kind is MediaKind.LOCAL else domain)


def is_public(url: URL) -> bool:
    """Return whether Z-API can fetch from a URL, judged by its host as written.

    A name is not looked up: inside a house it may lead elsewhere than outside.
    """
    host = (url.host or "").rstrip(".")
    try:
        address = ip_address(host)
    except ValueError:
        is_home = _HOME_NAME.fullmatch(host) is not None
    else:
        is_home = not (getattr(address, "ipv4_mapped", None) or address).is_global
    return url.scheme == "https" and not is_home


def _url(text: str) -> URL | None:
    try:
        return URL(text) if text.startswith(("http://", "https://")) else None
    except ValueError:
        return None
