"""A real Home Assistant: a process with a folder of its own, and what a person does in its UI."""

from asyncio import create_subprocess_exec, sleep, timeout
from asyncio.subprocess import STDOUT, Process
from collections.abc import Iterable, Mapping
from contextlib import AsyncExitStack, suppress
from http import HTTPMethod
import json
import os
from pathlib import Path
from signal import SIGKILL, SIGTERM, Signals
import ssl
import sys
from typing import Any, Final, Self

from aiohttp import ClientConnectionError, ClientSession, TCPConnector

from .certificates import Certificates
from .expect import expect, until
from .ports import HOST, free_port
from .websocket import Json, Websocket

USER: Final = "demo"
PASSWORD: Final = "demo"

DOMAIN: Final = "zapi"

_OPTIONS = "config/config_entries/options/flow"
_SUBENTRIES = "config/config_entries/subentries/flow"
_REPOSITORY = Path(__file__).resolve().parents[1]
_START_SECONDS = 60
_STOP_SECONDS = 20
_LOG_TAIL = 10
_PAUSE = 0.1

# No default_config: what it adds takes longest to start, and none of it is needed.
LEAN: Final = """\
homeassistant:
  name: Demo
  external_url: {url}
  internal_url: {url}
http:
  server_host: {host}
  server_port: {port}
  ssl_certificate: {certificate}
  ssl_key: {key}
logger:
  default: info
  logs:
    custom_components.zapi: debug
frontend:
system_health:
"""
# What keeps a database, and the automations and scripts that a person makes.
_CONFIGURATION = f"""\
{LEAN}
history:
logbook:
automation: !include automations.yaml
script: !include scripts.yaml
"""
# A person's home, time zone and consent are nothing that a demo asks for.
_ONBOARDING = {
    "version": 4,
    "key": "onboarding",
    "data": {"done": ["core_config", "integration", "analytics"]},
}


class HomeAssistant:
    """One Home Assistant, which may be stopped, killed and started again.

    Attributes:
        url: where it is, for a browser too.
        port: the port alone.
        config: its config folder.
        authority: whoever vouches for it, as a PEM file.
        log_file: what it said, over all starts.
        websocket: the connection of the user who signed in.
    """

    websocket: Websocket

    def __init__(
        self,
        folder: Path,
        certificates: Certificates | None,
        port: int = 0,
        *,
        configuration: str = _CONFIGURATION,
        components: Iterable[Path] = (),
        environment: Mapping[str, str] | None = None,
    ) -> None:
        """Prepare a config folder; ``start`` starts. Where the port is taken, use another.

        Args:
            folder: where to put all that it writes.
            certificates: None for plain HTTP.
            port: 0 for any.
            configuration: its YAML, with the address left open.
            components: folders of custom integrations besides ours.
            environment: variables to set besides.
        """
        self.port = free_port(port)
        scheme = "https" if certificates else "http"
        self.url = f"{scheme}://localhost:{self.port}"
        self.log_file = folder / "home-assistant.log"
        self.config = folder / "config"
        self._environment = dict(environment or {})
        if certificates:
            self._environment["REQUESTS_CA_BUNDLE"] = str(certificates.authority)
        self._process: Process | None = None
        self._access_token = ""
        self.authority = certificates.authority if certificates else None
        trust = ssl.create_default_context(cafile=self.authority)
        self._session = ClientSession(connector=TCPConnector(ssl=trust))
        self._write_config(
            configuration.format(
                url=self.url,
                host=HOST,
                port=self.port,
                certificate=certificates and certificates.certificate,
                key=certificates and certificates.key,
            ),
            (_REPOSITORY / "custom_components" / DOMAIN, *components),
        )

    def _write_config(self, configuration: str, components: Iterable[Path]) -> None:
        storage = self.config / ".storage"
        storage.mkdir(parents=True)
        custom = self.config / "custom_components"
        custom.mkdir()
        for component in components:
            (custom / component.name).symlink_to(component, target_is_directory=True)
        (self.config / "configuration.yaml").write_text(configuration)
        (self.config / "automations.yaml").write_text("[]\n")
        (self.config / "scripts.yaml").write_text("{}\n")
        (storage / "onboarding").write_text(json.dumps(_ONBOARDING))

    async def __aenter__(self) -> Self:
        """Start, and sign a new user in."""
        async with AsyncExitStack() as undo:
            undo.push_async_exit(self)
            await self.start()
            await self._onboard()
            undo.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        """Stop."""
        await self.stop()
        await self._session.close()

    async def start(self, *, watched: bool = True) -> None:
        """Start, and wait until it answers; where there is a user, also until all is up.

        Args:
            watched: open the websocket connection, over which it then tells all.
        """
        with self.log_file.open("ab") as log:
            self._process = await create_subprocess_exec(
                sys.executable,
                "-m",
                "homeassistant",
                "--config",
                self.config,
                # All that it needs is installed: nothing is to be looked for.
                "--skip-pip",
                "--log-no-color",
                cwd=self.config,
                env={
                    **os.environ,
                    "HA_DISABLE_LOG_FILE": "1",
                    "PYTHONDONTWRITEBYTECODE": "",
                    **self._environment,
                },
                stdout=log,
                stderr=STDOUT,
                # Ctrl-C is for us, and we then stop it.
                start_new_session=True,
            )
        await self._until_it_answers()
        if self._access_token and watched:
            await self.connect()

    async def connect(self) -> None:
        """Open the websocket connection, and wait until all is set up."""
        self.websocket = await Websocket.open(
            self._session, self.url, self._access_token
        )
        await until(
            "Home Assistant to be up",
            lambda: self.websocket.running,
            seconds=_START_SECONDS,
        )

    async def stop(self) -> None:
        """End it as a service manager would."""
        await self._end(SIGTERM)

    async def kill(self) -> None:
        """End it as a power cut would."""
        await self._end(SIGKILL)

    async def ended(self) -> int:
        """Wait until it ends by itself, and return the exit code."""
        return await self._running_process().wait()

    def memory(self) -> int:
        """Return the KiB that it holds."""
        status = Path(f"/proc/{self._running_process().pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith("VmRSS:"))
        return int(line.split()[1])

    def log(self) -> str:
        """Return what it said, over all starts."""
        return self.log_file.read_text()

    def stored_entries(self) -> list[Json]:
        """Return the integration's entries as they are on disk, which is a second late."""
        try:
            text = (self.config / ".storage" / "core.config_entries").read_text()
        except FileNotFoundError:
            return []
        entries: list[Json] = json.loads(text)["data"]["entries"]
        return [entry for entry in entries if entry["domain"] == DOMAIN]

    async def get(self, path: str) -> Any:
        """Ask the REST API."""
        return await self._request(HTTPMethod.GET, path)

    async def start_flow(self) -> Json:
        """Open the dialog that adds an instance, and return its first form."""
        return await self.post("config/config_entries/flow", {"handler": DOMAIN})

    async def show_flow(self, flow: Json) -> Json:
        """Return the form that a dialog shows."""
        return dict(await self.get(f"config/config_entries/flow/{flow['flow_id']}"))

    async def submit(self, flow: Json, answers: Json) -> Json:
        """Send a dialog's form, and return what comes next."""
        return await self.post(f"config/config_entries/flow/{flow['flow_id']}", answers)

    async def start_options(self, entry_id: str) -> Json:
        """Open the dialog of an entry, and return its menu."""
        return await self.post(_OPTIONS, {"handler": entry_id})

    async def show_options(self, flow: Json) -> Json:
        """Return what the dialog of an entry shows."""
        return dict(await self.get(f"{_OPTIONS}/{flow['flow_id']}"))

    async def submit_options(self, flow: Json, answers: Json) -> Json:
        """Send what the dialog of an entry asks, and return what comes next."""
        return await self.post(f"{_OPTIONS}/{flow['flow_id']}", answers)

    async def start_subentry(self, entry_id: str, kind: str) -> Json:
        """Open the dialog that adds something to an entry, and return its first step."""
        return await self.post(_SUBENTRIES, {"handler": [entry_id, kind]})

    async def submit_subentry(self, flow: Json, answers: Json) -> Json:
        """Send what such a dialog asks, and return what comes next."""
        return await self.post(f"{_SUBENTRIES}/{flow['flow_id']}", answers)

    async def reload_entry(self, entry_id: str) -> None:
        """Unload an entry and set it up again."""
        await self.post(f"config/config_entries/entry/{entry_id}/reload", {})

    async def remove_entry(self, entry_id: str) -> None:
        """Remove an entry."""
        await self.delete(f"config/config_entries/entry/{entry_id}")
        entries = self.websocket.entries
        await until("no such entry", lambda: entry_id not in entries)

    async def entity_ids(self) -> dict[str, str]:
        """Return the entity ids of the integration's entities by their keys."""
        entities = await self.websocket.command("config/entity_registry/list")
        return {
            entity["translation_key"]: entity["entity_id"]
            for entity in entities
            if entity["platform"] == DOMAIN
        }

    def entries(self) -> list[Json]:
        """Return the integration's entries."""
        entries = self.websocket.entries.values()
        return [entry for entry in entries if entry["domain"] == DOMAIN]

    async def entry_in(self, state: str, seconds: float = 10) -> Json:
        """Wait until the integration has one entry, and that in a state."""

        def states() -> list[str]:
            return [entry["state"] for entry in self.entries()]

        expected = f"one entry in state {state}"
        await until(expected, states, lambda seen: seen == [state], seconds)
        return self.entries()[0]

    def _running_process(self) -> Process:
        if self._process is None:
            raise RuntimeError("Home Assistant was not started")
        return self._process

    async def _end(self, signal: Signals) -> None:
        if self._process is None or self._process.returncode is not None:
            return
        self._process.send_signal(signal)
        try:
            async with timeout(_STOP_SECONDS):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()
        if self._access_token:
            await self.websocket.close()

    async def _until_it_answers(self) -> None:
        process, answers = self._running_process(), False
        with suppress(TimeoutError):
            async with timeout(_START_SECONDS):
                while not (answers := await self._answers()):
                    if process.returncode is not None:
                        break
                    await sleep(_PAUSE)
        tail = "\n".join(self.log().splitlines()[-_LOG_TAIL:])
        expect(f"Home Assistant to answer at {self.url}", tail, holds=answers)

    async def _answers(self) -> bool:
        try:
            async with self._session.get(f"{self.url}/manifest.json"):
                return True
        except ClientConnectionError:
            return False

    async def _onboard(self) -> None:
        """Make the first user, and keep the port: without a word it would go back to its own."""
        client = {"client_id": f"{self.url}/"}
        user = {"name": USER, "username": USER, "password": PASSWORD, "language": "en"}
        code = (await self.post("onboarding/users", client | user))["auth_code"]
        grant = {"grant_type": "authorization_code", "code": code}
        async with self._session.post(
            f"{self.url}/auth/token", data=client | grant
        ) as response:
            self._access_token = (await response.json())["access_token"]
        await self.connect()
        await self.websocket.command("http/config/promote")

    async def post(self, path: str, body: Json) -> Json:
        """Tell the REST API something."""
        return dict(await self._request(HTTPMethod.POST, path, body))

    async def delete(self, path: str) -> None:
        """Have the REST API remove something."""
        await self._request(HTTPMethod.DELETE, path)

    async def _request(
        self, method: HTTPMethod, path: str, body: Json | None = None
    ) -> Any:
        headers = (
            {"Authorization": f"Bearer {self._access_token}"}
            if self._access_token
            else {}
        )
        async with self._session.request(
            method, f"{self.url}/api/{path}", json=body, headers=headers
        ) as response:
            seen = f"{response.status} {await response.text()}"
            expect(f"{method} {path} to be granted", seen, holds=response.ok)
            return await response.json()
