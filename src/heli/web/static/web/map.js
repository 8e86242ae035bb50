// Maps of the city, drawn by the server: here they are panned and zoomed together, tell what lies
// under the pointer or has the focus, and change the shown quantity without loading the page.
//
// Others draw on a map by `await mapNamed(id)`: see the methods without an underscore.

const SVG = "http://www.w3.org/2000/svg";
const MOST = 24;
const NEAR = 9; // pixels within which a link is meant
const maps = new Map();
const waiting = new Map();

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

function pathOf(line) {
  let d = `M${line[0]} ${line[1]}`;
  for (let n = 2; n < line.length; n += 2) d += `L${line[n]} ${line[n + 1]}`;
  return d;
}

function apart(x, y, line) {
  let best = Infinity;
  for (let n = 2; n < line.length; n += 2) {
    const [ax, ay, bx, by] = [line[n - 2], line[n - 1], line[n], line[n + 1]];
    const [dx, dy] = [bx - ax, by - ay];
    const along = clamp(((x - ax) * dx + (y - ay) * dy) / (dx * dx + dy * dy || 1), 0, 1);
    best = Math.min(best, Math.hypot(x - ax - along * dx, y - ay - along * dy));
  }
  return best;
}

class CityMap {
  constructor(section) {
    this.section = section;
    this.data = JSON.parse(document.getElementById(section.dataset.map).textContent);
    [this.width, this.height] = this.data.size;
    this.box = { x: 0, y: 0, k: 1 };
    this.hand = null; // takes the pointer over: { down, move, up } with a point in units of the map
    this.pick = ""; // "links" makes links be found although a quantity of zones is shown
    this.panels = [...section.querySelectorAll(".map-panel")].map((figure) => this._panel(figure));
    this.middles = this.panels[0].zones.map((zone) => {
      const box = zone.getBBox();
      return [box.x + box.width / 2, box.y + box.height / 2];
    });
    this.lines = this.data.links.map((link) => link.slice(2));
    this.layer = section.querySelector("[data-layer][aria-current]")?.dataset.layer ?? Object.keys(this.data.layers)[0] ?? "";
    this._listen();
    this.show(this.layer);
    this._move();
  }

  _panel(figure) {
    const svg = figure.querySelector(".map-svg");
    svg.setAttribute("role", "group");
    svg.querySelectorAll("title").forEach((title) => title.remove());
    const zones = [...svg.querySelectorAll(".map-zone")];
    zones.forEach((zone, n) => {
      zone.dataset.zone = n;
      zone.setAttribute("role", "img");
      zone.setAttribute("tabindex", n ? "-1" : "0");
    });
    const part = (name) => figure.querySelector(name);
    return { figure, svg, zones, view: part(".map-view"), says: part(".map-says"), scale: part(".map-scale"), links: part(".map-links"), over: part(".map-over") };
  }

  // What is shown

  show(key) {
    const layer = this.data.layers[key];
    this.layer = key;
    for (const [name, where] of [["layer", "[data-layer]"], ["legend", "[data-legend]"], ["table", "[data-table]"]]) {
      for (const part of this.section.querySelectorAll(where)) {
        const on = part.dataset[name] === key;
        if (name !== "layer") part.hidden = !on;
        else if (on) part.setAttribute("aria-current", "true");
        else part.removeAttribute("aria-current");
      }
    }
    this.panels.forEach((panel, n) => this._fill(panel, n, layer));
  }

  _fill(panel, n, layer) {
    const figures = layer?.panels[n];
    const ofZones = layer?.of === "zones";
    panel.svg.classList.toggle("map-quiet", !layer || ofZones);
    panel.links.replaceChildren();
    panel.zones.forEach((zone, z) => {
      zone.setAttribute("class", `map-zone ${ofZones && figures ? this._class(figures, z) : ""}${zone.classList.contains("map-on") ? " map-on" : ""}`);
      zone.setAttribute("aria-label", this.told("zones", z, n));
    });
    if (!figures || ofZones) return;
    const parts = new Map(["none", ...figures.classes].map((name) => [name, []]));
    this.lines.forEach((line, a) => parts.get(this._class(figures, a)).push(pathOf(line)));
    for (const [name, lines] of parts) if (lines.length) this._path(panel.links, `map-link ${name}`, lines.join(""));
  }

  _path(parent, kind, d) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("class", kind);
    path.setAttribute("d", d);
    parent.append(path);
    return path;
  }

  _class({ bounds, classes, values }, n) {
    const value = values[n];
    if (value === null) return "none";
    let at = 0;
    while (at < bounds.length && value >= bounds[at]) at += 1;
    return classes[at];
  }

  name(of, n) {
    return of === "zones" ? this.data.zones[n][1] : this.data.roads[this.data.links[n][1]];
  }

  value(of, n, panel) {
    const layer = this.data.layers[this.layer];
    const figures = layer?.panels[panel];
    if (!figures || layer.of !== of) return "";
    const value = figures.values[n];
    if (value === null) return this.data.words.none;
    const style = { minimumFractionDigits: figures.digits, maximumFractionDigits: figures.digits, signDisplay: figures.signed ? "exceptZero" : "auto" };
    return `${new Intl.NumberFormat(document.documentElement.lang, style).format(value).replace("-", "−")} ${layer.unit}`;
  }

  told(of, n, panel) {
    return [this.name(of, n), this.value(of, n, panel)].filter(Boolean).join(": ");
  }

  // Where things are

  place(event, svg = event.target.closest(".map-view").querySelector(".map-svg")) {
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse());
    return [at.x, at.y];
  }

  get pixel() {
    return 1 / (this.panels[0].svg.getScreenCTM()?.a || 1);
  }

  linkAt([x, y]) {
    let [best, found] = [NEAR * this.pixel, -1];
    this.lines.forEach((line, n) => {
      const far = apart(x, y, line);
      if (far < best) [best, found] = [far, n];
    });
    return found;
  }

  // Pan and zoom

  _move() {
    const { k } = this.box;
    const [w, h] = [this.width / k, this.height / k];
    this.box.x = clamp(this.box.x, 0, this.width - w);
    this.box.y = clamp(this.box.y, 0, this.height - h);
    for (const { svg, view } of this.panels) {
      svg.setAttribute("viewBox", `${this.box.x.toFixed(2)} ${this.box.y.toFixed(2)} ${w.toFixed(2)} ${h.toFixed(2)}`);
      view.style.setProperty("--thin", (1 / Math.sqrt(k)).toFixed(3));
      view.style.setProperty("--unit", (1 / k).toFixed(4));
      view.classList.toggle("map-closer", k > 1);
      view.classList.toggle("map-near", k > 2.2);
    }
    this._measure();
    this.quiet();
  }

  zoom(factor, [x, y] = [this.box.x + this.width / this.box.k / 2, this.box.y + this.height / this.box.k / 2]) {
    const k = clamp(this.box.k * factor, 1, MOST);
    const by = this.box.k / k;
    this.box = { x: x - (x - this.box.x) * by, y: y - (y - this.box.y) * by, k };
    this._move();
  }

  whole() {
    this.box = { x: 0, y: 0, k: 1 };
    this._move();
  }

  _measure() {
    const metre = this.data.metre / this.pixel; // pixels
    if (!Number.isFinite(metre) || !metre) return;
    const power = 10 ** Math.floor(Math.log10(110 / metre));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n * metre <= 110);
    for (const { scale } of this.panels) {
      scale.hidden = false;
      scale.querySelector("i").style.width = `${(length * metre).toFixed(1)}px`;
      scale.querySelector("span").textContent = length < 1000 ? `${length} ${this.data.words.metres}` : `${length / 1000} ${this.data.words.km}`;
    }
  }

  // What is told

  tell(of, n, [x, y]) {
    this.panels.forEach((panel, p) => {
      panel.over.querySelector(".map-hot")?.remove();
      const d = of === "zones" ? panel.zones[n].getAttribute("d") : pathOf(this.lines[n]);
      this._path(panel.over, `map-hot map-hot-${of}`, d);
      const [name, value] = [document.createElement("b"), document.createElement("span")];
      name.textContent = this.name(of, n);
      value.textContent = this.value(of, n, p);
      panel.says.replaceChildren(name, value);
      panel.says.hidden = false;
      const at = new DOMPoint(x, y).matrixTransform(panel.svg.getScreenCTM());
      const frame = panel.view.getBoundingClientRect();
      const left = clamp(at.x - frame.x + 14, 4, Math.max(4, frame.width - panel.says.offsetWidth - 4));
      const above = at.y - frame.y - panel.says.offsetHeight - 12;
      panel.says.style.left = `${left}px`;
      panel.says.style.top = `${above < 4 ? at.y - frame.y + 16 : above}px`;
    });
  }

  quiet() {
    for (const panel of this.panels) {
      panel.says.hidden = true;
      panel.over.querySelector(".map-hot")?.remove();
    }
  }

  _hover(event) {
    const at = this.place(event);
    const links = this.pick ? this.pick === "links" : this.data.layers[this.layer]?.of === "links";
    const link = links ? this.linkAt(at) : -1;
    const zone = event.target.closest(".map-zone");
    if (link >= 0) this.tell("links", link, at);
    else if (zone) this.tell("zones", Number(zone.dataset.zone), at);
    else this.quiet();
  }

  // Keys

  _next(from, [dx, dy]) {
    const [x, y] = this.middles[from];
    let [best, found] = [Infinity, from];
    this.middles.forEach(([ox, oy], n) => {
      const along = (ox - x) * dx + (oy - y) * dy;
      const cost = along + 2.5 * Math.abs((ox - x) * dy + (oy - y) * dx);
      if (n !== from && along > 1 && cost < best) [best, found] = [cost, n];
    });
    return found;
  }

  _focus(panel, n) {
    for (const each of this.panels) each.zones.forEach((zone, z) => zone.setAttribute("tabindex", z === n ? "0" : "-1"));
    panel.zones[n].focus({ preventScroll: true });
  }

  _attend(n) {
    const [x, y] = this.middles[n];
    const [w, h] = [this.width / this.box.k, this.height / this.box.k];
    const out = x < this.box.x || y < this.box.y || x > this.box.x + w || y > this.box.y + h;
    if (out) {
      Object.assign(this.box, { x: x - w / 2, y: y - h / 2 });
      this._move();
    }
    this.tell("zones", n, this.middles[n]);
  }

  _key(event, panel) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const steps = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };
    const act = { "+": () => this.zoom(1.5), "=": () => this.zoom(1.5), "-": () => this.zoom(1 / 1.5), 0: () => this.whole() }[event.key];
    const step = steps[event.key];
    const zone = event.target.closest(".map-zone");
    if (step && event.shiftKey) {
      this.box.x += (step[0] * this.width) / this.box.k / 6;
      this.box.y += (step[1] * this.height) / this.box.k / 6;
      this._move();
    } else if (step && zone) this._focus(panel, this._next(Number(zone.dataset.zone), step));
    else if (act) act();
    else return;
    event.preventDefault();
  }

  // Pointers

  _drag(panel) {
    const down = new Map();
    let [moved, gap] = [false, 0];
    const { view, svg } = panel;
    view.tabIndex = -1;
    const spread = () => {
      const [a, b] = [...down.values()];
      return [Math.hypot(a.x - b.x, a.y - b.y), { clientX: (a.x + b.x) / 2, clientY: (a.y + b.y) / 2 }];
    };
    view.addEventListener("pointerdown", (event) => {
      if (event.button || event.target.closest("button, a")) return;
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved = false;
      if (!view.contains(document.activeElement)) view.focus({ preventScroll: true });
      if (down.size === 2) [gap] = spread();
      else if (this.hand) {
        view.setPointerCapture(event.pointerId);
        this.hand.down?.(this.place(event, svg), event);
        event.preventDefault();
      }
    });
    view.addEventListener("pointermove", (event) => {
      const last = down.get(event.pointerId);
      if (!last) {
        if (event.pointerType === "mouse" && !this.hand?.drawing) this._hover(event);
        if (this.hand) this.hand.move?.(this.place(event, svg), event);
        return;
      }
      if (down.size === 1 && this.hand) return this.hand.move?.(this.place(event, svg), event);
      if (!moved && Math.hypot(event.clientX - last.x, event.clientY - last.y) < 4) return;
      moved = true;
      view.setPointerCapture(event.pointerId);
      if (down.size === 1) {
        this.box.x -= (event.clientX - last.x) * this.pixel;
        this.box.y -= (event.clientY - last.y) * this.pixel;
        this._move();
      }
      down.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (down.size === 2) {
        const [now, middle] = spread();
        if (gap) this.zoom(now / gap, this.place(middle, svg));
        gap = now;
      }
    });
    const end = (event) => {
      if (down.delete(event.pointerId) && this.hand && !down.size) this.hand.up?.(this.place(event, svg), event);
    };
    view.addEventListener("pointerup", end);
    view.addEventListener("pointercancel", end);
    view.addEventListener("pointerleave", () => this.quiet());
    view.addEventListener("click", (event) => {
      if (moved || this.hand) return;
      this._hover(event);
      const at = this.place(event, svg);
      const link = this.pick === "links" ? this.linkAt(at) : -1;
      const zone = event.target.closest(".map-zone");
      const detail = { at, link, zone: zone ? Number(zone.dataset.zone) : -1 };
      this.section.dispatchEvent(new CustomEvent("heli:map-click", { detail }));
    });
    view.addEventListener("dblclick", (event) => this.hand || this.zoom(2, this.place(event, svg)));
  }

  _listen() {
    for (const panel of this.panels) {
      this._drag(panel);
      panel.view.addEventListener("wheel", (event) => {
        // The wheel scrolls the page until the reader has turned to the map.
        if (!event.ctrlKey && !event.metaKey && !panel.view.contains(document.activeElement)) return;
        event.preventDefault();
        this.zoom(Math.exp(-event.deltaY / 400), this.place(event, panel.svg));
      }, { passive: false });
      panel.view.addEventListener("keydown", (event) => this._key(event, panel));
      panel.svg.addEventListener("focusin", ({ target }) => target.dataset.zone && this._attend(Number(target.dataset.zone)));
      panel.svg.addEventListener("focusout", () => this.quiet());
    }
    const tools = this.section.querySelector(".map-zoom");
    tools.hidden = false;
    tools.addEventListener("click", (event) => {
      const step = event.target.closest("[data-zoom]")?.dataset.zoom;
      if (step === "0") this.whole();
      else if (step) this.zoom(1.6 ** Number(step));
    });
    this.section.querySelector(".map-choice")?.addEventListener("click", (event) => {
      const link = event.target.closest("[data-layer]");
      if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      this.show(link.dataset.layer);
      history.replaceState(history.state, "", link.href.split("#")[0]);
    });
    new ResizeObserver(() => this._measure()).observe(this.section);
  }
}

export function showAll(root) {
  for (const section of root.querySelectorAll("[data-map]")) {
    const name = section.dataset.mapName;
    if (maps.get(name)?.section === section) continue;
    maps.set(name, new CityMap(section));
    waiting.get(name)?.forEach((ready) => ready(maps.get(name)));
    waiting.delete(name);
  }
}

// The map of this name, once it is there.
export function mapNamed(name) {
  if (maps.has(name)) return Promise.resolve(maps.get(name));
  return new Promise((ready) => waiting.set(name, [...(waiting.get(name) ?? []), ready]));
}
