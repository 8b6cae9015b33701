"""Run the simulator: `python -m simulator --help`."""

import argparse
import asyncio
import ipaddress
from pathlib import Path
from random import SystemRandom
import signal

from aiohttp import web

from .app import make_app
from .gateway import Gateway
from .instance import State


def loopback(host: str) -> str:
    """Accept an address of this machine only: the control page asks nobody for a password."""
    if host == "localhost" or ipaddress.ip_address(host).is_loopback:
        return host
    raise ValueError(host)


def parser() -> argparse.ArgumentParser:
    """Describe the options."""
    parser = argparse.ArgumentParser(
        prog="python -m simulator",
        description="A Z-API on this machine: its HTTP API, its callbacks, and a page at / to play the phone.",
        epilog="The first lines printed are the address and the credentials to use. Stop it with Ctrl+C.",
    )
    add = parser.add_argument
    add(
        "--host",
        type=loopback,
        default="127.0.0.1",
        help="loopback address to listen on (default %(default)s)",
    )
    add(
        "--port",
        type=int,
        default=8390,
        help="0 takes a free one (default %(default)s)",
    )
    add(
        "--instances",
        type=int,
        default=1,
        metavar="N",
        help="how many; ids from the seed (default %(default)s)",
    )
    add("--instance-id", help="id of the first instance, 32 hex characters")
    add("--token", help="token of the first instance, 24 hex characters")
    add(
        "--client-token",
        help="the account's Client-Token; empty = not activated (default: drawn from the seed)",
    )
    add(
        "--phone",
        default="5544999999999",
        help="number of the first instance (default %(default)s)",
    )
    add(
        "--name",
        default="Example instance",
        help="name of the first instance (default %(default)s)",
    )
    add(
        "--state",
        type=State,
        default=State.UNPAIRED,
        choices=list(State),
        help="of all instances (default %(default)s)",
    )
    add("--ca-file", type=Path, help="PEM authorities to trust when posting callbacks")
    strict = argparse.BooleanOptionalAction
    add(
        "--https-strict",
        action=strict,
        default=True,
        help="refuse webhook URLs that are not https",
    )
    add(
        "--spacing",
        type=float,
        nargs=2,
        default=(1.0, 3.0),
        metavar=("MIN", "MAX"),
        help="seconds between sends",
    )
    add(
        "--seed",
        type=int,
        help="of all ids and chances (default: another one each time)",
    )
    return parser


def make_gateway(options: argparse.Namespace) -> Gateway:
    """Set up what the options ask for."""
    seed = SystemRandom().getrandbits(64) if options.seed is None else options.seed
    gateway = Gateway(
        seed=seed, spacing=tuple(options.spacing), ca_file=options.ca_file
    )
    gateway.faults.https_strict = options.https_strict
    token = (
        f"F{gateway.hex(32)}S" if options.client_token is None else options.client_token
    )
    gateway.rotate_client_token(token or None)
    gateway.add(
        options.instance_id,
        options.token,
        name=options.name,
        phone=options.phone,
        state=options.state,
    )
    for number in range(2, options.instances + 1):
        phone = f"55449{80_000_000 + number}"
        gateway.add(name=f"{options.name} {number}", phone=phone, state=options.state)
    return gateway


async def serve(gateway: Gateway, host: str, port: int) -> None:
    """Serve until SIGINT or SIGTERM."""
    stop = asyncio.Event()
    for number in signal.SIGINT, signal.SIGTERM:
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    # The access log would hold the token, which is part of each URL.
    runner = web.AppRunner(
        make_app(gateway),
        access_log=None,
        handler_cancellation=True,
        shutdown_timeout=1,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound = runner.addresses[0][1]
        gateway.base_url = f"http://{f'[{host}]' if ':' in host else host}:{bound}"
        introduce(gateway)
        await stop.wait()
    finally:
        await runner.cleanup()


def introduce(gateway: Gateway) -> None:
    """Print the address and the credentials, one a line."""
    print(f"address: {gateway.base_url}")
    print(f"client-token: {gateway.client_token or '(not activated)'}")
    for instance in gateway.instances.values():
        print(f"instance-id: {instance.instance_id}")
        print(f"token: {instance.token}", flush=True)


def main() -> None:
    """Read the options and serve."""
    options = parser().parse_args()
    asyncio.run(serve(make_gateway(options), options.host, options.port))


if __name__ == "__main__":
    main()
