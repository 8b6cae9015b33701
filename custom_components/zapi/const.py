"""Names that several modules need."""

import logging
from typing import Final

DOMAIN: Final = "zapi"
LOGGER = logging.getLogger(__package__)

CONF_INSTANCE_ID: Final = "instance_id"
CONF_CLIENT_TOKEN: Final = "client_token"
CONF_ADVANCED: Final = "advanced"
CONF_API_URL: Final = "api_url"
CONF_WEBHOOKS: Final = "webhooks"
