import type { Graph } from "./document";
import { h } from "./dom";
import { bytes, seconds } from "./format";
import { theme } from "./theme";
import type { Stretch, Trace } from "./trace";

const laneHeight = 34;
const top = 22;
const left = 74;

/** A lane for every endpoint over time: what it computed, and whom it waited for. */
export class Overlay {
  readonly element = h("section", { id: "overlay", "aria-label": "What happened when", hidden: true });
  private readonly canvas = h("canvas", { tabindex: 0, role: "img", "aria-label": "Lanes of endpoints over time" });
  private readonly tip = h("div", { id: "tip", role: "status", hidden: true });
  private readonly said = h("p", { class: "muted" });
  private readonly choice = h("select", { "aria-label": "Which run", change: () => ((this.at = this.choice.selectedIndex), this.whole()) });
  private at = 0;
  private begin = 0;
  private span = 1;
  private width = 1;

  constructor(private readonly graph: Graph, private readonly traces: () => Trace[], private readonly go: (node: number) => void) {
    this.element.append(h("header", {}, h("h2", {}, "Run"), this.choice, h("button", { click: () => this.whole() }, "Whole run"), this.said), this.canvas, this.tip);
    new ResizeObserver(() => this.draw()).observe(this.element);
    this.canvas.addEventListener("wheel", (e) => {
      e.preventDefault();
      const share = (e.offsetX - left) / (this.width - left);
      if (e.shiftKey || Math.abs(e.deltaX) > Math.abs(e.deltaY)) this.begin += ((e.deltaX || e.deltaY) / this.width) * this.span;
      else {
        const factor = Math.exp(e.deltaY * 0.002);
        this.begin += share * this.span * (1 - factor);
        this.span *= factor;
      }
      this.draw();
    }, { passive: false });
    let from: number | null = null;
    let moved = 0;
    this.canvas.addEventListener("pointerdown", (e) => ((from = e.offsetX), (moved = 0), this.canvas.setPointerCapture(e.pointerId)));
    this.canvas.addEventListener("pointermove", (e) => {
      if (from === null) return this.hover(e.offsetX, e.offsetY);
      moved += Math.abs(e.offsetX - from);
      this.begin -= ((e.offsetX - from) / (this.width - left)) * this.span;
      from = e.offsetX;
      this.draw();
    });
    this.canvas.addEventListener("pointerup", (e) => {
      from = null;
      const hit = moved < 4 ? this.find(e.offsetX, e.offsetY) : null;
      if (hit) this.go(hit.node);
    });
    this.canvas.addEventListener("pointerleave", () => (this.tip.hidden = true));
    this.canvas.addEventListener("keydown", (e) => {
      const moves: Record<string, () => void> = {
        ArrowLeft: () => (this.begin -= this.span / 8), ArrowRight: () => (this.begin += this.span / 8),
        "+": () => ((this.begin += this.span / 8), (this.span *= 0.75)), "-": () => ((this.begin -= this.span / 6), (this.span /= 0.75)), "0": () => this.whole(),
      };
      const move = moves[e.key];
      if (!move) return;
      e.preventDefault();
      move();
      this.draw();
    });
  }

  /** After a trace has come. */
  update(): void {
    const traces = this.traces();
    this.element.hidden = traces.length === 0;
    this.choice.replaceChildren(...traces.map((t) => h("option", {}, t.name)));
    this.choice.selectedIndex = this.at = traces.length - 1;
    this.whole();
  }
  private whole(): void {
    const t = this.trace;
    if (!t) return;
    this.begin = -t.seconds * 0.01;
    this.span = t.seconds * 1.02;
    this.said.textContent = `${seconds(t.seconds)}; ${t.clock}`;
    this.draw();
  }
  private get trace(): Trace | undefined {
    return this.traces()[this.at];
  }

  draw(): void {
    const t = this.trace;
    if (!t || this.element.hidden) return;
    const colours = theme();
    const ratio = devicePixelRatio || 1;
    this.width = Math.max(120, this.element.clientWidth);
    const height = top + t.endpoints.length * laneHeight + 6;
    this.canvas.width = this.width * ratio;
    this.canvas.height = height * ratio;
    this.canvas.style.height = `${height}px`;
    this.canvas.style.width = `${this.width}px`;
    const c = this.canvas.getContext("2d")!;
    c.scale(ratio, ratio);
    c.font = "11px system-ui, sans-serif";
    c.textBaseline = "middle";
    const x = (s: number) => left + ((s - this.begin) / this.span) * (this.width - left);
    let step = 10 ** Math.floor(Math.log10(this.span / 4));
    if (this.span / step > 10) step *= 2.5;
    c.fillStyle = colours.muted;
    c.strokeStyle = colours.line;
    for (let s = Math.ceil(this.begin / step) * step; s < this.begin + this.span; s += step) {
      if (x(s) < left) continue;
      c.fillText(seconds(Math.max(0, s)), x(s) + 3, 10);
      c.globalAlpha = 0.5;
      c.fillRect(x(s), top - 4, 0.7, height);
      c.globalAlpha = 1;
    }
    t.lanes.forEach((lane, e) => {
      const y = top + e * laneHeight;
      c.fillStyle = colours.text;
      c.fillText(t.endpoints[e]!, 6, y + laneHeight / 2 - 2, left - 10);
      c.save();
      c.beginPath();
      c.rect(left, y, this.width - left, laneHeight);
      c.clip();
      // Waits below, work above; what shares a pixel is drawn once.
      for (const waits of [true, false]) {
        let until = -1;
        let said = left;
        for (const s of lane) {
          if (s.from >= 0 !== waits || s.end < this.begin || s.begin > this.begin + this.span) continue;
          const px = x(s.begin);
          const end = Math.max(x(s.end), px + 0.6);
          if (end < until + 0.6) continue;
          c.fillStyle = waits ? colours.line : this.colour(s.node);
          c.fillRect(Math.max(px, until), y + (waits ? laneHeight - 7 : 1), end - Math.max(px, until), waits ? 4 : laneHeight - 18);
          until = end;
          if (waits && end - px > 90 && px >= said) {
            said = px + 3 + c.measureText(s.name).width;
            c.fillStyle = colours.muted;
            c.fillText(s.name, px + 3, y + laneHeight - 13);
          }
        }
      }
      c.restore();
    });
  }
  /** Of the outermost scope in which a node stands. */
  private colour(node: number): string {
    const { scopes, nodes } = this.graph.raw;
    let s = nodes.scope[node]!;
    while (s > 0 && scopes.parent[s]! > 0) s = scopes.parent[s]!;
    const hue = (s * 137.5) % 360;
    return `hsl(${hue} 55% ${document.documentElement.dataset.theme === "dark" ? 62 : 45}%)`;
  }
  private find(px: number, py: number): Stretch | null {
    const t = this.trace;
    const e = Math.floor((py - top) / laneHeight);
    if (!t || !t.lanes[e] || px < left) return null;
    const waits = (py - top) % laneHeight > laneHeight - 12;
    const pixel = this.span / (this.width - left);
    const at = this.begin + (px - left) * pixel;
    let best: Stretch | null = null;
    for (const s of t.lanes[e]!)
      if (s.from >= 0 === waits && s.begin - pixel <= at && at <= s.end + pixel && (!best || s.end - s.begin > best.end - best.begin)) best = s;
    return best;
  }
  private hover(px: number, py: number): void {
    const s = this.find(px, py);
    this.tip.hidden = !s;
    if (!s) return;
    const scope = this.graph.raw.nodes.scope[s.node]!;
    this.tip.textContent =
      `${s.name}, ${this.graph.scopeName(scope)}, round ${s.round + 1}: ${seconds(s.end - s.begin)}` +
      (s.from < 0 ? `; sends ${bytes(s.bytes)}, memory ${bytes(s.memory)}` : "");
    this.tip.style.left = `${Math.min(px + 12, this.width - 260)}px`;
    this.tip.style.top = `${py + 40}px`;
  }
}
