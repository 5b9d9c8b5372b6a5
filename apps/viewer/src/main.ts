import { Graph, type RawDocument } from "./document";
import { h } from "./dom";
import { Live } from "./live";
import { Metric, metricNames, metricTitles, type MetricName } from "./metric";
import { Overlay } from "./overlay";
import { Details, Search, Table, headline, help, legend } from "./panels";
import { apply, onThemeChange, theme, toggleTheme } from "./theme";
import { Trace } from "./trace";
import { View } from "./view";

declare global {
  interface Window {
    /** When the graph was first on the page, in milliseconds; for tests. */
    tacetReady?: number;
    tacet?: { view: View; graph: Graph; traces: Trace[] };
  }
}

function start(): void {
  const source = document.getElementById("graph")!.textContent!;
  const graph = new Graph(JSON.parse(source) as RawDocument);
  const traces: Trace[] = [];
  const known = () => traces;

  const stage = h("div", { id: "stage" });
  const view = new View(graph, stage);
  const go = (item: number) => {
    view.select(item);
    view.reveal(item);
    view.canvas.focus({ preventScroll: true });
  };
  const details = new Details(view, go, known);
  const table = new Table(view, go, known);
  const search = new Search(graph, go);
  const overlay = new Overlay(graph, known, go);
  const dialog = help();
  const said = h("p", { id: "said", "aria-live": "polite", class: "unseen" });
  let colours = legend(view);

  const metric = h("select", { id: "metric", "aria-label": "Colour by" });
  const critical = h("button", { id: "critical", "aria-pressed": "false" }, "Critical path");
  const tableButton = h("button", { id: "parts", "aria-pressed": "false" }, "Table");
  const file = h("input", { type: "file", accept: "application/json,.json", multiple: true, class: "unseen", tabindex: -1, "aria-label": "Trace files" });
  const fillMetrics = () => {
    const shown = metricNames.filter((m) => (m !== "time" && m !== "wait") || traces.length > 0).filter((m) => m !== "difference" || traces.length > 1);
    const before = metric.value;
    metric.replaceChildren(...shown.map((m) => h("option", { value: m }, metricTitles[m])));
    metric.value = shown.includes(before as MetricName) ? before : "kind";
  };
  const colour = () => {
    view.metric = new Metric(metric.value as MetricName, graph, traces);
    const fresh = legend(view);
    colours.replaceWith(fresh);
    colours = fresh;
    view.redraw();
  };
  const toggleCritical = () => {
    view.critical = !view.critical;
    critical.setAttribute("aria-pressed", String(view.critical));
    view.redraw();
  };
  const toggleTable = () => {
    table.element.hidden = !table.element.hidden;
    tableButton.setAttribute("aria-pressed", String(!table.element.hidden));
    table.show();
  };
  const complain = (e: unknown) => {
    const note = h("p", { class: "complaint", role: "alert" }, e instanceof Error ? e.message : String(e), " ", h("button", { click: () => note.remove() }, "Close"));
    document.body.append(note);
  };
  const addTrace = (name: string, text: string) => {
    try {
      traces.push(new Trace(name, JSON.parse(text), graph));
    } catch (e) {
      return complain(e instanceof SyntaxError ? `${name} is no JSON: ${e.message}` : e);
    }
    while (traces.length > 2) traces.shift();
    fillMetrics();
    colour();
    overlay.update();
    details.show(view.selected);
    table.show();
  };
  const read = async (files: Iterable<File>) => {
    for (const f of files) addTrace(f.name, await f.text());
  };

  metric.addEventListener("change", colour);
  critical.addEventListener("click", toggleCritical);
  tableButton.addEventListener("click", toggleTable);
  file.addEventListener("change", () => void read(file.files ?? []));
  document.addEventListener("dragover", (e) => e.preventDefault());
  document.addEventListener("drop", (e) => (e.preventDefault(), void read(e.dataTransfer?.files ?? [])));

  const button = (text: string, label: string, click: () => void) => h("button", { "aria-label": label, title: label, click }, text);
  const toolbar = h("nav", { id: "toolbar", "aria-label": "Tools" },
    search.element,
    h("label", {}, "Colour ", metric),
    critical, tableButton,
    button("Expand all", "Expand all parts", () => view.expandAll()),
    button("Collapse", "Collapse all parts", () => view.collapseAll()),
    button("−", "Zoom out", () => (view.camera.zoom(0.8, stage.clientWidth / 2, stage.clientHeight / 2), view.redraw())),
    button("+", "Zoom in", () => (view.camera.zoom(1.25, stage.clientWidth / 2, stage.clientHeight / 2), view.redraw())),
    button("Fit", "Fit the graph to the window", () => view.fit()),
    button("Trace …", "Open files that run --trace has written", () => file.click()), file,
    button("◐", "Light or dark", () => (toggleTheme(), recolour())),
    button("?", "Help", () => dialog.showModal()),
  );
  const recolour = () => (colour(), overlay.draw());
  onThemeChange(recolour);

  view.onSelect = (item) => {
    details.show(item);
    said.textContent = view.describe(item);
    if (item >= graph.nodeCount && graph.childScopes.of(item - graph.nodeCount).length > 0) table.show(item - graph.nodeCount);
    else if (item < 0) table.show(0);
  };
  document.addEventListener("keydown", (e) => {
    const typing = e.target instanceof HTMLInputElement || e.target instanceof HTMLSelectElement;
    if (typing || e.ctrlKey || e.metaKey || e.altKey || dialog.open) return;
    const keys: Record<string, () => void> = {
      "/": () => search.input.focus(), "?": () => dialog.showModal(), c: toggleCritical, t: toggleTable,
      Escape: () => (view.select(-1), view.canvas.focus()),
    };
    const act = keys[e.key];
    if (!act) return;
    e.preventDefault();
    act();
  });

  const { live } = graph.raw;
  document.body.append(
    h("header", { id: "top" }, h("h1", {}, graph.raw.title), h("p", {}, headline(graph))),
    toolbar, colours,
    ...(live ? [new Live(live, graph, view).element] : []),
    h("main", {}, stage, details.element), table.element, overlay.element, dialog, said,
  );
  fillMetrics();
  for (const script of document.querySelectorAll<HTMLScriptElement>("script.trace"))
    addTrace(script.dataset.name ?? "trace", script.textContent ?? "");

  // Paper is light, and shows the whole graph.
  const camera = { x: 0, y: 0, scale: 1 };
  window.addEventListener("beforeprint", () => {
    const { x, y, scale } = view.camera;
    Object.assign(camera, { x, y, scale });
    view.camera.fit(0, 0, view.layout.width, view.layout.height, stage.clientWidth, stage.clientHeight - 34);
    view.draw(theme(true));
  });
  window.addEventListener("afterprint", () => {
    Object.assign(view.camera, camera);
    view.redraw();
  });

  view.begin();
  window.tacet = { view, graph, traces };
  requestAnimationFrame(() => setTimeout(() => (window.tacetReady = performance.now())));
}

apply();
try {
  start();
} catch (e) {
  document.body.replaceChildren(h("p", { class: "complaint", role: "alert" }, e instanceof Error ? e.message : String(e)));
}
