"""What every test can count on; the lab and PostgreSQL start only when a test asks for them."""

import signal

pytest_plugins = ["tests.lab.fixtures"]

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background so. The commands that tests start would inherit it, and never hear a Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
