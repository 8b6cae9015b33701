"""Who calls an action, and what they may do."""

from dataclasses import dataclass
from typing import Self

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import CAT_ENTITIES, POLICY_CONTROL
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import Unauthorized, UnknownUser


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever calls an action; an automation has no user, and may do all."""

    context: Context
    user: User | None

    @classmethod
    async def async_of(cls, hass: HomeAssistant, context: Context) -> Self:
        """Return who stands behind a context.

        Raises:
            UnknownUser: the user is gone.
        """
        if context.user_id is None:
            return cls(context, None)
        user = await hass.auth.async_get_user(context.user_id)
        if user is None:
            raise UnknownUser(
                context=context, user_id=context.user_id, permission=POLICY_CONTROL
            )
        return cls(context, user)

    def check_entity(self, entity_id: str, policy: str = POLICY_CONTROL) -> None:
        """Raise ``Unauthorized`` unless they may control, or read, an entity."""
        if self.user and not self.user.permissions.check_entity(entity_id, policy):
            raise Unauthorized(
                context=self.context, entity_id=entity_id, permission=policy
            )

    def check_everything(self) -> None:
        """Raise ``Unauthorized`` unless they may control all entities.

        Who may write to anybody needs that much.
        """
        if self.user and not self.user.permissions.access_all_entities(POLICY_CONTROL):
            raise Unauthorized(
                context=self.context,
                perm_category=CAT_ENTITIES,
                permission=POLICY_CONTROL,
            )
