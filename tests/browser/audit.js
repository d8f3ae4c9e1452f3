// Returns what makes the open page hard to use: names, headings, labels, contrast, size, width; evaluated in the page.
() => {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const isSeen = (element) => element.checkVisibility() && element.getClientRects().length > 0;
  const nameOf = (element) => (element.getAttribute("aria-label") || element.textContent).trim();
  const want = (holds, fault) => holds || faults.push(fault);

  want(document.title, "no title");
  want(document.documentElement.lang, "no language");
  want(all("main").length === 1, "not one main");
  want(all("h1").length === 1, "not one h1");
  let level = 0;
  for (const heading of all("h1, h2, h3, h4")) {
    want(Number(heading.tagName[1]) <= level + 1, `heading skips a level: ${heading.textContent}`);
    level = Number(heading.tagName[1]);
  }
  const ids = all("[id]").map((element) => element.id);
  want(new Set(ids).size === ids.length, "an id twice");
  for (const field of all("input").filter(isSeen)) {
    want(field.labels.length > 0, `no label: ${field.name}`);
  }
  for (const control of all("a, button, nav, section, ul[aria-label]").filter(isSeen)) {
    const label = document.getElementById(control.getAttribute("aria-labelledby"));
    want(nameOf(control) || label, `no name: ${control.outerHTML.slice(0, 60)}`);
  }
  for (const cell of all("thead th")) {
    want(cell.scope === "col" && cell.textContent.trim(), "a column without a heading");
  }
  for (const button of all("button").filter(isSeen)) {
    const box = button.getBoundingClientRect();
    want(box.width >= 24 && box.height >= 24, `too small to hit: ${nameOf(button)}`); // WCAG 2.2, 2.5.8
  }
  want(document.documentElement.scrollWidth <= innerWidth, `wider than the window: ${document.documentElement.scrollWidth}`);

  const rgb = (text) => text.match(/[\d.]+/g).map(Number);
  const luminance = (colour) => {
    const [r, g, b] = colour.slice(0, 3).map((part) => {
      const c = part / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const backgroundOf = (element) => {
    for (let each = element; each; each = each.parentElement) {
      const colour = rgb(getComputedStyle(each).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) {
        return colour;
      }
    }
    return [255, 255, 255];
  };
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    if (!texts.currentNode.data.trim() || !isSeen(element)) {
      continue;
    }
    const style = getComputedStyle(element);
    const pair = [luminance(rgb(style.color)), luminance(backgroundOf(element))].sort((a, b) => b - a);
    const contrast = (pair[0] + 0.05) / (pair[1] + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24;
    want(contrast >= (isLarge ? 3 : 4.5), `contrast ${contrast.toFixed(2)}: ${texts.currentNode.data.trim()}`); // 1.4.3
  }
  return faults;
};
