import { type Packed, pack } from "./color.ts";

/** Colours that a page can set, each by the custom property `--flame-graph-…`, with what is taken otherwise. */
export const THEME_COLORS = {
  background: "light-dark(#ffffff, #16181d)",
  text: "light-dark(#1b1e24, #e6e8ec)",
  muted: "light-dark(#5b6270, #a0a7b4)",
  line: "light-dark(#d5d9e0, #343943)",
  block: "light-dark(#d4d8df, #3c424d)",
  match: "light-dark(#b968f0, #9a4fd6)",
  highlight: "light-dark(#9ccbff, #2c68ad)",
  selected: "light-dark(#0b57d0, #a8c7fa)",
  focus: "light-dark(#000000, #ffffff)",
} as const;

type ThemeColor = keyof typeof THEME_COLORS;

/** What is drawn with. */
export interface Theme {
  readonly colors: Readonly<Record<ThemeColor, Packed>>;
  readonly dark: boolean;
  /** CSS pixels. */
  readonly rowHeight: number;
  readonly fontSize: number;
  readonly fontFamily: string;
}

const NAMES = Object.keys(THEME_COLORS) as ThemeColor[];

/** What stands for them where the system forces its colours (Windows' high contrast). */
const FORCED: Readonly<Record<ThemeColor, string>> = {
  background: "Canvas",
  text: "CanvasText",
  muted: "CanvasText",
  line: "CanvasText",
  block: "GrayText",
  match: "Mark",
  highlight: "Highlight",
  selected: "Highlight",
  focus: "CanvasText",
};

/** The style rules of the probes: elements that nobody sees and whose computed style is the theme. */
export const PROBE_STYLES: string = `${NAMES.map(
  (name) => `.probe-${name}{color:var(--flame-graph-${name},${THEME_COLORS[name]})}`,
).join("\n")}
@media (forced-colors: active) {
${NAMES.map((name) => `.probe-${name}{forced-color-adjust:none;color:${FORCED[name]}}`).join("\n")}
}`;

/**
 * Reads the theme from elements in the shadow root, and tells when it changes: the probes have a transition, and a
 * transition ends after a colour changes for whatever reason (an attribute, a style sheet, the system's wish).
 */
export class ThemeProbe {
  readonly node: HTMLElement;
  readonly #probes = new Map<ThemeColor, HTMLElement>();
  readonly #font: HTMLElement;
  readonly #context: CanvasRenderingContext2D;

  constructor(changed: () => void) {
    this.node = document.createElement("div");
    this.node.className = "probes";
    this.node.ariaHidden = "true";
    for (const name of NAMES) {
      const probe = document.createElement("i");
      probe.className = `probe probe-${name}`;
      this.#probes.set(name, probe);
      this.node.append(probe);
    }
    this.#font = document.createElement("i");
    this.#font.className = "probe probe-font";
    this.node.append(this.#font);
    this.node.addEventListener("transitionend", changed);
    const canvas = document.createElement("canvas");
    canvas.width = 1;
    canvas.height = 1;
    this.#context = canvas.getContext("2d", { willReadFrequently: true })!;
  }

  read(): Theme {
    const colors = {} as Record<ThemeColor, Packed>;
    for (const [name, probe] of this.#probes) colors[name] = this.#resolve(getComputedStyle(probe).color);
    const font = getComputedStyle(this.#font);
    return {
      colors,
      dark: isDark(colors.background),
      rowHeight: Math.max(8, Number.parseFloat(font.lineHeight) || 18),
      fontSize: Math.max(6, Number.parseFloat(font.fontSize) || 12),
      fontFamily: font.fontFamily || "sans-serif",
    };
  }

  /** Any colour that CSS knows, as a canvas paints it. */
  #resolve(color: string): Packed {
    const context = this.#context;
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = "#888";
    context.fillStyle = color;
    context.fillRect(0, 0, 1, 1);
    const [red, green, blue] = context.getImageData(0, 0, 1, 1).data;
    return pack(red!, green!, blue!);
  }
}

function isDark(background: Packed): boolean {
  return (background & 255) + ((background >> 8) & 255) + ((background >> 16) & 255) < 384;
}
