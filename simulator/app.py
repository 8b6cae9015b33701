"""The HTTP application that serves a gateway."""

from aiohttp import web

from . import page, server
from .gateway import Gateway


def make_app(gateway: Gateway) -> web.Application:
    """Make the application: Z-API's routes, media, the control page at `/` and its API under `/_control`."""
    app = web.Application(client_max_size=128 * 2**20)
    app.cleanup_ctx.append(gateway.serving)
    server.add_routes(app, gateway)
    page.add_routes(app, gateway)
    return app
