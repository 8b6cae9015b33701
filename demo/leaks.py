"""What Home Assistant's log must never hold."""

from .gateway import DemoGateway
from .home_assistant import HomeAssistant


def leaks(home: HomeAssistant, gateway: DemoGateway) -> set[str]:
    """Return what of an instance's secrets stands in the log of all starts."""
    secrets = [
        (gateway.instance.token, "the token"),
        (gateway.client_token, "the Client-Token"),
        (gateway.instance.phone, "the phone number"),
        *(
            (url.rpartition("/")[2], "a webhook id")
            for url in gateway.urls_set()
            if url.startswith(home.url)
        ),
    ]
    log = home.log().lower()
    return {name for secret, name in secrets if secret and secret.lower() in log}
