import { createServer } from "node:http";
import { readFileSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, test } from "@playwright/test";
import { examplePage, examples, folder, isOpen, largePage, networkPage, open, place, scopeNamed, startJob } from "./pages";

for (const name of Object.keys(examples))
  test(`the page of ${name} opens, expands and asks for nothing`, async ({ page }) => {
    const { clean } = await open(page, examplePage(name));
    await expect(page.getByRole("heading", { level: 1 })).toHaveText(name);
    expect(await page.title()).toBe(name);
    await page.getByRole("button", { name: "Expand all parts" }).click();
    expect(await page.evaluate(() => window.tacet!.view.layout.count)).toBeGreaterThan(3);
    // All boxes of one scope have places of their own.
    const overlaps = await page.evaluate(() => {
      const { layout: l, graph } = window.tacet!.view;
      const around = (i: number) => (i < graph.nodeCount ? graph.raw.nodes.scope[i]! : graph.raw.scopes.parent[i - graph.nodeCount]!);
      let count = 0;
      for (let a = 1; a < l.count; ++a)
        for (let b = a + 1; b < l.count; ++b)
          if (around(l.item[a]!) === around(l.item[b]!) && l.x[a]! < l.x[b]! + l.w[b]! && l.x[b]! < l.x[a]! + l.w[a]! && l.y[a]! < l.y[b]! + l.h[b]! && l.y[b]! < l.y[a]! + l.h[a]!) ++count;
      return count;
    });
    expect(overlaps).toBe(0);
    clean();
  });

test("the page of a computation that protects nothing says so", async ({ page }) => {
  const { clean } = await open(page, examplePage("mult3", "--scheme", "plain"));
  await expect(page.locator("#top")).toContainText("NOTHING IS PROTECTED");
  clean();
});

test("by mouse: open a part, select, follow a link, close", async ({ page }) => {
  const { clean } = await open(page, networkPage(0));
  const layer = await scopeNamed(page, "layer 1 ");
  let at = await place(page, { scope: layer });
  await page.mouse.click(at.x, at.y);
  expect(await isOpen(page, layer)).toBe(true);
  await expect(page.locator("#details h2")).toContainText("layer 1 CONV_2D");
  await expect(page.locator("#details")).toContainText("by itself, wan");
  const node = await page.evaluate((s) => window.tacet!.graph.childNodes.of(s)[0]!, layer);
  at = await place(page, { node });
  await page.mouse.click(at.x, at.y);
  await expect(page.locator("#details")).toContainText("secure.cpp:");
  await page.locator("#details section button.link").first().click();
  expect(await page.evaluate(() => window.tacet!.view.selected)).not.toBe(node);
  await page.getByRole("button", { name: "Close details" }).click();
  await expect(page.locator("#details")).toBeHidden();
  await page.evaluate((s) => window.tacet!.view.reveal(window.tacet!.graph.nodeCount + s), layer);
  at = await place(page, { scope: layer });
  const title = await page.evaluate((s) => window.tacet!.view.rect(window.tacet!.graph.nodeCount + s)!.y, layer);
  const top = await page.evaluate(() => window.tacet!.view.canvas.getBoundingClientRect().top);
  await page.mouse.click(at.x, top + title + 8);
  expect(await isOpen(page, layer)).toBe(false);
  clean();
});

test("by keyboard: search, move, open, critical path, table, help", async ({ page }) => {
  const { clean } = await open(page, networkPage(0));
  await page.keyboard.press("/");
  await page.keyboard.type("layer 2 dep");
  await expect(page.locator("#found li").first()).toContainText("layer 2 DEPTHWISE_CONV_2D");
  await page.keyboard.press("Enter");
  const layer = await scopeNamed(page, "layer 2 ");
  expect(await page.evaluate(() => window.tacet!.view.selected - window.tacet!.graph.nodeCount)).toBe(layer);
  await expect(page.locator("#said")).toContainText("layer 2 DEPTHWISE_CONV_2D, closed");
  await page.keyboard.press("Enter");
  expect(await isOpen(page, layer)).toBe(true);
  await page.keyboard.press("ArrowDown");
  const inside = await page.evaluate(() => window.tacet!.view.selected);
  expect(inside).not.toBe(await page.evaluate((s) => window.tacet!.graph.nodeCount + s, layer));
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("c");
  await expect(page.locator("#critical")).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("t");
  await expect(page.locator("#table")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.locator("#details")).toBeHidden();
  const before = await page.evaluate(() => window.tacet!.view.camera.scale);
  await page.keyboard.press("+");
  expect(await page.evaluate(() => window.tacet!.view.camera.scale)).toBeGreaterThan(before);
  await page.keyboard.press("0");
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toBeHidden();
  clean();
});

test("by touch: two fingers zoom where they are, one moves", async ({ page }) => {
  const { clean } = await open(page, networkPage(0));
  const touch = (moves: [string, number, number, number][]) => page.evaluate((all) => {
    const { canvas } = window.tacet!.view;
    const r = canvas.getBoundingClientRect();
    canvas.setPointerCapture = () => {}; // these fingers are not real
    for (const [type, pointerId, x, y] of all)
      canvas.dispatchEvent(new PointerEvent(type, { pointerId, pointerType: "touch", clientX: r.left + x, clientY: r.top + y, bubbles: true }));
    const { x, y, scale } = window.tacet!.view.camera;
    return { x, y, scale };
  }, moves);
  const before = await touch([]);
  const zoomed = await touch([
    ["pointerdown", 1, 300, 200], ["pointerdown", 2, 400, 200], ["pointermove", 2, 500, 200], ["pointerup", 2, 500, 200], ["pointerup", 1, 300, 200],
  ]);
  expect(zoomed.scale / before.scale).toBeCloseTo(2, 1);
  const moved = await touch([["pointerdown", 1, 300, 200], ["pointermove", 1, 250, 200], ["pointermove", 1, 200, 180], ["pointerup", 1, 200, 180]]);
  expect(moved.x).toBeGreaterThan(zoomed.x);
  expect(moved.scale).toBe(zoomed.scale);
  expect(await page.evaluate(() => window.tacet!.view.selected)).toBe(-1);
  clean();
});

test("colours follow figures, and the table sorts by them", async ({ page }) => {
  const { clean } = await open(page, networkPage(0));
  for (const metric of ["bytes", "memory", "rounds", "phase"]) {
    await page.locator("#metric").selectOption(metric);
    await expect(page.locator("#legend li").first()).toBeVisible();
  }
  await page.locator("#metric").selectOption("bytes");
  await expect(page.locator("#legend")).toContainText(/[kM]B/);
  await page.locator("#parts").click();
  const column = async () => page.locator("#table tbody tr").evaluateAll((rows) => rows.map((r) => Number(r.children[1]!.textContent!.replace(/,/g, ""))));
  await page.getByRole("button", { name: "rounds", exact: true }).click();
  const down = await column();
  expect(down).toEqual([...down].sort((a, b) => b - a));
  await page.getByRole("button", { name: /^rounds/ }).click();
  const up = await column();
  expect(up).toEqual([...up].sort((a, b) => a - b));
  expect(up.length).toBeGreaterThan(5);
  clean();
});

test("a run lies over the graph: lanes, times, a link from a step to its node", async ({ page }) => {
  const { clean } = await open(page, networkPage(1));
  await expect(page.locator("#overlay")).toContainText("one clock");
  await page.locator("#metric").selectOption("time");
  await page.locator("#parts").click();
  await expect(page.locator("#table thead")).toContainText("computing, run0.json");
  const canvas = page.locator("#overlay canvas");
  const box = (await canvas.boundingBox())!;
  let said = false;
  for (let x = 90; x < box.width && !said; x += 4) {
    await page.mouse.move(box.x + x, box.y + 30);
    said = await page.locator("#tip").isVisible();
    if (said) await page.mouse.click(box.x + x, box.y + 30);
  }
  expect(said).toBe(true);
  await expect(page.locator("#details")).toContainText("computing, run0.json");
  clean();
});

test("two runs are told apart, and a file that is no trace is refused", async ({ page }) => {
  const { clean } = await open(page, networkPage(1));
  await page.locator("input[type=file]").setInputFiles(join(folder, "run0.json"));
  await page.locator("#metric").selectOption("difference");
  await expect(page.locator("#legend")).toContainText("+");
  await page.locator("#parts").click();
  await expect(page.locator("#table thead")).toContainText("difference");
  // A run differs from itself by nothing.
  const differences = await page.locator("#table tbody tr").evaluateAll((rows) => rows.map((r) => r.lastElementChild!.textContent));
  expect(new Set(differences)).toEqual(new Set(["0 µs"]));
  const bad = join(folder, "bad.json");
  writeFileSync(bad, "{}");
  await page.locator("input[type=file]").setInputFiles(bad);
  await expect(page.getByRole("alert")).toContainText("bad.json is no trace");
  clean();
});

test("a running job tells its progress, stalls and end", async ({ page }) => {
  const html = readFileSync(networkPage(0), "utf8").replace('"format":1,', '"format":1,"live":"events",');
  let tell: (text: string) => void = () => {};
  const server = createServer((request, response) => {
    if (request.url === "/events") {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      tell = (text) => response.write(text);
      const endpoint = (e: number, waits: object | null) => ({ endpoint: e, rounds_done: 3, rounds: 9, steps_done: 30, steps: 100, bytes_sent: 1e6, bytes_per_second: 2e6, memory_bytes: 5e5, scopes: [1], waits, links: [{ to: 1 - e, bytes: 1e6, bytes_per_second: 2e6 }] });
      tell(`event: progress\ndata: ${JSON.stringify({ seconds: 1.5, left_seconds: 3, endpoints: [endpoint(0, null), endpoint(1, { endpoint: 0, tiles: 3, scope: 1, seconds: 1.2 })] })}\n\n`);
    } else if (request.url === "/") {
      response.writeHead(200, { "Content-Type": "text/html" });
      response.end(html);
    } else (response.writeHead(404), response.end());
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  await expect(page.locator("#live")).toContainText("party 1 waits for party 0: 3 tiles of layer 1 CONV_2D, 1.20 s");
  await expect(page.locator("#live")).toContainText("about 3.00 s left");
  await expect(page.locator("#live")).toContainText("to party 1 2.0 MB/s");
  tell(`event: end\ndata: {"ok":true,"text":"done in 2 s"}\n\n`);
  await expect(page.locator("#live")).toContainText("done in 2 s");
  server.close();
});

test("a real job serves its page", async ({ page }) => {
  const probe = createServer();
  await new Promise<void>((done) => probe.listen(0, "127.0.0.1", done));
  const { port } = probe.address() as AddressInfo;
  await new Promise((done) => probe.close(done));
  const job = startJob(port);
  try {
    await expect(async () => void (await page.goto(`http://127.0.0.1:${port}/`))).toPass({ timeout: 10_000 });
    await expect(page.locator("#live .endpoint")).toHaveCount(5, { timeout: 10_000 });
    await expect(page.locator("#live")).toContainText(/round [1-9]\d* of 139/);
    await expect.poll(() => page.evaluate(() => window.tacet!.view.active.size)).toBeGreaterThan(0);
    await expect(page.locator("#live")).toContainText(/done in \d/, { timeout: 20_000 });
  } finally {
    job.kill();
  }
});

for (const nodes of [1_000, 10_000, 100_000])
  test(`${nodes} operations open at once and move smoothly`, async ({ page }) => {
    const { clean, ready } = await open(page, largePage(nodes));
    const closed = await page.evaluate(() => window.tacet!.view.layout.milliseconds);
    await page.evaluate(() => window.tacet!.view.expandAll());
    const [layout, boxes] = await page.evaluate(() => [window.tacet!.view.layout.milliseconds, window.tacet!.view.layout.count]);
    await page.evaluate(() => window.tacet!.view.fit());
    const frames = await page.evaluate(async () => {
      const { view } = window.tacet!;
      const times: number[] = [];
      const frame = () => new Promise<number>((done) => requestAnimationFrame(done));
      await frame();
      for (let i = 0; i < 30; ++i) {
        const before = performance.now();
        view.canvas.dispatchEvent(new WheelEvent("wheel", { deltaX: 30, deltaY: 10, bubbles: true, cancelable: true }));
        await frame();
        await frame();
        times.push((performance.now() - before) / 2);
      }
      return times.sort((a, b) => a - b);
    });
    console.log(`${nodes} operations: ready after ${ready.toFixed(0)} ms, layout ${closed.toFixed(1)} ms, expanded ${layout!.toFixed(1)} ms (${boxes} boxes), a frame ${frames[15]!.toFixed(1)} ms, the slowest ${frames[29]!.toFixed(0)} ms`);
    expect(ready).toBeLessThan(2000);
    expect(boxes).toBeGreaterThan(nodes);
    expect(frames[15]!).toBeLessThan(50);
    clean();
  });

test("narrow, dark and printed pages show the graph", async ({ page }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await page.emulateMedia({ colorScheme: "dark" });
  const { clean } = await open(page, examplePage("median_salary"));
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const stage = (await page.locator("#stage").boundingBox())!;
  expect(stage.height).toBeGreaterThan(200);
  const corner = () => page.evaluate(() => Array.from(window.tacet!.view.canvas.getContext("2d")!.getImageData(20, 300, 1, 1).data));
  expect((await corner())[0]!).toBeLessThan(90);
  await page.emulateMedia({ media: "print" });
  await page.evaluate(() => window.dispatchEvent(new Event("beforeprint")));
  expect((await corner())[0]!).toBeGreaterThan(200);
  await expect(page.locator("#toolbar")).toBeHidden();
  clean();
});

test("names that hold markup are shown as they are", async ({ page }) => {
  const file = join(folder, "markup.html");
  writeFileSync(file, readFileSync(examplePage("mult3"), "utf8").replace('"title":"mult3"', '"title":"\\u003cimg src=x onerror=alert(1)>"'));
  const { clean } = await open(page, file);
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("<img src=x onerror=alert(1)>");
  expect(await page.locator("h1 img").count()).toBe(0);
  clean();
});

test("a page without a graph says so", async ({ page }) => {
  const file = join(folder, "none.html");
  writeFileSync(file, readFileSync(examplePage("mult3"), "utf8").replace(/(id="graph">)[^<]*/, '$1{"format":7}'));
  await page.goto(`file://${file}`);
  await expect(page.getByRole("alert")).toContainText("format 7");
});
