import { Graph, kindNames } from "./document";
import { bytes, grouped, seconds } from "./format";
import { mix, type Theme } from "./theme";
import type { Trace } from "./trace";

export const metricNames = ["kind", "bytes", "memory", "rounds", "phase", "time", "wait", "difference"] as const;
export type MetricName = (typeof metricNames)[number];
export const metricTitles: Record<MetricName, string> = {
  kind: "what it does",
  bytes: "bytes sent",
  memory: "memory at a party",
  rounds: "rounds",
  phase: "offline, online",
  time: "time measured",
  wait: "time waited",
  difference: "difference of two runs",
};

/** Colours boxes by one figure. */
export class Metric {
  private readonly nodes: Float64Array;
  private readonly scopes: Float64Array;
  private most = 0;

  constructor(readonly name: MetricName, readonly graph: Graph, traces: Trace[]) {
    const { nodes, scopes } = graph.raw;
    this.nodes = new Float64Array(graph.nodeCount);
    this.scopes = new Float64Array(graph.scopeCount);
    const fill = (node: (n: number) => number, scope: (s: number) => number) => {
      for (let n = 0; n < graph.nodeCount; ++n) this.nodes[n] = node(n);
      for (let s = 0; s < graph.scopeCount; ++s) this.scopes[s] = scope(s);
    };
    const [a, b] = traces;
    if (name === "bytes") fill((n) => nodes.bytes[n]!, (s) => scopes.offline_bytes[s]! + scopes.online_bytes[s]!);
    if (name === "memory") fill((n) => nodes.memory[n]!, (s) => scopes.memory[s]!);
    if (name === "rounds")
      fill((n) => (nodes.bytes[n]! > 0 ? nodes.last_round[n]! - nodes.first_round[n]! + 1 : 0), (s) => scopes.rounds[s]!);
    if (name === "time" && a) fill((n) => a.nodeBusy[n]!, (s) => a.scopeBusy[s]!);
    if (name === "wait" && a) fill((n) => a.nodeWait[n]!, (s) => a.scopeWait[s]!);
    if (name === "difference" && a && b)
      fill((n) => b.nodeBusy[n]! - a.nodeBusy[n]!, (s) => b.scopeBusy[s]! - a.scopeBusy[s]!);
    // The program as a whole would make all else pale.
    for (const v of this.nodes) this.most = Math.max(this.most, Math.abs(v));
    for (let s = 1; s < graph.scopeCount; ++s) this.most = Math.max(this.most, Math.abs(this.scopes[s]!));
  }

  text(value: number): string {
    if (this.name === "bytes" || this.name === "memory") return bytes(value);
    if (this.name === "rounds") return grouped(value);
    return (value < 0 ? "−" : "") + seconds(Math.abs(value));
  }
  value(item: number): number {
    return item < this.graph.nodeCount ? this.nodes[item]! : this.scopes[item - this.graph.nodeCount]!;
  }

  fill(item: number, t: Theme): string {
    const { raw, nodeCount } = this.graph;
    if (this.name === "kind") return item < nodeCount ? t.kinds[raw.nodes.kind[item]!]!.fill : t.panel;
    if (this.name === "phase") {
      const share =
        item < nodeCount
          ? raw.nodes.offline[item]!
          : raw.scopes.offline_bytes[item - nodeCount]! /
            Math.max(1, raw.scopes.offline_bytes[item - nodeCount]! + raw.scopes.online_bytes[item - nodeCount]!);
      return mix(t.kinds[1]!.fill, t.kinds[5]!.fill, share);
    }
    const share = this.most === 0 ? 0 : Math.sqrt(Math.abs(this.value(item)) / this.most);
    if (this.name === "difference")
      return mix(t.difference[1], this.value(item) < 0 ? t.difference[0] : t.difference[2], Math.min(1, share));
    return mix(t.scale[0], t.scale[1], Math.min(1, share));
  }

  /** Colours with their texts. */
  legend(t: Theme): { colour: string; line: string; text: string }[] {
    if (this.name === "kind")
      return kindNames.map((text, i) => ({ colour: t.kinds[i]!.fill, line: t.kinds[i]!.line, text }));
    if (this.name === "phase")
      return [
        { colour: t.kinds[5]!.fill, line: t.kinds[5]!.line, text: "offline: depends on no input" },
        { colour: t.kinds[1]!.fill, line: t.kinds[1]!.line, text: "online" },
      ];
    const steps = this.name === "difference" ? [-1, -0.25, 0, 0.25, 1] : [0, 0.04, 0.25, 1];
    return steps.map((v) => ({
      colour:
        this.name === "difference"
          ? mix(t.difference[1], v < 0 ? t.difference[0] : t.difference[2], Math.sqrt(Math.abs(v)))
          : mix(t.scale[0], t.scale[1], Math.sqrt(v)),
      line: t.line,
      text: (this.name === "difference" && v > 0 ? "+" : "") + this.text(v * this.most),
    }));
  }
}
