"""What makes an open page hard to use: axe-core's rules, and that nothing is wider than the window."""

from importlib.resources import files
from typing import Any, Final

from playwright.async_api import Page

# WCAG 2.1 and 2.2, levels A and AA, and what axe-core calls best practice. There are no exceptions.
TAGS: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")

_AXE: Final = (files("axe_playwright_python") / "axe.min.js").read_text(encoding="utf-8")
# axe-core leaves the size of what is hit out unless it is asked for (WCAG 2.2, 2.5.8).
_RUN: Final = """(tags) => axe.run({
  runOnly: {type: "tag", values: tags},
  rules: {"target-size": {enabled: true}},
  resultTypes: ["violations", "incomplete"],
})"""
_EXCESS: Final = "document.documentElement.scrollWidth - innerWidth"


async def faults(page: Page) -> list[str]:
    """Return the faults of the open page, each with the rule that it breaks and where.

    What axe-core cannot decide by itself is a fault too: a page that is kept simple leaves it no doubt.
    """
    await page.evaluate(f"{_AXE}; undefined")
    found = await page.evaluate(_RUN, list(TAGS))
    assert found["passes"], "axe-core has judged nothing"
    told = [line for kind in ("violations", "incomplete") for rule in found[kind] for line in _lines(kind, rule)]
    excess = await page.evaluate(_EXCESS)
    return told if excess <= 0 else [*told, f"wider than the window: {excess} px"]


def _lines(kind: str, rule: dict[str, Any]) -> list[str]:
    doubt = "" if kind == "violations" else "perhaps "
    return [f"{doubt}{rule['id']}: {node['target']} {node['html'][:120]}" for node in rule["nodes"]]
