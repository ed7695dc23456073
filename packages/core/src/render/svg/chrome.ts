import type { DiffView } from "./differential.ts";
import { blueOrange, classicColor } from "./differential.ts";
import type { Geometry } from "./geometry.ts";
import { fixed, withCommas } from "./numbers.ts";
import { type Settings, X_PAD } from "./options.ts";
import { hex } from "./palettes.ts";
import { xmlText } from "./xml.ts";

/** Everything around the frames that stands in the file itself; the script adds the controls. */
export function chromeOf(
  settings: Settings,
  geometry: Geometry,
  captions: readonly string[],
  diff: DiffView | undefined,
): { head: string; foot: string } {
  const { fontSize, width } = settings;
  const middle = Math.trunc(width / 2);
  const fill = settings.uiColor === "#000000" ? "" : ` fill="${settings.uiColor}"`;
  const head =
    `<text id="title" class="u" x="${middle}" y="${fontSize * 2}" text-anchor="middle" font-size="${fontSize + 5}"${fill}>${xmlText(settings.title)}</text>\n` +
    (settings.subtitle === ""
      ? ""
      : `<text id="subtitle" class="u" x="${middle}" y="${fontSize * 4}" text-anchor="middle"${fill}>${xmlText(settings.subtitle)}</text>\n`);
  const lines = captions.map(
    (line, index) =>
      `<text class="u" x="${X_PAD}" y="${geometry.captions[index]}" font-size="${fontSize - 1}" fill-opacity=".7"${fill}>${xmlText(line)}</text>\n`,
  );
  const foot = `<g id="foot">${lines.join("")}${diff === undefined ? "" : legend(diff, settings, geometry)}</g>\n`;
  return { head, foot };
}

const STEPS = 9;

/** Blue to orange with what full colour stands for, and the outlines of what one side alone has. */
function legend(diff: DiffView, settings: Settings, geometry: Geometry): string {
  const { fontSize } = settings;
  const cell = 16;
  const y = geometry.legend;
  const character = fontSize * settings.fontWidth;
  const parts: string[] = [];
  let x = X_PAD;
  const text = (content: string): void => {
    parts.push(
      `<text class="u" x="${fixed(x, 1)}" y="${y}" font-size="${fontSize - 1}">${xmlText(content)}</text>`,
    );
    x += content.length * character + 6;
  };
  text(`less ${fullColor(diff, settings, "-")}`);
  for (let step = 0; step < STEPS; step++) {
    const share = (step / (STEPS - 1)) * 2 - 1;
    const color = hex(diff.classic ? classicColor(share, 1) : blueOrange(share));
    parts.push(
      `<rect x="${fixed(x, 1)}" y="${y - fontSize + 2}" width="${cell}" height="${fontSize}" fill="${color}" stroke="#999" stroke-width=".5"/>`,
    );
    x += cell;
  }
  x += 6;
  text(`${fullColor(diff, settings, "+")} more`);
  if (diff.classic) return parts.join("");
  for (const [side, outline] of [
    ["head", 'stroke="#a04000" stroke-width="1.2"'],
    ["base", 'stroke="#003a8c" stroke-width="1.2" stroke-dasharray="4 2"'],
  ] as const) {
    x += 12;
    parts.push(
      `<rect x="${fixed(x, 1)}" y="${y - fontSize + 2}" width="${cell}" height="${fontSize}" rx="2" fill="${hex(blueOrange(side === "head" ? 1 : -1))}" ${outline}/>`,
    );
    x += cell + 6;
    text(`only in ${side}`);
  }
  x += 12;
  text(diff.ofSelf ? "Colour: change of the frame's own weight" : "Colour: change with all that it calls");
  return parts.join("");
}

function fullColor(diff: DiffView, settings: Settings, sign: string): string {
  if (diff.relative) return `${sign}100%`;
  if (settings.amounts.scaled) return `${sign}${settings.amounts.short(diff.max)}`;
  const amount = diff.max * settings.factor;
  return `${sign}${amount < 10 ? String(Number(amount.toPrecision(3))) : withCommas(amount)}`;
}
