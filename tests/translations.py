"""Watches all that Home Assistant shows for us, and notes what has no text."""

from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
import json
from pathlib import Path
from string import Formatter
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigSubentryFlowManager, OptionsFlowManager
from homeassistant.data_entry_flow import FlowManager, FlowResultType, section
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.issue_registry import IssueRegistry

from custom_components.zapi.const import DOMAIN

FOLDER = Path(__file__).parent.parent / "custom_components" / DOMAIN / "translations"
LANGUAGES = {
    path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))
}


def placeholders(text: str) -> set[str]:
    """Return the names of the placeholders in a text."""
    return {name for _, name, _, _ in Formatter().parse(text) if name}


class Texts:
    """Collects a complaint for each text that is missing or lacks a placeholder."""

    def __init__(self) -> None:
        """Begin without complaints."""
        self.complaints: list[str] = []

    @contextmanager
    def watching(self) -> Generator[None]:
        """Look at every flow step, exception and issue while the block runs."""
        handle_step = FlowManager._async_handle_step
        create_issue = IssueRegistry.async_get_or_create
        make_error = HomeAssistantError.__init__
        texts = self

        async def handled(manager: Any, flow: Any, *args: Any) -> Any:
            result = await handle_step(manager, flow, *args)
            texts.check_step(manager, flow, result)
            return result

        def created(registry: Any, domain: str, issue_id: str, **kwargs: Any) -> Any:
            if domain == DOMAIN:
                texts.check_issue(kwargs)
            return create_issue(registry, domain, issue_id, **kwargs)

        def made(error: Any, *args: Any, **kwargs: Any) -> None:
            make_error(error, *args, **kwargs)
            if kwargs.get("translation_domain") == DOMAIN:
                key = ("exceptions", kwargs["translation_key"], "message")
                texts.check(key, kwargs.get("translation_placeholders"))

        with (
            patch.object(FlowManager, "_async_handle_step", handled),
            patch.object(IssueRegistry, "async_get_or_create", created),
            patch.object(HomeAssistantError, "__init__", made),
        ):
            yield

    def check(
        self, path: Iterable[str], given: Mapping[str, str] | None = None
    ) -> None:
        """Complain unless each language has the text and its placeholders are given."""
        path = tuple(path)
        for language, texts in LANGUAGES.items():
            found: Any = texts
            for key in path:
                found = found.get(key) if isinstance(found, dict) else None
            if not isinstance(found, str) or not found:
                self.complaints.append(f"{language}: no text {'.'.join(path)}")
            elif missing := placeholders(found) - set(given or ()):
                self.complaints.append(f"{language}: {'.'.join(path)} lacks {missing}")

    def check_issue(self, issue: Mapping[str, Any]) -> None:
        """Check the texts of an issue; a fixable one has those of its flow instead."""
        key = ("issues", issue["translation_key"])
        given = issue.get("translation_placeholders")
        self.check((*key, "title"), given)
        if not issue["is_fixable"]:
            self.check((*key, "description"), given)

    def check_step(self, manager: Any, flow: Any, result: Mapping[str, Any]) -> None:
        """Check the texts that a result of a flow shows."""
        if isinstance(manager, OptionsFlowManager):
            root: tuple[str, ...] = ("options",)
            entry = manager.hass.config_entries.async_get_known_entry(flow.handler)
            if entry.domain != DOMAIN:
                return
        elif isinstance(manager, ConfigSubentryFlowManager):
            root = ("config_subentries", flow.handler[1])
        elif flow.handler != DOMAIN:
            return
        elif flow.context and "source" in flow.context:
            root = ("config",)
        else:
            # By its id: the flow may have settled the issue by now.
            kind = flow.issue_id.rpartition("_")[0]
            root = ("issues", kind, "fix_flow")
        given = result.get("description_placeholders")
        match result["type"]:
            case FlowResultType.ABORT if "translation_domain" not in result or (
                result["translation_domain"] in (None, DOMAIN)
            ):
                self.check((*root, "abort", result["reason"]), given)
            case FlowResultType.FORM:
                self._check_form((*root, "step", result["step_id"]), result, given)
                for key in (result["errors"] or {}).values():
                    self.check((*root, "error", key), given)
            case FlowResultType.MENU:
                step = (*root, "step", result["step_id"])
                self.check((*step, "title"), given)
                self.check((*step, "description"), given)
                for option in result["menu_options"]:
                    self.check((*step, "menu_options", option), given)
            case FlowResultType.SHOW_PROGRESS:
                self.check((*root, "step", result["step_id"], "title"), given)
                self.check((*root, "progress", result["progress_action"]), given)

    def _check_form(
        self,
        step: tuple[str, ...],
        result: Mapping[str, Any],
        given: Mapping[str, str] | None,
    ) -> None:
        self.check((*step, "title"), given)
        self.check((*step, "description"), given)
        if result["data_schema"] is None:
            return
        for field, value in result["data_schema"].schema.items():
            if isinstance(value, section):
                self.check((*step, "sections", str(field), "name"), given)
                for inner in value.schema.schema:
                    here = (*step, "sections", str(field))
                    self.check((*here, "data", str(inner)), given)
                    self.check((*here, "data_description", str(inner)), given)
            else:
                self.check((*step, "data", str(field)), given)
                self.check((*step, "data_description", str(field)), given)
