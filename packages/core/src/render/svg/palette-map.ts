/**
 * `palette.map`: the colours of earlier pictures, one `name->rgb(r,g,b)` a line, sorted by name. A name may itself
 * hold `->` (C++'s operator), so the last one counts; flamegraph.pl splits at the first and loses such names.
 */
export function parsePaletteMap(text: string): Map<string, string> {
  const map = new Map<string, string>();
  for (const line of text.split(/\r?\n/)) {
    const at = line.lastIndexOf("->");
    const color = line.slice(at + 2).trim();
    if (at >= 0 && isColor(color)) map.set(line.slice(0, at), color);
  }
  return map;
}

/** The file's text. */
export function formatPaletteMap(map: ReadonlyMap<string, string>): string {
  return [...map]
    .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
    .map(([name, color]) => `${name}->${color}\n`)
    .join("");
}

/** Only what is plainly a colour may go into the picture. */
export function isColor(text: string): boolean {
  return /^(rgb\(\d{1,3},\s*\d{1,3},\s*\d{1,3}\)|#[0-9a-fA-F]{6})$/.test(text);
}
