/** Cuts labels to the width they have, by the real widths of the font's characters. */
export class LabelFitter {
  readonly #context: CanvasRenderingContext2D | null;
  readonly #widths = new Map<string, number>();
  readonly #fallback: number;
  readonly #truncate: "left" | "right";

  constructor(svg: SVGSVGElement, fontSize: number, fontWidth: number, truncate: "left" | "right") {
    const canvas = document.createElementNS("http://www.w3.org/1999/xhtml", "canvas") as HTMLCanvasElement;
    this.#context = canvas.getContext?.("2d") ?? null;
    if (this.#context !== null) this.#context.font = `${fontSize}px ${getComputedStyle(svg).fontFamily}`;
    this.#fallback = fontSize * fontWidth;
    this.#truncate = truncate;
  }

  width(text: string): number {
    let sum = 0;
    for (const character of text) sum += this.#width(character);
    return sum;
  }

  /** What fits of `text` into `room` pixels, with two dots where it is cut; at least one character or nothing. */
  fit(text: string, room: number): string {
    const dots = 2 * this.#width(".");
    if (room < dots + this.#width("i")) return "";
    const right = this.#truncate === "right";
    const characters =
      right || text.length < 4096 ? Array.from(text.slice(0, 4096)) : Array.from(text.slice(-4096));
    if (!right) characters.reverse();
    let sum = 0;
    let kept = 0;
    for (const [index, character] of characters.entries()) {
      sum += this.#width(character);
      if (sum + dots <= room) kept = index + 1;
      if (sum > room) {
        const part = characters.slice(0, kept);
        if (kept === 0) return "";
        return right ? `${part.join("")}..` : `..${part.reverse().join("")}`;
      }
    }
    return text;
  }

  #width(character: string): number {
    let width = this.#widths.get(character);
    if (width === undefined) {
      width = this.#context?.measureText(character).width ?? this.#fallback;
      this.#widths.set(character, width);
    }
    return width;
  }
}
