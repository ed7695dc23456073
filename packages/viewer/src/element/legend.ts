import { FrameKind, humanWeight } from "@flambeau/core";
import type { LevelGraph } from "../graph/index.ts";
import { type ChangeView, changeColor } from "./change.ts";
import { cssColor } from "./color.ts";
import type { GraphPalette } from "./palettes.ts";
import { kindColor } from "./palettes.ts";

/** Says what colours mean: of a differential, and of the palette "kind". Empty where colours mean nothing. */
export class Legend {
  readonly node: HTMLElement;

  constructor() {
    this.node = document.createElement("div");
    this.node.className = "legend";
    this.node.setAttribute("part", "legend");
    this.node.hidden = true;
  }

  show(graph: LevelGraph | null, change: ChangeView | undefined, palette: GraphPalette, dark: boolean): void {
    const parts =
      graph !== null && change !== undefined
        ? changeParts(graph, change, dark)
        : graph !== null && palette === "kind"
          ? kindParts(graph, dark)
          : [];
    this.node.replaceChildren(...parts);
    this.node.hidden = parts.length === 0;
  }
}

function changeParts(graph: LevelGraph, change: ChangeView, dark: boolean): HTMLElement[] {
  const full = change.scale === "relative" ? "100%" : humanWeight(change.max, graph.unit);
  const steps = Array.from({ length: 11 }, (_, i) => cssColor(changeColor((i - 5) / 5, dark)));
  const bar = document.createElement("span");
  bar.className = "scale";
  bar.style.backgroundImage = `linear-gradient(to right, ${steps.join(", ")})`;
  return [
    text(`−${full} less`),
    bar,
    text(`more +${full}`),
    text(change.by === "self" ? "of the frames' own weight" : "with all they call"),
    swatch("+ new", cssColor(changeColor(1, dark)), "new"),
    swatch("− vanished", cssColor(changeColor(-1, dark)), "vanished"),
  ];
}

const KIND_NAMES: readonly (readonly [number, string])[] = [
  [FrameKind.native, "native"],
  [FrameKind.kernel, "kernel"],
  [FrameKind.jit, "just in time"],
  [FrameKind.interpreted, "interpreted"],
  [FrameKind.c1, "C1"],
  [FrameKind.waker, "waker"],
  [FrameKind.unknown, "other"],
];

function kindParts(graph: LevelGraph, dark: boolean): HTMLElement[] {
  const { kind, inlined, length } = graph.names;
  const present = new Set<number>();
  let someInlined = false;
  for (let row = 1; row < length; row++) {
    if (inlined[row] === 1) someInlined = true;
    else present.add(kind[row]!);
  }
  const parts = KIND_NAMES.filter(([code]) => present.has(code)).map(([code, name]) =>
    swatch(name, cssColor(kindColor(code, false, dark)), "plain"),
  );
  if (someInlined) parts.push(swatch("inlined", cssColor(kindColor(FrameKind.unknown, true, dark)), "plain"));
  return parts;
}

function text(label: string): HTMLElement {
  const node = document.createElement("span");
  node.textContent = label;
  return node;
}

function swatch(label: string, color: string, kind: string): HTMLElement {
  const node = text(label);
  const box = document.createElement("i");
  box.className = `swatch ${kind}`;
  box.style.backgroundColor = color;
  node.prepend(box);
  return node;
}
