// Keeps what is on the screen fresh, and little else: every page works without it.
"use strict";

function keepFresh(box) {
  const every = Number(box.dataset.every) * 1000;
  const stale = document.getElementById("stale");
  let paused = false;
  let failed = 0;

  function busy() {
    // never pull a page away from under somebody who is choosing or reading a detail
    const here = document.activeElement;
    return box.contains(here) && ["INPUT", "SELECT", "TEXTAREA"].includes(here.tagName);
  }

  function buttons() {
    const pause = box.querySelector("[data-pause]");
    const goOn = box.querySelector("[data-go-on]");
    if (pause) { pause.hidden = paused; pause.onclick = () => { paused = true; buttons(); }; }
    if (goOn) { goOn.hidden = !paused; goOn.onclick = () => { paused = false; look(); }; }
  }

  function put(text) {
    const open = [...box.querySelectorAll("details")].map((one) => one.open);
    const focus = document.activeElement && box.contains(document.activeElement) ? document.activeElement : null;
    const name = (one) => one.getAttribute("formaction") || one.getAttribute("href")
      || (one.form && one.value ? one.form.getAttribute("action") + " " + one.value : "");
    const mark = focus && name(focus);
    box.innerHTML = text;
    box.querySelectorAll("details").forEach((one, place) => { one.open = open[place] || false; });
    if (mark) {
      const again = [...box.querySelectorAll("[formaction], [href], button[value]")].find((one) => name(one) === mark);
      if (again) again.focus({ preventScroll: true });
    }
    buttons();
  }

  async function look() {
    if (document.hidden || paused || busy()) return;
    try {
      const answer = await fetch(box.dataset.live, { headers: { Accept: "text/html" }, redirect: "error" });
      if (answer.status === 401) { location.reload(); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (!paused && !busy()) put(text);
      failed = 0;
    } catch {
      failed += 1;
    }
    if (stale) stale.hidden = failed < 2;
  }

  buttons();
  setInterval(look, every);
  document.addEventListener("visibilitychange", look);
}

document.querySelectorAll("[data-live]").forEach(keepFresh);

// a link opened from a messenger comes without the session's cookie; the same page asked for by itself brings it
if (document.body.hasAttribute("data-once-more")) {
  try {
    if (!sessionStorage.getItem("once-more")) {
      sessionStorage.setItem("once-more", "1");
      location.replace(location.href);
    }
  } catch { /* without storage there is the button */ }
} else {
  try { sessionStorage.removeItem("once-more"); } catch { /* nothing to forget */ }
}

// "/" goes to the search field, j and k walk the rows
document.addEventListener("keydown", (event) => {
  const here = document.activeElement;
  if (event.ctrlKey || event.metaKey || event.altKey || (here && ["INPUT", "SELECT", "TEXTAREA"].includes(here.tagName))) return;
  if (event.key === "/") {
    const field = document.querySelector("[data-slash]");
    if (field) { event.preventDefault(); field.focus(); }
  } else if (event.key === "j" || event.key === "k") {
    const rows = [...document.querySelectorAll(".row-link")];
    const at = rows.indexOf(here) + (event.key === "j" ? 1 : -1);
    if (rows[at]) rows[at].focus();
  }
});
