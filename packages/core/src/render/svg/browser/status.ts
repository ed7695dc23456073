import type { Config } from "./config.ts";
import type { LabelFitter } from "./text.ts";
import { bar, element, setVisible } from "./toolbar.ts";

/** The lowest line: what the pointer is on, and how much a search matched. It stays in view of a high picture. */
export class Status {
  readonly #svg: SVGSVGElement;
  readonly #config: Config;
  readonly #group: SVGGElement;
  readonly #bar: SVGRectElement;
  readonly #details: SVGTextElement;
  readonly #matched: SVGTextElement;
  readonly #fitter: LabelFitter;
  #name = "";
  #amount = "";
  #rows: number;
  #lifted = false;
  #tools: SVGGElement | undefined;

  constructor(svg: SVGSVGElement, config: Config, fitter: LabelFitter) {
    this.#svg = svg;
    this.#config = config;
    this.#fitter = fitter;
    this.#rows = config.layers[0]?.rows ?? 0;
    const { details: y, pad, width, fontSize } = config;
    this.#group = element("g", { id: "status" });
    this.#bar = bar(y - fontSize - 4, width, 2 * fontSize + 4);
    this.#details = element("text", { id: "details", class: "u", x: String(pad), y: String(y) }, "");
    this.#matched = element(
      "text",
      {
        id: "matched",
        class: "u",
        x: String(width - pad),
        y: String(y),
        "text-anchor": "end",
        role: "status",
      },
      "",
    );
    this.#group.append(this.#bar, this.#details, this.#matched);
    svg.append(this.#group);
  }

  /** What the pointer or the focus is on: its name, which is cut where there is no room, and the rest. */
  details(name: string, amount: string): void {
    this.#name = name;
    this.#amount = amount;
    this.#showDetails();
  }

  /** The result of a search, or what is wrong with the pattern. */
  matched(text: string, isError: boolean): void {
    this.#matched.textContent = text;
    this.#matched.classList.toggle("e", isError);
    this.#showDetails();
  }

  step(number: number, count: number): void {
    const text = (this.#matched.textContent ?? "").replace(/^\d+ of \d+\. /, "");
    this.#matched.textContent = `${number} of ${count}. ${text}`;
    this.#showDetails();
  }

  /** Both texts share a line. */
  #showDetails(): void {
    const { width, pad } = this.#config;
    const matched = this.#matched.textContent ?? "";
    const taken = matched === "" ? 0 : this.#fitter.width(matched) + pad;
    const room = width - 2 * pad - taken - this.#fitter.width(this.#amount);
    this.#details.textContent = this.#fitter.fit(this.#name, room) + this.#amount;
    this.#showBar();
  }

  /** Another layer has another number of rows: the picture's height and all below the frames move. */
  resize(rows: number): void {
    this.#rows = rows;
    const shift = this.#shift();
    const height = this.#config.details + this.#config.fontSize + shift;
    this.#svg.setAttribute("height", String(height));
    this.#svg.setAttribute("viewBox", `0 0 ${this.#config.width} ${height}`);
    this.#svg.querySelector("#foot")?.setAttribute("transform", `translate(0 ${shift})`);
    this.#settle();
  }

  /** Keeps toolbar and status line in view where the picture is higher than the window. */
  follow(tools: SVGGElement): void {
    this.#tools = tools;
    addEventListener("scroll", () => this.#settle(), { passive: true });
    addEventListener("resize", () => this.#settle());
    this.#settle();
  }

  /** The strip behind the text: only where there is text, and frames under it. */
  #showBar(): void {
    setVisible(this.#bar, this.#lifted && `${this.#details.textContent}${this.#matched.textContent}` !== "");
  }

  #shift(): number {
    return (this.#rows - (this.#config.layers[0]?.rows ?? 0)) * this.#config.rowHeight;
  }

  #settle(): void {
    const { fontSize, details, toolbar } = this.#config;
    const matrix = this.#svg.getScreenCTM();
    if (matrix === null || matrix.d === 0) return;
    const windowTop = -matrix.f / matrix.d;
    const windowBottom = windowTop + innerHeight / matrix.d;
    const down = this.#shift();
    const bottom = details + fontSize + down;
    const lift = Math.min(0, Math.max(windowBottom - bottom, -(bottom - this.#config.top)));
    this.#group.setAttribute("transform", `translate(0 ${down + lift})`);
    this.#lifted = lift < 0;
    this.#showBar();
    const drop = Math.max(0, windowTop - (toolbar - fontSize - 2));
    this.#tools?.setAttribute("transform", `translate(0 ${drop})`);
    const strip = this.#tools?.querySelector<SVGRectElement>(".bar");
    if (strip) setVisible(strip, drop > 0);
  }
}
