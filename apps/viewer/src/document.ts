import { grouped } from "./format";

/** What C++ says of a plan: see to_document() in apps/draw. */
export interface RawDocument {
  format: number;
  title: string;
  parties: number;
  corrupt: number;
  scheme: string;
  /** What whoever reads the page must be told of the scheme. */
  warning?: string;
  endpoints: string[];
  rounds: number;
  offline_first: boolean;
  offline_rounds: number;
  bytes_sent: number[];
  peak_memory_bytes: number[];
  round_bytes: number[];
  profiles: { name: string; round_seconds: number; bytes_per_second: number }[];
  strings: string[];
  scopes: Record<ScopeColumn, number[]>;
  nodes: Record<NodeColumn, number[]>;
  edges: { from: number[]; to: number[] };
  critical: number[];
  live?: string;
}
const scopeColumns = [
  "parent", "name", "kind", "location", "variant", "times", "first_round", "last_round", "rounds", "round_bytes",
  "offline_bytes", "online_bytes", "memory",
] as const;
const nodeColumns = [
  "op", "scope", "name", "location", "type", "elements", "first_round", "last_round", "bytes", "memory", "kind", "people",
  "offline",
] as const;
type ScopeColumn = (typeof scopeColumns)[number];
type NodeColumn = (typeof nodeColumns)[number];

export const ScopeKind = { program: 0, named: 1, operation: 2 } as const;
export const NodeKind = { local: 0, input: 1, sent: 2, opened: 3, learnt: 4, random: 5, constant: 6 } as const;
export const kindNames = [
  "local", "private input", "sent among parties", "opened to all parties", "learnt by those named", "random secret",
  "public constant",
];

/** Lists by owner, one after another: those of i are items[begin[i]] .. items[begin[i + 1] - 1]. */
export class Lists {
  private constructor(readonly begin: Uint32Array, readonly items: Uint32Array) {}
  static group(owners: ArrayLike<number>, count: number, values?: ArrayLike<number>): Lists {
    const begin = new Uint32Array(count + 1);
    for (let i = 0; i < owners.length; ++i) if (owners[i]! >= 0) begin[owners[i]! + 1]!++;
    for (let i = 0; i < count; ++i) begin[i + 1]! += begin[i]!;
    const next = begin.slice();
    const items = new Uint32Array(begin[count]!);
    for (let i = 0; i < owners.length; ++i) if (owners[i]! >= 0) items[next[owners[i]!]!++] = values ? values[i]! : i;
    return new Lists(begin, items);
  }
  of(owner: number): Uint32Array {
    return this.items.subarray(this.begin[owner]!, this.begin[owner + 1]!);
  }
}

/** A document that has been checked, with what can be looked up in it. */
export class Graph {
  readonly nodeCount: number;
  readonly scopeCount: number;
  readonly childScopes: Lists;
  readonly childNodes: Lists;
  readonly inputs: Lists;
  readonly outputs: Lists;
  readonly critical: Uint8Array;
  /** By scope: nodes in it and in all scopes in it; those without any are not shown. */
  readonly size: Uint32Array;

  constructor(readonly raw: RawDocument) {
    check(raw);
    this.nodeCount = raw.nodes.op.length;
    this.scopeCount = raw.scopes.name.length;
    this.childScopes = Lists.group(raw.scopes.parent, this.scopeCount);
    this.childNodes = Lists.group(raw.nodes.scope, this.scopeCount);
    this.inputs = Lists.group(raw.edges.to, this.nodeCount, raw.edges.from);
    this.outputs = Lists.group(raw.edges.from, this.nodeCount, raw.edges.to);
    this.critical = new Uint8Array(this.nodeCount);
    for (const n of raw.critical) this.critical[n] = 1;
    this.size = new Uint32Array(this.scopeCount);
    for (const s of raw.nodes.scope) this.size[s]!++;
    for (const s of this.innerFirst()) if (s !== 0) this.size[raw.scopes.parent[s]!]! += this.size[s]!;
  }

  /** Scopes, each before the one around it. Operations stand behind all named scopes, and those in order. */
  *innerFirst(): Generator<number> {
    for (let s = this.scopeCount - 1; s >= 0; --s) yield s;
  }

  text(index: number): string {
    return this.raw.strings[index] ?? "";
  }
  scopeName(s: number): string {
    const { name, times } = this.raw.scopes;
    if (s === 0) return this.raw.title;
    return this.text(name[s]!) + (times[s]! > 1 ? ` ×${grouped(times[s]!)}` : "");
  }
  nodeName(n: number): string {
    return this.text(this.raw.nodes.name[n]!) || this.text(this.raw.nodes.op[n]!);
  }
  *scopesAround(scope: number): Generator<number> {
    for (let s = scope; s >= 0; s = this.raw.scopes.parent[s]!) yield s;
  }
  scopeSeconds(s: number, profile: { round_seconds: number; bytes_per_second: number }): number {
    const { rounds, round_bytes } = this.raw.scopes;
    return rounds[s]! * profile.round_seconds + round_bytes[s]! / profile.bytes_per_second;
  }
}

/** Throws an Error for people if something is missing or contradicts itself. */
function check(d: RawDocument): void {
  const need = (holds: boolean, what: string) => {
    if (!holds) throw new Error(`This page holds no graph: ${what}.`);
  };
  need(typeof d === "object" && d !== null, "its document is empty");
  need(d.format === 1, `its document has format ${String(d.format)}, expected 1`);
  for (const [part, columns] of [["scopes", scopeColumns], ["nodes", nodeColumns]] as const) {
    const table = d[part] as Record<string, unknown>;
    need(typeof table === "object" && table !== null, `${part} are missing`);
    for (const c of columns) {
      need(Array.isArray(table[c]), `${part}.${c} is missing`);
      need((table[c] as unknown[]).length === (table[columns[0]] as unknown[]).length, `${part}.${c} is too short`);
    }
  }
  need(Array.isArray(d.strings) && Array.isArray(d.edges?.from) && d.edges.from.length === d.edges.to.length, "edges are missing");
  need(d.scopes.parent.every((p, s) => (s === 0 ? p === -1 : p >= 0 && p < s)), "scopes do not form a tree");
  need(d.nodes.scope.every((s) => s >= 0 && s < d.scopes.name.length), "nodes stand in scopes that do not exist");
  const nodes = d.nodes.op.length;
  need(d.edges.from.every((f, i) => f >= 0 && f < d.edges.to[i]! && d.edges.to[i]! < nodes), "edges do not lead forward");
}
