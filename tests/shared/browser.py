"""A headless Chromium that says how a page looks: sizes, pictures, errors on its console."""

import json
import re
import shutil
import subprocess
from html import escape

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
PROBE = """
<script>
addEventListener("load", () => {
  const tables = [...document.querySelectorAll("table")];
  const words = [...document.querySelectorAll("p, td, th, li, h1, h2, figcaption")].filter(e => e.innerText);
  parent.document.getElementById("probe").textContent = JSON.stringify({
    inner: innerWidth,
    page: document.documentElement.scrollWidth,
    tables: tables.length,
    hidden: tables.filter(t => !t.closest("details") && t.getBoundingClientRect().height < 20).length,
    pictures: [...document.images].map(i => i.naturalWidth),
    ladder: document.querySelectorAll(".rung").length,
    smallest: Math.min(...words.map(e => parseFloat(getComputedStyle(e).fontSize))),
    outside: words.filter(e => !e.closest(".scroll") && e.getBoundingClientRect().right > innerWidth + 1).length,
  });
});
</script>
"""


def look_at(page, tmp_path, width):
    """What a browser of this width makes of a page, and what it complains of; skips where there is no browser."""
    browser = next((found for found in map(shutil.which, NAMES) if found), None)
    if browser is None:
        pytest.skip("needs a browser: install Chromium, for instance Debian's package chromium")
    probed = tmp_path / f"probed-{width}.html"
    inside = escape(page.read_text(encoding="utf-8").replace("</body>", PROBE + "</body>"))
    # A frame is as narrow as a telephone; a window of Chromium is not.
    frame = f'<iframe style="border:0" width="{width}" height="900" srcdoc="{inside}"></iframe>'
    probed.write_text(f'<meta charset="utf-8"><pre id="probe"></pre>{frame}', encoding="utf-8")
    options = "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    command = [browser, *options.split(), f"--user-data-dir={tmp_path / f'profile-{width}'}"]
    command += ["--host-resolver-rules=MAP * ~NOTFOUND", "--window-size=1600,1200", "--enable-logging=stderr"]
    command += ["--virtual-time-budget=5000", "--dump-dom", probed.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    found = re.search(r'<pre id="probe">(.+?)</pre>', done.stdout)
    assert found, done.stderr[-2000:]
    console = [line for line in done.stderr.splitlines() if ":CONSOLE" in line]
    return json.loads(found.group(1)), console
