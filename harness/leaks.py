"""What Home Assistant's log must never hold."""

from .gateway import DemoGateway
from .home_assistant import HomeAssistant


def leaks(home: HomeAssistant, gateway: DemoGateway) -> set[str]:
    """Return what of the instances' secrets stands in the log of all starts."""
    secrets = [
        (gateway.client_token, "the Client-Token"),
        *(
            secret
            for instance in gateway.simulator.instances.values()
            for secret in (
                (instance.token, "a token"),
                (instance.phone, "a phone number"),
            )
        ),
        *(
            (url.rpartition("/")[2], "a webhook id")
            for url in gateway.urls_set()
            if url.startswith(home.url)
        ),
    ]
    log = home.log().lower()
    return {name for secret, name in secrets if secret and secret.lower() in log}
