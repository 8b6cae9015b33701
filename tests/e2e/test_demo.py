"""The demo, as a person starts it."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
import re
import sys

from . import MARKS

pytestmark = MARKS


async def demo(*arguments: str) -> str:
    """Run it to its end, and return what it says."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", *arguments, stdout=PIPE, stderr=STDOUT
    )
    output = (await process.communicate())[0].decode()
    print(output)
    assert process.returncode == 0, output
    return output


async def test_every_step_of_the_demo_holds() -> None:
    output = await demo("--once")
    took = [
        float(number) for number in re.findall(r"([\d.]+) ms from callback", output)
    ]
    assert len(took) == 3
    assert max(took) < 50
    answer = "event.maria_message shows text from Maria: Good morning!"
    assert answer in output
    assert "at the bell: Example house is disconnected from WhatsApp" in output


async def test_a_person_is_told_which_repairs_come_of_the_demo() -> None:
    output = await demo("--minutes", "0.02")
    [repairs] = re.findall(r"Home Assistant's own repairs, .*\n +(.*)", output)
    assert "HTTP YAML configuration" in repairs
    assert "country" not in repairs
