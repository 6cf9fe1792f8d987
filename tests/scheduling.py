"""How a complete run goes over several processes: by file, all that looks through a browser in one, a failure said at once."""

import pytest
from xdist.scheduler import LoadFileScheduling

BROWSER = "tests/browser/"


class OneBrowser(LoadFileScheduling):
    """By file; the files that share a browser, its server and a seeded district stay together, which halves their cost."""

    def _split_scope(self, nodeid: str) -> str:
        return BROWSER if nodeid.startswith(BROWSER) else super()._split_scope(nodeid)


class SaidAtOnce:
    """A run that is cut off would otherwise take with it what it had found."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if report.failed and reporter is not None:
            reporter.write_line(f"\nFAILED at {report.when}: {report.nodeid}\n{report.longreprtext[-2000:]}", red=True)
