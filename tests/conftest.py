"""Settings that all tests share."""

import signal

import hypothesis

# A job in the background is started with Ctrl-C ignored; tests that press it would wait for ever.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# Examples are drawn the same way on every run, and a slow machine is no failure.
hypothesis.settings.register_profile("course", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("course")
