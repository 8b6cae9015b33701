"""The simulator, served on one port of this machine, with one instance."""

from pathlib import Path
from random import SystemRandom
from typing import Self

from aiohttp import web

from simulator import Exchange, Gateway, Instance, make_app

from .ports import HOST, free_port


class DemoGateway:
    """A gateway that can go down and come back.

    Attributes:
        simulator: what a person does at the phone and in the vendor's panel.
        instance: the one WhatsApp number.
        url: the API's root, and the control page.
    """

    def __init__(self, authority: Path | None, port: int = 0) -> None:
        """Draw new credentials. Where the port is taken, use another.

        Args:
            authority: whoever vouches for Home Assistant, as a PEM file; None where
                it speaks plain HTTP.
            port: 0 for any.
        """
        self.simulator = Gateway(seed=SystemRandom().getrandbits(64), ca_file=authority)
        self.rotate_client_token()
        self.instance = self.simulator.add(name="Example house")
        self._port = free_port(port)
        self.url = self.simulator.base_url = f"http://{HOST}:{self._port}"
        self._runner: web.AppRunner | None = None

    @property
    def client_token(self) -> str:
        """The account's secret."""
        return self.simulator.client_token or ""

    def rotate_client_token(self) -> None:
        """Replace the account's secret, as a person does in the panel."""
        self.simulator.rotate_client_token(f"F{self.simulator.hex(32)}S")

    def address_of(self, instance: Instance) -> str:
        """Return an instance's whole API address, as the vendor's panel shows it."""
        return f"{self.url}/instances/{instance.instance_id}/token/{instance.token}"

    def requests(self, since: int = 0) -> list[Exchange]:
        """Return what it was asked after the exchange with that number."""
        return [
            exchange
            for exchange in self.simulator.log.since(since)
            if exchange.direction == "in"
        ]

    def urls_set(self) -> set[str]:
        """Return every webhook URL that it was ever given."""
        bodies = (
            request.request
            for request in self.requests()
            if request.path.startswith("update-webhook")
        )
        # One that was refused has not been read.
        return {body["value"] for body in bodies if body}

    async def __aenter__(self) -> Self:
        """Go up."""
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go down."""
        await self.stop()

    async def start(self) -> None:
        """Answer requests, at the same address as before."""
        # The access log would hold the token, which is part of each URL.
        self._runner = web.AppRunner(
            make_app(self.simulator), access_log=None, shutdown_timeout=1
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port, reuse_address=True).start()

    async def stop(self) -> None:
        """Be gone: connections are refused."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
