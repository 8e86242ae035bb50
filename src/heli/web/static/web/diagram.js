// A BPMN diagram with the places of its tokens marked.
//
// <div class="diagram" data-bpmn="/procedure.bpmn" data-bpmn-marks="ID-OF-JSON-SCRIPT">, where the
// JSON maps element ids to a state ("on_time", "late", "done", …).

const script = new URL("../vendor/bpmn/bpmn-navigated-viewer.min.js", import.meta.url);
let loading;

function load() {
  loading ??= new Promise((resolve, reject) => {
    const element = document.createElement("script");
    element.src = script;
    element.onload = () => resolve(window.BpmnJS);
    element.onerror = reject;
    document.head.append(element);
  });
  return loading;
}

const PADDING = 24;
const SIGN = 40; // below the diagram, where its library has its sign
const SMALLEST = 0.6; // labels smaller than this cannot be read; the rest is a drag away
const LOWEST = 240;
const HIGHEST = 720;
const drawn = new Map();

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

// The whole diagram with room around it, as large as the page is wide; never so small that its
// labels cannot be read.
function fit(element, canvas) {
  const { inner, outer } = canvas.viewbox();
  const [width, height] = [inner.width + 2 * PADDING, inner.height + 2 * PADDING + SIGN];
  const wide = Math.max(SMALLEST, Math.min(1, outer.width / width));
  element.style.height = `${Math.round(Math.min(HIGHEST, Math.max(LOWEST, height * wide)))}px`;
  canvas.resized();
  const now = canvas.viewbox().outer;
  const scale = Math.max(SMALLEST, Math.min(1, now.width / width, now.height / height));
  const shown = { width: now.width / scale, height: now.height / scale };
  canvas.viewbox({
    x: inner.x - Math.max(PADDING, (shown.width - inner.width) / 2),
    y: inner.y - Math.max(PADDING, (shown.height - SIGN - inner.height) / 2),
    ...shown,
  });
}

// Names in the reader's language, where the model has them in both (heli:nameEn).
function inWords(xml) {
  if (!document.documentElement.lang.startsWith("en")) return xml;
  const model = new DOMParser().parseFromString(xml, "application/xml");
  if (model.querySelector("parsererror")) return xml;
  for (const part of model.querySelectorAll("[name]")) {
    const words = part.getAttributeNS("urn:heli:bpmn:1", "nameEn");
    if (words) part.setAttribute("name", words);
  }
  return new XMLSerializer().serializeToString(model);
}

async function draw(element, Viewer, xml) {
  drawn.get(element)?.viewer.destroy();
  const ink = token("--ink");
  const colours = { defaultFillColor: token("--card"), defaultStrokeColor: ink, defaultLabelColor: ink };
  const viewer = new Viewer({ container: element, bpmnRenderer: colours });
  drawn.set(element, { viewer, xml });
  await viewer.importXML(inWords(xml));
  const canvas = viewer.get("canvas");
  fit(element, canvas);
  const marks = document.getElementById(element.dataset.bpmnMarks ?? "");
  for (const [id, state] of Object.entries(marks ? JSON.parse(marks.textContent) : {})) {
    canvas.addMarker(id, `mark-${state}`);
  }
}

function zoomable(element) {
  const tools = element.parentElement.querySelector(".diagram-zoom");
  if (!tools) return;
  tools.hidden = false;
  tools.addEventListener("click", (event) => {
    const step = Number(event.target.closest("[data-zoom]")?.dataset.zoom ?? NaN);
    const { viewer } = drawn.get(element);
    if (step) viewer.get("zoomScroll").stepZoom(step);
    else if (step === 0) fit(element, viewer.get("canvas"));
  });
}

export async function showAll(root) {
  const found = [...root.querySelectorAll("[data-bpmn]")].filter((element) => !drawn.has(element));
  if (!found.length) return;
  const Viewer = await load();
  for (const element of found) {
    const answer = await fetch(element.dataset.bpmn);
    await draw(element, Viewer, await answer.text());
    zoomable(element);
  }
}

async function redraw() {
  for (const [element, { xml }] of drawn) {
    if (element.isConnected) await draw(element, await load(), xml);
    else drawn.delete(element);
  }
}
document.addEventListener("heli:theme", redraw);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);
