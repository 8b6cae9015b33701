"""What went in and out: the record that tests and the control page read."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchange:
    """One request answered (`in`) or one callback posted (`out`). Holds no URL; bodies are as they went over the wire."""

    number: int
    """1 for the first since the start, without gaps."""
    direction: Literal["in", "out"]
    instance_id: str
    method: str
    path: str
    """`in`: the path after the token; `out`: the type of the callback."""
    webhook: str
    """`out`: the field of `GET me` whose URL was used; `in`: empty."""
    status: int
    """HTTP status; 0 when there was no answer: reset by us, lost by us, refused, timed out."""
    request: Any
    headers: Mapping[str, str] = field(repr=False)
    """`in`: those of the request, the Client-Token among them; names as they came, whatever their case. `out`: none."""
    answer: Any
    """`out`: empty, or why there was no answer."""
    at: float
    """Start, seconds since the epoch, by the gateway's clock."""
    seconds: float
    """Duration; of requests without the delays that are switched on."""

    def as_dict(self) -> dict[str, Any]:
        """Give all fields but the headers, JSON values only."""
        return {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name != "headers"
        }


class Log:
    """The last exchanges and how many there were."""

    def __init__(self, clock: Callable[[], float], size: int) -> None:
        """Keep the last `size` exchanges."""
        self.clock = clock
        self.count = 0
        self.exchanges: deque[Exchange] = deque(maxlen=size)

    def record(
        self,
        direction: Literal["in", "out"],
        instance_id: str,
        path: str,
        *,
        at: float,
        method: str = "POST",
        webhook: str = "",
        status: int = 0,
        request: Any = None,
        headers: Mapping[str, str] | None = None,
        answer: Any = None,
        seconds: float = 0.0,
    ) -> Exchange:
        """Add one exchange and return it."""
        self.count += 1
        exchange = Exchange(
            number=self.count,
            direction=direction,
            instance_id=instance_id,
            method=method,
            path=path,
            webhook=webhook,
            status=status,
            request=short(request),
            headers=headers or {},
            answer=answer,
            at=at,
            seconds=seconds,
        )
        self.exchanges.append(exchange)
        return exchange

    def since(self, number: int) -> Iterator[Exchange]:
        """Give the exchanges after that number, oldest first."""
        missing = max(self.count - number, 0)
        start = max(len(self.exchanges) - missing, 0)
        return (self.exchanges[index] for index in range(start, len(self.exchanges)))


def short(value: Any) -> Any:
    """Cut texts of over 8,192 characters, within objects and lists too."""
    # Media come as data URIs of up to 100 MB: a log of thousands of them would eat the machine.
    return each_text(value, _cut)


def _cut(text: str) -> str:
    return f"{text[:64]}… ({len(text)} characters)" if len(text) > 8192 else text


def each_text(value: Any, change: Callable[[str], str]) -> Any:
    """Change every text, within objects and lists too; keys stay."""
    if isinstance(value, dict):
        return {key: each_text(item, change) for key, item in value.items()}
    if isinstance(value, list):
        return [each_text(item, change) for item in value]
    return change(value) if isinstance(value, str) else value
