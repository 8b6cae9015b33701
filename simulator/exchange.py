"""What went in and out: the record that tests and the control page read."""

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
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
    answer: Any
    """`out`: empty, or why there was no answer."""
    at: float
    """Start, seconds since the epoch, by the gateway's clock."""
    seconds: float
    """Duration; of requests without the delays that are switched on."""

    def as_dict(self) -> dict[str, Any]:
        """Give all fields, JSON values only."""
        return asdict(self)


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
            request=_short(request),
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


def _short(body: Any) -> Any:
    # Media come as data URIs of up to 100 MB: a log of thousands of them would eat the machine.
    if not isinstance(body, dict):
        return body
    return {
        key: f"{value[:64]}… ({len(value)} characters)"
        if isinstance(value, str) and len(value) > 8192
        else value
        for key, value in body.items()
    }
