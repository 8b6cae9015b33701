"""What holds with a real Home Assistant; run by ``.venv-ha``, without the unit tests' harness."""

import pytest

MARKS = [
    pytest.mark.e2e,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.timeout(120),
]
