// Behaviour of every page: theme, menus, keys, rows, dialogs, copying. All of it works from
// attributes in the markup; without it the page still does its job.

const $ = (selector, root = document) => root.querySelector(selector);
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

// Theme: at once, and remembered by a cookie that the server reads.
function isDark() {
  const theme = document.documentElement.dataset.theme;
  return theme === "auto" ? matchMedia("(prefers-color-scheme: dark)").matches : theme === "dark";
}
function setTheme(theme) {
  document.documentElement.dataset.theme = theme;
  $("#dark-tokens").media = theme === "dark" ? "all" : "not all";
  document.cookie = `heli_theme=${theme}; path=/; max-age=31536000; samesite=lax`;
  $$("[data-theme-form] button").forEach((button) => (button.value = theme === "dark" ? "light" : "dark"));
  document.dispatchEvent(new CustomEvent("heli:theme"));
}
document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-theme-form]")) {
    event.preventDefault();
    setTheme(isDark() ? "light" : "dark");
  }
  if (event.target.matches("form[data-once]")) {
    if (event.target.dataset.sent) event.preventDefault();
    event.target.dataset.sent = "yes";
  }
});

// Menus and definitions close when the reader goes elsewhere.
document.addEventListener("click", (event) => {
  $$("details[data-menu][open], details[data-fold][open]").forEach((menu) => {
    if (!menu.contains(event.target)) menu.open = false;
  });
});

// A definition lies above everything while it is open: no table that scrolls cuts it off. On narrow
// screens its place is the lower edge, by the style sheet.
const GAP = 12;
function place(definition) {
  const [mark, body] = [$("summary", definition).getBoundingClientRect(), $(".menu-body", definition)];
  body.style.inset = "";
  if (matchMedia("(max-width: 700px)").matches) return;
  const { width, height } = body.getBoundingClientRect();
  const below = mark.bottom + 6 + height + GAP <= innerHeight;
  const top = below ? mark.bottom + 6 : Math.max(GAP, mark.top - 6 - height);
  const left = Math.max(GAP, Math.min(mark.left, document.documentElement.clientWidth - width - GAP));
  body.style.inset = `${top}px auto auto ${left}px`;
}
document.addEventListener(
  "toggle",
  (event) => {
    if (!event.target.matches("details.definition")) return;
    const body = $(".menu-body", event.target);
    body.popover = "manual";
    body.togglePopover(event.target.open);
    if (event.target.open) place(event.target);
  },
  true,
);
["scroll", "resize"].forEach((name) =>
  addEventListener(name, () => $$("details.definition[open]").forEach(place), { capture: true, passive: true }),
);

// Dialogs
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    document.getElementById(opener.dataset.dialog).showModal();
  }
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.closest("[data-keys-open]")) showKeys();
  if (event.target.closest("[data-dismiss]")) event.target.closest("[data-toast]").remove();
  if (event.target.closest("[data-back]")) history.back();
});

// Navigation shows the present entry, however narrow the screen.
$$(".nav [aria-current], .subnav [aria-current]").forEach((entry) => entry.scrollIntoView({ block: "nearest", inline: "nearest" }));

// Copying
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const note = document.createElement("span");
  note.className = "copied-note";
  note.setAttribute("role", "status");
  note.textContent = button.dataset.copied;
  button.append(note);
  setTimeout(() => note.remove(), 1800);
});

// Rows: the whole row opens, in the detail pane where there is one.
function openRow(row) {
  const link = $(".row-link", row);
  if (!link) return;
  $$("tr[aria-selected]", row.parentElement).forEach((other) => other.removeAttribute("aria-selected"));
  row.setAttribute("aria-selected", "true");
  const pane = $("[data-detail]");
  if (!pane || !window.htmx) {
    location.href = link.href;
    return;
  }
  window.htmx.ajax("GET", link.getAttribute("href"), { target: pane, swap: "innerHTML" }).then(() => {
    if (matchMedia("(max-width: 1000px)").matches) pane.scrollIntoView({ block: "start" });
  });
}
document.addEventListener("click", (event) => {
  const row = event.target.closest("tr[data-row]");
  if (!row || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
  const inner = event.target.closest("a, button, input, select, label, summary");
  if (inner && !inner.matches(".row-link")) return;
  if (inner && !$("[data-detail]")) return;
  if (!inner && getSelection().toString()) return;
  event.preventDefault();
  openRow(row);
});

// A search has been sent while typing; leaving the field must not send it again and close what the
// reader has just opened.
document.addEventListener(
  "change",
  (event) => {
    if (event.target.matches(".queue-tools input[type=search]")) event.stopPropagation();
  },
  true,
);

// Keys
// The help lists first what the keys of this page do now: they change with what is open.
function showKeys() {
  $$("#keys [data-of-page]").forEach((line) => line.remove());
  const lines = $$("[data-hotkey]").map((button) => {
    const line = document.createElement("div"), key = document.createElement("kbd");
    line.dataset.ofPage = "";
    key.textContent = button.dataset.hotkey;
    line.append(document.createElement("dt"), document.createElement("dd"));
    line.firstChild.append(key);
    line.lastChild.textContent = button.textContent.trim();
    return line;
  });
  $("#keys dl").prepend(...lines);
  $("#keys").showModal();
}
function move(step) {
  const rows = $$("tr[data-row]").filter((row) => $(".row-link", row));
  if (!rows.length) return;
  const at = rows.findIndex((row) => row.hasAttribute("data-at"));
  const next = rows[Math.min(rows.length - 1, Math.max(0, at + step))];
  rows.forEach((row) => row.removeAttribute("data-at"));
  next.setAttribute("data-at", "");
  $(".row-link", next).focus();
  next.scrollIntoView({ block: "nearest" });
}
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    $$("details[data-menu][open], details[data-fold][open]").forEach((menu) => {
      menu.open = false;
      $("summary", menu).focus();
    });
    if (event.target.matches("input[data-key]")) event.target.blur();
  }
  const typing = event.target.closest("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey || $("dialog[open]")) return;
  const act = {
    "/": () => $$("[data-key='/']").find((field) => field.offsetParent)?.focus(),
    j: () => move(1),
    k: () => move(-1),
    "?": showKeys,
  }[event.key];
  if (act) {
    event.preventDefault();
    act();
    return;
  }
  if (/^[a-z]$/.test(event.key)) {
    const button = $(`[data-hotkey="${event.key}"]`);
    if (button) {
      event.preventDefault();
      button.click();
    }
  }
});

// A refused form tells its faults first.
$("[data-error-summary]")?.focus();

// Narrow screens show the rows of a table as blocks; every cell then says which column it is of.
// Tables of data are read down a column (class "data-grid"): they scroll.
function stack(table) {
  const names = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) =>
    $(".visually-hidden", head) ? "" : (head.dataset.label ?? head.textContent).replace(/\s+/g, " ").trim(),
  );
  if (!names.length || $("[rowspan]", table)) return;
  for (const row of table.tBodies[0]?.rows ?? []) {
    row.cells[0]?.classList.add("main");
    [...row.cells].slice(1).forEach((cell, at) => {
      if (names[at + 1] && cell.colSpan === 1 && cell.childNodes.length) cell.dataset.label ??= names[at + 1];
      if ($("button, .btn", cell)) cell.classList.add("acts");
      if (cell.textContent.trim() === "—") cell.classList.add("only-wide");
    });
  }
  table.classList.add("blocks");
}

// Heavier parts come only where a page has them.
async function enrich(root) {
  $$(".scroll > .table:not(.blocks, .data-grid)", root).forEach(stack);
  if ($("[data-chart]", root)) (await import("./charts.js")).drawAll(root);
  if ($("[data-live]", root)) (await import("./live.js")).connectAll(root);
  if ($("[data-map]", root)) (await import("./map.js")).showAll(root);
  if ($("[data-bpmn]", root)) (await import("./diagram.js")).showAll(root);
}
enrich(document);
// What is swapped away takes the focus with it; what the answer says first gets it back.
// Several swaps may be under way at once, each of its own target.
const bereft = new WeakSet();
document.addEventListener("htmx:beforeSwap", (event) => {
  const { target } = event.detail;
  if (target?.contains(document.activeElement)) bereft.add(target);
});
document.addEventListener("htmx:afterSettle", (event) => {
  enrich(event.detail.elt.parentElement ?? document);
  for (const count of $$("[data-count-of]")) {
    count.textContent = document.getElementById(count.dataset.countOf)?.dataset.count ?? count.textContent;
  }
  const told = bereft.delete(event.detail.target) && document.activeElement === document.body
    && ["[data-error-summary]", ".said", "h2"].map((part) => $(part, event.detail.target)).find(Boolean);
  if (told) {
    told.tabIndex = -1;
    told.focus({ preventScroll: true });
  }
});
document.addEventListener("heli:fresh", (event) => enrich(event.target));
