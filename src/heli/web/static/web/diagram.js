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

const shown = new WeakSet();

export async function showAll(root) {
  const found = [...root.querySelectorAll("[data-bpmn]")].filter((element) => !shown.has(element));
  if (!found.length) return;
  const Viewer = await load();
  for (const element of found) {
    shown.add(element);
    const answer = await fetch(element.dataset.bpmn);
    const viewer = new Viewer({ container: element });
    await viewer.importXML(await answer.text());
    const canvas = viewer.get("canvas");
    canvas.zoom("fit-viewport", "auto");
    const marks = document.getElementById(element.dataset.bpmnMarks ?? "");
    for (const [id, state] of Object.entries(marks ? JSON.parse(marks.textContent) : {})) {
      canvas.addMarker(id, `mark-${state}`);
    }
  }
}
