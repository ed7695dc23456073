import type { LevelGraph } from "../graph/index.ts";
import { type ChangeView, changeColor } from "./change.ts";
import { mix, type Packed } from "./color.ts";
import { type GraphPalette, nameColor } from "./palettes.ts";
import type { Theme } from "./theme.ts";

/** What makes a frame look different from its plain colour. */
export interface Emphasis {
  /** 1 per name that the search found; undefined without a search. */
  readonly matched: Uint8Array | undefined;
  /** Rows of the names that are highlighted everywhere: the one under the pointer and the page's; -1 for none. */
  readonly highlighted: number;
  readonly marked: number;
  /** Level of the frame that was zoomed to: its callers are drawn faint. */
  readonly zoomLevel: number;
}

/** A page's own colours: red, green, blue from 0 to 255, or undefined to leave it to the palette. */
export type Colorize = (name: number, graph: LevelGraph) => readonly [number, number, number] | undefined;

/** Chooses the colour of every rectangle; plain colours are kept by name. */
export class FrameColors {
  readonly #graph: LevelGraph;
  readonly #theme: Theme;
  readonly #palette: GraphPalette;
  readonly #change: ChangeView | undefined;
  readonly #colorize: Colorize | undefined;
  readonly #plain: Uint32Array;

  constructor(
    graph: LevelGraph,
    theme: Theme,
    palette: GraphPalette,
    change: ChangeView | undefined,
    colorize?: Colorize,
  ) {
    this.#graph = graph;
    this.#theme = theme;
    this.#palette = palette;
    this.#change = change;
    this.#colorize = colorize;
    this.#plain = new Uint32Array(graph.names.length);
  }

  /** Colour of a frame in a row. */
  color(rect: number, level: number, emphasis: Emphasis): Packed {
    const { colors } = this.#theme;
    const name = this.#graph.name[rect]!;
    let color = this.#change === undefined ? this.#ofName(name) : this.#ofChange(rect);
    if (emphasis.matched !== undefined && name !== 0) {
      color =
        emphasis.matched[name] === 1
          ? this.#change === undefined
            ? colors.match
            : mix(color, colors.match, 0.75)
          : mix(color, colors.background, 0.62);
    }
    if (level < emphasis.zoomLevel) color = mix(color, colors.background, 0.55);
    if (name !== 0 && (name === emphasis.highlighted || name === emphasis.marked)) {
      color = mix(color, colors.highlight, 0.85);
    }
    return color;
  }

  /** Colour of a block of small frames. */
  block(level: number, emphasis: Emphasis): Packed {
    const { block, background } = this.#theme.colors;
    return level < emphasis.zoomLevel ? mix(block, background, 0.55) : block;
  }

  #ofName(name: number): Packed {
    const known = this.#plain[name]!;
    if (known !== 0) return known;
    const own = this.#colorize?.(name, this.#graph);
    const color =
      own === undefined
        ? nameColor(this.#palette, this.#graph.names, name, this.#theme.dark)
        : ((255 << 24) | ((own[2] & 255) << 16) | ((own[1] & 255) << 8) | (own[0] & 255)) >>> 0;
    this.#plain[name] = color;
    return color;
  }

  #ofChange(rect: number): Packed {
    return changeColor(this.#change!.share(rect), this.#theme.dark);
  }
}
