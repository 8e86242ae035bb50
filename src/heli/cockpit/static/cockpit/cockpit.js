// Keeps the figures in step with the news: whenever something happens, and once a minute since
// clocks run on by themselves. A definition that is being read is not pulled away.

const PAUSE = 3_000;
const MINUTE = 60_000;
const figures = document.getElementById("figures");
let waiting = 0;

async function refresh() {
  waiting = 0;
  if (document.hidden || figures.querySelector("details[open]")) return later();
  const answer = await fetch(figures.dataset.refresh, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!answer?.ok) return;
  const fresh = document.createElement("template");
  fresh.innerHTML = await answer.text();
  const asof = fresh.content.querySelector("[data-asof]");
  if (asof) document.getElementById("figures-asof").innerHTML = asof.innerHTML;
  figures.replaceChildren(fresh.content);
  window.htmx?.process(figures);
}

function later() {
  waiting ||= setTimeout(refresh, PAUSE);
}

document.addEventListener("heli:fresh", later);
document.addEventListener("visibilitychange", () => document.hidden || later());
setInterval(later, MINUTE);
