"""Pairing a phone without leaving Home Assistant: after adding, later, and as a repair."""

from asyncio import Event, Semaphore, gather
from base64 import b64decode
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from homeassistant.config_entries import SOURCE_USER, ConfigEntryState, FlowType
from homeassistant.const import CONF_TOKEN
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowManager, FlowResultType, UnknownFlow
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_fire_time_changed,
)

from custom_components.zapi.const import (
    CONF_ADVANCED,
    CONF_API_URL,
    CONF_CLIENT_TOKEN,
    CONF_INSTANCE_ID,
    CONF_WEBHOOKS,
    DOMAIN,
)
from custom_components.zapi.flows import pairing
from custom_components.zapi.issues import IssueKind
from simulator import ALL, Gateway, Instance, State
from tests.common import (
    CLIENT_TOKEN,
    INSTANCE_ID,
    PHONE,
    TOKEN,
    async_set_up,
    requests,
    state_of,
)

CONNECTED = "binary_sensor.casa_whatsapp"
IMAGE_START = "![QR](data:image/png;base64,"
WAYS = ["scan_qr", "phone_code", "passkey", "later"]
# How often the gateway is asked until a code is dead: every five seconds.
LOOKS = {"scan_qr": 3, "enter_code": 24, "passkey": 60}


class Patience:
    """Time as the dialog feels it: it passes when the test says so."""

    def __init__(self) -> None:
        """Stand still."""
        self._asleep = Event()
        self._wake = Semaphore(0)

    async def sleep(self, seconds: float) -> None:
        """Wait for the test."""
        assert seconds == 5
        self._asleep.set()
        await self._wake.acquire()

    async def look(self, times: int = 1) -> None:
        """Let the dialog ask the gateway so many times, and sleep again or end."""
        for _ in range(times):
            await self.settle()
            self._asleep.clear()
            self._wake.release()

    async def settle(self) -> None:
        """Wait until the dialog waits."""
        await self._asleep.wait()


@dataclass
class Dialog:
    """A dialog that pairs, in the browser of a person.

    Attributes:
        menu: its first step.
        end: what it ends with when the number is connected.
    """

    manager: FlowManager[Any, Any, Any]
    flow_id: str
    menu: str
    end: FlowResultType

    async def look(self) -> Any:
        """Look what the dialog shows, as the browser does after each change."""
        return await self.manager.async_configure(self.flow_id)

    async def choose(self, way: str) -> Any:
        """Choose from the menu."""
        return await self.submit(next_step_id=way)

    async def submit(self, **answer: str) -> Any:
        """Send what was typed."""
        return await self.manager.async_configure(self.flow_id, answer)

    def close(self) -> None:
        """Close the dialog."""
        self.manager.async_abort(self.flow_id)

    @property
    def is_open(self) -> bool:
        """Tell whether it is still there."""
        return bool(self.manager.async_progress())


@pytest.fixture
def instance(instance: Instance) -> Instance:
    """Return an instance that no phone is paired with."""
    instance.state = State.UNPAIRED
    return instance


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Patience:
    """Return the time of the dialog."""
    patience = Patience()
    monkeypatch.setattr(pairing, "sleep", patience.sleep)
    return patience


@pytest.fixture(autouse=True)
async def quiet(hass: HomeAssistant) -> AsyncGenerator[None]:
    """Let what an entry began in the background come to its end."""
    yield
    await hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def typed(gateway: Gateway, instance: Instance) -> dict[str, Any]:
    """Return what a person types who adds the instance."""
    return {
        CONF_INSTANCE_ID: INSTANCE_ID,
        CONF_TOKEN: TOKEN,
        CONF_CLIENT_TOKEN: CLIENT_TOKEN,
        CONF_ADVANCED: {CONF_API_URL: gateway.base_url},
    }


async def async_begin_to_add(hass: HomeAssistant, typed: dict[str, Any]) -> Any:
    """Open the dialog that adds an instance, and send it."""
    flows = hass.config_entries.flow
    form = await flows.async_init(DOMAIN, context={"source": SOURCE_USER})
    return await flows.async_configure(form["flow_id"], typed)


@pytest.fixture
async def adding(hass_with_url: HomeAssistant, typed: dict[str, Any]) -> Dialog:
    """Return the dialog that follows the one that added an instance."""
    dialog = dialog_after(hass_with_url, await async_begin_to_add(hass_with_url, typed))
    await hass_with_url.async_block_till_done(wait_background_tasks=True)
    return dialog


def dialog_after(hass: HomeAssistant, result: Any) -> Dialog:
    """Return the dialog that follows the one that added an instance."""
    assert result["type"] is FlowResultType.CREATE_ENTRY
    kind, flow_id = result["next_flow"]
    assert kind is FlowType.OPTIONS_FLOW
    return Dialog(
        hass.config_entries.options, flow_id, menu="added", end=FlowResultType.ABORT
    )


@pytest.fixture
async def configuring(hass: HomeAssistant, loaded: MockConfigEntry) -> Dialog:
    """Return the dialog of the gear beside a number that is not connected."""
    options = hass.config_entries.options
    menu = await options.async_init(loaded.entry_id)
    dialog = Dialog(options, menu["flow_id"], menu="pair", end=FlowResultType.ABORT)
    assert is_menu(await dialog.choose("pair"), "pair")
    return dialog


@pytest.fixture
async def lost(hass: HomeAssistant, loaded: MockConfigEntry) -> MockConfigEntry:
    """Return the entry after its number has been missed for five minutes."""
    assert await async_setup_component(hass, "repairs", {})
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=6))
    await hass.async_block_till_done(wait_background_tasks=True)
    return loaded


async def async_begin_to_repair(hass: HomeAssistant, entry: MockConfigEntry) -> Any:
    """Open the dialog of the issue."""
    manager = hass.data["repairs"]["flow_manager"]
    issue_id = f"{IssueKind.NOT_CONNECTED}_{entry.entry_id}"
    return await manager.async_init(DOMAIN, data={"issue_id": issue_id})


@pytest.fixture
async def repairing(hass: HomeAssistant, lost: MockConfigEntry) -> Dialog:
    """Return the dialog that pairs a number again, at its menu."""
    menu = await async_begin_to_repair(hass, lost)
    return Dialog(
        hass.data["repairs"]["flow_manager"],
        menu["flow_id"],
        menu="pair",
        end=FlowResultType.CREATE_ENTRY,
    )


@pytest.fixture(params=["adding", "configuring", "repairing"])
def dialog(request: pytest.FixtureRequest, patience: Patience) -> Dialog:
    """Return each dialog that pairs."""
    dialog: Dialog = request.getfixturevalue(request.param)
    return dialog


def shown(step: Any) -> bytes:
    """Return the picture that a progress step shows."""
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    assert step["step_id"] == step["progress_action"] == "scan_qr"
    text: str = step["description_placeholders"]["qr_code"]
    assert text.startswith(IMAGE_START)
    return b64decode(text.removeprefix(IMAGE_START).removesuffix(")"), validate=True)


def is_menu(step: Any, step_id: str) -> bool:
    """Tell whether a step is one of the menus."""
    return bool(
        step["type"] is FlowResultType.MENU
        and step["step_id"] == step_id
        and step["menu_options"] == WAYS
        and step["description_placeholders"] == {"name": "Casa"}
    )


def has_failed(step: Any, problem: str) -> bool:
    """Tell whether a step says that there is no code, and why."""
    return bool(
        step["type"] is FlowResultType.FORM
        and step["step_id"] == "failed"
        and step["errors"] == {"base": problem}
        and step["description_placeholders"] == {"name": "Casa"}
    )


def is_asked_to_repair(hass: HomeAssistant) -> bool:
    """Tell whether the issue stands."""
    issues = ir.async_get(hass).issues.values()
    return IssueKind.NOT_CONNECTED in {issue.translation_key for issue in issues}


async def test_the_dialog_asks_how_to_pair(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    assert is_menu(await dialog.look(), dialog.menu)
    assert "GET qr-code/image" not in requests(gateway)


async def test_a_scanned_code_ends_the_dialog_and_the_number_is_connected(
    hass: HomeAssistant,
    dialog: Dialog,
    patience: Patience,
    gateway: Gateway,
    instance: Instance,
) -> None:
    step = await dialog.choose("scan_qr")
    picture = shown(step)
    assert picture.startswith(b"\x89PNG")
    await patience.look()
    await patience.settle()
    assert shown(await dialog.look()) == picture
    assert requests(gateway).count("GET qr-code/image") == 1

    await gateway.scan_qr(instance)
    await patience.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    # Before anybody looks: the browser may be gone.
    assert state_of(hass, CONNECTED) == "on"
    result = await dialog.look()
    assert result["type"] is dialog.end
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not dialog.is_open
    assert state_of(hass, CONNECTED) == "on"
    assert not is_asked_to_repair(hass)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.LOADED


async def test_a_code_is_renewed_twice_then_the_menu_says_that_it_expired(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    pictures = set()
    for _ in range(3):
        await patience.settle()
        pictures.add(shown(await dialog.look()))
        await patience.look(LOOKS["scan_qr"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(pictures) == 3
    assert is_menu(await dialog.look(), "expired")
    assert requests(gateway).count("GET qr-code/image") == 3

    pictures.add(shown(await dialog.choose("scan_qr")))
    assert len(pictures) == 4
    await patience.look(LOOKS["scan_qr"])
    await patience.settle()
    pictures.add(shown(await dialog.look()))
    assert len(pictures) == 5
    dialog.close()


async def test_a_number_that_is_connected_already_needs_no_code(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway, instance: Instance
) -> None:
    gateway.faults.lose_callbacks = ALL
    await gateway.connect(instance)
    result = await dialog.choose("scan_qr")
    assert result["type"] is dialog.end
    await hass.async_block_till_done(wait_background_tasks=True)
    assert state_of(hass, CONNECTED) == "on"
    assert not is_asked_to_repair(hass)


async def test_a_phone_that_wants_a_passkey_is_shown_the_token(
    hass: HomeAssistant,
    dialog: Dialog,
    patience: Patience,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.faults.qr_challenge = True
    step = await dialog.choose("scan_qr")
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    assert step["step_id"] == step["progress_action"] == "passkey"
    assert step["description_placeholders"]["token"].startswith("## ")
    assert step["description_placeholders"]["extension_url"] == (
        "https://chromewebstore.google.com/detail/iopmkohngoecmepoheapifkafbeomphn"
    )
    assert await dialog.look() == step
    await gateway.connect(instance)
    await patience.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await dialog.look())["type"] is dialog.end


async def test_a_passkey_may_be_wanted_only_after_a_code_is_dead(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    gateway.faults.qr_challenge = True
    await patience.look(LOOKS["scan_qr"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await dialog.look())["step_id"] == "passkey"
    await patience.look(LOOKS["passkey"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert is_menu(await dialog.look(), "expired")


@pytest.mark.parametrize("country", ["BR", None])
async def test_a_code_is_typed_on_the_phone(
    hass: HomeAssistant,
    dialog: Dialog,
    patience: Patience,
    gateway: Gateway,
    instance: Instance,
    country: str | None,
) -> None:
    hass.config.country = country
    form = await dialog.choose("phone_code")
    assert form["type"] is FlowResultType.FORM
    assert form["step_id"] == "phone_code"
    assert form["errors"] == {}
    step = await dialog.submit(phone="+55 (44) 99999-9999")
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    assert step["step_id"] == step["progress_action"] == "enter_code"
    assert step["description_placeholders"] == {
        "name": "Casa",
        "code": f"## {instance.code}",
    }
    assert f"GET phone-code/{PHONE}" in requests(gateway)
    await gateway.scan_qr(instance)
    await patience.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await dialog.look())["type"] is dialog.end


async def test_the_country_of_the_house_is_taken_for_granted(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    hass.config.country = "BR"
    await dialog.choose("phone_code")
    step = await dialog.submit(phone="44 99999-9999")
    assert step["step_id"] == "enter_code"
    assert f"GET phone-code/{PHONE}" in requests(gateway)
    dialog.close()


@pytest.mark.parametrize(
    ("country", "number"),
    [("BR", "99999-9999"), ("BR", "nobody"), ("BR", ""), (None, "44 99999-9999")],
)
async def test_what_is_no_number_is_told_at_its_field(
    hass: HomeAssistant,
    dialog: Dialog,
    gateway: Gateway,
    country: str | None,
    number: str,
) -> None:
    hass.config.country = country
    await dialog.choose("phone_code")
    form = await dialog.submit(phone=number)
    assert form["type"] is FlowResultType.FORM
    assert form["errors"] == {"phone": "invalid_phone"}
    [field] = form["data_schema"].schema
    assert field.description == {"suggested_value": number}
    assert not [asked for asked in requests(gateway) if "phone-code" in asked]
    step = await dialog.submit(phone="+55 44 99999-9999")
    assert step["step_id"] == "enter_code"
    dialog.close()


@pytest.mark.parametrize(
    ("way", "answers", "step_id"),
    [
        ("phone_code", [{"phone": "+55 44 99999-9999"}], "enter_code"),
        ("passkey", [], "passkey"),
    ],
)
async def test_a_code_that_nobody_typed_leads_to_the_menu_that_says_so(
    hass: HomeAssistant,
    dialog: Dialog,
    patience: Patience,
    gateway: Gateway,
    way: str,
    answers: list[dict[str, str]],
    step_id: str,
) -> None:
    step = await dialog.choose(way)
    for answer in answers:
        step = await dialog.submit(**answer)
    assert step["step_id"] == step_id
    await patience.look(LOOKS[step_id])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert is_menu(await dialog.look(), "expired")


async def test_a_number_that_is_connected_already_needs_nothing_typed(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway, instance: Instance
) -> None:
    gateway.faults.lose_callbacks = ALL
    await gateway.connect(instance)
    await dialog.choose("phone_code")
    result = await dialog.submit(phone="+55 44 99999-9999")
    assert result["type"] is dialog.end


async def test_a_passkey_may_be_wanted_instead_of_a_typed_code(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    gateway.faults.qr_challenge = True
    await dialog.choose("phone_code")
    step = await dialog.submit(phone="+55 44 99999-9999")
    assert step["step_id"] == "passkey"
    dialog.close()


FAULTS: list[tuple[dict[str, Any], str]] = [
    ({"http_5xx": True}, "cannot_connect"),
    ({"reset_before": True}, "cannot_connect"),
    ({"expired_plan": True}, "subscription"),
    ({"not_found_200": True}, "refused"),
    ({"success_false": True}, "refused"),
    ({"wrong_client_token": True}, "invalid_auth"),
    ({"instance_not_found": True}, "instance_not_found"),
    ({"ip_blocked": True}, "ip_not_allowed"),
]


@pytest.mark.parametrize("way", ["scan_qr", "passkey"])
@pytest.mark.parametrize(("faults", "problem"), FAULTS)
async def test_a_failure_is_told_and_can_be_overcome(
    hass: HomeAssistant,
    dialog: Dialog,
    gateway: Gateway,
    way: str,
    faults: dict[str, Any],
    problem: str,
) -> None:
    gateway.faults.update(faults)
    assert has_failed(await dialog.choose(way), problem)
    gateway.faults.clear()
    assert is_menu(await dialog.submit(), "pair")
    step = await dialog.choose(way)
    assert step["type"] is FlowResultType.SHOW_PROGRESS
    assert step["step_id"] == way
    dialog.close()


@pytest.mark.parametrize(("way", "field"), [("scan_qr", "value"), ("passkey", "token")])
async def test_an_answer_without_what_pairs_is_told(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway, way: str, field: str
) -> None:
    gateway.faults.null_fields = frozenset({field})
    assert has_failed(await dialog.choose(way), "refused")


async def test_a_picture_that_is_no_png_is_told(
    hass: HomeAssistant,
    dialog: Dialog,
    gateway: Gateway,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(
        "segno.QRCode.png_data_uri", lambda *_, **__: "data:image/png;base64,aGk="
    )
    assert has_failed(await dialog.choose("scan_qr"), "refused")


async def test_a_code_without_its_prefix_is_shown_all_the_same(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    gateway.faults.qr_no_prefix = True
    assert shown(await dialog.choose("scan_qr")).startswith(b"\x89PNG")
    dialog.close()


async def test_a_number_that_the_gateway_declines_is_told(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    gateway.faults.value_false = frozenset({"phone-code/*"})
    await dialog.choose("phone_code")
    step = await dialog.submit(phone="+55 44 99999-9999")
    assert has_failed(step, "refused")


async def test_a_failed_renewal_is_told(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    gateway.faults.http_5xx = frozenset({"qr-code/image"})
    await patience.look(LOOKS["scan_qr"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert has_failed(await dialog.look(), "cannot_connect")


async def test_a_gateway_that_is_away_for_a_moment_does_not_end_the_wait(
    hass: HomeAssistant,
    dialog: Dialog,
    patience: Patience,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await dialog.choose("scan_qr")
    gateway.faults.http_5xx = ALL
    await patience.look()
    await patience.settle()
    gateway.faults.clear()
    instance.state = State.CONNECTED
    await patience.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await dialog.look())["type"] is dialog.end


async def test_an_answer_that_does_not_say_is_not_taken_for_connected(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    gateway.faults.null_fields = frozenset({"connected"})
    await patience.look()
    await patience.settle()
    shown(await dialog.look())
    dialog.close()


async def test_closing_the_dialog_ends_the_wait(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    await patience.settle()
    dialog.close()
    asked = len(requests(gateway))
    # Nothing waits: this would not come back.
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(requests(gateway)) == asked
    assert not dialog.is_open


async def test_closing_the_dialog_before_the_code_is_there_begins_no_wait(
    hass: HomeAssistant, dialog: Dialog, gateway: Gateway
) -> None:
    async def close() -> None:
        dialog.close()

    chosen = dialog.choose("scan_qr")
    outcomes = await gather(chosen, close(), return_exceptions=True)
    assert isinstance(outcomes[0], UnknownFlow)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway)[-1] == "GET qr-code/image"


async def test_a_code_is_not_renewed_for_a_browser_that_is_gone(
    hass: HomeAssistant, dialog: Dialog, patience: Patience, gateway: Gateway
) -> None:
    await dialog.choose("scan_qr")
    await patience.look(2 * LOOKS["scan_qr"])
    await hass.async_block_till_done(wait_background_tasks=True)
    assert requests(gateway).count("GET qr-code/image") == 2
    assert is_menu(await dialog.look(), "expired")


async def test_what_was_added_stays_when_the_dialog_that_pairs_is_closed(
    hass: HomeAssistant, adding: Dialog, gateway: Gateway
) -> None:
    adding.close()
    await hass.async_block_till_done(wait_background_tasks=True)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.title == "Casa"
    assert entry.state is ConfigEntryState.LOADED
    assert state_of(hass, CONNECTED) == "off"
    assert "GET qr-code/image" not in requests(gateway)


async def test_a_browser_that_begins_anew_after_adding_takes_the_place_once(
    hass: HomeAssistant, adding: Dialog
) -> None:
    options = hass.config_entries.options
    [entry] = hass.config_entries.async_entries(DOMAIN)
    menu = await options.async_init(entry.entry_id)
    assert is_menu(menu, "added")
    assert [flow["flow_id"] for flow in options.async_progress()] == [menu["flow_id"]]
    assert is_menu(await options.async_configure(menu["flow_id"]), "added")
    # The first dialog is left alone: the gear begins another.
    assert (await options.async_init(entry.entry_id))["step_id"] == "init"


async def test_pairing_can_wait_after_adding(
    hass: HomeAssistant, adding: Dialog, gateway: Gateway
) -> None:
    result = await adding.choose("later")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "later"
    assert not adding.is_open
    assert hass.config_entries.async_entries(DOMAIN)
    assert "GET qr-code/image" not in requests(gateway)


async def test_a_long_name_is_cut_for_the_title(
    hass_with_url: HomeAssistant, instance: Instance, typed: dict[str, Any]
) -> None:
    instance.name = "Portaria 📱 " * 50
    result = await async_begin_to_add(hass_with_url, typed)
    assert result["title"] == instance.name[:100]
    menu = await dialog_after(hass_with_url, result).look()
    assert menu["description_placeholders"] == {"name": instance.name[:100]}


@pytest.mark.parametrize("fault", ["null_fields", "missing_fields"])
async def test_nobody_is_asked_to_pair_where_the_gateway_does_not_say(
    hass: HomeAssistant, gateway: Gateway, typed: dict[str, Any], fault: str
) -> None:
    setattr(gateway.faults, fault, frozenset({"connected"}))
    await assert_nothing_follows(hass, typed)


async def test_nobody_is_asked_to_pair_a_number_that_is_connected(
    hass: HomeAssistant, instance: Instance, typed: dict[str, Any]
) -> None:
    instance.state = State.CONNECTED
    result = await async_begin_to_add(hass, typed)
    assert result["next_flow"][0] is not FlowType.OPTIONS_FLOW
    assert not hass.config_entries.options.async_progress()


async def test_nobody_is_asked_to_pair_before_the_entry_is_loaded(
    hass: HomeAssistant, gateway: Gateway, typed: dict[str, Any]
) -> None:
    gateway.faults.http_5xx = frozenset({"status"})
    await assert_nothing_follows(hass, typed)
    [entry] = hass.config_entries.async_entries(DOMAIN)
    assert entry.state is ConfigEntryState.SETUP_RETRY


async def assert_nothing_follows(hass: HomeAssistant, typed: dict[str, Any]) -> None:
    """Add the instance, and hold that no dialog follows."""
    result = await async_begin_to_add(hass, typed)
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert "next_flow" not in result
    assert not hass.config_entries.options.async_progress()


async def test_somebody_elses_webhooks_are_asked_about_before_the_phone(
    hass_with_url: HomeAssistant,
    gateway: Gateway,
    instance: Instance,
    typed: dict[str, Any],
) -> None:
    gateway.set_webhooks(instance, "https://crm.example.net/hook")
    form = await async_begin_to_add(hass_with_url, typed)
    assert form["step_id"] == "webhooks_in_use"
    result = await hass_with_url.config_entries.flow.async_configure(
        form["flow_id"], {CONF_WEBHOOKS: "take_over"}
    )
    assert is_menu(await dialog_after(hass_with_url, result).look(), "added")


async def test_the_gear_offers_to_pair_beside_the_choice_about_webhooks(
    hass_with_url: HomeAssistant,
    entry: MockConfigEntry,
    gateway: Gateway,
    instance: Instance,
) -> None:
    gateway.set_webhooks(instance, "https://crm.example.net/hook")
    await async_set_up(hass_with_url, entry)
    options = hass_with_url.config_entries.options
    menu = await options.async_init(entry.entry_id)
    assert menu["type"] is FlowResultType.MENU
    assert menu["step_id"] == "init"
    assert menu["menu_options"] == ["pair", "webhooks", "sending", "receive"]
    assert menu["description_placeholders"] == {"name": "Casa"}
    dialog = Dialog(
        options, menu["flow_id"], menu="init", end=FlowResultType.CREATE_ENTRY
    )
    form = await dialog.choose("webhooks")
    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"] == {
        "name": "Casa",
        "hosts": "crm.example.net",
    }
    result = await dialog.submit(**{CONF_WEBHOOKS: "take_over"})
    assert result["type"] is FlowResultType.CREATE_ENTRY

    menu = await options.async_init(entry.entry_id)
    dialog = Dialog(options, menu["flow_id"], menu="init", end=FlowResultType.ABORT)
    assert is_menu(await dialog.choose("pair"), "pair")


async def test_pairing_leaves_the_options_as_they_are(
    hass: HomeAssistant, loaded: MockConfigEntry, gateway: Gateway, instance: Instance
) -> None:
    hass.config_entries.async_update_entry(loaded, options={"kept": True})
    options = hass.config_entries.options
    menu = await options.async_init(loaded.entry_id)
    gateway.faults.lose_callbacks = ALL
    await gateway.connect(instance)
    dialog = Dialog(options, menu["flow_id"], menu="init", end=FlowResultType.ABORT)
    await dialog.choose("pair")
    result = await dialog.choose("scan_qr")
    assert result["reason"] == "paired"
    assert result["description_placeholders"] == {"name": "Casa"}
    assert loaded.options == {"kept": True}


async def test_new_credentials_of_an_unpaired_instance_ask_for_no_phone(
    hass: HomeAssistant, loaded: MockConfigEntry, instance: Instance
) -> None:
    form = await loaded.start_reconfigure_flow(hass)
    instance.state = State.UNPAIRED
    result = await hass.config_entries.flow.async_configure(form["flow_id"], {})
    assert result["reason"] == "credentials_updated"


async def test_a_repair_can_be_put_off(hass: HomeAssistant, repairing: Dialog) -> None:
    result = await repairing.choose("later")
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "later"
    assert is_asked_to_repair(hass)


async def test_a_repair_of_an_entry_that_is_not_loaded_says_so(
    hass: HomeAssistant, lost: MockConfigEntry
) -> None:
    await hass.config_entries.async_unload(lost.entry_id)
    result = await async_begin_to_repair(hass, lost)
    assert result["type"] is FlowResultType.ABORT
    assert result["reason"] == "not_loaded"
    assert is_asked_to_repair(hass)


async def test_a_repair_goes_on_while_the_entry_is_not_loaded(
    hass: HomeAssistant,
    lost: MockConfigEntry,
    repairing: Dialog,
    patience: Patience,
    gateway: Gateway,
    instance: Instance,
) -> None:
    await repairing.choose("scan_qr")
    await hass.config_entries.async_unload(lost.entry_id)
    await gateway.scan_qr(instance)
    await patience.look()
    await hass.async_block_till_done(wait_background_tasks=True)
    assert (await repairing.look())["type"] is FlowResultType.CREATE_ENTRY
    await async_set_up(hass, lost)
    assert state_of(hass, CONNECTED) == "on"


async def test_a_number_that_comes_back_by_itself_leaves_an_open_dialog_whole(
    hass: HomeAssistant, repairing: Dialog, gateway: Gateway, instance: Instance
) -> None:
    await gateway.connect(instance)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not is_asked_to_repair(hass)
    assert is_menu(await repairing.look(), "pair")
    gateway.faults.http_5xx = frozenset({"qr-code/image"})
    assert has_failed(await repairing.choose("scan_qr"), "cannot_connect")
    gateway.faults.clear()
    await repairing.submit()
    result = await repairing.choose("scan_qr")
    assert result["type"] is FlowResultType.CREATE_ENTRY
