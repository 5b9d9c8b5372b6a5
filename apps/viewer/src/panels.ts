import { Graph, ScopeKind, kindNames } from "./document";
import { h } from "./dom";
import { bytes, grouped, plural, seconds } from "./format";
import { theme } from "./theme";
import type { Trace } from "./trace";
import type { View } from "./view";

/** What is known of the selected box. */
export class Details {
  readonly element = h("aside", { id: "details", "aria-label": "Details", hidden: true });
  constructor(private readonly view: View, private readonly go: (item: number) => void, private readonly traces: () => Trace[]) {}

  show(item: number): void {
    const { graph } = this.view;
    this.element.hidden = item < 0;
    if (item < 0) return;
    const isNode = item < graph.nodeCount;
    const close = h("button", { class: "quiet", "aria-label": "Close details", click: () => this.view.select(-1) }, "×");
    this.element.replaceChildren(
      h("header", {}, h("h2", {}, isNode ? graph.nodeName(item) : graph.scopeName(item - graph.nodeCount)), close),
      isNode ? this.node(item) : this.scope(item - graph.nodeCount),
    );
    this.element.scrollTop = 0;
  }

  private node(n: number): HTMLElement {
    const { graph } = this.view;
    const { nodes, scopes } = graph.raw;
    const rounds = nodes.first_round[n] === nodes.last_round[n] ? this.round(nodes.first_round[n]!) : `${nodes.first_round[n]! + 1} to ${nodes.last_round[n]! + 1}, in waves`;
    const around = nodes.scope[n]!;
    return h("div", {},
      facts([
        ["operation", graph.text(nodes.op[n]!)],
        ["kind", kindNames[nodes.kind[n]!]!],
        ["who", graph.text(nodes.people[n]!)],
        ["source", graph.text(nodes.location[n]!)],
        ["type", graph.text(nodes.type[n]!)],
        ["elements", grouped(nodes.elements[n]!)],
        ["round", rounds],
        ["phase", nodes.offline[n] ? "offline: depends on no input" : "online"],
        ["sent by all", bytes(nodes.bytes[n]!)],
        ["memory at a party", bytes(nodes.memory[n]!)],
        ["critical path", graph.critical[n] ? "on it" : ""],
        ...this.measured((t) => [t.nodeBusy[n]!, t.nodeWait[n]!]),
      ]),
      around > 0 ? h("p", {}, "in ", this.link(graph.nodeCount + around, graph.scopeName(around)),
        graph.text(scopes.variant[around]!) ? ` (computed by ${graph.text(scopes.variant[around]!)})` : "") : null,
      this.links("From", graph.inputs.of(n)),
      this.links("To", graph.outputs.of(n)),
    );
  }
  private round(r: number): string {
    return r === this.view.graph.raw.rounds ? "at the end" : grouped(r + 1);
  }
  private scope(s: number): HTMLElement {
    const { graph } = this.view;
    const { scopes, profiles } = graph.raw;
    const open = this.view.isOpen(s);
    return h("div", {},
      s === 0 ? null : h("p", {}, h("button", { click: () => { this.view.toggle(s); this.show(graph.nodeCount + s); } }, open ? "Collapse" : "Expand")),
      facts([
        ["what", scopes.kind[s] === ScopeKind.operation ? "an operation of the program and what it became" : s === 0 ? "the whole program" : "named by the program"],
        ["source", graph.text(scopes.location[s]!)],
        ["computed by", graph.text(scopes.variant[s]!)],
        ["operations in it", grouped(graph.size[s]!)],
        ["rounds", `${grouped(scopes.first_round[s]! + 1)} to ${grouped(scopes.last_round[s]! + 1)}; sends in ${grouped(scopes.rounds[s]!)}`],
        ["sent by all, online", bytes(scopes.online_bytes[s]!)],
        ["sent by all, offline", bytes(scopes.offline_bytes[s]!)],
        ["memory at a party", bytes(scopes.memory[s]!)],
        ...profiles.map((p): [string, string] => [`by itself, ${p.name}`, seconds(graph.scopeSeconds(s, p))]),
        ...this.measured((t) => [t.scopeBusy[s]!, t.scopeWait[s]!]),
      ]),
      h("p", { class: "muted" }, "By itself: its rounds times what a round takes, plus what its busiest sender of each round sends over the bandwidth."),
    );
  }
  private measured(of: (t: Trace) => [number, number]): [string, string][] {
    return this.traces().flatMap((t): [string, string][] => {
      const [busy, wait] = of(t);
      return [[`computing, ${t.name}`, seconds(busy)], [`steps waiting, ${t.name}`, seconds(wait)]];
    });
  }
  private link(item: number, text: string): HTMLElement {
    return h("button", { class: "link", click: () => this.go(item) }, text);
  }
  private links(title: string, nodes: Uint32Array): HTMLElement | null {
    const most = 40;
    if (nodes.length === 0) return null;
    const { graph } = this.view;
    const list = Array.from(nodes.subarray(0, most), (n) =>
      h("li", {}, this.link(n, graph.nodeName(n)), ` ${graph.text(graph.raw.nodes.type[n]!)}`));
    if (nodes.length > most) list.push(h("li", {}, `and ${grouped(nodes.length - most)} more`));
    return h("section", {}, h("h3", {}, title), h("ul", {}, ...list));
  }
}

function facts(rows: [string, string][]): HTMLElement {
  return h("dl", {}, ...rows.filter(([, value]) => value !== "").flatMap(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

/** Scopes inside the selected one (or all of the program) with their figures, sorted by a column. */
export class Table {
  readonly element = h("section", { id: "table", "aria-label": "Parts and what they cost", hidden: true });
  private column = "lan";
  private down = true;
  private around = 0;
  constructor(private readonly view: View, private readonly go: (item: number) => void, private readonly traces: () => Trace[]) {}

  show(around = this.around): void {
    this.around = around;
    if (this.element.hidden) return;
    const { graph } = this.view;
    const { scopes, profiles } = graph.raw;
    type Column = { name: string; title: string; value: (s: number) => number; text: (v: number) => string };
    const columns: Column[] = [
      { name: "rounds", title: "rounds", value: (s) => scopes.rounds[s]!, text: grouped },
      { name: "online", title: "online", value: (s) => scopes.online_bytes[s]!, text: bytes },
      { name: "offline", title: "offline", value: (s) => scopes.offline_bytes[s]!, text: bytes },
      { name: "memory", title: "memory", value: (s) => scopes.memory[s]!, text: bytes },
      ...profiles.map((p) => ({ name: p.name, title: `predicted, ${p.name}`, value: (s: number) => graph.scopeSeconds(s, p), text: seconds })),
    ];
    const traces = this.traces();
    traces.forEach((t, i) => {
      columns.push({ name: `busy${i}`, title: `computing, ${t.name}`, value: (s) => t.scopeBusy[s]!, text: seconds });
      columns.push({ name: `wait${i}`, title: `waiting, ${t.name}`, value: (s) => t.scopeWait[s]!, text: seconds });
    });
    const [a, b] = traces;
    if (a && b)
      columns.push({ name: "difference", title: "difference", value: (s) => b.scopeBusy[s]! - a.scopeBusy[s]!, text: (v) => (v > 0 ? "+" : v < 0 ? "−" : "") + seconds(Math.abs(v)) });
    const by = columns.find((c) => c.name === this.column) ?? columns[0]!;
    const rows = Array.from(graph.childScopes.of(this.around)).filter((s) => graph.size[s]! > 0);
    rows.sort((x, y) => (by.value(y) - by.value(x)) * (this.down ? 1 : -1) || x - y);
    const most = 300;
    const sort = (c: Column) => () => {
      this.down = this.column === c.name ? !this.down : true;
      this.column = c.name;
      this.show();
    };
    const up = scopes.parent[this.around]!;
    this.element.replaceChildren(
      h("header", {},
        h("h2", {}, `Parts of ${graph.scopeName(this.around)}`),
        up >= 0 ? h("button", { click: () => this.show(up) }, `Up to ${graph.scopeName(up)}`) : null,
      ),
      h("div", { class: "scroll" }, h("table", {},
        h("thead", {}, h("tr", {}, h("th", {}, "part"), ...columns.map((c) =>
          h("th", { "aria-sort": c === by ? (this.down ? "descending" : "ascending") : "none" },
            h("button", { class: "link", click: sort(c) }, c.title + (c === by ? (this.down ? " ↓" : " ↑") : "")))))),
        h("tbody", {}, ...rows.slice(0, most).map((s) => h("tr", {},
          h("th", { scope: "row" },
            h("button", { class: "link", click: () => this.go(graph.nodeCount + s) }, graph.scopeName(s)),
            graph.childScopes.of(s).length > 0 ? h("button", { class: "quiet", "aria-label": `Parts of ${graph.scopeName(s)}`, click: () => this.show(s) }, "›") : null),
          ...columns.map((c) => h("td", {}, c.text(c.value(s))))))),
      )),
      ...(rows.length === 0 ? [h("p", { class: "muted" }, "It has no parts.")] : []),
      ...(rows.length > most ? [h("p", { class: "muted" }, `and ${grouped(rows.length - most)} more`)] : []),
    );
  }
}

/** Finds nodes and scopes by name, operation, scope or source line. */
export class Search {
  readonly input = h("input", { id: "search", type: "search", placeholder: "Search  /", "aria-label": "Search by name, operation, part or source line", autocomplete: "off" });
  readonly list = h("ul", { id: "found", role: "listbox", "aria-label": "Found", hidden: true });
  readonly element = h("div", { class: "search" }, this.input, this.list);
  private found: number[] = [];
  private at = -1;

  constructor(private readonly graph: Graph, private readonly go: (item: number) => void) {
    this.input.addEventListener("input", () => this.find(this.input.value));
    this.input.addEventListener("keydown", (e) => {
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        e.preventDefault();
        this.mark(Math.min(this.found.length - 1, Math.max(0, this.at + (e.key === "ArrowDown" ? 1 : -1))));
      } else if (e.key === "Enter" && this.found.length > 0) this.take(Math.max(0, this.at));
      else if (e.key === "Escape") this.close();
    });
    this.input.addEventListener("blur", () => setTimeout(() => (this.list.hidden = true), 150));
  }

  private find(text: string): void {
    const { graph } = this;
    const words = text.toLowerCase().split(/\s+/).filter((w) => w !== "");
    this.found = [];
    const most = 50;
    let all = 0;
    const match = (item: number, haystack: string) => {
      if (!words.every((w) => haystack.includes(w))) return;
      if (++all <= most) this.found.push(item);
    };
    if (words.length > 0) {
      const lower = graph.raw.strings.map((s) => s.toLowerCase());
      const { scopes, nodes } = graph.raw;
      for (let s = 1; s < graph.scopeCount; ++s)
        if (graph.size[s]! > 0) match(graph.nodeCount + s, `${lower[scopes.name[s]!]} ${lower[scopes.location[s]!]} ${lower[scopes.variant[s]!]}`);
      for (let n = 0; n < graph.nodeCount; ++n)
        match(n, `${lower[nodes.name[n]!]} ${lower[nodes.op[n]!]} ${lower[nodes.location[n]!]} ${lower[nodes.people[n]!]} ${lower[scopes.name[nodes.scope[n]!]!]}`);
    }
    this.at = this.found.length > 0 ? 0 : -1;
    this.list.replaceChildren(
      ...this.found.map((item, i) => h("li", { role: "option", mousedown: (e) => { e.preventDefault(); this.take(i); } }, this.label(item))),
      ...(words.length > 0 ? [h("li", { class: "muted", role: "presentation" }, all === 0 ? "Nothing found" : all > most ? `${grouped(all)} found, the first ${most} shown` : `${grouped(all)} found`)] : []),
    );
    this.list.hidden = words.length === 0;
    this.mark(this.at);
  }
  private label(item: number): string {
    const { graph } = this;
    if (item >= graph.nodeCount) {
      const s = item - graph.nodeCount;
      return `▸ ${graph.scopeName(s)}` + (graph.raw.scopes.parent[s]! > 0 ? ` in ${graph.scopeName(graph.raw.scopes.parent[s]!)}` : "");
    }
    const { nodes } = graph.raw;
    return `${graph.nodeName(item)}  ${graph.text(nodes.location[item]!)}, round ${grouped(nodes.first_round[item]! + 1)}` +
      (nodes.scope[item]! > 0 ? ` in ${graph.scopeName(nodes.scope[item]!)}` : "");
  }
  private mark(at: number): void {
    this.at = at;
    [...this.list.children].forEach((li, i) => li.setAttribute("aria-selected", String(i === at)));
    this.list.children[at]?.scrollIntoView({ block: "nearest" });
  }
  private take(i: number): void {
    this.go(this.found[i]!);
    this.close();
  }
  private close(): void {
    this.list.hidden = true;
    this.input.value = "";
    this.input.blur();
  }
}

/** Colours and what they mean. */
export function legend(view: View): HTMLElement {
  return h("ul", { id: "legend", "aria-label": "Legend" }, ...view.metric.legend(theme()).map(({ colour, line, text }) => {
    const swatch = h("span", { class: "swatch" });
    swatch.style.background = colour;
    swatch.style.borderColor = line;
    return h("li", {}, swatch, text);
  }));
}

export function headline(graph: Graph): string {
  const d = graph.raw;
  const sent = d.bytes_sent.reduce((a, b) => a + b, 0);
  return [
    `${plural(d.parties, "party", "parties")}, at most ${d.corrupt} corrupt`,
    ...(d.warning === undefined ? [] : [d.warning]),
    plural(d.rounds, "round"),
    `${bytes(sent)} in all`,
    plural(graph.nodeCount, "operation"),
  ].join(" · ");
}

export function help(): HTMLDialogElement {
  const rows: [string, string][] = [
    ["drag, wheel", "move; Shift with the wheel: sideways"],
    ["Ctrl and wheel, pinch, + −", "zoom"],
    ["0", "fit"],
    ["arrows", "to the next box; without a selection: move"],
    ["Enter", "open or close the selected part"],
    ["Backspace", "to the part around"],
    ["c", "critical path"],
    ["t", "table of parts"],
    ["/", "search"],
    ["Escape", "select nothing"],
  ];
  const dialog = h("dialog", { id: "help", "aria-label": "Help" },
    h("h2", {}, "Moving in the graph"),
    h("dl", {}, ...rows.flatMap(([key, what]) => [h("dt", {}, key), h("dd", {}, what)])),
    h("p", { class: "muted" }, "Columns are rounds. A box with a shadow is a part of the program: click to open it, click its title to close it. A double border means that somebody learns the value. The bar below a name is as long as the logarithm of the vector."),
    h("form", { method: "dialog" }, h("button", {}, "Close")),
  );
  return dialog;
}
