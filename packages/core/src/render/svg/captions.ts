import type { Layer } from "./layer.ts";
import { percent, withCommas } from "./numbers.ts";
import type { Settings, SvgOptions } from "./options.ts";

/**
 * The sentences below the frames: what the width means, that x is not time (or that it is), and what is not drawn
 * as a frame of its own.
 */
export function captionsOf(layer: Layer, settings: Settings, options: SvgOptions, signed: boolean): string[] {
  const { tree, layout, total, diff } = layer;
  const sentences: string[] = [];
  const whole = settings.amounts.whole(total);
  if (tree.ordered === true) {
    sentences.push(`x is time, from left to right as recorded: ${whole} in all.`);
  } else {
    sentences.push(
      `Width: share of ${whole}${signed ? ", without regard to sign" : widthSide(layer)}.`,
      `x is not time: siblings are ${options.noSort === true ? "in the order of the input" : "sorted by name"}.`,
    );
  }
  if (signed) sentences.push("Weights below zero are shown as base, others as head.");
  sentences.push(...gatheredSentence(layer));
  if (layout.limited) {
    sentences.push(`Of ${withCommas(layout.treeRows)} rows, the outermost gathers what is deeper.`);
  }
  if (diff !== undefined) sentences.push(...vanishedSentence(layer, settings));
  return wrap(sentences, (settings.width - 20) / (settings.fontSize * settings.fontWidth));
}

/** Which side of a differential gives the width, found by comparing the roots. */
function widthSide({ tree }: Layer): string {
  if (tree.sides === undefined) return "";
  const { base, head } = tree.sides;
  const own = tree.total[0]!;
  if (own === base.total[0] && own === head.total[0]) return "";
  if (own === head.total[0]) return " in head";
  if (own === base.total[0]) return " in base";
  return " in base and head together";
}

function gatheredSentence({ layout, total }: Layer): string[] {
  const { hiddenFrames } = layout;
  if (hiddenFrames === 0) return [];
  let weight = 0;
  for (let rect = 0; rect < layout.length; rect++) weight += layout.hiddenWeight[rect]!;
  const frames = hiddenFrames === 1 ? "1 frame is" : `${withCommas(hiddenFrames)} frames are`;
  return [`${frames} gathered in grey blocks (${percent(weight, total)}%); search counts them.`];
}

/** Frames of base that have no width because the width is head's: said, since they cannot be drawn. */
function vanishedSentence({ tree }: Layer, settings: Settings): string[] {
  if (tree.sides === undefined) return [];
  let count = 0;
  let weight = 0;
  for (let node = 1; node < tree.length; node++) {
    if (tree.total[node] !== 0) continue;
    const lost = Math.max(tree.sides.base.total[node]!, tree.sides.head.total[node]!);
    if (lost === 0) continue;
    count++;
    if (tree.total[tree.parent[node]!] !== 0) weight += lost;
  }
  if (count === 0) return [];
  const frames = count === 1 ? "1 frame has" : `${withCommas(count)} frames have`;
  const amount = settings.amounts.withUnit(weight);
  return [`${frames} no width: ${amount} only on the side that does not give the width.`];
}

/** Sentences on as few lines as hold them. */
function wrap(sentences: readonly string[], room: number): string[] {
  const lines: string[] = [];
  for (const sentence of sentences) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 2 + sentence.length <= room) {
      lines[lines.length - 1] = `${last}  ${sentence}`;
    } else lines.push(sentence);
  }
  return lines;
}
