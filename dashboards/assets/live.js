// Live figures and small comforts. Every page works without this script.
"use strict";

// The server sends the parts of the page that change, made by the renderer of the page itself. They
// are parsed as an inert document and moved in by their ids: nothing here writes markup.
(() => {
  const live = document.querySelector("[data-stream]");
  if (!live || !("EventSource" in window)) return;
  const lost = document.getElementById("lost");
  const source = new EventSource(live.dataset.stream);

  source.addEventListener("message", (event) => {
    const sent = new DOMParser().parseFromString(event.data, "text/html");
    for (const part of sent.querySelectorAll('[id^="live-"]')) replace(part);
  });
  source.addEventListener("open", () => tell("open"));
  // The browser asks again by itself; where it may not, the figures on the page grow old.
  source.addEventListener("error", () => {
    tell(source.readyState === EventSource.CLOSED ? "lost" : "waiting");
  });
  window.addEventListener("pagehide", () => source.close());

  function tell(state) {
    document.body.dataset.live = state;
    if (lost) lost.hidden = state !== "lost";
  }

  function replace(part) {
    const old = document.getElementById(part.id);
    if (!old || !live.contains(old)) return;
    const fresh = document.importNode(part, true);
    keep(old, fresh);
    if (old.isEqualNode(fresh)) return;
    const focused = old.contains(document.activeElement) ? place(old, document.activeElement) : -1;
    const scrolled = [...old.querySelectorAll(".wide")].map((wide) => wide.scrollLeft);
    old.replaceWith(fresh);
    [...fresh.querySelectorAll(".wide")].forEach((wide, nth) => {
      wide.scrollLeft = scrolled[nth] || 0;
    });
    if (focused >= 0) {
      const again = focusable(fresh)[focused];
      if (again) again.focus({ preventScroll: true });
    }
  }

  // What the reader has opened stays open.
  function keep(old, fresh) {
    const before = [...old.querySelectorAll("details")];
    [...fresh.querySelectorAll("details")].forEach((details, nth) => {
      const of = details.dataset.of;
      const same = of ? before.find((one) => one.dataset.of === of) : before[nth];
      if (same) details.open = same.open;
    });
  }

  function focusable(part) {
    return [...part.querySelectorAll("a[href], button, summary, [tabindex]")];
  }

  function place(part, element) {
    return focusable(part).indexOf(element);
  }
})();
