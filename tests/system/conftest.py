"""Fixtures that several system tests share: providers that accept, and a gateway in front of them."""

from collections.abc import AsyncIterator

import pytest

from tests.fakes.capture_http import HttpCapture
from tests.fakes.capture_smtp import SmtpCapture


@pytest.fixture
async def web() -> AsyncIterator[HttpCapture]:
    """A provider of SMS over HTTP that accepts."""
    async with HttpCapture() as capture:
        yield capture


@pytest.fixture
async def mail() -> AsyncIterator[SmtpCapture]:
    """A mail server that accepts."""
    async with SmtpCapture() as capture:
        yield capture
