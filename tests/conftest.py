"""Settings that all tests share."""

import hypothesis

# Examples are drawn the same way on every run, and a slow machine is no failure.
hypothesis.settings.register_profile("course", deadline=None, derandomize=True, database=None)
hypothesis.settings.load_profile("course")
