import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, type Page } from "@playwright/test";

/** Where the programs are, and the project. */
const bin = process.env.TACET_BIN ?? "../../build/release/bin";
const source = process.env.TACET_SOURCE ?? "../..";
const shared = process.env.TACET_SHARED_DATA;
export const folder = mkdtempSync(join(tmpdir(), "tacet-pages-"));

export function run(program: string, ...args: string[]): void {
  execFileSync(join(bin, program), args, { stdio: ["ignore", "ignore", "pipe"] });
}
const data = (name: string) => join(source, "apps/examples/data", name);
const inputs = (...names: string[]) => names.flatMap((n) => ["-i", `${n}=${data(n)}.csv`]);

/** Every example by name, with what it reads. */
export const examples: Record<string, string[]> = {
  mult3: inputs("a", "b", "c"),
  inner_product: inputs("x", "y"),
  crosstabs: inputs("category", "value"),
  risk_score: inputs("weights", "bias", "records"),
  millionaires: ["-i", `first=${data("wealth_first.csv")}`, "-i", `second=${data("wealth_second.csv")}`],
  private_max: inputs("value0", "value1", "value2"),
  histogram: inputs("codes0", "codes1", "codes2"),
  median_salary: inputs("salaries0", "salaries1", "salaries2"),
};
export function examplePage(name: string, ...more: string[]): string {
  const file = join(folder, `${[name, ...more].join("")}.html`);
  run(name, "graph", "--format", "html", "--file", file, ...examples[name]!, ...more);
  return file;
}

/** A network that is at hand, MobileNet where there is one: its page, with as many runs on it. */
export function networkPage(runs: number): string {
  const model = "mobilenet_v1_0.25_128_quant";
  const known = shared !== undefined && existsSync(join(shared, "tflite", `${model}.tflite`));
  const network = known ? join(shared, "tflite", `${model}.tflite`) : data("digits.tflite");
  const image = known ? join(shared, "tflite", `${model}.cat.input.npy`) : data("digit_7.png");
  const file = join(folder, `network${runs}.html`);
  const traces: string[] = [];
  for (let i = 0; i < runs; ++i) {
    const trace = join(folder, `run${i}.json`);
    run("tacet", "classify", "--model", network, "--image", image, "--trace", trace, "--json");
    traces.push("--trace", trace);
  }
  run("tacet", "classify", "graph", "--network", "loopback", "--model", network, "--format", "html", "--file", file, ...traces);
  return file;
}

/** A private inference that takes some seconds, with a page of its progress at that port. */
export function startJob(port: number): ChildProcess {
  const arguments_ = ["classify", "--model", data("digits.tflite"), "--image", data("digit_7.png"), "--delay", "20", "--dashboard", `127.0.0.1:${port}`];
  return spawn(join(bin, "tacet"), arguments_, { stdio: "ignore" });
}

/** A page with another document: `length` layers of `width` operations, each with as many parts. */
export function largePage(nodes: number): string {
  const page = readFileSync(examplePage("mult3"), "utf8");
  const strings = ["", "large", "mul", "add", "large.cpp:7", "secret Z_2^32 [100]", "input", "from party 0"];
  const perLayer = 1000;
  const layers = Math.ceil(nodes / perLayer);
  const scopes: Record<string, number[]> = {};
  const columns: Record<string, number[]> = {};
  const put = (table: Record<string, number[]>, row: Record<string, number>) => {
    for (const [k, v] of Object.entries(row)) (table[k] ??= []).push(v);
  };
  const rounds = layers * 10;
  const scope = (parent: number, name: number, kind: number, first: number, last: number) =>
    put(scopes, { parent, name, kind, location: 4, variant: 0, times: 1, first_round: first, last_round: last, rounds: last - first + 1, round_bytes: 400 * (last - first + 1), offline_bytes: 0, online_bytes: 1200 * (last - first + 1), memory: 1000 });
  scope(-1, 1, 0, 0, rounds - 1);
  for (let l = 0; l < layers; ++l) scope(0, strings.push(`layer ${l}`) - 1, 1, l * 10, l * 10 + 9);
  for (let l = 0; l < layers; ++l) for (let k = 0; k < 10; ++k) scope(1 + l, 2, 2, l * 10, l * 10 + 9);
  const from: number[] = [];
  const to: number[] = [];
  for (let n = 0; n < nodes; ++n) {
    const layer = Math.floor(n / perLayer);
    const at = n % perLayer;
    const round = layer * 10 + Math.floor(at / 100);
    put(columns, { op: n % 2 ? 2 : 3, scope: 1 + layers + layer * 10 + (at % 10), name: 0, location: 4, type: 5, elements: 100, first_round: round, last_round: round, bytes: n % 2 ? 1200 : 0, memory: 800, kind: n % 2 ? 2 : 0, people: 0, offline: 0 });
    if (n >= 100) (from.push(n - 100), to.push(n));
    if (n >= 107) (from.push(n - 107), to.push(n));
  }
  const document = {
    format: 1, title: "large", parties: 3, corrupt: 1, scheme: "rss", endpoints: ["party 0", "party 1", "party 2"], rounds,
    offline_first: false, offline_rounds: 0, bytes_sent: [1, 1, 1], peak_memory_bytes: [1, 1, 1], round_bytes: Array(rounds).fill(1200),
    profiles: [{ name: "lan", round_seconds: 1e-4, bytes_per_second: 125e6 }], strings,
    scopes, nodes: columns, edges: { from, to }, critical: Array.from({ length: rounds }, (_, r) => r * 100 + 1),
  };
  const file = join(folder, `large${nodes}.html`);
  writeFileSync(file, page.replace(/(<script type="application\/json" id="graph">)[^]*?(<\/script>)/, (_, a, b) => a + JSON.stringify(document) + b));
  return file;
}

/** Opens a page; afterwards `clean()` says whether it complained or asked for anything else. */
export async function open(page: Page, file: string): Promise<{ clean: () => void; ready: number }> {
  const trouble: string[] = [];
  page.on("console", (m) => m.type() === "error" && trouble.push(m.text()));
  page.on("pageerror", (e) => trouble.push(e.message));
  page.on("request", (r) => r.url() !== `file://${file}` && !r.url().startsWith("data:") && trouble.push(`asks for ${r.url()}`));
  await page.goto(`file://${file}`);
  await page.waitForFunction(() => window.tacetReady !== undefined);
  const ready = await page.evaluate(() => window.tacetReady!);
  return { ready, clean: () => expect(trouble).toEqual([]) };
}

/** The middle of a box on the screen, which stands for a node or a scope. */
export async function place(page: Page, what: { node?: number; scope?: number }): Promise<{ x: number; y: number }> {
  return page.evaluate(({ node, scope }) => {
    const { view, graph } = window.tacet!;
    const r = view.rect(node ?? graph.nodeCount + scope!)!;
    const c = view.canvas.getBoundingClientRect();
    return { x: c.left + Math.max(r.x, 0) + Math.min(r.w, 60) / 2, y: c.top + r.y + Math.min(r.h, 30) / 2 };
  }, what);
}
export async function scopeNamed(page: Page, text: string): Promise<number> {
  return page.evaluate((t) => {
    const { graph } = window.tacet!;
    for (let s = 1; s < graph.scopeCount; ++s) if (graph.size[s]! > 0 && graph.scopeName(s).includes(t)) return s;
    return -1;
  }, text);
}
export const isOpen = (page: Page, scope: number) => page.evaluate((s) => window.tacet!.view.isOpen(s), scope);
