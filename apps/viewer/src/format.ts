/** As "1,234,567". */
export function grouped(n: number): string {
  return n.toLocaleString("en-US");
}

/** As "40 B", "1.3 kB" or "2.0 GB", powers of 1000. */
export function bytes(n: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  let unit = 0;
  while (n >= 999.95 && unit < units.length - 1) (n /= 1000), ++unit;
  return (unit === 0 ? n.toFixed(0) : n.toFixed(n < 100 ? 1 : 0)) + " " + units[unit];
}

export function seconds(s: number): string {
  if (s >= 60) return `${Math.floor(s / 60)} min ${Math.round(s % 60)} s`;
  if (s >= 1) return s.toFixed(2) + " s";
  if (s >= 1e-3) return (s * 1e3).toFixed(s < 0.01 ? 2 : 0) + " ms";
  return (s * 1e6).toFixed(0) + " µs";
}

export function plural(n: number, one: string, many = one + "s"): string {
  return `${grouped(n)} ${n === 1 ? one : many}`;
}
