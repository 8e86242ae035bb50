// Live regions: server-sent events that resume where they broke off, polling when they cannot.
//
// <div data-live="/events" data-fallback="/fragment">: an event's data is HTML. Elements in it with
// an id that the region holds replace those; otherwise it replaces the region's content, or with
// data-live-mode="prepend" goes on top (at most data-live-max, default 30, are kept).
// The browser resends Last-Event-ID when a stream breaks; after a full break the id goes into the
// query as last_event_id. Two failures in a row without an event: the fallback is polled every
// ten seconds while the stream is tried again each minute. The event "reset" says that the page was
// made from a state that is no more: it is loaded afresh.

const POLL = 10_000;
const RETRY = 60_000;

class Region {
  constructor(element) {
    this.element = element;
    this.url = element.dataset.live;
    this.fallback = element.dataset.fallback;
    this.event = element.dataset.liveEvent || "message";
    this.max = Number(element.dataset.liveMax || 30);
    this.failures = 0;
    this.last = "";
    this.open();
  }

  open() {
    if (!this.element.isConnected) return;
    const url = new URL(this.url, location.href);
    if (this.last) url.searchParams.set("last_event_id", this.last);
    this.source = new EventSource(url);
    this.source.addEventListener("open", () => {
      this.failures = 0;
      this.state("live");
    });
    this.source.addEventListener(this.event, (event) => {
      if (!this.element.isConnected) return this.close();
      this.last = event.lastEventId || this.last;
      this.show(event.data);
    });
    this.source.addEventListener("reset", () => {
      this.close();
      location.reload();
    });
    this.source.addEventListener("error", () => this.failed());
  }

  failed() {
    if (!this.element.isConnected) return this.close();
    this.failures += 1;
    if (this.source.readyState !== EventSource.CLOSED && this.failures < 2) return;
    this.close();
    this.state("polling");
    this.poll();
    this.timer = setInterval(() => this.poll(), POLL);
    setTimeout(() => {
      clearInterval(this.timer);
      this.open();
    }, RETRY);
  }

  close() {
    this.source?.close();
    clearInterval(this.timer);
  }

  async poll() {
    if (!this.fallback) return;
    if (!this.element.isConnected) return this.close();
    const answer = await fetch(this.fallback, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.ok) this.show(await answer.text(), true);
  }

  state(name) {
    this.element.dataset.liveState = name;
  }

  show(html, whole = false) {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const parts = [...fresh.content.querySelectorAll("[id]")]
      .map((part) => [part, document.getElementById(part.id)])
      .filter(([, old]) => old && this.element.contains(old));
    if (parts.length && !whole) {
      parts.filter(([part]) => !part.parentElement?.closest("[id]")).forEach(([part, old]) => old.replaceWith(part));
    } else if (this.element.dataset.liveMode === "prepend" && !whole) {
      const list = this.element.querySelector("ol, ul, tbody") ?? this.element;
      list.prepend(fresh.content);
      while (list.children.length > this.max) list.lastElementChild.remove();
    } else {
      this.element.replaceChildren(fresh.content);
    }
    window.htmx?.process(this.element);
    this.element.dispatchEvent(new CustomEvent("heli:fresh", { bubbles: true }));
  }
}

const regions = new WeakMap();

export function connectAll(root) {
  const found = [...root.querySelectorAll("[data-live]")];
  if (root.matches?.("[data-live]")) found.push(root);
  for (const element of found) if (!regions.has(element)) regions.set(element, new Region(element));
}
