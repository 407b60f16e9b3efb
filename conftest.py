"""Hooks for the strict check of the notebooks (`pytest --nbval`); the unit tests have tests/conftest.py."""


def pytest_collectstart(collector):
    """Leaves stderr out of the comparison: warnings and progress bars differ between machines."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += ("stderr",)


def _unsettled(config):
    """Cells neither passed nor failed: after a timeout nbval marks the rest of a notebook as xfail."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None or not config.getoption("nbval", False):
        return []
    return [*reporter.stats.get("xfailed", []), *reporter.stats.get("xpassed", [])]


def pytest_sessionfinish(session):
    """Fails a notebook run in which a cell was let off."""
    if _unsettled(session.config) and session.exitstatus == 0:
        session.exitstatus = 1


def pytest_terminal_summary(terminalreporter, config):
    """Says so."""
    for report in _unsettled(config):
        message = f"not settled (an xfail or xpass counts as a failure here): {report.nodeid}"
        terminalreporter.write_line(message, red=True)
