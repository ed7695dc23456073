import { humanWeight } from "@flambeau/core";
import type { LevelGraph } from "../graph/index.ts";
import type { View } from "./camera.ts";
import { cssColor } from "./color.ts";
import type { Theme } from "./theme.ts";

/** What an axis is drawn for. */
export interface AxisPicture {
  readonly graph: LevelGraph;
  readonly view: View;
  /** Device pixels. */
  readonly height: number;
  readonly ratio: number;
  readonly theme: Theme;
}

/** CSS pixels between labels, at least. */
const LABEL_ROOM = 90;

/** Round steps: 1, 2 or 5 times a power of ten, the smallest that is not less than `least`. */
export function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  for (const factor of [1, 2, 5]) if (factor * power >= least * (1 - 1e-9)) return factor * power;
  return 10 * power;
}

/** Height of the axis in CSS pixels. */
export const AXIS_HEIGHT = 22;

/** Draws the time above a flame chart: ticks at round times, labelled relative to the chart's start. */
export function drawAxis(context: CanvasRenderingContext2D, picture: AxisPicture): void {
  const { view, height, ratio, theme, graph } = picture;
  const { width } = context.canvas;
  const span = view.to - view.from;
  context.fillStyle = cssColor(theme.colors.background);
  context.fillRect(0, 0, width, height);
  if (!(span > 0)) return;
  const scale = width / span;
  const step = roundStep((LABEL_ROOM * ratio) / scale);
  context.font = `${theme.fontSize * 0.92 * ratio}px ${theme.fontFamily}`;
  context.textBaseline = "middle";
  context.strokeStyle = cssColor(theme.colors.line);
  context.fillStyle = cssColor(theme.colors.muted);
  context.lineWidth = Math.max(1, Math.round(ratio));
  context.beginPath();
  const first = Math.floor(view.from / step);
  for (let tick = first; tick * step <= view.to; tick++) {
    const x = Math.round((tick * step - view.from) * scale) + context.lineWidth / 2;
    context.moveTo(x, height * 0.3);
    context.lineTo(x, height);
    for (let part = 1; part < 5; part++) {
      const minor = Math.round((tick * step + (part * step) / 5 - view.from) * scale) + context.lineWidth / 2;
      context.moveTo(minor, height * 0.75);
      context.lineTo(minor, height);
    }
    context.fillText(tickLabel(tick * step, step, graph.unit), x + 4 * ratio, height * 0.45);
  }
  context.moveTo(0, height - context.lineWidth / 2);
  context.lineTo(width, height - context.lineWidth / 2);
  context.stroke();
}

const FACTORS: readonly (readonly [number, string])[] = [
  [1e9, "s"],
  [1e6, "ms"],
  [1e3, "µs"],
  [1, "ns"],
];

const NANOSECONDS: ReadonlyMap<string, number> = new Map([
  ["nanoseconds", 1],
  ["microseconds", 1e3],
  ["milliseconds", 1e6],
  ["seconds", 1e9],
]);

/** All labels of an axis in one unit, the one that suits the step; with as many decimals as the step needs. */
export function tickLabel(value: number, step: number, unit: string): string {
  if (value === 0) return "0";
  const nanoseconds = NANOSECONDS.get(unit);
  if (nanoseconds === undefined) return humanWeight(value, unit);
  value *= nanoseconds;
  step *= nanoseconds;
  const [factor, name] = FACTORS.find(([size]) => Math.max(step * 10, Math.abs(value) / 100) >= size) ?? [
    1,
    "ns",
  ];
  const decimals = Math.max(0, Math.ceil(-Math.log10(step / factor) - 1e-9));
  return `${(value / factor).toFixed(Math.min(9, decimals))} ${name}`;
}
