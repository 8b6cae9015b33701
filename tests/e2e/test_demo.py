"""The demo, as a person starts it."""

import asyncio
from asyncio.subprocess import PIPE, STDOUT
import re
import sys

from . import MARKS

pytestmark = MARKS


async def test_every_step_of_the_demo_holds() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "demo", "--once", stdout=PIPE, stderr=STDOUT
    )
    output = (await process.communicate())[0].decode()
    print(output)
    assert process.returncode == 0, output
    took = [
        float(number) for number in re.findall(r"([\d.]+) ms from callback", output)
    ]
    assert len(took) == 2
    assert max(took) < 50
