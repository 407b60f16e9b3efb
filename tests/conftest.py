"""Settings that all tests share."""

import signal

import hypothesis
import pytest

# A job in the background is started with Ctrl-C ignored; tests that press it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are drawn the same way on every run, and a slow machine is no failure.
hypothesis.settings.register_profile("course", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("course")


@pytest.fixture(scope="session", autouse=True)
def _no_styles_of_the_person_who_tests(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AELEARN_STYLES", str(tmp_path_factory.mktemp("styles")))
        yield
