"""Chromebooks for tests: Debian's Chromium, each with a profile and a managed policy of its own.

The folder of policies is compiled into Chromium, so each device runs in a mount namespace in which /etc/chromium is its
own folder. Found by trial, and each silent when missing: DeveloperToolsAvailability 1 (else nothing may attach to an
extension installed by policy); Playwright's defaults --disable-extensions and --disable-background-networking both
gone (else nothing is installed); policy files renamed into place with a constant mtime (else Chromium waits 5 s).
"""

import contextlib
import json
import os
import shlex
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, Playwright, Worker
from playwright.sync_api import Error as PlaywrightError

from tests.services.programs import program, start, stop, until
from tests.services.xvfb import Screen

MTIME = 1_600_000_000
QUIET = ["--no-first-run", "--disable-component-update", "--disable-sync", "--password-store=basic"]
REFUSED_DEFAULTS = ["--disable-extensions", "--disable-background-networking"]


def force_installed(
    extension_id: str, update_url: str, managed: Mapping[str, object], **more: object
) -> dict[str, object]:
    """The policy of a device: our extension, what `chrome.storage.managed` holds, and more policies by name."""
    install = {
        "installation_mode": "force_installed", "update_url": update_url, "override_update_url": True,
        "toolbar_pin": "force_pinned",
    }
    return {
        "DeveloperToolsAvailability": 1,
        "ExtensionSettings": {extension_id: install},
        "3rdparty": {"extensions": {extension_id: dict(managed)}},
        **more,
    }


class Device:
    """One Chromebook. ``policy`` it, ``start`` it; ``kill``, ``close`` and ``start`` keep profile and policy."""

    def __init__(
        self, driver: Playwright, folder: Path, *, extension_id: str, language: str = "ja",
        timezone: str = "Asia/Tokyo", screen: Screen | None = None,
    ) -> None:
        self.driver = driver
        self.folder = folder
        self.extension_id = extension_id
        self.profile = folder / "profile"
        self.console: list[str] = []
        self.screen = screen
        self.environment = {"LANGUAGE": language, "TZ": timezone} | (screen.environment if screen else {})
        self._context: BrowserContext | None = None
        (folder / "etc" / "policies" / "managed").mkdir(parents=True)
        self._program = self._in_own_namespace()

    # ------------------------------------------------------------------------------------------------ before it starts

    def policy(self, policy: Mapping[str, object]) -> None:
        """Replace its managed policy; a running browser takes it within moments."""
        written = self.folder / "etc" / "policy.tmp"  # outside managed/, on the same file system
        written.write_text(json.dumps(policy, ensure_ascii=False))
        os.utime(written, (MTIME, MTIME))
        written.rename(self.folder / "etc" / "policies" / "managed" / "dokodemo.json")

    def start(self, *arguments: str) -> "Device":
        """Open the browser, as a person opens the lid."""
        self._context = self.driver.chromium.launch_persistent_context(
            self.profile, executable_path=self._program, headless=self.screen is None,
            ignore_default_args=REFUSED_DEFAULTS, args=[*QUIET, *arguments], env={**os.environ, **self.environment},
        )
        self._context.set_default_timeout(60_000)
        self._context.on("console", self._heard)
        self._context.on("weberror", lambda error: self.console.append(f"uncaught: {error.error}"))
        return self

    @contextlib.contextmanager
    def alone(self, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
        """The same browser with nobody attached, so that its worker idles out as it does on a desk."""
        command = [str(self._program), f"--user-data-dir={self.profile}", "--no-sandbox", *QUIET, *arguments]
        if self.screen is None:
            command.append("--headless=new")
        with (self.folder / "chromium.log").open("ab") as log:
            process = start(command, output=log, env={**os.environ, **self.environment})
        try:
            yield process
        finally:
            stop(process, 15)
            self._end_processes()

    # --------------------------------------------------------------------------------------------------- while it runs

    @property
    def context(self) -> BrowserContext:
        """Playwright's view of the running browser."""
        assert self._context is not None, "the device is not running"
        return self._context

    @property
    def worker(self) -> Worker:
        """The extension's service worker. Ask again after every update, reload or death: the object dies with it."""
        def ours(worker: Worker) -> bool:
            return worker.url.startswith(f"chrome-extension://{self.extension_id}/")

        running = [worker for worker in self.context.service_workers if ours(worker)]
        if running:
            return running[-1]
        started: Worker = self.context.wait_for_event("serviceworker", predicate=ours)
        return started

    def evaluate(self, script: str, argument: object = None, *, seconds: float = 60) -> Any:
        """Run JavaScript in the worker; again, when the worker was replaced at that very moment."""
        ends = time.monotonic() + seconds
        while True:
            try:
                return self.worker.evaluate(script, argument)
            except PlaywrightError as error:
                replaced = "closed" in str(error) or "Service worker restarted" in str(error)
                if not replaced or time.monotonic() > ends:
                    raise
                time.sleep(0.05)

    def open(self, path_or_url: str, *, width: int = 1280, height: int = 800) -> Page:
        """A new tab: an address, or a path inside the extension (``popup/popup.html``)."""
        url = path_or_url if ":" in path_or_url else f"chrome-extension://{self.extension_id}/{path_or_url}"
        page = self.context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.goto(url)
        return page

    def kill_worker(self) -> None:
        """End the service worker, as the browser may at any await, and wait until it is gone; the next event starts it again."""
        page = self.open("manifest.json")
        runs: dict[str, str] = {}

        def noticed(about: dict[str, Any]) -> None:
            runs.update({version["versionId"]: version["runningStatus"] for version in about["versions"]})

        try:
            session = self.context.new_cdp_session(page)
            session.on("ServiceWorker.workerVersionUpdated", noticed)
            session.send("ServiceWorker.enable")
            session.send("ServiceWorker.stopAllWorkers")
            until(lambda: page.evaluate("1") and runs and set(runs.values()) == {"stopped"}, "the worker is gone")
            session.detach()
        finally:
            page.close()

    def send(self, message: object) -> Any:
        """``chrome.runtime.sendMessage`` from a page of the extension: wakes the worker, gives its answer."""
        page = self.open("manifest.json")
        try:
            return page.evaluate("message => chrome.runtime.sendMessage(message)", message)
        finally:
            page.close()

    # -------------------------------------------------------------------------------------------------------- its ends

    def kill(self) -> None:
        """``kill -9`` of the browser and all its processes; what it had on disk stays."""
        for process in self._processes():
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self.close()

    def close(self) -> None:
        """Close the browser, as a person closes it; harmless when it is not running."""
        if self._context is not None:
            with contextlib.suppress(PlaywrightError):  # it may be dead already
                self._context.close()
            self._context = None
        self._end_processes()

    def keep_evidence(self, folder: Path) -> None:
        """A picture of each page and what the consoles said, for whoever looks at a failed test."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{self.folder.name}-console.txt").write_text("\n".join(self.console) + "\n")
        for number, page in enumerate(self._context.pages if self._context else ()):
            with contextlib.suppress(PlaywrightError):  # a page that has crashed has no picture
                page.screenshot(path=folder / f"{self.folder.name}-{number}.png", timeout=5_000)

    def _heard(self, message: ConsoleMessage) -> None:
        self.console.append(f"{message.type}: {message.text}")

    def _processes(self) -> list[psutil.Process]:
        ours = f"--user-data-dir={self.profile}"
        found = []
        for process in psutil.process_iter():
            with contextlib.suppress(psutil.Error):  # it ended while we looked
                if ours in process.cmdline():
                    found += [process, *process.children(recursive=True)]
        return found

    def _end_processes(self) -> None:
        left = self._processes()
        psutil.wait_procs(left, timeout=5)
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()

    def _in_own_namespace(self) -> Path:
        chromium = program("chromium", "chromium-browser")
        rights = "-m" if os.geteuid() == 0 else "-Urm"
        etc = shlex.quote(str(self.folder / "etc"))
        inside = f'mount --bind {etc} /etc/chromium && exec {shlex.quote(chromium)} "$@"'
        script = self.folder / "chromium"
        script.write_text(
            "#!/bin/sh\n"
            f"exec {program('unshare')} {rights} --propagation private sh -c {shlex.quote(inside)} sh \"$@\"\n"
        )
        script.chmod(0o755)
        return script
