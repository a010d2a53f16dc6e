"""Brings the browser that the page's tests drive: `python -m tests.chromium`.

As root on Debian it is the distribution's own package; elsewhere, Playwright's download.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys


def system_chromium() -> str | None:
    """The path of an installed Chromium or Chrome, if there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def main() -> None:
    """Install a browser unless there is one."""
    if system_chromium():
        return
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True)
    else:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    main()
