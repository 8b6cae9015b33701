"""The Home Assistant that is measured, with the entries that it is to have."""

from asyncio import sleep, timeout
from collections.abc import AsyncIterator, Collection, Iterable, Mapping
from contextlib import asynccontextmanager
import json
from pathlib import Path
import shutil
from tempfile import TemporaryDirectory
from types import MappingProxyType
from typing import Any, NamedTuple

from harness.expect import UnmetError, expect
from harness.gateway import DemoGateway
from harness.home_assistant import DOMAIN, HomeAssistant
from simulator import Instance, State

type Json = dict[str, Any]

_HERE = Path(__file__).parent
# Callbacks come over plain HTTP; the address that the gateway is given is none that it is to use.
_CONFIGURATION = """\
homeassistant:
  name: Benchmark
  external_url: https://home.example.org
  internal_url: {url}
http:
  server_host: {host}
  server_port: {port}
logger:
  default: warning
frontend:
template: !include template.yaml
rest_command: !include rest_command.yaml
zapi_bench:
"""
_AUTOMATIONS = "automation: !include automations.yaml\n"
_CREATED = "2026-01-01T00:00:00+00:00"
# A start, and what each instance adds to it.
_START_SECONDS = 30.0
_SECONDS_EACH = 0.5
_PAUSE = 0.1
# What a start leaves to be done is done by then.
_REST = 5
_ADDRESS = "https://home.example.org"
HOOKS = ("connectedCallbackUrl", "disconnectedCallbackUrl")


class Entry(NamedTuple):
    """A config entry as it is on disk."""

    domain: str
    entry_id: str
    title: str
    unique_id: str | None
    data: Json
    more: Mapping[str, Any] = MappingProxyType({})
    """Its other fields, where they are not those of an entry with nothing chosen."""

    def fields(self) -> Json:
        """Return what each entry has of its own."""
        return {key: value for key, value in self._asdict().items() if key != "more"}

    def stored(self) -> Json:
        """Return it with all fields that it has on disk."""
        return {
            **self.fields(),
            "created_at": _CREATED,
            "modified_at": _CREATED,
            "disabled_by": None,
            "discovery_keys": {},
            "minor_version": 1,
            "options": {},
            "pref_disable_new_entities": False,
            "pref_disable_polling": False,
            "source": "user",
            "subentries": [],
            "version": 1,
            **self.more,
        }


class Environment(NamedTuple):
    """A Home Assistant, the gateway that it speaks to, and the entries that it began with."""

    home: HomeAssistant
    gateway: DemoGateway
    instances: list[Instance]

    async def usage(self) -> dict[str, float]:
        """Return what Home Assistant has used and holds, and whether it is up."""
        return dict(await self.home.get("zapi_bench/usage"))

    async def set_up(self, *entry_ids: str, collects: bool = True) -> float:
        """Set entries up anew, all at once; return the seconds that it took.

        Args:
            entry_ids: which.
            collects: let Python look for garbage meanwhile, as it always does.
        """
        answer = await self.home.post(
            "zapi_bench/set_up", {"entry_ids": entry_ids, "collects": collects}
        )
        return float(answer["seconds"])

    async def profile(self, seconds: float) -> list[list[Any]]:
        """Watch for a while; return file, function, own and all seconds of what ran."""
        answer = await self.home.post("zapi_bench/profile", {"seconds": seconds})
        return list(answer["functions"])

    async def command(self, name: str, **fields: Any) -> Any:
        """Ask the benchmark's part inside Home Assistant."""
        return await self.home.websocket.command(f"zapi_bench/{name}", **fields)

    async def start_unwatched(self) -> None:
        """Start it as it runs while nobody looks, and let it come to rest."""
        await self.home.start(watched=False)
        async with timeout(_START_SECONDS + _SECONDS_EACH * len(self.instances)):
            while True:
                if await self._is_up():
                    break
                await sleep(_PAUSE)
        await sleep(_REST)

    async def restart(self) -> None:
        """Start it again: what was registered and chosen is there from the beginning."""
        await self.home.stop()
        await self.home.start()

    async def _is_up(self) -> bool:
        """Tell whether all is loaded, and the webhooks are registered."""
        try:
            is_up = (await self.usage())["is_up"]
        except UnmetError:
            # It answers before it has loaded everything.
            return False
        return bool(is_up) and all(
            instance.webhooks[hook] for instance in self.instances for hook in HOOKS
        )


def entry_of(
    instance: Instance,
    gateway: DemoGateway,
    number: int,
    more: Mapping[str, Any] = MappingProxyType({}),
) -> Entry:
    """Return what Home Assistant keeps of an instance."""
    return Entry(
        DOMAIN,
        entry_id(number),
        instance.name,
        instance.instance_id,
        {
            "instance_id": instance.instance_id,
            "token": instance.token,
            "client_token": gateway.client_token,
            "api_url": gateway.url,
            "webhook_id": webhook_id(number),
        },
        more,
    )


def webhook_id(number: int) -> str:
    """Return the webhook id of an entry."""
    return f"zapi_bench_{number}"


def address_of(number: int) -> str:
    """Return the URL that the gateway is given for an entry's callbacks."""
    return f"{_ADDRESS}/api/webhook/{webhook_id(number)}"


def entry_id(number: int) -> str:
    """Return the id of an entry."""
    return f"01BENCH{number:019d}"


@asynccontextmanager
async def build_environment(
    instances: int,
    *,
    ours: Mapping[str, Any] = MappingProxyType({}),
    others: Collection[Entry] = (),
    automations: Collection[Json] = (),
    templates: Collection[Json] = (),
    environment: Mapping[str, str] | None = None,
) -> AsyncIterator[Environment]:
    """Start a Home Assistant that has entries of so many instances, registered at the gateway.

    Args:
        instances: how many.
        ours: fields of their entries.
        others: entries of other integrations.
        automations: those of the person.
        templates: template entities of the person, instead of those that take callbacks.
        environment: variables of the process.
    """
    with TemporaryDirectory(prefix="zapi-bench-") as folder:
        async with DemoGateway(None) as gateway:
            numbers = gateway.simulator.random
            made = [
                gateway.simulator.add(
                    name=f"Number {number}",
                    phone=f"55449{numbers.randrange(10**8):08d}",
                    state=State.CONNECTED,
                )
                for number in range(instances)
            ]
            home = HomeAssistant(
                Path(folder),
                None,
                configuration=_CONFIGURATION + (_AUTOMATIONS if automations else ""),
                components=[_HERE / "zapi_bench"],
                environment=environment,
            )
            shutil.copy(_HERE / "template.yaml", home.config)
            for name, content in (
                ("automations.yaml", automations),
                ("template.yaml", templates),
            ):
                if content:
                    # JSON is YAML too.
                    (home.config / name).write_text(json.dumps([*content]))
            commands = (_HERE / "rest_command.yaml").read_text()
            (home.config / "rest_command.yaml").write_text(
                commands.replace("ADDRESS", gateway.address_of(made[0])).replace(
                    "CLIENT_TOKEN", gateway.client_token
                )
            )
            entries = [
                entry_of(instance, gateway, number, ours)
                for number, instance in enumerate(made)
            ]
            async with home:
                await home.stop()
                _store(home.config, [*entries, *others])
                built = Environment(home, gateway, made)
                await built.start_unwatched()
                yield built
        complaints = [
            line for line in home.log().splitlines() if "blocking call" in line
        ]
        expect("no blocking call in the event loop", complaints, holds=not complaints)


def _store(config: Path, entries: Iterable[Entry]) -> None:
    stored = {
        "version": 1,
        "minor_version": 5,
        "key": "core.config_entries",
        "data": {"entries": [entry.stored() for entry in entries]},
    }
    (config / ".storage" / "core.config_entries").write_text(json.dumps(stored))


async def choose_entities(
    built: Environment, number: int, keep: Collection[str] | None
) -> None:
    """Disable an entry's entities but for those with these keys, or enable all; holds after a restart."""
    for entity in await _registered(built, entry_id(number)):
        wanted = keep is None or entity["translation_key"] in keep
        if wanted is (entity["disabled_by"] is not None):
            await built.home.websocket.command(
                "config/entity_registry/update",
                entity_id=entity["entity_id"],
                disabled_by=None if wanted else "user",
            )


async def entities_of(built: Environment, identifier: str) -> list[Json]:
    """Return the enabled entities of an entry."""
    found = await _registered(built, identifier)
    return [entity for entity in found if not entity["disabled_by"]]


async def _registered(built: Environment, identifier: str) -> list[Json]:
    registry = await built.home.websocket.command("config/entity_registry/list")
    return [entity for entity in registry if entity["config_entry_id"] == identifier]
