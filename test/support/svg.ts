import {
  type FlameTree,
  MemorySink,
  renderSvg,
  type SvgOptions,
  type SvgSummary,
} from "../../packages/core/src/index.ts";

/** One frame of an SVG flame graph: ours, flamegraph.pl's or inferno's. */
export interface SvgFrame {
  readonly title: string;
  readonly x: number;
  readonly width: number;
  /** `#rrggbb`. */
  readonly fill: string;
}

export async function svgOf(
  tree: FlameTree,
  options: SvgOptions = {},
): Promise<{ svg: string; summary: SvgSummary; frames: SvgFrame[] }> {
  const sink = new MemorySink();
  const summary = await renderSvg(tree, { interactive: false, ...options }, sink);
  const svg = new TextDecoder().decode(sink.bytes());
  return { svg, summary, frames: framesOf(svg) };
}

/** The frames of a picture, by what all three writers agree on: a title followed by its rectangle. */
export function framesOf(svg: string): SvgFrame[] {
  const pattern = /<title>([^<]*)<\/title>\s*<rect ([^>]*)>/g;
  return [...svg.matchAll(pattern)].map(([, title, attributes]) => {
    const get = (name: string): string => new RegExp(`(?:^| )${name}="([^"]*)"`).exec(attributes!)?.[1] ?? "";
    return {
      title: unescapeXml(title!),
      x: Number(get("fg:x") || get("x")),
      width: Number(get("fg:w") || get("width")),
      fill: hexOf(get("fill")),
    };
  });
}

export function frameLines(frames: readonly SvgFrame[], withX = true): string[] {
  return frames.map(({ title, x, width, fill }) => `${title} ${withX ? `${x}+` : ""}${width} ${fill}`).sort();
}

function hexOf(color: string): string {
  const rgb = /^rgb\((\d+),(\d+),(\d+)\)$/.exec(color);
  if (rgb === null) return color;
  return `#${rgb
    .slice(1)
    .map((part) => Number(part).toString(16).padStart(2, "0"))
    .join("")}`;
}

function unescapeXml(text: string): string {
  const entities: ReadonlyMap<string, string> = new Map([
    ["amp", "&"],
    ["lt", "<"],
    ["gt", ">"],
    ["quot", '"'],
    ["#39", "'"],
    ["apos", "'"],
  ]);
  return text.replace(/&(#?\w+);/g, (whole, name: string) => entities.get(name) ?? whole);
}
