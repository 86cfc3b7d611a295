/* Small comforts; every page works without them. No libraries, no inline code. */
"use strict";
(() => {
  const PERIOD_MS = 30000;

  /* Parts marked data-refresh are replaced by what the server says now: times left are counted
     there, by business time, never guessed here. What is typed lies outside those parts. */
  const parts = () => [...document.querySelectorAll("[data-refresh][id]")];

  const isBusy = () => {
    const chosen = document.getSelection();
    return document.hidden || (chosen && !chosen.isCollapsed && String(chosen).length > 0);
  };

  const keepState = (old, fresh) => {
    for (const now of old.querySelectorAll("details[id]")) {
      const next = fresh.querySelector(`#${CSS.escape(now.id)}`);
      if (next) next.open = now.open;
    }
    if (old.tagName === "DETAILS") fresh.open = old.open;
  };

  const replace = (page) => {
    for (const old of parts()) {
      const fresh = page.getElementById(old.id);
      if (!fresh) continue;
      // First: what a reader opened is no news, and a frame that is replaced loads again.
      keepState(old, fresh);
      if (fresh.innerHTML === old.innerHTML) continue;
      const focused = old.contains(document.activeElement) ? document.activeElement : null;
      const key = focused && (focused.id || focused.getAttribute("href"));
      old.replaceWith(document.adoptNode(fresh));
      if (!key) continue;
      const again = document.getElementById(key) || fresh.querySelector(`[href="${CSS.escape(key)}"]`);
      if (again) again.focus({ preventScroll: true });
    }
  };

  const refresh = async () => {
    if (isBusy() || !parts().length) return;
    try {
      const answer = await fetch(location.href.split("#")[0], { headers: { "X-Refresh": "1" }, redirect: "error" });
      if (answer.status === 404) document.dispatchEvent(new Event("gone"));
      if (!answer.ok || isBusy()) return;
      replace(new DOMParser().parseFromString(await answer.text(), "text/html"));
    } catch { /* Offline, or signed out: the page says of when it is. */ }
  };

  const open = (hash) => {
    const target = hash.length > 1 && document.getElementById(decodeURIComponent(hash.slice(1)));
    if (target && target.tagName === "DETAILS") target.open = true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    const field = event.target;
    if (field.matches && field.matches("textarea[data-submit-keys]")) field.form.requestSubmit();
  });
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-once]")) return;
    // After the browser has read the form: a disabled button would not be sent.
    setTimeout(() => event.target.querySelectorAll("button:enabled").forEach((button) => { button.disabled = true; button.dataset.pressed = ""; }));
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-opens]");
    if (link) open(link.hash);
    if (event.target.matches("[data-select]")) event.target.select();
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (!field.matches("input[data-max-each]")) return;
    const sizes = [...field.files].map((file) => file.size);
    const isTooLarge = sizes.some((size) => size > Number(field.dataset.maxEach))
      || sizes.reduce((sum, size) => sum + size, 0) > Number(field.dataset.maxTogether);
    field.setCustomValidity(isTooLarge ? field.dataset.tooLarge : "");
    field.reportValidity();
  });
  // Coming back by the browser's history: the buttons work again.
  addEventListener("pageshow", () => {
    document.querySelectorAll("[data-once] button[data-pressed]").forEach((button) => { button.disabled = false; });
  });
  open(location.hash);
  // A written answer is not lost by a stray click.
  let submitting = false;
  document.addEventListener("submit", () => { submitting = true; });
  addEventListener("beforeunload", (event) => {
    const typed = [...document.querySelectorAll("textarea[data-submit-keys]")];
    if (!submitting && typed.some((field) => field.value.trim() && field.value !== field.defaultValue)) event.preventDefault();
  });
  setInterval(refresh, PERIOD_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) refresh(); });
})();
