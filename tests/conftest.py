"""What every test can count on; the lab and PostgreSQL start only when a test asks for them."""

pytest_plugins = ["tests.lab.fixtures"]
