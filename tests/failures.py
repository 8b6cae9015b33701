"""What a failed call may say."""

from collections.abc import Awaitable
import traceback

import pytest

from custom_components.zapi.api import ZapiError

from .common import CLIENT_TOKEN, HOOK_URL, INSTANCE_ID, PHONE, TOKEN

SECRETS = (CLIENT_TOKEN, TOKEN, INSTANCE_ID, PHONE)


def all_that_is_said(err: BaseException) -> str:
    """Return every text that a log or a person could get out of an exception."""
    said = []
    todo: list[BaseException | None] = [err]
    while todo:
        if (one := todo.pop()) is not None:
            said += [str(one), repr(one), repr(one.args), repr(vars(one))]
            todo += [one.__cause__, one.__context__]
    return "\n".join([*said, *traceback.format_exception(err)])


async def failure_of(answer: Awaitable[object]) -> ZapiError:
    """Return the error of a call, which gives no secret away."""
    with pytest.raises(ZapiError) as caught:
        await answer
    said = all_that_is_said(caught.value).lower()
    assert not [secret for secret in SECRETS if secret.lower() in said]
    assert HOOK_URL.rpartition("/")[2] not in said
    return caught.value
