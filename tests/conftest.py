"""What every test can count on; the lab and PostgreSQL start only when a test asks for them."""

import os
import signal

import pytest
from hypothesis import settings

from tests.differences import brief, compared

pytest_plugins = ["tests.lab.fixtures"]

# A push draws few examples and the same each time: what fails, fails by the change that is pushed. Many and new ones are drawn at
# night, and what they find is written down as an example. A deadline would measure the machine.
settings.register_profile("push", max_examples=25, derandomize=True, database=None, deadline=None, print_blob=True)
settings.register_profile("night", max_examples=100, deadline=None, print_blob=True)
settings.load_profile(os.environ.get("RECKON_EXAMPLES", "push"))

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so. The commands that tests start would inherit it, and never hear a Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_assertrepr_compare(config: pytest.Config, op: str, left: object, right: object) -> list[str] | None:
    """Tell what two values of ours differ in, and not the whole of both."""
    return compared(left, right) if op == "==" and config.get_verbosity() < 2 else None


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_makereport(item: pytest.Item, call: "pytest.CallInfo[None]") -> None:
    """Tell what an assertion found, and not every value that led to it."""
    if call.excinfo and isinstance(call.excinfo.value, AssertionError) and item.config.get_verbosity() < 2:
        call.excinfo.value.args = tuple(brief(arg) if isinstance(arg, str) else arg for arg in call.excinfo.value.args)
