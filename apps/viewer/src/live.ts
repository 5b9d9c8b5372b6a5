import type { Graph } from "./document";
import { h } from "./dom";
import { bytes, seconds } from "./format";
import type { View } from "./view";

interface News {
  seconds: number;
  left_seconds: number | null;
  endpoints: {
    endpoint: number;
    rounds_done: number;
    rounds: number;
    steps_done: number;
    steps: number;
    bytes_sent: number;
    bytes_per_second: number;
    memory_bytes: number;
    scopes: number[];
    waits: { endpoint: number; tiles: number; scope: number; seconds: number } | null;
    links: { to: number; bytes: number; bytes_per_second: number }[];
  }[];
}

const stall = 0.5; // seconds: shorter waits are what rounds are made of

/** The progress of a running job, as its process tells it. */
export class Live {
  readonly element = h("section", { id: "live", "aria-label": "Progress" });
  private readonly state = h("p", { role: "status" }, "Waiting for news …");
  private readonly rows = h("div", {});

  constructor(url: string, private readonly graph: Graph, private readonly view: View) {
    this.element.append(h("header", {}, h("h2", {}, "Progress"), this.state), this.rows);
    const source = new EventSource(url);
    source.addEventListener("progress", (e) => this.show(JSON.parse((e as MessageEvent<string>).data) as News));
    source.addEventListener("end", (e) => {
      const { ok, text } = JSON.parse((e as MessageEvent<string>).data) as { ok: boolean; text: string };
      this.state.textContent = text;
      this.element.dataset.ended = ok ? "well" : "badly";
      this.view.active = new Set();
      this.view.redraw();
      source.close();
    });
    source.addEventListener("error", () => {
      if (this.element.dataset.ended) return;
      this.state.textContent = source.readyState === EventSource.CLOSED
        ? "The job's process sends no progress here: too many watch it." : "The job's process does not answer.";
    });
  }

  private show(news: News): void {
    const { graph } = this;
    const name = (e: number) => graph.raw.endpoints[e] ?? `endpoint ${e}`;
    this.state.textContent = `${seconds(news.seconds)} so far` + (news.left_seconds === null ? "" : `, about ${seconds(news.left_seconds)} left`);
    const active = new Set<number>();
    this.rows.replaceChildren(...news.endpoints.map((e) => {
      for (const s of e.scopes) for (const around of graph.scopesAround(s)) if (around > 0) active.add(around);
      const w = e.waits;
      const links = e.links.filter((l) => l.bytes > 0).map((l) => `to ${name(l.to)} ${bytes(l.bytes_per_second)}/s`).join(", ");
      return h("div", { class: "endpoint" },
        h("strong", {}, name(e.endpoint)),
        h("progress", { max: Math.max(1, e.steps), value: e.steps_done, "aria-label": `Steps of ${name(e.endpoint)}` }),
        h("span", {}, `round ${e.rounds_done} of ${e.rounds}, ${bytes(e.bytes_sent)} sent, ${bytes(e.memory_bytes)} held`),
        h("span", { class: "muted" }, links),
        h("span", { class: "muted" }, e.scopes.slice(0, 3).map((s) => graph.scopeName(s)).join(", ")),
        w && w.seconds >= stall
          ? h("span", { class: "stall" }, `${name(e.endpoint)} waits for ${name(w.endpoint)}: ${w.tiles > 1 ? `${w.tiles} tiles of ` : ""}${graph.scopeName(w.scope)}, ${seconds(w.seconds)}`)
          : null);
    }));
    this.view.active = active;
    this.view.redraw();
  }
}
