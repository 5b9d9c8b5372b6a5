import type { Graph } from "./document";

/** Of a round in which nodes can be seen, and the least of any other. */
export const columnWidth = 132;
const leastColumn = 8;
/** What a closed scope takes at least, over all its rounds. */
const closedWidth = 118;
const gapX = 6;
const gapY = 6;
const header = 24;
const padding = 8;
const nodeHeight = 30;
const scopeHeight = 38;
/** Scopes of more rounds than this are packed by groups of rounds. */
const mostColumns = 4096;

/**
 * What is on the page: boxes of nodes and scopes, by columns of numbers. A box stands before the boxes in it. Box of a
 * node n: item n; of a scope s: item nodeCount + s.
 */
export class Layout {
  count = 0;
  item: Int32Array;
  x: Float64Array;
  y: Float64Array;
  w: Float64Array;
  h: Float64Array;
  /** 1: an expanded scope. */
  open: Uint8Array;
  /** By item: its box, or -1 if it is not shown. */
  boxOf: Int32Array;
  /** By node: the box that stands for it, its own or that of a collapsed scope. */
  shownAs: Int32Array;
  /** By round: where its column begins; one more for the end of the last. */
  readonly column: Float64Array;
  width = 0;
  height = 0;
  readonly milliseconds: number;

  constructor(readonly graph: Graph, readonly expanded: ReadonlySet<number>) {
    const start = performance.now();
    const most = graph.nodeCount + graph.scopeCount;
    this.item = new Int32Array(most);
    this.x = new Float64Array(most);
    this.y = new Float64Array(most);
    this.w = new Float64Array(most);
    this.h = new Float64Array(most);
    this.open = new Uint8Array(most);
    this.boxOf = new Int32Array(most).fill(-1);
    this.shownAs = new Int32Array(graph.nodeCount).fill(-1);
    this.column = new Float64Array(graph.raw.rounds + 2).fill(leastColumn, 1);
    this.widen(0);
    for (let r = 1; r < this.column.length; ++r) this.column[r]! += this.column[r - 1]!;
    this.place(0);
    this.width = this.w[0]!;
    this.height = this.h[0]!;
    for (let b = 0; b < this.count; ++b) {
      const item = this.item[b]!;
      if (item < graph.nodeCount) this.shownAs[item] = b;
      else if (!this.open[b]) this.standFor(item - graph.nodeCount, b);
    }
    this.milliseconds = performance.now() - start;
  }

  /** Rounds are as wide as what can be seen in them needs; column[r + 1] holds the width of round r meanwhile. */
  private widen(scope: number): void {
    const { nodes, scopes } = this.graph.raw;
    const { column } = this;
    if (!this.expanded.has(scope)) {
      const first = scopes.first_round[scope]!;
      const last = scopes.last_round[scope]!;
      const each = closedWidth / (last - first + 1);
      if (each > leastColumn) for (let r = first; r <= last; ++r) column[r + 1] = Math.max(column[r + 1]!, each);
      return;
    }
    for (const n of this.graph.childNodes.of(scope)) column[nodes.first_round[n]! + 1] = columnWidth;
    for (const s of this.graph.childScopes.of(scope)) if (this.graph.size[s]! > 0) this.widen(s);
  }
  private across(box: number, first: number, last: number): void {
    this.x[box] = this.column[first]!;
    this.w[box] = this.column[last + 1]! - this.column[first]! - gapX;
  }
  /** The round at a place of the page. */
  roundAt(x: number): number {
    let [low, high] = [0, this.column.length - 2];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.column[middle]! <= x) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  private add(item: number): number {
    const box = this.count++;
    this.item[box] = item;
    this.boxOf[item] = box;
    return box;
  }

  private standFor(scope: number, box: number): void {
    for (const n of this.graph.childNodes.of(scope)) this.shownAs[n] = box;
    for (const s of this.graph.childScopes.of(scope)) this.standFor(s, box);
  }

  /** Lays out a scope at 0, 0 and moves what is in it later, when its own place is known. */
  private place(scope: number): number {
    const { graph } = this;
    const { first_round, last_round } = graph.raw.scopes;
    const box = this.add(graph.nodeCount + scope);
    const begin = first_round[scope]!;
    const end = last_round[scope]!;
    this.across(box, begin, end);
    if (!this.expanded.has(scope)) {
      this.h[box] = scopeHeight;
      return box;
    }
    this.open[box] = 1;
    const inside = [
      ...Array.from(graph.childScopes.of(scope)).filter((s) => graph.size[s]! > 0).map((s) => graph.nodeCount + s),
      ...graph.childNodes.of(scope),
    ];
    const firstOf = (i: number) =>
      i < graph.nodeCount ? graph.raw.nodes.first_round[i]! : first_round[i - graph.nodeCount]!;
    const lastOf = (i: number) =>
      i < graph.nodeCount ? graph.raw.nodes.last_round[i]! : last_round[i - graph.nodeCount]!;
    inside.sort((a, b) => firstOf(a) - firstOf(b) || a - b);
    // The lowest free place of every group of rounds.
    const group = Math.ceil((end - begin + 1) / mostColumns);
    const free = new Float64Array(Math.floor((end - begin) / group) + 1).fill(header);
    let bottom = header;
    for (const item of inside) {
      const from = Math.floor((firstOf(item) - begin) / group);
      const to = Math.floor((lastOf(item) - begin) / group);
      let y = 0;
      for (let c = from; c <= to; ++c) y = Math.max(y, free[c]!);
      const child = item < graph.nodeCount ? this.placeNode(item) : this.place(item - graph.nodeCount);
      this.y[child] = y;
      y += this.h[child]! + gapY;
      for (let c = from; c <= to; ++c) free[c] = y;
      bottom = Math.max(bottom, y);
    }
    this.h[box] = bottom + padding - gapY;
    if (scope === 0) this.settle();
    return box;
  }

  private placeNode(n: number): number {
    const { first_round, last_round } = this.graph.raw.nodes;
    const box = this.add(n);
    this.across(box, first_round[n]!, last_round[n]!);
    this.h[box] = nodeHeight;
    return box;
  }

  /** From places within the scope around to places on the page, and a little narrower for every scope around. */
  private settle(): void {
    const { graph } = this;
    const inset = new Float64Array(this.count);
    for (let b = 1; b < this.count; ++b) {
      const item = this.item[b]!;
      const parent =
        this.boxOf[graph.nodeCount + (item < graph.nodeCount ? graph.raw.nodes.scope[item]! : graph.raw.scopes.parent[item - graph.nodeCount]!)]!;
      inset[b] = Math.min(inset[parent]! + 4, 24);
      this.y[b]! += this.y[parent]!;
      this.x[b]! += inset[b]!;
      this.w[b]! -= 2 * inset[b]!;
    }
  }
}
