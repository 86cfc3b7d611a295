/* The panel's countdown between two looks at the server (desk.js replaces the figures each half
   minute); without this file the figures stand as the server wrote them. No libraries. */
"use strict";
(() => {
  const TICK_MS = 1000;
  const STALE_MS = 150000;
  // A frame without an origin of its own may not fetch: it is loaded anew instead.
  const LOAD_MS = 60000;
  const mayFetch = self.origin !== "null";

  const read = () => document.getElementById("read-at");
  const readAt = () => read().dateTime;
  const verdict = () => {
    const found = document.querySelector("[data-verdict]");
    return found ? found.dataset.verdict : "";
  };
  let [seen, since, said] = [readAt(), performance.now(), verdict()];

  // As the server writes a duration: whole minutes are cut, never rounded up.
  const inWords = (seconds) => {
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
    if (!hours) return `${minutes} min`;
    return minutes ? `${hours} h ${minutes} min` : `${hours} h`;
  };

  const tick = () => {
    if (readAt() !== seen) {
      [seen, since] = [readAt(), performance.now()];
      if (verdict() !== said) document.getElementById("said").textContent = said = verdict();
    }
    const passed = performance.now() - since;
    document.getElementById("stale").hidden = passed < STALE_MS;
    // Once it has expired, only the page itself says what to do then.
    const expired = passed > Number(read().dataset.good) * 1000;
    if (expired || (!mayFetch && passed > LOAD_MS && !document.hidden)) location.reload();
    for (const each of document.querySelectorAll("[data-ticks]")) {
      const from = Number(each.dataset.seconds);
      const seconds = "late" in each.dataset ? from + passed / 1000 : Math.max(0, from - passed / 1000);
      const text = inWords(seconds);
      if (each.textContent !== text) each.textContent = text;
      if (seconds === 0 && from > 0 && !each.dataset.over) {
        each.dataset.over = "1";
        document.dispatchEvent(new Event("visibilitychange"));
      }
    }
  };
  // Made void by somebody: the page itself says what to do.
  document.addEventListener("gone", () => location.reload());
  setInterval(tick, TICK_MS);
})();
