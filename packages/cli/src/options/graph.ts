import { PALETTES, type PaletteName } from "@flambeau/core";
import { type Command, InvalidArgumentError, Option } from "commander";
import { integer, positive } from "./values.ts";

/** The options of flamegraph.pl: an abbreviation that fits one of them means it, whatever else it fits. */
export const FLAMEGRAPH_OPTIONS: ReadonlySet<string> = new Set([
  "title",
  "subtitle",
  "width",
  "height",
  "minwidth",
  "fonttype",
  "fontsize",
  "fontwidth",
  "countname",
  "nametype",
  "colors",
  "bgcolors",
  "hash",
  "random",
  "cp",
  "reverse",
  "inverted",
  "flamechart",
  "negate",
  "notes",
  "encoding",
  "nameattr",
  "total",
  "factor",
  "help",
]);

/** What the drawing options hold once parsed. */
export interface DrawValues {
  readonly title?: string;
  readonly subtitle?: string;
  readonly width?: number;
  readonly height?: number;
  readonly minwidth?: MinWidth;
  readonly fonttype?: string;
  readonly fontsize?: number;
  readonly fontwidth?: number;
  readonly countname?: string;
  readonly nametype?: string;
  readonly colors?: PaletteName;
  readonly bgcolors?: string;
  readonly hash?: true;
  readonly random?: true;
  readonly deterministic?: true;
  readonly colordiffusion?: true;
  readonly cp?: true;
  readonly reverse?: true;
  readonly inverted?: true;
  readonly flamechart?: true;
  readonly negate?: true;
  readonly notes?: string;
  readonly encoding?: string;
  readonly nameattr?: string;
  readonly total?: number;
  readonly factor?: number;
  readonly base?: readonly string[];
  /** False: `--no-sort`. */
  readonly sort: boolean;
  readonly truncateTextRight?: true;
  readonly uicolor?: string;
  readonly searchColor?: string;
  readonly strokeColor?: string;
  readonly widthBy?: "head" | "base" | "both";
  readonly diffColor?: "self" | "total";
  readonly diffScale?: "absolute" | "relative";
  readonly diffPalette?: "blue-orange" | "classic";
}

/** The narrowest frame that is drawn. */
export interface MinWidth {
  readonly amount: number;
  readonly unit: "pixels" | "percent";
}

/** Options that say what the picture looks like. */
export function addDrawOptions(command: Command): Command {
  return command
    .optionsGroup("Picture:")
    .option("--title <text>", 'title (default: "Flame Graph", "Icicle Graph" or "Flame Chart")')
    .option("--subtitle <text>", "second line of the title")
    .option("--width <pixels>", "width of the picture (default: 1200)", integer(100))
    .option("--height <pixels>", "height of a frame (default: 16)", integer(1))
    .option("--minwidth <n>", 'gather narrower frames: pixels, or "%" of the whole (default: 0.1)', minWidth)
    .option("--fonttype <font>", "font (default: Verdana)")
    .option("--fontsize <pixels>", "size of the font (default: 12)", positive)
    .option("--fontwidth <n>", "mean width of a character, in font sizes (default: 0.59)", positive)
    .option(
      "--countname <text>",
      "what the weights count (default: the profile's unit, or samples; times and bytes as 12.3 ms)",
    )
    .option("--nametype <text>", 'what the names are (default: "Function:")')
    .option("--inverted", "root at the top (icicle graph)")
    .option("--flamechart", "x is time: samples in their order, only equal neighbours merged")
    .option("--notes <text>", "a comment in the SVG")
    .option("--encoding <name>", "the encoding that the SVG's first line names")
    .option("--nameattr <file>", "attributes per function: lines of NAME<tab>KEY=VALUE<tab>…")
    .option("--truncate-text-right", "cut labels at their end (the default)")
    .optionsGroup("Colours:")
    .addOption(new Option("-c, --colors <palette>", "palette (default: hot)").choices(PALETTES))
    .option(
      "--bgcolors <colour>",
      'background: yellow, blue, green, grey, or "#rrggbb" (default: by palette)',
    )
    .option("--hash", "colours by a hash of the name: like names, like colours")
    .option("--random", "other colours each time")
    .option("--deterministic", "colours by a hash of the whole name")
    .option("--colordiffusion", "colours by width: the hotter, the wider")
    .option("--cp", "consistent colours: read and write palette.map")
    .option("--negate", "swap the two hues of a differential")
    .option("--uicolor <#rrggbb>", "colour of buttons and labels", hexColour)
    .option("--search-color <#rrggbb>", "colour of what a search found", hexColour)
    .option("--stroke-color <#rrggbb>", "an outline around every frame", hexColour)
    .optionsGroup("Stacks:")
    .option("--reverse", "from the leaves to the callers (inverted tree)")
    .option("--base <function>", "only stacks with this function, and from it on (repeatable)", collectNames)
    .option("--total <n>", "the weight that is 100% (default: the sum)", positive)
    .option("--factor <n>", "multiply the weights by this", positive)
    .option("--no-sort", "siblings in the order of the input");
}

function collectNames(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function minWidth(text: string): MinWidth {
  const match = /^(\d+(?:\.\d*)?|\.\d+)(%?)$/.exec(text);
  if (match === null) throw new InvalidArgumentError("It is neither pixels (0.1) nor a percentage (0.5%).");
  return { amount: Number(match[1]), unit: match[2] === "%" ? "percent" : "pixels" };
}

function hexColour(text: string): string {
  if (!/^#[0-9a-f]{6}$/i.test(text)) throw new InvalidArgumentError('It is not a colour such as "#e600e6".');
  return text;
}

/** Options that say how two sides are shown; they mean nothing for one. */
export function addDiffColorOptions(command: Command): Command {
  return command
    .optionsGroup("Differentials:")
    .addOption(
      new Option("--width-by <side>", "which side gives the widths").choices(["head", "base", "both"]),
    )
    .addOption(
      new Option(
        "--diff-color <what>",
        "colour by the change in a frame's own weight, or with all it calls",
      ).choices(["self", "total"]),
    )
    .addOption(
      new Option(
        "--diff-scale <how>",
        "strength: against the largest change, or the frame's own size",
      ).choices(["absolute", "relative"]),
    )
    .addOption(
      new Option(
        "--diff-palette <name>",
        "blue-orange is safe for the colour-blind; classic is blue and red",
      ).choices(["blue-orange", "classic"]),
    );
}
