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

# What an entry receives besides the state of its session, and from whom.
CONF_RECEIVE: Final = "receive"
RECEIVE_MESSAGES: Final = "messages"
RECEIVE_RECEIPTS: Final = "receipts"
RECEIVE_OWN: Final = "own"
CONF_OTHERS: Final = "others"
OTHERS_NOBODY: Final = "nobody"
OTHERS_CONTACTS: Final = "contacts"
OTHERS_EVERYBODY: Final = "everybody"

ATTR_PHONE: Final = "phone"
ATTR_REASON: Final = "reason"
EVENT_CONNECTION: Final = "zapi_connection"

MAX_NAME_LENGTH: Final = 100
PANEL_URL: Final = "https://app.z-api.io/"
MODELS: Final = {
    "android": "Android",
    "iphone": "iPhone",
    "smba": "WhatsApp Business (Android)",
    "smbi": "WhatsApp Business (iPhone)",
}
