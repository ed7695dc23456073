import { annotatedName } from "../../transforms/annotation.ts";
import type { FlameTree } from "../../transforms/flame-tree.ts";
import { encodeUtf8 } from "../../util/platform.ts";
import type { DiffView } from "./differential.ts";
import { fnvHues, type Hues, randomHues, sumHues, vectorHues } from "./name-hash.ts";
import type { Settings, SvgOptions } from "./options.ts";
import { isColor } from "./palette-map.ts";
import { hex, paletteColor, type Rgb, rgbText } from "./palettes.ts";

/** Fill of a block of gathered frames. */
export const BLOCK_COLOR = "#c8c8c8";

/** Chooses the fill of each frame, and remembers it by name. */
export class FrameColors {
  /** Names with their colours: those given, and those that were added. */
  readonly map: Map<string, string> | undefined;
  readonly #options: SvgOptions;
  readonly #settings: Settings;
  readonly #byName = new Map<string, string>();

  constructor(options: SvgOptions, settings: Settings) {
    this.#options = options;
    this.#settings = settings;
    this.map = options.paletteMap === undefined ? undefined : new Map(options.paletteMap);
  }

  /**
   * Fill of a node that takes `share` of the whole width. `waker`: it stands above the `--` of a chain graph, which
   * colours it as if it had the annotation `_[w]`.
   */
  fill(tree: FlameTree, node: number, share: number, diff: DiffView | undefined, waker: boolean): string {
    const name = node === 0 ? "" : annotatedName(tree.names, tree.name[node]!);
    if (name === "--") return "#a0a0a0";
    if (name === "-") return "#c8c8c8";
    if (this.#options.colorDiffusion === true) return hex(diffusion(share));
    if (diff !== undefined) return hex(diff.color(node));
    const annotated = waker && !name.endsWith("_[w]") ? `${name}_[w]` : name;
    return this.map === undefined || node === 0 ? this.#cached(annotated) : this.#mapped(annotated);
  }

  #mapped(name: string): string {
    const known = this.map!.get(name);
    if (known !== undefined && isColor(known)) return known;
    const color = rgbText(this.#color(name));
    this.map!.set(name, color);
    return color;
  }

  #cached(name: string): string {
    if (this.#options.random === true) return hex(this.#color(name));
    let fill = this.#byName.get(name);
    if (fill === undefined) {
      fill = hex(this.#color(name));
      this.#byName.set(name, fill);
    }
    return fill;
  }

  #color(name: string): Rgb {
    return paletteColor(this.#settings.colors, name, this.#hues(name));
  }

  #hues(name: string): Hues {
    if (this.#options.hash === true) return vectorHues(name);
    if (this.#options.random === true) return randomHues(this.#options.randomNumber ?? Math.random);
    return this.#options.deterministic === true ? fnvHues(encodeUtf8(name)) : sumHues(name);
  }
}

/** inferno's `--colordiffusion`: white to red with the root of the width. */
function diffusion(share: number): Rgb {
  const value = Math.trunc(Math.sqrt(share) * 2000);
  if (value <= 0) return [250, 250, 250];
  const fade = 100 + Math.trunc((150 * (2000 - value)) / 2000);
  return [255, fade, fade];
}
