import { annotatedName, FrameKind, PALETTES, type PaletteName, paletteColor, sumHues } from "@flambeau/core";
import { type GraphNames, textAt } from "../graph/index.ts";
import { hsl, type Packed, pack } from "./color.ts";

/** Palettes of the element's own; those of the SVG renderer ("hot", "java", …) can be named too. */
export const OWN_PALETTES = ["warm", "library", "kind", "safe", "grey"] as const;

/** What the attribute `palette` takes. */
export type GraphPalette = (typeof OWN_PALETTES)[number] | PaletteName;

/** Reads the attribute; anything unknown is the first palette. */
export function paletteNamed(text: string | null): GraphPalette {
  const known: readonly string[] = [...OWN_PALETTES, ...PALETTES];
  return text !== null && known.includes(text) ? (text as GraphPalette) : "warm";
}

/** The colour of a name. */
export function nameColor(palette: GraphPalette, names: GraphNames, row: number, dark: boolean): Packed {
  const text = textAt(names, row);
  if (text === "") return dark ? hsl(32, 0.18, 0.36) : hsl(36, 0.35, 0.82);
  const kind = names.kind[row]!;
  const inlined = names.inlined[row] === 1;
  switch (palette) {
    case "warm":
      return warm(hash(text), kind, dark);
    case "library":
      return spread(libraryOf(text), hash(text), dark);
    case "kind":
      return kindColor(kind, inlined, dark, hash(text));
    case "safe":
      return safe(hash(libraryOf(text)), hash(text), dark);
    case "grey":
      return hsl(220, 0.06, (dark ? 0.3 : 0.72) + 0.14 * part(hash(text), 0));
    default:
      return pack(...paletteColor(palette, annotatedName(viewOf(names), row), sumHues(text)));
  }
}

/** The names as core's table. */
function viewOf(names: GraphNames): Parameters<typeof annotatedName>[0] {
  return {
    length: names.length,
    text: (row) => textAt(names, row),
    kind: (row) => names.kind[row]!,
    inlined: (row) => names.inlined[row] === 1,
    bytes: (row) => names.bytes.subarray(names.offsets[row]!, names.offsets[row + 1]!),
  };
}

/** Yellow to red; the kernel's frames towards rose, so that the border shows without being loud. */
function warm(seed: number, kind: number, dark: boolean): Packed {
  const hue = kind === FrameKind.kernel ? 345 + 18 * part(seed, 0) : 14 + 34 * part(seed, 0);
  return dark
    ? hsl(hue % 360, 0.5 + 0.16 * part(seed, 1), 0.36 + 0.1 * part(seed, 2))
    : hsl(hue % 360, 0.82 + 0.14 * part(seed, 1), 0.63 + 0.11 * part(seed, 2));
}

/** One hue per library, shades by function; grey where the name says nothing. */
function spread(library: string, seed: number, dark: boolean): Packed {
  if (library === "") return hsl(220, 0.07, (dark ? 0.32 : 0.74) + 0.1 * part(seed, 2));
  const hue = Math.floor(part(hash(library), 0) * 24) * 15;
  return dark ? hsl(hue, 0.4, 0.32 + 0.12 * part(seed, 2)) : hsl(hue, 0.62, 0.68 + 0.1 * part(seed, 2));
}

const KIND_HUES: ReadonlyMap<number, number> = new Map([
  [FrameKind.native, 210],
  [FrameKind.kernel, 28],
  [FrameKind.jit, 130],
  [FrameKind.interpreted, 50],
  [FrameKind.c1, 165],
  [FrameKind.waker, 275],
]);

/** Colour of a kind of frame in the palette "kind"; functions differ a little in lightness. */
export function kindColor(kind: number, inlined: boolean, dark: boolean, seed: number = 0x1ff << 20): Packed {
  const hue = inlined ? 188 : KIND_HUES.get(kind);
  const saturation = hue === undefined ? 0.1 : dark ? 0.42 : 0.66;
  return hsl(hue ?? 220, saturation, (dark ? 0.34 : 0.68) + 0.1 * part(seed, 2));
}

/** After Okabe and Ito: told apart with every common colour vision. */
const SAFE: readonly (readonly [hue: number, saturation: number, lightness: number])[] = [
  [41, 1, 0.45],
  [202, 0.77, 0.63],
  [164, 1, 0.31],
  [56, 0.85, 0.6],
  [202, 1, 0.35],
  [27, 1, 0.42],
  [327, 0.45, 0.64],
];

function safe(library: number, seed: number, dark: boolean): Packed {
  const [hue, saturation, lightness] = SAFE[library % SAFE.length]!;
  return hsl(
    hue,
    saturation * (dark ? 0.75 : 0.9),
    lightness * (dark ? 0.8 : 1) + 0.08 * part(seed, 2) - 0.04,
  );
}

/** What a name says about where its function belongs: module, package or namespace. */
export function libraryOf(name: string): string {
  const module = /^([^`!]+)[`!]/.exec(name)?.[1];
  if (module !== undefined) return module;
  // Python's `run (asyncio/runners.py:44)`.
  const folder = /\(([^()/\\]+)[/\\][^()]*\)$/.exec(name)?.[1];
  if (folder !== undefined) return folder;
  const plain = name.replace(/^[<&*\s]+/, "").replace(/[(<].*$/s, "");
  const parts = plain.split(/::|\/|\.(?=[\p{L}_$])/u);
  return parts.length > 1 ? parts.slice(0, Math.min(2, parts.length - 1)).join(".") : "";
}

/** FNV-1a over UTF-16 units, mixed. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  value ^= value >>> 15;
  value = Math.imul(value, 0x2c1b3c6d);
  return (value ^ (value >>> 13)) >>> 0;
}

/** One of three numbers from 0 to 1 that a hash holds. */
function part(seed: number, which: 0 | 1 | 2): number {
  return ((seed >>> (which * 10)) & 1023) / 1023;
}
