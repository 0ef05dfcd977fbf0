"use strict";
/* Parts of a page that are marked data-live are fetched again while somebody looks at them. The
   page works without this; the button to pause it is only there when it runs. */
(() => {
  const EVERY = 30_000;
  const words = document.documentElement.lang === "de"
    ? { pause: "Aktualisierung anhalten", go: "Wieder aktualisieren", gone: "Bitte neu anmelden" }
    : { pause: "Pause updates", go: "Resume updates", gone: "Please log in again" };
  const parts = () => document.querySelectorAll("[data-live]");

  for (const drop of document.querySelectorAll("details.drop")) {
    drop.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && drop.open) {
        drop.open = false;
        drop.querySelector("summary").focus();
      }
    });
    document.addEventListener("click", (event) => {
      if (drop.open && !drop.contains(event.target)) drop.open = false;
    });
  }
  for (const choice of document.querySelectorAll(".filters select")) {
    choice.addEventListener("change", () => {
      const rep = choice.form.elements.rep;
      if (choice.name === "team" && rep) rep.value = "";
    });
  }
  if (parts().length === 0) return;

  let paused = false;
  let timer = 0;
  const busy = (part) => part.contains(document.activeElement) || part.querySelector("details[open]");

  async function refresh() {
    if (paused || document.hidden) return;
    try {
      const answer = await fetch(location.href, { headers: { "X-Live": "1" }, redirect: "manual" });
      if (answer.status === 401) return stop(words.gone);
      if (!answer.ok) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const part of parts()) {
        const news = page.querySelector(`[data-live="${part.dataset.live}"]`);
        if (news && !busy(part) && news.innerHTML !== part.innerHTML) part.replaceWith(news);
      }
      const foot = page.querySelector(".foot p");
      if (foot) document.querySelector(".foot p").textContent = foot.textContent;
    } catch {
      /* out of reach for now: what is shown says as of when it is */
    }
  }

  function stop(why) {
    clearInterval(timer);
    paused = true;
    button.textContent = why;
    button.disabled = true;
  }

  const button = document.createElement("button");
  button.type = "button";
  button.className = "pause";
  button.textContent = words.pause;
  button.addEventListener("click", () => {
    paused = !paused;
    button.textContent = paused ? words.go : words.pause;
    if (!paused) refresh();
  });
  document.querySelector(".foot").append(button);
  document.addEventListener("visibilitychange", refresh);
  timer = setInterval(refresh, EVERY);
})();
