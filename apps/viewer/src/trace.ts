import type { Graph } from "./document";

interface Event {
  ph: string;
  cat?: string;
  name: string;
  pid: number;
  tid: number;
  ts: number;
  dur: number;
  args: Record<string, number>;
}

/** A stretch of a lane: seconds. */
export interface Stretch {
  begin: number;
  end: number;
  node: number;
  round: number;
  name: string;
  bytes: number;
  memory: number;
  /** Who was waited for, or -1 for work. */
  from: number;
}

/** What `run --trace` has written, summed for the graph it belongs to. */
export class Trace {
  readonly endpoints: string[];
  readonly clock: string;
  readonly lanes: Stretch[][] = [];
  readonly seconds: number;
  readonly nodeBusy: Float64Array;
  readonly nodeWait: Float64Array;
  readonly scopeBusy: Float64Array;
  readonly scopeWait: Float64Array;

  constructor(readonly name: string, json: unknown, graph: Graph) {
    const data = json as {
      traceEvents?: Event[];
      otherData?: { endpoints?: string[]; clock?: string; program?: string; offsets_us?: number[]; offset_errors_us?: number[] };
    };
    if (!Array.isArray(data?.traceEvents) || !Array.isArray(data.otherData?.endpoints))
      throw new Error(`${name} is no trace: expected a file that run --trace has written.`);
    const { endpoints, clock, program, offsets_us: offsets = [], offset_errors_us: errors = [] } = data.otherData;
    if (program !== graph.raw.title || endpoints.length !== graph.raw.endpoints.length)
      throw new Error(`${name} is of another program or another number of parties (${program ?? "unnamed"}, ${endpoints.length} endpoints).`);
    this.endpoints = endpoints;
    const most = (values: number[]) => Math.max(0, ...values.map(Math.abs));
    this.clock = `${clock ?? "clocks unknown"}; offsets up to ${most(offsets)} µs, known to ${most(errors)} µs`;
    const count = endpoints.length;
    const busy = endpoints.map(() => new Float64Array(graph.nodeCount));
    const wait = endpoints.map(() => new Float64Array(graph.nodeCount));
    for (let e = 0; e < count; ++e) this.lanes.push([]);
    let first = Infinity;
    let last = 0;
    for (const e of data.traceEvents) {
      if (e.ph !== "X" || !(e.pid >= 0 && e.pid < count)) continue;
      const node = e.args.node ?? 0;
      if (!(node >= 0 && node < graph.nodeCount)) throw new Error(`${name} is of another graph: it has no node ${node}.`);
      const waits = e.cat === "wait";
      (waits ? wait : busy)[e.pid]![node]! += e.dur / 1e6;
      this.lanes[e.pid]!.push({
        begin: e.ts / 1e6, end: (e.ts + e.dur) / 1e6, node, round: e.args.round ?? 0, name: e.name,
        bytes: e.args.bytes ?? 0, memory: e.args.memory ?? 0, from: waits ? (e.args.from ?? -1) : -1,
      });
      first = Math.min(first, e.ts / 1e6);
      last = Math.max(last, (e.ts + e.dur) / 1e6);
    }
    for (const lane of this.lanes) {
      for (const s of lane) (s.begin -= first), (s.end -= first);
      lane.sort((a, b) => a.begin - b.begin);
    }
    this.seconds = last > first ? last - first : 0;
    [this.nodeBusy, this.scopeBusy] = longest(graph, busy);
    [this.nodeWait, this.scopeWait] = longest(graph, wait);
  }
}

/** By node and by scope: at the endpoint where it is longest. */
function longest(graph: Graph, by: Float64Array[]): [Float64Array, Float64Array] {
  const nodes = new Float64Array(graph.nodeCount);
  const scopes = new Float64Array(graph.scopeCount);
  for (const values of by) {
    const sums = new Float64Array(graph.scopeCount);
    values.forEach((v, n) => {
      nodes[n] = Math.max(nodes[n]!, v);
      sums[graph.raw.nodes.scope[n]!]! += v;
    });
    for (const s of graph.innerFirst()) if (s !== 0) sums[graph.raw.scopes.parent[s]!]! += sums[s]!;
    sums.forEach((v, s) => (scopes[s] = Math.max(scopes[s]!, v)));
  }
  return [nodes, scopes];
}
