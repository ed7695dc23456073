import type { Hues } from "./name-hash.ts";

/** Red, green and blue, 0 to 255. */
export type Rgb = readonly [number, number, number];

type Hue = "hot" | "mem" | "io" | "red" | "green" | "blue" | "yellow" | "purple" | "aqua" | "orange";
type Semantic = "java" | "js" | "perl" | "python" | "rust" | "wakeup" | "chain";

/** Palettes of one hue: base + span·v per channel, cut to whole numbers. */
const HUES: Readonly<Record<Hue, (hues: Hues) => Rgb>> = {
  hot: ({ v1, v2, v3 }: Hues): Rgb => [205 + cut(50 * v3), cut(230 * v1), cut(55 * v2)],
  mem: ({ v1, v2 }: Hues): Rgb => [0, 190 + cut(50 * v2), cut(210 * v1)],
  io: ({ v1, v2 }: Hues): Rgb => [80 + cut(60 * v1), 80 + cut(60 * v1), 190 + cut(55 * v2)],
  red: ({ v1 }: Hues): Rgb => [200 + cut(55 * v1), 50 + cut(80 * v1), 50 + cut(80 * v1)],
  green: ({ v1 }: Hues): Rgb => [50 + cut(60 * v1), 200 + cut(55 * v1), 50 + cut(60 * v1)],
  blue: ({ v1 }: Hues): Rgb => [80 + cut(60 * v1), 80 + cut(60 * v1), 205 + cut(50 * v1)],
  yellow: ({ v1 }: Hues): Rgb => [175 + cut(55 * v1), 175 + cut(55 * v1), 50 + cut(20 * v1)],
  purple: ({ v1 }: Hues): Rgb => [190 + cut(65 * v1), 80 + cut(60 * v1), 190 + cut(65 * v1)],
  aqua: ({ v1 }: Hues): Rgb => [50 + cut(60 * v1), 165 + cut(55 * v1), 165 + cut(55 * v1)],
  orange: ({ v1 }: Hues): Rgb => [190 + cut(65 * v1), 90 + cut(65 * v1), 0],
};

/** Palettes that choose a hue by what the name says about the code. */
const SEMANTIC: Readonly<Record<Semantic, (name: string) => Hue>> = {
  java: javaHue,
  js: jsHue,
  perl: perlHue,
  python: pythonHue,
  rust: rustHue,
  wakeup: (): Hue => "aqua",
  chain: (name: string): Hue => (name.includes("_[w]") ? "aqua" : "blue"),
};

/** What `--colors` takes. */
export type PaletteName = Hue | Semantic;

/** All palettes, for help texts and checks. */
export const PALETTES: readonly PaletteName[] = [
  ...(Object.keys(HUES) as Hue[]),
  ...(Object.keys(SEMANTIC) as Semantic[]),
];

function cut(value: number): number {
  return Math.trunc(value);
}

/** Colour of a name (with its annotation) in a palette. */
export function paletteColor(palette: PaletteName, name: string, hues: Hues): Rgb {
  const hue = palette in SEMANTIC ? SEMANTIC[palette as Semantic](name) : (palette as Hue);
  return HUES[hue](hues);
}

/** Annotations first (they are facts), then what names look like; packages may be written with `/` or `.`. */
function javaHue(name: string): Hue {
  if (/_\[[j01]\]$/.test(name)) return "green";
  if (name.endsWith("_[i]")) return "aqua";
  if (/^L?(java|javax|jdk|net|org|com|io|sun)[/.]/.test(name)) return "green";
  if (name.includes(":::")) return "green";
  if (name.includes("::")) return "yellow";
  if (name.endsWith("_[k]")) return "orange";
  return "red";
}

function perlHue(name: string): Hue {
  if (name.includes("::")) return "yellow";
  if (name.includes("Perl") || name.includes(".pl")) return "green";
  return name.endsWith("_[k]") ? "orange" : "red";
}

function jsHue(name: string): Hue {
  if (name.endsWith("_[j]")) return name.includes("/") ? "green" : "aqua";
  if (name.includes("::")) return "yellow";
  if (/\/.*\.js/.test(name)) return "green";
  if (name.includes(":")) return "aqua";
  if (name === " ") return "green";
  return name.includes("_[k]") ? "orange" : "red";
}

/** inferno's: installed packages, the standard library, the user's own code. */
function pythonHue(name: string): Hue {
  const parts = name.split(/[/\\]/);
  if (parts.includes("site-packages")) return "aqua";
  const standard = parts.some((part) => /^[Pp]ython[0-9.]*$/.test(part));
  return standard || /^<(built-in|method|frozen)/.test(name) ? "yellow" : "red";
}

/** inferno's: the standard library, crates, everything else. */
function rustHue(name: string): Hue {
  const tick = name.indexOf("`");
  const path = tick < 0 ? name : name.slice(tick + 1);
  const generator = path.startsWith("<core::future::from_generator::GenFuture<T>");
  if (/^<?(core|std|alloc)::/.test(path) && !generator) return "orange";
  return path.includes("::") ? "aqua" : "yellow";
}

/** `#rrggbb`, or `rgb(r,g,b)` as palette maps and flamegraph.pl write it. */
export function hex([red, green, blue]: Rgb): string {
  return `#${((1 << 24) | (red << 16) | (green << 8) | blue).toString(16).slice(1)}`;
}

export function rgbText([red, green, blue]: Rgb): string {
  return `rgb(${red},${green},${blue})`;
}

/** Ends of the background's gradient: by name, or one `#rrggbb`; by default what goes with the palette. */
export function backgroundColors(
  name: string | undefined,
  palette: PaletteName,
): readonly [string, string] | undefined {
  switch (name ?? defaultBackground(palette)) {
    case "yellow":
      return ["#eeeeee", "#eeeeb0"];
    case "blue":
      return ["#eeeeee", "#e0e0ff"];
    case "green":
      return ["#eef2ee", "#e0ffe0"];
    case "grey":
    case "gray":
      return ["#f8f8f8", "#e8e8e8"];
    default:
      return name !== undefined && /^#[0-9a-fA-F]{6}$/.test(name) ? [name, name] : undefined;
  }
}

function defaultBackground(palette: PaletteName): string {
  if (palette === "mem") return "green";
  if (palette === "io" || palette === "wakeup" || palette === "chain") return "blue";
  return ["red", "green", "blue", "aqua", "yellow", "purple", "orange"].includes(palette) ? "grey" : "yellow";
}
