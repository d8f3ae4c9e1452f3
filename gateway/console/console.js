// Fetches the page anew every few seconds and puts its content in place of the old; without it the page is complete.
"use strict";

const EVERY = 5000; // milliseconds
const main = document.getElementById("main");
const lost = document.getElementById("lost");
const pause = document.getElementById("pause");
let paused = false;

// A reader's selection or keyboard place is worth more than fresh figures.
function isInUse() {
  return !document.getSelection().isCollapsed || (main !== document.activeElement && main.contains(document.activeElement));
}

async function refresh() {
  if (paused || document.hidden || isInUse()) {
    return;
  }
  try {
    const answer = await fetch(location.href, { cache: "no-store", redirect: "error" });
    if (answer.status === 401) {
      location.reload();
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = answer.ok && page.getElementById("main");
    if (!fresh) {
      throw new Error("no page");
    }
    if (!isInUse() && fresh.innerHTML !== main.innerHTML) {
      main.replaceChildren(...fresh.childNodes);
    }
    lost.textContent = "";
  } catch {
    lost.textContent = lost.dataset.lost;
  }
}

pause.hidden = false;
pause.addEventListener("click", () => {
  paused = !paused;
  pause.textContent = paused ? pause.dataset.resume : pause.dataset.pause;
  refresh();
});

async function keepFresh() {
  await refresh();
  setTimeout(keepFresh, EVERY);
}

setTimeout(keepFresh, EVERY);
document.addEventListener("visibilitychange", refresh);
