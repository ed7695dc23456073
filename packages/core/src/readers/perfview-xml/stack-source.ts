import { NumberColumn } from "../../codec/json.ts";
import { type XmlHandler, xmlAttribute } from "../../codec/xml.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

/** Times beyond this many milliseconds are no measurement. */
const MAX_MILLISECONDS = 1e12;

/** A stack that was not looked at yet, and one whose callers are being looked for. */
const UNKNOWN = -2;
const ON_PATH = -3;

/** Frames, stacks and samples by number, as they come; put together at the end. */
export class StackSource implements XmlHandler {
  /** True once the root element of such a file was seen. */
  found = false;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  /** Row of the builder's frames by id. */
  readonly #frames = new Map<number, number>();
  /** Row in the columns by id. */
  readonly #stackIds = new Map<number, number>();
  readonly #caller = new NumberColumn();
  readonly #frame = new NumberColumn();
  readonly #sampleStack = new NumberColumn();
  readonly #time = new NumberColumn();
  readonly #metric = new NumberColumn();
  /** Id and text of the frame whose element is open. */
  #open = Number.NaN;
  #text = "";

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  get samples(): number {
    return this.#sampleStack.length;
  }

  open(name: string, attributes: string): void {
    const number = (key: string): number => numberOf(xmlAttribute(attributes, key));
    if (name === "StackSource" || name === "StackWindow") this.found = true;
    else if (name === "Frame") {
      this.#open = number("ID");
      this.#text = "";
    } else if (name === "Stack") {
      const id = number("ID");
      if (this.#stackIds.has(id)) return;
      this.#stackIds.set(id, this.#caller.length);
      this.#caller.push(number("CallerID"));
      this.#frame.push(number("FrameID"));
    } else if (name === "Sample") {
      this.#sampleStack.push(number("StackID"));
      this.#time.push(number("Time"));
      // A metric of 1 is not written.
      const metric = xmlAttribute(attributes, "Metric");
      this.#metric.push(metric === undefined ? 1 : numberOf(metric));
    }
  }

  text(text: string): void {
    this.#text += text;
  }

  close(name: string): void {
    if (name !== "Frame" || Number.isNaN(this.#open)) return;
    this.#frames.set(this.#open, this.#frameOf(this.#text.trim()));
    this.#open = Number.NaN;
  }

  /** Adds the samples, now that all stacks are known. */
  end(): void {
    const into = this.#into;
    into.valueType("samples", "count");
    into.meta.defaultValueType = into.valueType("metric", "count");
    into.meta.observations = this.samples;
    const stacks = new Int32Array(this.#caller.length).fill(UNKNOWN);
    for (let row = 0; row < this.samples; row++) {
      const metric = this.#metric.at(row);
      if (!Number.isFinite(metric)) {
        this.#notes.add("skipped", "not-finite", "A metric that is not a finite number was left out.");
      }
      const time = this.#time.at(row);
      const stack = this.#stackOf(this.#sampleStack.at(row), stacks);
      into.sample(stack, [1, Number.isFinite(metric) ? metric : 0], {
        time: Math.abs(time) < MAX_MILLISECONDS ? Math.round(time * 1e6) : Number.NaN,
      });
    }
  }

  /** `module!function` in its parts; `?!?` and pseudo-frames stay as they are. */
  #frameOf(text: string): number {
    const into = this.#into;
    const [, module, name] = /^([^\s!?]+)!(\S.*)$/s.exec(text) ?? [];
    if (module === undefined) return into.frameNamed(text || "[unknown]");
    return into.frame({ name: into.string(name!), mapping: into.mapping({ path: module }) });
  }

  /** Row of the builder's stacks; a caller that is missing or calls itself ends the stack there. */
  #stackOf(id: number, stacks: Int32Array): number {
    const known = this.#stackIds.get(id);
    if (known !== undefined && stacks[known]! >= -1) return stacks[known]!;
    const path: number[] = [];
    let stack = -1;
    for (let at = id; at !== -1; ) {
      const row = this.#stackIds.get(at);
      if (row === undefined || stacks[row] === ON_PATH) {
        this.#notes.add(
          "approximated",
          "missing-stack",
          "A stack names a caller that is not there, or itself; it was cut.",
        );
        break;
      }
      if (stacks[row] !== UNKNOWN) {
        stack = stacks[row]!;
        break;
      }
      stacks[row] = ON_PATH;
      path.push(row);
      at = this.#caller.at(row);
    }
    for (let i = path.length - 1; i >= 0; i--) {
      const row = path[i]!;
      stack = this.#into.stack(stack, this.#frameRow(this.#frame.at(row)));
      stacks[row] = stack;
    }
    return stack;
  }

  #frameRow(id: number): number {
    const frame = this.#frames.get(id);
    if (frame !== undefined) return frame;
    this.#notes.add("approximated", "missing-frame", "A stack names a frame that is not in the file.");
    return this.#into.frameNamed("[unknown]");
  }
}

/** Numbers are written as .NET writes them; NaN where there is none. */
function numberOf(text: string | undefined): number {
  if (text === undefined) return Number.NaN;
  const number = text.includes(",") ? Number(text.replaceAll(",", "")) : Number(text);
  return number === 0 && text.trim() === "" ? Number.NaN : number;
}
