import { Camera } from "./camera";
import { Graph, NodeKind, ScopeKind } from "./document";
import { bytes, grouped } from "./format";
import { Layout, columnWidth } from "./layout";
import { Metric } from "./metric";
import { inkOn, mix, theme, type Theme } from "./theme";

const axisHeight = 34;
const slowFrame = 12; // milliseconds: then moving shows the last picture, and a sharp one follows
const font = "system-ui, -apple-system, 'Segoe UI', sans-serif";

/** The graph on a canvas: what is drawn, what is selected, how one moves in it. */
export class View {
  readonly camera = new Camera();
  readonly canvas: HTMLCanvasElement;
  layout: Layout;
  selected = -1; // an item: a node, or nodeCount + scope
  critical = false;
  metric: Metric;
  /** Scopes under way in a running job. */
  active: ReadonlySet<number> = new Set();
  onSelect: (item: number) => void = () => {};
  onLayout: () => void = () => {};
  frameMilliseconds = 0;

  private readonly expanded = new Set<number>();
  private readonly context: CanvasRenderingContext2D;
  private width = 0;
  private height = 0;
  private ratio = 1;
  private queued = 0;
  private last: { canvas: HTMLCanvasElement; x: number; y: number; scale: number } | null = null;
  private sharpen = 0;
  private fitted = true;

  constructor(readonly graph: Graph, holder: HTMLElement) {
    this.canvas = document.createElement("canvas");
    this.canvas.tabIndex = 0;
    this.canvas.setAttribute("role", "application");
    this.canvas.setAttribute("aria-label", "Execution graph: arrows move, Enter opens and closes, ? helps");
    this.canvas.setAttribute("aria-describedby", "said");
    holder.append(this.canvas);
    this.context = this.canvas.getContext("2d", { alpha: false })!;
    this.metric = new Metric("kind", graph, []);
    this.expanded.add(0);
    // A chain of scopes of which each holds but the next is opened at once.
    for (let s = 0; ; ) {
      const inside = Array.from(graph.childScopes.of(s)).filter((c) => graph.size[c]! > 0);
      if (inside.length !== 1 || graph.childNodes.of(s).length > 0) break;
      this.expanded.add((s = inside[0]!));
    }
    this.layout = new Layout(graph, this.expanded);
    new ResizeObserver(() => this.resize(holder)).observe(holder);
    this.resize(holder);
    this.listen();
  }

  // ---- What is open.

  isOpen(scope: number): boolean {
    return this.expanded.has(scope);
  }
  toggle(scope: number): void {
    if (scope === 0) return;
    const anchor = this.rect(this.graph.nodeCount + scope);
    if (!this.expanded.delete(scope)) this.expanded.add(scope);
    this.relayout(scope, anchor);
  }
  expandAll(): void {
    for (let s = 0; s < this.graph.scopeCount; ++s) if (this.graph.size[s]! > 0) this.expanded.add(s);
    this.relayout();
    this.begin();
  }
  collapseAll(): void {
    this.expanded.clear();
    this.expanded.add(0);
    this.relayout();
    this.begin();
  }
  /** Opens all around an item and brings it onto the screen. */
  reveal(item: number): void {
    const { graph } = this;
    const around = item < graph.nodeCount ? graph.raw.nodes.scope[item]! : graph.raw.scopes.parent[item - graph.nodeCount]!;
    let changed = false;
    for (const s of graph.scopesAround(around)) {
      if (!this.expanded.has(s)) (this.expanded.add(s), (changed = true));
    }
    if (changed) this.relayout();
    const box = this.layout.boxOf[item]!;
    if (box < 0) return;
    if (this.camera.scale < 0.5) this.camera.zoom(0.8 / this.camera.scale, 0, 0);
    this.camera.reveal(this.layout.x[box]!, this.layout.y[box]!, this.layout.w[box]!, this.layout.h[box]!, this.width, this.height - axisHeight);
    this.fitted = false;
    this.redraw();
  }
  select(item: number): void {
    if (item === this.selected) return;
    this.selected = item;
    this.onSelect(item);
    this.redraw();
  }

  private relayout(scope?: number, anchor?: { x: number; y: number } | null): void {
    this.layout = new Layout(this.graph, this.expanded);
    if (scope !== undefined && anchor) {
      // What was clicked stays where it was.
      const now = this.rect(this.graph.nodeCount + scope);
      if (now) this.camera.pan(anchor.x - now.x, anchor.y - now.y);
    }
    this.onLayout();
    this.redraw();
  }

  // ---- Places.

  /** Where an item is on the screen; null if it is not shown. */
  rect(item: number): { x: number; y: number; w: number; h: number } | null {
    const box = this.layout.boxOf[item]!;
    if (box === undefined || box < 0) return null;
    const { x, y, scale } = this.camera;
    const l = this.layout;
    return {
      x: (l.x[box]! - x) * scale, y: axisHeight + (l.y[box]! - y) * scale, w: l.w[box]! * scale, h: l.h[box]! * scale,
    };
  }
  /** All of it. */
  fit(): void {
    this.camera.fit(0, 0, this.layout.width, this.layout.height, this.width, this.height - axisHeight);
    this.fitted = true;
    this.redraw();
  }
  /** All of it or, where nothing could be read then, its beginning. */
  begin(): void {
    this.fit();
    if (this.camera.scale > 0.4) return;
    this.camera.scale = 0.75;
    this.camera.x = this.camera.y = -20 / this.camera.scale;
    this.fitted = false;
    this.redraw();
  }
  private itemAt(px: number, py: number): number {
    const x = px / this.camera.scale + this.camera.x;
    const y = (py - axisHeight) / this.camera.scale + this.camera.y;
    const l = this.layout;
    // The last one that contains the point is the innermost.
    for (let b = l.count - 1; b >= 0; --b)
      if (x >= l.x[b]! && x <= l.x[b]! + l.w[b]! && y >= l.y[b]! && y <= l.y[b]! + l.h[b]!) return l.item[b]!;
    return -1;
  }

  // ---- Drawing.

  redraw(): void {
    this.last = null;
    this.schedule();
  }
  /** After a movement. */
  private moved(): void {
    this.fitted = false;
    this.schedule();
  }
  private schedule(): void {
    if (!this.queued) this.queued = requestAnimationFrame(() => ((this.queued = 0), this.frame()));
  }
  private resize(holder: HTMLElement): void {
    this.ratio = devicePixelRatio || 1;
    this.width = Math.max(1, holder.clientWidth);
    this.height = Math.max(1, holder.clientHeight);
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    if (this.fitted) this.fit();
    this.last = null;
    this.draw(theme());
  }

  private frame(): void {
    const start = performance.now();
    if (this.last && this.frameMilliseconds > slowFrame) this.shift(this.last);
    else this.draw(theme());
    if (!this.last) this.frameMilliseconds = performance.now() - start;
    if (this.frameMilliseconds > slowFrame && !this.last) {
      const copy = document.createElement("canvas");
      copy.width = this.canvas.width;
      copy.height = this.canvas.height;
      copy.getContext("2d")!.drawImage(this.canvas, 0, 0);
      this.last = { canvas: copy, x: this.camera.x, y: this.camera.y, scale: this.camera.scale };
    }
  }
  /** The last picture, moved: a sharp one follows when the movement ends. */
  private shift(last: { canvas: HTMLCanvasElement; x: number; y: number; scale: number }): void {
    const c = this.context;
    const factor = this.camera.scale / last.scale;
    c.setTransform(1, 0, 0, 1, 0, 0);
    c.fillStyle = theme().surface;
    c.fillRect(0, 0, this.canvas.width, this.canvas.height);
    const dx = (last.x - this.camera.x) * this.camera.scale * this.ratio;
    const dy = (last.y - this.camera.y) * this.camera.scale * this.ratio + axisHeight * this.ratio * (1 - factor);
    c.drawImage(last.canvas, dx, dy, this.canvas.width * factor, this.canvas.height * factor);
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    this.drawAxis(theme());
    clearTimeout(this.sharpen);
    this.sharpen = window.setTimeout(() => this.redraw(), 90);
  }

  /** Everything; also for print, in a size of its own. */
  draw(t: Theme): void {
    const c = this.context;
    const { x, y, scale } = this.camera;
    c.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    c.fillStyle = t.surface;
    c.fillRect(0, 0, this.width, this.height);
    this.drawRounds(t);
    c.save();
    c.beginPath();
    c.rect(0, axisHeight, this.width, this.height - axisHeight);
    c.clip();
    const l = this.layout;
    const right = x + this.width / scale;
    const bottom = y + (this.height - axisHeight) / scale;
    const visible: number[] = [];
    for (let b = 0; b < l.count; ++b)
      if (l.x[b]! < right && l.x[b]! + l.w[b]! > x && l.y[b]! < bottom && l.y[b]! + l.h[b]! > y) visible.push(b);
    const tiny: number[] = [];
    for (const b of visible) {
      if (l.open[b]) this.drawOpen(b, t);
      else if (l.h[b]! * scale < 4 || l.w[b]! * scale < 4) tiny.push(b);
    }
    this.drawTiny(tiny, t);
    if (visible.length - tiny.length < 2500 && scale > 0.12) this.drawEdges(visible, t);
    for (const b of visible)
      if (!l.open[b] && !(l.h[b]! * scale < 4 || l.w[b]! * scale < 4)) this.drawBox(b, t);
    this.drawSelection(t);
    c.restore();
    this.drawAxis(t);
  }

  private left(b: number): number {
    return (this.layout.x[b]! - this.camera.x) * this.camera.scale;
  }
  private top(b: number): number {
    return axisHeight + (this.layout.y[b]! - this.camera.y) * this.camera.scale;
  }
  /** Off the critical path, when that is shown. */
  private dimmed(item: number): boolean {
    if (!this.critical) return false;
    const { graph } = this;
    return item < graph.nodeCount ? !graph.critical[item] : !this.criticalScopes.has(item - graph.nodeCount);
  }
  private criticalCache: Set<number> | null = null;
  private get criticalScopes(): Set<number> {
    if (!this.criticalCache) {
      this.criticalCache = new Set();
      for (const n of this.graph.raw.critical)
        for (const s of this.graph.scopesAround(this.graph.raw.nodes.scope[n]!)) this.criticalCache.add(s);
    }
    return this.criticalCache;
  }

  private drawOpen(b: number, t: Theme): void {
    const c = this.context;
    const { scale } = this.camera;
    const scope = this.layout.item[b]! - this.graph.nodeCount;
    let depth = -1;
    for (const _ of this.graph.scopesAround(scope)) ++depth;
    const [px, py, w, h] = [this.left(b), this.top(b), this.layout.w[b]! * scale, this.layout.h[b]! * scale];
    c.fillStyle = t.depth[depth % t.depth.length]!;
    c.strokeStyle = this.active.has(scope) ? t.accent : t.line;
    c.lineWidth = this.active.has(scope) ? 2 : 1;
    roundRect(c, px, py, w, h, Math.min(8, h / 4));
    c.fill();
    c.stroke();
    if (h < 14 || w < 30) return;
    // The name stays in sight while one moves along a long scope.
    const size = Math.min(13, 14 * scale);
    if (size < 6) return;
    c.font = `600 ${size}px ${font}`;
    c.fillStyle = t.text;
    const at = Math.max(px + 8, 8);
    c.save();
    c.beginPath();
    c.rect(px, py, w, 24 * scale);
    c.clip();
    c.textBaseline = "middle";
    c.fillText(`▾ ${this.graph.scopeName(scope)}`, at, py + 13 * scale);
    c.restore();
  }

  private drawTiny(boxes: number[], t: Theme): void {
    const c = this.context;
    const { scale } = this.camera;
    const l = this.layout;
    let last = "";
    for (const b of boxes) {
      const item = l.item[b]!;
      const fill = this.dimmed(item) ? t.depth[0]! : this.tinyFill(item, t);
      if (fill !== last) c.fillStyle = last = fill;
      c.fillRect(this.left(b), this.top(b), Math.max(0.7, l.w[b]! * scale), Math.max(0.7, l.h[b]! * scale));
    }
  }
  private tinyFill(item: number, t: Theme): string {
    if (this.metric.name !== "kind") return this.metric.fill(item, t);
    return item < this.graph.nodeCount ? t.kinds[this.graph.raw.nodes.kind[item]!]!.line : t.line;
  }

  private drawBox(b: number, t: Theme): void {
    const c = this.context;
    const { scale } = this.camera;
    const { graph } = this;
    const { nodes } = graph.raw;
    const item = this.layout.item[b]!;
    const isNode = item < graph.nodeCount;
    const scope = item - graph.nodeCount;
    const [px, py, w, h] = [this.left(b), this.top(b), this.layout.w[b]! * scale, this.layout.h[b]! * scale];
    const fill = this.metric.fill(item, t);
    const kind = isNode ? nodes.kind[item]! : -1;
    c.globalAlpha = this.dimmed(item) ? 0.25 : 1;
    c.fillStyle = fill;
    c.strokeStyle = isNode ? t.kinds[kind]!.line : this.active.has(scope) ? t.accent : t.muted;
    c.lineWidth = this.critical && !this.dimmed(item) ? 2.2 : 1.1;
    const radius = isNode ? Math.min(5, h / 3) : Math.min(8, h / 3);
    if (!isNode && scale > 0.25) {
      // More behind it.
      roundRect(c, px + 3 * scale, py + 3 * scale, w, h, radius);
      c.fillStyle = t.depth[2]!;
      c.fill();
      c.stroke();
      c.fillStyle = fill;
    }
    roundRect(c, px, py, w, h, radius);
    c.fill();
    c.stroke();
    if (isNode && (kind === NodeKind.opened || kind === NodeKind.learnt)) {
      roundRect(c, px + 3 * scale, py + 3 * scale, w - 6 * scale, h - 6 * scale, radius);
      c.stroke();
    }
    if (isNode && h > 7) {
      // A bar as long as the logarithm of the vector.
      c.fillStyle = t.kinds[kind]!.line;
      const share = Math.min(1, Math.log2(Math.max(1, nodes.elements[item]!) + 1) / 32);
      c.fillRect(px + radius, py + h - Math.max(1.5, 2.5 * scale), (w - 2 * radius) * share, Math.max(1.5, 2.5 * scale));
    }
    const size = Math.min(13, Math.max(12.5 * scale, h >= 10 ? 7.5 : 0));
    if (size >= 5.5 && w > 24) {
      c.save();
      c.beginPath();
      c.rect(px, py, w - 2, h);
      c.clip();
      c.textBaseline = "middle";
      const ink = this.metric.name === "kind" ? t.text : inkOn(fill);
      c.fillStyle = ink;
      c.font = `${isNode ? 500 : 600} ${size}px ${font}`;
      const name = isNode ? graph.nodeName(item) : `▸ ${graph.scopeName(scope)}`;
      const at = Math.max(px + 7 * scale, Math.min(4, px + w - 60));
      const small = size * 0.8;
      const two = small >= 7.2;
      c.fillText(name, at, py + h * (two ? 0.36 : 0.52));
      if (two) {
        c.font = `400 ${small}px ${font}`;
        c.fillStyle = this.metric.name === "kind" ? t.muted : ink;
        c.fillText(this.second(item), at, py + h * 0.72);
      }
      c.restore();
    }
    c.globalAlpha = 1;
  }
  private second(item: number): string {
    const { graph } = this;
    const { nodes, scopes } = graph.raw;
    if (this.metric.name !== "kind" && this.metric.name !== "phase") return this.metric.text(this.metric.value(item));
    if (item < graph.nodeCount)
      return (
        graph.text(nodes.people[item]!) ||
        graph.text(nodes.type[item]!).replace(/^secret /, "") + (nodes.bytes[item]! > 0 ? ` · ${bytes(nodes.bytes[item]!)}` : "")
      );
    const s = item - graph.nodeCount;
    return `${grouped(scopes.rounds[s]!)} r · ${bytes(scopes.offline_bytes[s]! + scopes.online_bytes[s]!)}`;
  }

  /** Between boxes on the screen: one line for all edges between two of them, as wide as the logarithm of vectors. */
  private drawEdges(visible: number[], t: Theme): void {
    const { graph, layout: l } = this;
    const c = this.context;
    const chosen = this.selected < 0 ? -1 : l.boxOf[this.selected]!;
    const seen = new Map<number, number>();
    const onScreen = new Uint8Array(l.count);
    for (const b of visible) if (!l.open[b]) onScreen[b] = 1;
    const { from, to } = graph.raw.edges;
    if (from.length > 400_000 && this.camera.scale < 0.3) return;
    for (let e = 0; e < from.length; ++e) {
      const a = l.shownAs[from[e]!]!;
      const b = l.shownAs[to[e]!]!;
      if (a === b || a < 0 || b < 0 || !(onScreen[a] || onScreen[b])) continue;
      // Constants go without saying; what comes in at the beginning is used everywhere.
      const kind = graph.raw.nodes.kind[from[e]!]!;
      const far = graph.raw.nodes.first_round[to[e]!]! - graph.raw.nodes.last_round[from[e]!]! > 2;
      if (kind === NodeKind.constant || (kind === NodeKind.input && far && a !== chosen && b !== chosen)) continue;
      const key = a * l.count + b;
      seen.set(key, Math.max(seen.get(key) ?? 0, graph.raw.nodes.elements[from[e]!]!));
    }
    const crowded = seen.size > 3000;
    for (const [key, elements] of seen) {
      const a = Math.floor(key / l.count);
      const b = key % l.count;
      const touches = chosen >= 0 && (a === chosen || b === chosen);
      if (crowded && !touches) continue;
      const critical = this.critical && !this.dimmed(l.item[a]!) && !this.dimmed(l.item[b]!);
      c.strokeStyle = touches ? (b === chosen ? t.into : t.out) : critical ? t.text : t.edge;
      c.globalAlpha = touches || critical ? 0.95 : this.critical || chosen >= 0 ? 0.18 : 0.45;
      c.lineWidth = (0.6 + Math.log2(elements + 1) / 10) * Math.min(1, this.camera.scale + 0.3) * (touches ? 1.5 : 1);
      this.curve(a, b);
    }
    c.globalAlpha = 1;
  }
  private curve(a: number, b: number): void {
    const c = this.context;
    const { scale } = this.camera;
    const l = this.layout;
    const [ax, ay, aw, ah] = [this.left(a), this.top(a), l.w[a]! * scale, l.h[a]! * scale];
    const [bx, by, bh] = [this.left(b), this.top(b), l.h[b]! * scale];
    c.beginPath();
    if (bx >= ax + aw - 1) {
      const bend = Math.min(60, Math.max(8, (bx - ax - aw) / 2));
      c.moveTo(ax + aw, ay + ah / 2);
      c.bezierCurveTo(ax + aw + bend, ay + ah / 2, bx - bend, by + bh / 2, bx, by + bh / 2);
    } else {
      const down = by > ay;
      const x = Math.max(ax, bx) + 12 * scale;
      c.moveTo(x, down ? ay + ah : ay);
      c.bezierCurveTo(x, (ay + by) / 2, x, (ay + by) / 2, x, down ? by : by + bh);
    }
    c.stroke();
  }

  private drawSelection(t: Theme): void {
    if (this.selected < 0) return;
    const r = this.rect(this.selected);
    if (!r) return;
    this.context.strokeStyle = t.accent;
    this.context.lineWidth = 3;
    roundRect(this.context, r.x - 2, r.y - 2, r.w + 4, r.h + 4, 8);
    this.context.stroke();
  }

  /** The rounds on the screen, or one of so many where there are too many. */
  private *rounds(): Generator<[round: number, left: number, right: number]> {
    const { column } = this.layout;
    const { x, scale } = this.camera;
    const first = this.layout.roundAt(x);
    const last = this.layout.roundAt(x + this.width / scale);
    const step = Math.ceil((last - first + 1) / 2000);
    for (let r = first; r <= last; r += step)
      yield [r, (column[r]! - x) * scale, (column[Math.min(r + step, column.length - 1)]! - x) * scale];
  }
  private drawRounds(t: Theme): void {
    const c = this.context;
    const { raw } = this.graph;
    if (raw.offline_first && raw.offline_rounds > 0) {
      const { column } = this.layout;
      const { x, scale } = this.camera;
      c.fillStyle = t.offline;
      c.fillRect(-x * scale, axisHeight, column[raw.offline_rounds]! * scale, this.height);
    }
    c.strokeStyle = mix(t.surface, t.line, 0.5);
    c.lineWidth = 1;
    c.beginPath();
    let last = -Infinity;
    for (const [, left] of this.rounds()) {
      if (left - last < 24) continue;
      last = left;
      c.moveTo(left - 3 * this.camera.scale, axisHeight);
      c.lineTo(left - 3 * this.camera.scale, this.height);
    }
    c.stroke();
  }
  private drawAxis(t: Theme): void {
    const c = this.context;
    const { raw } = this.graph;
    c.fillStyle = t.panel;
    c.fillRect(0, 0, this.width, axisHeight);
    c.strokeStyle = t.line;
    c.lineWidth = 1;
    c.beginPath();
    c.moveTo(0, axisHeight - 0.5);
    c.lineTo(this.width, axisHeight - 0.5);
    c.stroke();
    const most = raw.round_bytes.reduce((a, b) => Math.max(a, b), 1);
    c.font = `500 11px ${font}`;
    c.textBaseline = "top";
    let free = -Infinity;
    for (const [r, left, right] of this.rounds()) {
      const sent = raw.round_bytes[r] ?? 0;
      const h = Math.sqrt(sent / most) * 15;
      c.fillStyle = t.kinds[2]!.line;
      c.globalAlpha = 0.55;
      c.fillRect(left, axisHeight - 1 - h, Math.max(0.8, (right - left) * 0.94), h);
      c.globalAlpha = 1;
      if (left < free) continue;
      const text = r === raw.rounds ? "end" : right - left > 112 ? `round ${grouped(r + 1)} · ${bytes(sent)}` : grouped(r + 1);
      c.fillStyle = t.muted;
      c.fillText(text, Math.round(left) + 2, 3);
      free = left + c.measureText(text).width + 16;
    }
  }

  // ---- Moving.

  private listen(): void {
    const { canvas } = this;
    const place = (e: { clientX: number; clientY: number }) => {
      const r = canvas.getBoundingClientRect();
      return [e.clientX - r.left, e.clientY - r.top] as const;
    };
    canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      const unit = e.deltaMode === 1 ? 16 : e.deltaMode === 2 ? this.height : 1;
      if (e.ctrlKey || e.metaKey) {
        const [x, y] = place(e);
        this.camera.zoom(Math.exp(-e.deltaY * unit * 0.01), x, y - axisHeight);
      } else if (e.shiftKey && e.deltaX === 0) this.camera.pan(-e.deltaY * unit, 0);
      else if (this.layout.height * this.camera.scale < this.height - axisHeight && e.deltaX === 0)
        this.camera.pan(-e.deltaY * unit, 0); // nothing to see above or below: along the rounds
      else this.camera.pan(-e.deltaX * unit, -e.deltaY * unit);
      this.moved();
    }, { passive: false });

    const pointers = new Map<number, readonly [number, number]>();
    let travelled = 0;
    canvas.addEventListener("pointerdown", (e) => {
      canvas.setPointerCapture(e.pointerId);
      if (pointers.size === 0) travelled = 0;
      pointers.set(e.pointerId, place(e));
      canvas.focus();
    });
    canvas.addEventListener("pointermove", (e) => {
      const before = pointers.get(e.pointerId);
      if (!before) return;
      const now = place(e);
      const other = [...pointers].find(([id]) => id !== e.pointerId)?.[1];
      travelled += Math.abs(now[0] - before[0]) + Math.abs(now[1] - before[1]);
      if (other) {
        const distance = (p: readonly [number, number]) => Math.hypot(p[0] - other[0], p[1] - other[1]);
        this.camera.zoom(distance(now) / Math.max(1, distance(before)), (now[0] + other[0]) / 2, (now[1] + other[1]) / 2 - axisHeight);
        this.camera.pan((now[0] - before[0]) / 2, (now[1] - before[1]) / 2);
      } else if (travelled > 4) this.camera.pan(now[0] - before[0], now[1] - before[1]);
      pointers.set(e.pointerId, now);
      this.moved();
    });
    const up = (e: PointerEvent) => {
      const known = pointers.delete(e.pointerId);
      if (!known || pointers.size > 0 || travelled > 4 || e.type !== "pointerup") return;
      const item = this.itemAt(...place(e));
      const scope = item - this.graph.nodeCount;
      // A closed scope opens at once; the title of an open one closes it; else clicking selects.
      if (item >= this.graph.nodeCount && scope !== 0 && (!this.isOpen(scope) || this.onTitle(item, place(e)[1]))) this.toggle(scope);
      this.select(item === this.graph.nodeCount ? -1 : item);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("keydown", (e) => this.key(e));
  }
  private onTitle(item: number, y: number): boolean {
    const r = this.rect(item);
    return r !== null && y - r.y < 24 * this.camera.scale;
  }

  private key(e: KeyboardEvent): void {
    if (e.ctrlKey || e.metaKey || e.altKey) return;
    const { graph } = this;
    const arrows: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const arrow = arrows[e.key];
    if (arrow) {
      if (this.selected < 0 || e.shiftKey) (this.camera.pan(-arrow[0] * 80, -arrow[1] * 80), this.moved());
      else this.step(arrow[0], arrow[1]);
    } else if (e.key === "+" || e.key === "=") (this.camera.zoom(1.25, this.width / 2, this.height / 2), this.moved());
    else if (e.key === "-") (this.camera.zoom(0.8, this.width / 2, this.height / 2), this.moved());
    else if (e.key === "0") this.fit();
    else if (e.key === "Enter" || e.key === " ") {
      if (this.selected < 0) this.selectFirst();
      else if (this.selected >= graph.nodeCount) this.toggle(this.selected - graph.nodeCount);
    } else if (e.key === "Home") this.selectFirst();
    else if (e.key === "Backspace" && this.selected >= 0) {
      const scope = this.selected < graph.nodeCount ? graph.raw.nodes.scope[this.selected]! : graph.raw.scopes.parent[this.selected - graph.nodeCount]!;
      if (scope > 0) this.go(graph.nodeCount + scope);
    } else return;
    e.preventDefault();
  }
  private selectFirst(): void {
    if (this.layout.count > 1) this.go(this.layout.item[1]!);
  }
  private go(item: number): void {
    this.select(item);
    this.reveal(item);
  }
  /** To the nearest box in a direction. */
  private step(dx: number, dy: number): void {
    const l = this.layout;
    const here = l.boxOf[this.selected]!;
    if (here < 0) return this.selectFirst();
    const cx = (b: number) => l.x[b]! + Math.min(l.w[b]!, columnWidth) / 2;
    const cy = (b: number) => l.y[b]! + (l.open[b] ? 12 : l.h[b]! / 2);
    let best = -1;
    let least = Infinity;
    for (let b = 1; b < l.count; ++b) {
      const [x, y] = [cx(b) - cx(here), cy(b) - cy(here)];
      const along = x * dx + y * dy;
      if (b === here || along <= 0.5) continue;
      const cost = along + 2.5 * Math.abs(x * dy + y * dx);
      if (cost < least) (least = cost), (best = b);
    }
    if (best >= 0) this.go(l.item[best]!);
  }

  /** A sentence about what is selected, for those who do not see it. */
  describe(item: number): string {
    const { graph } = this;
    if (item < 0) return "nothing selected";
    if (item >= graph.nodeCount) {
      const s = item - graph.nodeCount;
      const what = graph.raw.scopes.kind[s] === ScopeKind.operation ? "operation" : "scope";
      return `${what} ${graph.scopeName(s)}, ${this.isOpen(s) ? "open" : "closed"}, ${this.second(item)}`;
    }
    return `${graph.nodeName(item)}, round ${graph.raw.nodes.first_round[item]! + 1}, ${this.second(item)}`;
  }
}

function roundRect(c: CanvasRenderingContext2D, x: number, y: number, w: number, h: number, r: number): void {
  c.beginPath();
  c.roundRect(x, y, Math.max(0, w), Math.max(0, h), Math.max(0, r));
}
