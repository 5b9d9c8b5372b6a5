export interface Theme {
  surface: string;
  panel: string;
  text: string;
  muted: string;
  line: string;
  accent: string;
  /** Of scopes, by depth. */
  depth: string[];
  kinds: { fill: string; line: string }[];
  edge: string;
  into: string;
  out: string;
  offline: string;
  scale: [string, string];
  /** Less, the same, more. */
  difference: [string, string, string];
}

const light: Theme = {
  surface: "#ffffff", panel: "#f8fafc", text: "#0f172a", muted: "#526077", line: "#cbd5e1", accent: "#1d4ed8",
  depth: ["#f8fafc", "#f1f5f9", "#e8edf3", "#dfe6ee"],
  kinds: [
    { fill: "#ffffff", line: "#64748b" }, { fill: "#dbeafe", line: "#2563eb" }, { fill: "#fef3c7", line: "#b45309" },
    { fill: "#fee2e2", line: "#dc2626" }, { fill: "#dcfce7", line: "#15803d" }, { fill: "#f3e8ff", line: "#9333ea" },
    { fill: "#f1f5f9", line: "#94a3b8" },
  ],
  edge: "#94a3b8", into: "#2563eb", out: "#b45309", offline: "#ede9fe", scale: ["#f1f5f9", "#7c2d12"],
  difference: ["#1d4ed8", "#f1f5f9", "#b91c1c"],
};

const dark: Theme = {
  surface: "#0b1220", panel: "#111a2c", text: "#e5eaf2", muted: "#9fb0c7", line: "#32415a", accent: "#7aa7ff",
  depth: ["#0f1829", "#142034", "#19283f", "#1e304a"],
  kinds: [
    { fill: "#16233a", line: "#7d8ea8" }, { fill: "#17305c", line: "#7aa7ff" }, { fill: "#46320b", line: "#f0b429" },
    { fill: "#521d20", line: "#f87171" }, { fill: "#12401f", line: "#4ade80" }, { fill: "#3a2058", line: "#c084fc" },
    { fill: "#1b2638", line: "#64748b" },
  ],
  edge: "#5b6b83", into: "#7aa7ff", out: "#f0b429", offline: "#221b45", scale: ["#16233a", "#fdba74"],
  difference: ["#7aa7ff", "#16233a", "#f87171"],
};

const key = "tacet-theme";
let chosen: string | null = null;
try {
  chosen = localStorage.getItem(key);
} catch {
  // Pages from a disk may have no storage.
}
const preferred = matchMedia("(prefers-color-scheme: dark)");

export function isDark(): boolean {
  return chosen ? chosen === "dark" : preferred.matches;
}
export function theme(printing = false): Theme {
  return isDark() && !printing ? dark : light;
}
export function toggleTheme(): void {
  chosen = isDark() ? "light" : "dark";
  try {
    localStorage.setItem(key, chosen);
  } catch {
    // It holds until the page is closed.
  }
  apply();
}
export function onThemeChange(f: () => void): void {
  preferred.addEventListener("change", () => (apply(), f()));
}
export function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((i) => parseInt(colour.slice(i, i + 2), 16));
}
export function mix(a: string, b: string, share: number): string {
  const [from, to] = [channels(a), channels(b)];
  return "#" + from.map((v, i) => Math.round(v + (to[i]! - v) * share).toString(16).padStart(2, "0")).join("");
}
/** Text that can be read on a fill. */
export function inkOn(fill: string): string {
  const [r, g, b] = channels(fill);
  return 0.299 * r! + 0.587 * g! + 0.114 * b! > 140 ? "#0f172a" : "#f8fafc";
}
