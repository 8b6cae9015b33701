"""What every route of the gateway is made of."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .instance import Instance

if TYPE_CHECKING:
    from .gateway import Gateway

NOT_CONNECTED = "You need to be connected with whatsapp"


class RefusalError(Exception):
    """A request that the gateway refuses (section 2.3): HTTP status, `error` text if any, and other keys of the body."""

    def __init__(self, status: int, error: str = "", **others: str) -> None:
        """Refuse."""
        super().__init__(error)
        self.status = status
        self.body = {"error": error, **others} if error else None


@dataclass(frozen=True, slots=True)
class Call:
    """A request that passed the gate."""

    gateway: Gateway
    instance: Instance
    path: str
    """As it stands after the token."""
    argument: str = ""
    """The part of the path that the route leaves open."""
    query: Mapping[str, str] = field(default_factory=dict)
    body: Any = None

    def field(self, name: str, kind: type) -> Any:
        """Give a field of the body.

        Raises:
            RefusalError: it is missing or of another kind.
        """
        value = self.body.get(name) if isinstance(self.body, dict) else None
        if not isinstance(value, kind):
            raise RefusalError(400, f"{name} is required")
        return value

    def need_phone(self) -> None:
        """Refuse the call unless a phone is connected."""
        if not self.instance.up:
            raise RefusalError(400, NOT_CONNECTED)


@dataclass(frozen=True, slots=True)
class Answer:
    """Body and status; `empty` sends no body at all."""

    body: Any = None
    status: int = 200

    @property
    def empty(self) -> bool:
        """Whether there is no body."""
        return self.body is None


type Handler = Callable[[Call], Awaitable[Answer]]
type Routes = dict[str, dict[str, Handler]]
"""Handler by path and verb; `*` at the end of a path stands for one open part."""

DONE = Answer({"value": True})
SUCCESS = Answer({"success": True})
EMPTY = Answer()
NO_CONTENT = Answer(None, 204)
