// Says when the session is about to end, and lets one stay signed in. Without scripts, what was typed is given back
// after the next sign-in. Nothing puts off the end of a session that has lasted as long as one may.
(() => {
  "use strict";
  const warning = document.getElementById("session-warning");
  if (!warning) return;
  const AHEAD = 5 * 60 * 1000;
  let ends = Date.now() + warning.dataset.seconds * 1000;
  let last = false;
  let timer;

  const show = (id) => {
    const said = document.getElementById(id).content.cloneNode(true);
    warning.querySelectorAll("p, button").forEach((node) => node.remove());
    warning.append(said);
  };

  const ask = async (method) => {
    const headers = method === "POST" ? { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]").value } : {};
    const response = await fetch(warning.dataset.url, { method, headers, cache: "no-store" });
    const told = await response.json();
    ends = Date.now() + told.seconds * 1000;
    last = told.last === true;
  };

  // Another tab may have extended the session meanwhile, so the server is asked before anything is said.
  const look = async () => {
    clearTimeout(timer);
    if (ends - Date.now() <= AHEAD) await ask("GET").catch(() => {});
    const left = ends - Date.now();
    warning.querySelectorAll("p, button").forEach((node) => node.remove());
    if (left <= 0) return show("session-over");
    if (left > AHEAD) return void (timer = setTimeout(look, Math.min(left - AHEAD, 2 ** 30)));
    show(last ? "session-last" : "session-soon");
    timer = setTimeout(look, left + 1000);
  };

  warning.addEventListener("click", async (event) => {
    if (event.target.id !== "session-extend") return;
    await ask("POST").catch(() => {});
    look();
  });
  // A machine that slept has missed its timers.
  document.addEventListener("visibilitychange", () => document.hidden || look());
  look();
})();
