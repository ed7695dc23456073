import { type XmlHandler, xmlAttribute } from "../../codec/xml.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Thread } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { decodeUtf8, encodeUtf8 } from "../../util/platform.ts";
import { beginFrame, binaryOf, type FrameParts, frameRow, lineOf } from "./frames.ts";

/** Elements within elements; Instruments nests eight deep. */
const MAX_DEPTH = 256;

/** What an element turned out to be: a number, a text, a row or a label set of the builder, an image. */
type Value = number | string | ReturnType<typeof binaryOf>;

/** An element that is open. */
interface Element {
  readonly name: string;
  readonly id: string | undefined;
  readonly format: string;
  /** What it refers to, if it does. */
  value: Value | undefined;
  text: string;
  frame: FrameParts | undefined;
  /** Of a backtrace: rows, leaf first. */
  frames: number[] | undefined;
}

/** What a weight counts, by its element. */
const WEIGHTS: ReadonlyMap<string, readonly [name: string, unit: string]> = new Map([
  ["weight", ["time", "nanoseconds"]],
  ["cycle-weight", ["cycles", "count"]],
]);

/** Elements that a sample is made of; others (process, core …) are passed over. */
const USED: ReadonlySet<string> = new Set([
  ...["sample-time", "thread", "thread-state", "weight", "cycle-weight"],
  ...["backtrace", "tagged-backtrace", "frame", "binary", "path"],
]);

/**
 * Makes samples of rows. Any element stands whole the first time, with an id, and is only referred to afterwards:
 *
 * ```
 * <row><sample-time id="1">52360000</sample-time><thread id="2" fmt="main  0x3c606d (app, pid: 21)">…</thread>
 *      <weight id="9">1000000</weight><backtrace id="10"><frame id="11" name="f" addr="0x10"/>…</backtrace></row>
 * <row><sample-time id="5">53362583</sample-time><thread ref="2"/><weight ref="9"/><backtrace ref="10"/></row>
 * ```
 */
export class Rows implements XmlHandler {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #open: Element[] = [];
  /** By element and id, so that a number of one kind never passes for another's. */
  readonly #known = new Map<string, Map<string, Value>>();
  /** Of the running row, by element; undefined outside of rows. */
  #row: Map<string, Value> | undefined;
  #rowDepth = 0;
  #last = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  open(name: string, attributes: string): void {
    if (this.#open.length >= MAX_DEPTH) {
      throw new FlambeauError("malformed", "the XML is nested too deep", { format: "xctrace-xml" });
    }
    if (name === "row") {
      this.#row = new Map();
      this.#rowDepth = this.#open.length;
    }
    const element: Element = {
      name,
      id: xmlAttribute(attributes, "id"),
      format: name === "thread" || name === "thread-state" ? (xmlAttribute(attributes, "fmt") ?? "") : "",
      value: undefined,
      text: "",
      frame: undefined,
      frames: undefined,
    };
    const reference = element.id === undefined ? xmlAttribute(attributes, "ref") : undefined;
    if (reference !== undefined) {
      element.value = this.#known.get(name)?.get(reference);
      if (element.value === undefined && USED.has(name) && this.#row !== undefined) this.#missing();
    } else if (name === "frame") element.frame = beginFrame(attributes);
    else if (name === "backtrace") element.frames = [];
    else if (name === "binary") element.value = binaryOf(attributes);
    else if (name === "source") element.value = lineOf(attributes);
    this.#open.push(element);
  }

  text(text: string): void {
    const element = this.#open.at(-1);
    if (element !== undefined) element.text += text;
  }

  close(name: string): void {
    const element = this.#closed(name);
    if (element === undefined) return;
    if (this.#row === undefined) return;
    if (name === "row" && this.#open.length === this.#rowDepth) {
      this.#endRow(this.#row);
      this.#row = undefined;
      return;
    }
    element.value ??= this.#valueOf(element);
    if (element.value === undefined) return;
    if (element.id !== undefined) this.#remember(name, element.id, element.value);
    this.#handUp(element);
  }

  /** The open element of that name, off the list with all that is open inside it; undefined: there is none. */
  #closed(name: string): Element | undefined {
    if (this.#open.at(-1)?.name !== name) {
      const at = this.#open.findLastIndex((element) => element.name === name);
      if (at < 0) return undefined;
      this.#open.length = at + 1;
    }
    return this.#open.pop();
  }

  #remember(name: string, id: string, value: Value): void {
    let known = this.#known.get(name);
    if (known === undefined) {
      known = new Map();
      this.#known.set(name, known);
    }
    known.set(copied(id), value);
  }

  /** What an element that stands whole is. */
  #valueOf(element: Element): Value | undefined {
    switch (element.name) {
      case "sample-time":
      case "weight":
      case "cycle-weight":
      case "tid":
      case "pid":
        return number(element.text);
      case "thread-state":
        return this.#stateOf(element);
      case "path":
        return copied(element.text);
      case "frame":
        return element.frame === undefined ? undefined : frameRow(element.frame, this.#into);
      case "backtrace": {
        const { frames } = element;
        if (frames === undefined) return undefined;
        let stack = -1;
        for (let i = frames.length - 1; i >= 0; i--) stack = this.#into.stack(stack, frames[i]!);
        return stack;
      }
      case "thread":
        return element.id === undefined ? undefined : this.#into.thread(threadOf(element));
      default:
        return undefined;
    }
  }

  /** The label set of a thread's state. */
  #stateOf({ format, text }: Element): number | undefined {
    const value = copied(format || text.trim());
    return value === "" ? undefined : this.#into.labelSet([{ key: "state", value }]);
  }

  /** Gives a finished element to what it stands in. */
  #handUp({ name, value }: Element): void {
    const parent = this.#open.at(-1);
    const frame = this.#frameAbove();
    if (name === "frame" && typeof value === "number") parent?.frames?.push(value);
    else if (name === "binary" && typeof value === "object" && frame !== undefined) frame.binary = value;
    else if (name === "source" && typeof value === "number" && frame !== undefined) frame.line = value;
    else if (name === "path" && typeof value === "string" && frame !== undefined) frame.path = value;
    else if (name === "tid" && parent?.name === "thread" && typeof value === "number")
      parent.text = `${value}`;
    else if (name === "backtrace" || this.#open.length === this.#rowDepth + 1) this.#row!.set(name, value!);
    if (name === "backtrace" && parent?.name === "tagged-backtrace") parent.value = value;
  }

  /** The frame that the open element is, or is the source of. */
  #frameAbove(): FrameParts | undefined {
    return this.#open.at(-1)?.frame ?? this.#open.at(-2)?.frame;
  }

  #endRow(row: ReadonlyMap<string, Value>): void {
    const stack = row.get("backtrace") ?? row.get("tagged-backtrace");
    const weightName = [...WEIGHTS.keys()].find((name) => row.has(name));
    if (typeof stack !== "number" && weightName === undefined) {
      const message = "a row of a table has no backtrace: it was passed over";
      this.#notes.add("information", "no-backtrace", message);
      return;
    }
    const samples = this.#into.valueType("samples", "count");
    const weights = [];
    weights[samples] = 1;
    if (weightName !== undefined) {
      const type = this.#into.valueType(...WEIGHTS.get(weightName)!);
      weights[type] = Number(row.get(weightName));
      this.#into.meta.defaultValueType = type;
    }
    this.#into.sample(
      typeof stack === "number" ? stack : -1,
      Array.from(weights, (weight) => weight ?? 0),
      this.#details(row),
    );
  }

  #details(row: ReadonlyMap<string, Value>): { time?: number; thread?: number; labels?: number } {
    const [time, thread, state] = [row.get("sample-time"), row.get("thread"), row.get("thread-state")];
    if (typeof time === "number") {
      this.#last = Math.max(this.#last, time);
      this.#into.meta.duration = this.#last;
    }
    return {
      ...(typeof time === "number" ? { time } : {}),
      ...(typeof thread === "number" ? { thread } : {}),
      ...(typeof state === "number" ? { labels: state } : {}),
    };
  }

  #missing(): void {
    const message = "an element refers to one that has not come: it was skipped";
    this.#notes.add("skipped", "missing-reference", message);
  }
}

/** A text of its own: a part of the document would keep the whole piece that it was read with in memory. */
function copied(text: string): string {
  return text.length < 13 ? text : decodeUtf8(encodeUtf8(text));
}

function number(text: string): number | undefined {
  const plain = text.trim();
  return /^-?\d{1,17}$/.test(plain) ? Number(plain) : undefined;
}

/** `main  0x3c606d (app, pid: 21790)`; the thread's number stands inside the element. */
function threadOf({ format, text }: Element): Thread {
  const match = /^(.*?)\s*0x[0-9a-fA-F]+\s*\((.*), pid: (\d{1,15})\)$/.exec(format);
  const tid = number(text);
  const id = tid === undefined ? {} : { tid };
  if (match === null) return { name: format, ...id };
  return { name: match[1]!, process: match[2]!, pid: Number(match[3]), ...id };
}
