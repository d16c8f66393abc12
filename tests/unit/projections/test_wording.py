"""Foreign words on one line: what tells most is not cut off."""

import pytest

from projections.wording import one_line, span

DIGEST = f"sha256:fce5acedcc47{'5' * 52}"
IMAGE = f"registry.example.internal:5000/a-rather-long/team/application@{DIGEST}"
TWICE = f'failed to pull and unpack image "{IMAGE}": failed to resolve reference "{IMAGE}": '


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("unexpected status from HEAD request to https://registry.example/v2/x: 401 Unauthorized", "(401 Unauthorized)"),
        (
            f"pulling from host registry.example failed with status code [manifests {DIGEST}]: 401 Unauthorized",
            "(401 Unauthorized)",
        ),
        ("authorization failed: no basic auth credentials", "(no basic auth credentials)"),
    ],
)
def test_a_login_that_is_refused_is_said_as_such_however_long_the_images_name(reason: str, said: str) -> None:
    for told in (
        f'ImagePullBackOff: Back-off pulling image "{IMAGE}": ErrImagePull: {TWICE}{reason}',
        f'Failed to pull image "{IMAGE}": {TWICE}{reason}',
    ):
        line = one_line(told)
        assert len(line) <= 200
        if told.startswith("ImagePull"):
            assert line.endswith(f"the registry refuses the login, or wants one {said}")


def test_other_words_stay_as_they_are() -> None:
    text = f"the application says: 401 Unauthorized for {DIGEST}"
    assert one_line(text) == text


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), float("-inf")])
def test_a_span_that_is_none_is_said_all_the_same(seconds: float) -> None:
    assert span(seconds) == "an unknown time"
