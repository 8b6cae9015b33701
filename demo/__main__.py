"""Run the demo: ``scripts/demo --help``."""

import argparse
import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from signal import SIGTERM
import sys
from tempfile import TemporaryDirectory

from harness.certificates import Certificates
from harness.expect import UnmetError, expect
from harness.gateway import DemoGateway
from harness.home_assistant import DOMAIN, PASSWORD, USER, HomeAssistant
from harness.leaks import leaks

from .surroundings import others_repairs
from .tour import Step, Tour

# A person's browser remembers an address; a run without one is not to meet another.
_USUAL_PORTS = (8390, 8124)
_ANY_PORTS = (0, 0)


def options() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(
        prog="scripts/demo",
        description="A real Home Assistant and a simulated Z-API side by side: watch the"
        " integration being added, a phone being paired, its number drop and connect"
        " again, and a message being answered, then try it yourself until Ctrl-C.",
    )
    end = parser.add_mutually_exclusive_group()
    end.add_argument("--once", action="store_true", help="end after the last step")
    end.add_argument(
        "--minutes", type=float, help="end after so long, if all still answers"
    )
    return parser.parse_args()


@asynccontextmanager
async def side_by_side(
    folder: Path, ports: tuple[int, int]
) -> AsyncIterator[tuple[HomeAssistant, DemoGateway]]:
    """Start both, and stop both."""
    certificates = Certificates.make(folder)
    async with DemoGateway(certificates.authority, ports[0]) as gateway:
        print(f"✓ The simulated Z-API is up\n    {gateway.url}")
        print("… Home Assistant starts", flush=True)
        async with HomeAssistant(folder, certificates, ports[1]) as home:
            version = (await home.get("config"))["version"]
            print(f"✓ Home Assistant {version} is up, and its first user has signed in")
            print(f"    {home.url}", flush=True)
            yield home, gateway


async def take(steps: Iterable[Step]) -> None:
    """Take each step, and say what came of it."""
    for step in steps:
        try:
            shown = await step.does()
        except UnmetError:
            print(f"✗ {step.says}", flush=True)
            raise
        print(f"✓ {step.says}\n    {shown}", flush=True)


async def stay(
    home: HomeAssistant, gateway: DemoGateway, minutes: float | None
) -> None:
    """Stay up until Ctrl-C, or so long; Home Assistant is not to end by itself."""
    others = await others_repairs(home, DOMAIN)
    spare = gateway.simulator.add(name="Second house", phone="5544977777777")
    print(
        f"\nHome Assistant        {home.url}   user {USER}, password {PASSWORD}"
        f"\nThe simulated Z-API   {gateway.url}"
        f"\nHome Assistant's log  {home.log_file}"
        "\n\nTo pair a phone yourself, add the integration once more, with these values, and"
        "\nchoose Scan QR at the simulated Z-API, which holds the phone:"
        f"\n    Instance ID   {gateway.address_of(spare)}"
        f"\n    Client-Token  {gateway.client_token}"
        "\n\nMaria is a recipient already: write as her at the simulated Z-API, under Chats, and read"
        "\nit in Home Assistant on the page of her device."
        "\n\nAn automation made of the blueprint tells the entity Demo phone of each drop: Log out"
        "\non phone, and read it in Home Assistant under Notifications, at the bell. The blueprint"
        "\nis there to make your own."
        "\n\nHome Assistant's own repairs, which come of this demo and not of Z-API:"
        f"\n    {'; '.join(others) or 'none'}"
        "\n\nThe browser warns of a certificate that was made for this demo: go on."
        "\nCtrl-C ends both.",
        flush=True,
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(minutes and minutes * 60):
            code = await home.ended()
            raise UnmetError("Home Assistant to stay up", f"exit code {code}")


def check_log(home: HomeAssistant, gateway: DemoGateway) -> None:
    """Hold that Home Assistant's log gives nobody away."""
    found = leaks(home, gateway)
    expect("no secret in Home Assistant's log", found, holds=not found)
    lines = len(home.log().splitlines())
    print(f"✓ Home Assistant's log, {lines} lines, holds no secret and no phone number")


async def run(once: bool, minutes: float | None) -> None:
    """Run the demo."""
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("this is no task")
    asyncio.get_running_loop().add_signal_handler(SIGTERM, task.cancel)
    with TemporaryDirectory(prefix="zapi-demo-") as folder:
        ports = _ANY_PORTS if once else _USUAL_PORTS
        async with side_by_side(Path(folder), ports) as (home, gateway):
            tour = Tour(home, gateway)
            await take(tour.steps)
            if not once:
                await stay(home, gateway, minutes)
                await take(tour.again)
                print(
                    f"    after {minutes:g} minutes; Home Assistant holds {home.memory() // 1024} MiB"
                )
        check_log(home, gateway)


def main() -> int:
    """Return the exit code."""
    arguments = options()
    try:
        asyncio.run(run(arguments.once, arguments.minutes))
    except UnmetError as err:
        print(f"    {err}", file=sys.stderr)
        return 1
    except KeyboardInterrupt, asyncio.CancelledError:
        print("\nStopped.")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
