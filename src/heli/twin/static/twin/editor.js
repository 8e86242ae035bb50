// Choosing on the map where a measure holds. What is chosen stands in the form: ticked zones and
// roads, ids of links and stops. The map shows it and changes it; without the map the form does.

import { mapNamed } from "../web/map.js";

const SVG = "http://www.w3.org/2000/svg";
const form = document.getElementById("scenario");
const $ = (selector, root = form) => root.querySelector(selector);
const $$ = (selector, root = form) => [...root.querySelectorAll(selector)];
const said = document.getElementById("said")?.dataset;
// Zones of areas, names of roads, and for each link of the map the position of its road's name.
const { areas, roads, road_of: roadOf } = JSON.parse(document.getElementById("places")?.textContent ?? "{}");

let map, layer;
let aim = null; // { name, mode, button }: the field that the map writes
let tool = "pick";

const ticked = (name) => $$(`input[name="${name}"]:checked`).map((box) => box.value);
const written = (name) => $(`[name="${name}"]`).value.split(/[\s,，、]+/).filter(Boolean);

function tick(name, value, on) {
  const box = $(`input[name="${name}"][value="${CSS.escape(value)}"]`);
  if (box) box.checked = on ?? !box.checked;
}

// Zones of a field: those that are ticked, or those of the area that is chosen by its name.
function zonesOf(name) {
  const select = $(`[name="${name.replace(/-zones$/, "")}"]`);
  return areas[select.value] ?? (select.value === "+" ? ticked(name) : []);
}

function chooseZones(name, change) {
  const select = $(`[name="${name.replace(/-zones$/, "")}"]`);
  const zones = new Set(zonesOf(name));
  change(zones);
  select.value = "+";
  $$(`input[name="${name}"]`).forEach((box) => (box.checked = zones.has(box.value)));
}

function write(name, values) {
  $(`[name="${name}"]`).value = values.join(" ");
}

function toggleWritten(name, value) {
  const values = written(name);
  write(name, values.includes(value) ? values.filter((each) => each !== value) : [...values, value]);
}

// What the map shows of the form

function element(name, attributes, parent = layer) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  parent.append(made);
  return made;
}

function lineOf(n) {
  const line = map.lines[n];
  let d = `M${line[0]} ${line[1]}`;
  for (let k = 2; k < line.length; k += 2) d += `L${line[k]} ${line[k + 1]}`;
  return d;
}

function showStops(stops) {
  const places = stops.map((id) => map.data.zones.findIndex((zone) => zone[0] === id)).filter((n) => n >= 0).map((n) => map.middles[n]);
  if (places.length > 1) element("path", { class: "map-chosen", d: "M" + places.map((place) => place.join(" ")).join("L") });
  places.forEach(([x, y], n) => {
    element("circle", { class: "map-stop", cx: x, cy: y, r: 15 / map.box.k });
    element("text", { class: "map-stop-number", x, y }).textContent = n + 1;
  });
}

function chosen() {
  if (!aim || !$(`[name="${aim.name}"]`)) return [];
  if (aim.mode === "zones") return zonesOf(aim.name);
  return aim.mode === "roads" ? ticked(aim.name) : written(aim.name);
}

function show() {
  layer.replaceChildren();
  const values = new Set(chosen());
  const zones = aim?.mode === "zones" || aim?.mode === "stops" ? values : new Set();
  map.panels[0].zones.forEach((zone, n) => {
    const on = zones.has(map.data.zones[n][0]);
    zone.classList.toggle("map-on", on);
    const choice = aim?.mode === "zones" || aim?.mode === "stops";
    zone.setAttribute("role", choice ? "checkbox" : "img");
    if (choice) zone.setAttribute("aria-checked", String(on));
    else zone.removeAttribute("aria-checked");
  });
  if (aim?.mode === "roads" || aim?.mode === "links") {
    const lines = map.data.links.map((link, n) => [link, n]).filter(([link, n]) => values.has(aim.mode === "links" ? link[0] : roads[roadOf[n]]));
    if (lines.length) element("path", { class: "map-chosen", d: lines.map(([, n]) => lineOf(n)).join("") });
  }
  if (aim?.mode === "stops") showStops([...values]);
  for (const part of $$("[data-count]")) {
    const boxes = $$("input", part.closest("details"));
    part.textContent = boxes.filter((box) => box.checked).length;
  }
  tell(values.size);
}

function tell(count) {
  const kinds = aim?.mode === "zones" ? (tool === "pick" ? "pickZones" : tool) : { roads: "pickRoads", links: "pickLinks", stops: "pickStops" }[aim?.mode];
  document.getElementById("how").textContent = said[kinds] ?? "";
  const block = aim?.button.closest("[data-measure]");
  const what = aim ? `${$("h2", block).textContent.trim().replace(/^\d+/, "")} · ${said.chosen.replace("{n}", count)}` : "";
  document.getElementById("aim").textContent = aim ? said.aim.replace("{what}", what) : said.none;
  $$("[data-clear], [data-tools]").forEach((part) => (part.hidden = !aim));
  $$("[data-zones-only]").forEach((part) => (part.hidden = aim?.mode !== "zones"));
  $$("[data-measure]").forEach((part) => part.classList.toggle("aimed", part === block));
}

// Aiming: which field the map writes

function aimAt(button) {
  aim = button ? { name: button.dataset.pick, mode: button.dataset.mode, button } : null;
  $$("[data-pick]").forEach((other) => other.setAttribute("aria-pressed", String(other === button)));
  map.pick = aim?.mode === "roads" || aim?.mode === "links" ? "links" : "zones";
  use(aim?.mode === "zones" ? tool : "pick");
}

function use(name) {
  tool = name;
  $$("[data-tool]").forEach((button) => button.setAttribute("aria-pressed", String(button.dataset.tool === name)));
  map.hand = { rect: rectangle, polygon }[name]?.() ?? null;
  map.section.classList.toggle("map-drawing", Boolean(map.hand));
  show();
}

// Tools

function inside([x, y], corners) {
  let odd = false;
  for (let n = 0, last = corners.length - 1; n < corners.length; last = n, n += 1) {
    const [[ax, ay], [bx, by]] = [corners[n], corners[last]];
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) odd = !odd;
  }
  return odd;
}

function choose(corners) {
  chooseZones(aim.name, (zones) => map.middles.forEach((middle, n) => inside(middle, corners) && zones.add(map.data.zones[n][0])));
  show();
}

const draw = (corners) => element("polygon", { class: "map-shape", points: corners.map((corner) => corner.join(",")).join(" ") });

function rectangle() {
  let from = null, drawn = null;
  const corners = ([x, y]) => [from, [x, from[1]], [x, y], [from[0], y]];
  return {
    drawing: true,
    down: (at) => (from = at),
    move(at) {
      if (!from) return;
      drawn?.remove();
      drawn = draw(corners(at));
    },
    up(at) {
      if (from && Math.hypot(at[0] - from[0], at[1] - from[1]) > 3 * map.pixel) choose(corners(at));
      drawn?.remove();
      from = null;
    },
  };
}

function polygon() {
  let corners = [], drawn = null;
  const end = () => {
    drawn?.remove();
    corners = [];
  };
  const close = () => {
    if (corners.length > 2) choose(corners);
    end();
  };
  return {
    drawing: true,
    close,
    end,
    down(at) {
      const last = corners.at(-1);
      const near = (place) => place && Math.hypot(at[0] - place[0], at[1] - place[1]) < 8 * map.pixel;
      if (corners.length > 2 && (near(corners[0]) || near(last))) close();
      else if (!near(last)) corners.push(at);
    },
    move(at) {
      if (!corners.length) return;
      drawn?.remove();
      drawn = draw([...corners, at]);
    },
  };
}

function click({ zone, link }) {
  if (!aim) return;
  const id = zone >= 0 ? map.data.zones[zone][0] : "";
  if (aim.mode === "zones" && id) chooseZones(aim.name, (zones) => zones.delete(id) || zones.add(id));
  else if (aim.mode === "stops" && id) toggleWritten(aim.name, id);
  else if (aim.mode === "roads" && link >= 0) tick(aim.name, roads[roadOf[link]]);
  else if (aim.mode === "links" && link >= 0) toggleWritten(aim.name, map.data.links[link][0]);
  show();
}

function clear() {
  if (aim.mode === "zones") chooseZones(aim.name, (zones) => zones.clear());
  else if (aim.mode === "roads") $$(`input[name="${aim.name}"]`).forEach((box) => (box.checked = false));
  else write(aim.name, []);
  show();
}

// Starting, and after measures have come or gone

function ready(last) {
  $$("[data-pick], .ticks-sets").forEach((part) => (part.hidden = false));
  const buttons = $$("[data-pick]");
  const same = buttons.find((button) => button.dataset.pick === aim?.name);
  const block = last ? $$("[data-measure]").at(-1) : null;
  aimAt((block && $("[data-pick]", block)) ?? same ?? buttons[0] ?? null);
}

async function start() {
  if (!said) return;
  map = await mapNamed("city");
  layer = document.createElementNS(SVG, "g");
  map.panels[0].over.before(layer);
  document.getElementById("tools").hidden = false;
  map.section.addEventListener("heli:map-click", ({ detail }) => click(detail));
  map.panels[0].svg.addEventListener("keydown", (event) => {
    const zone = event.target.dataset.zone;
    if (zone && (event.key === " " || event.key === "Enter") && !map.hand?.close) {
      event.preventDefault();
      click({ zone: Number(zone), link: -1 });
    }
  });
  addEventListener("keydown", (event) => {
    if (event.key === "Escape") map.hand?.end?.();
    if (event.key === "Enter" && map.hand?.close && event.target.closest(".map-view")) map.hand.close();
  });
  form.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button?.dataset.pick) {
      aimAt(button);
      if (matchMedia("(max-width: 1000px)").matches) document.getElementById("tools").scrollIntoView({ block: "start" });
    }
    else if (button?.dataset.tool) use(button.dataset.tool);
    else if (button && "clear" in button.dataset) clear();
    else if (button?.dataset.digits) {
      $$("input", button.closest(".ticks")).forEach((box) => (box.checked = String(Number(box.value) % 2) === button.dataset.digits));
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name && /-zones$/.test(event.target.name)) $(`[name="${event.target.name.replace(/-zones$/, "")}"]`).value = "+";
    show();
  });
  form.addEventListener("input", (event) => event.target.matches("textarea, input:not([type])") && show());
  let count = $$("[data-measure]").length;
  document.addEventListener("htmx:afterSettle", () => {
    const now = $$("[data-measure]").length;
    ready(now > count);
    count = now;
  });
  ready(false);
}
start();
