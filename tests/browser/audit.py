"""What makes an open page hard to use: axe-core's rules, what is wider than the window, what paper would cut off."""

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
# A4 in CSS pixels, less the margins of every page.
PAPER_WIDTH: Final = round((210 - 2 * 16) / 25.4 * 96)
_CUT: Final = """() => [...document.body.querySelectorAll("*")].filter((each) => each.checkVisibility()).filter(
  (each) => each.getBoundingClientRect().right > innerWidth + 1
    || (getComputedStyle(each).overflowX !== "visible" && each.scrollWidth > each.clientWidth + 1)
    || (getComputedStyle(each).overflowY !== "visible" && each.scrollHeight > each.clientHeight + 1)
).map((each) => each.outerHTML.slice(0, 80))"""
_FOLDED: Final = """() => [...document.querySelectorAll("details:not([open]) > :not(summary)")].filter(
  (each) => !each.checkVisibility({contentVisibilityAuto: true})
).map((each) => each.outerHTML.slice(0, 80))"""
_INK: Final = "(({color, backgroundColor}) => [color, backgroundColor])(getComputedStyle(document.body))"


async def faults_on_paper(page: Page) -> list[str]:
    """Return what of the open page would be cut off, folded away or pale on A4; the page stays laid out for paper."""
    await page.set_viewport_size({"width": PAPER_WIDTH, "height": 900})
    await page.emulate_media(media="print")
    cut = [f"cut off: {each}" for each in await page.evaluate(_CUT)]
    folded = [f"folded: {each}" for each in await page.evaluate(_FOLDED)]
    ink = await page.evaluate(_INK)
    excess = await _excess(page)
    return cut + excess + folded + ([] if ink == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"] else [f"ink: {ink}"])


async def faults(page: Page) -> list[str]:
    """Return the faults of the open page, each with the rule that it breaks and where.

    What axe-core cannot decide by itself is a fault too: a page that is kept simple leaves it no doubt.
    """
    await page.evaluate(f"{_AXE}; undefined")
    found = await page.evaluate(_RUN, list(TAGS))
    assert found["passes"], "axe-core has judged nothing"
    told = [line for kind in ("violations", "incomplete") for rule in found[kind] for line in _lines(kind, rule)]
    return told + await _excess(page)


async def _excess(page: Page) -> list[str]:
    excess = await page.evaluate(_EXCESS)
    return [] if excess <= 0 else [f"wider than the window: {excess} px"]


def _lines(kind: str, rule: dict[str, Any]) -> list[str]:
    doubt = "" if kind == "violations" else "perhaps "
    return [f"{doubt}{rule['id']}: {node['target']} {node['html'][:120]}" for node in rule["nodes"]]
