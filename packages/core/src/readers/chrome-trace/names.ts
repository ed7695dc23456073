import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { grown } from "../../util/growable.ts";

/** How an event's name is written: as it is, or with the place of a function of Python within it. */
export const NameStyle = { plain: 0, kineto: 1, viztracer: 2, pySpy: 3 } as const;

const ARGUMENTS = new JsonKeys(
  "detail",
  "name",
  "url",
  "filename",
  "line",
  "column",
  "category",
  "allocatedCategory",
);

const MAX_LINE = 0x7fffffff;

/** The frames of events, found by their names; and for each frame the name by which an end event may call it. */
export class EventFrames {
  readonly #json: JsonReader;
  readonly #builder: ProfileBuilder;
  /** By style, frame row + 1 of each string id. */
  readonly #known: Int32Array[] = [0, 1, 2, 3].map(() => new Int32Array(1024));
  #nameOf: Int32Array = new Int32Array(1024);

  constructor(json: JsonReader, builder: ProfileBuilder) {
    this.#json = json;
    this.#builder = builder;
  }

  /** String id of the event's name that a frame stands for. */
  nameOf(frame: number): number {
    return this.#nameOf[frame] ?? 0;
  }

  /** The frame of an event that is only a name. */
  named(name: number, style: number): number {
    const known = grown(this.#known[style]!, name + 1);
    this.#known[style] = known;
    if (known[name] === 0) known[name] = this.#make(name, style) + 1;
    return known[name]! - 1;
  }

  #make(name: number, style: number): number {
    const builder = this.#builder;
    if (name === 0) return this.#remember(builder.frameNamed("(unnamed)"), 0);
    const inName = style === NameStyle.kineto || style === NameStyle.viztracer;
    const place = inName ? pythonPlace(builder.text(name), style) : undefined;
    if (place === undefined) return this.#remember(builder.frame({ name }), name);
    const file = builder.string(place.file);
    return this.#remember(
      builder.frame({ name: builder.string(place.name), file, line: position(place.line) }),
      name,
    );
  }

  #remember(frame: number, name: number): number {
    this.#nameOf = grown(this.#nameOf, frame + 1);
    this.#nameOf[frame] = name;
    return frame;
  }

  /**
   * The frame of an event with arguments (the object at `offset`): clang's `detail`, which says what was compiled,
   * becomes part of the name; Hermes' and py-spy's file and line the frame's. Undefined: the arguments say nothing about it.
   */
  fromArguments(offset: number, name: number, style: number): number | undefined {
    const json = this.#json;
    let frame: number | undefined;
    json.revisit(offset, () => {
      frame = this.#telling(name, style);
    });
    return frame;
  }

  /** The frame of an event of our own writer: its category is the place, `x.c:3:0`, or a file alone. */
  placed(name: number, category: string): number {
    const [, file, line, column] = /^(.*):(\d{1,10}):(\d{1,10})$/s.exec(category) ?? [];
    const builder = this.#builder;
    return this.#remember(
      builder.frame({
        name: name || builder.string("(unnamed)"),
        file: builder.string(file ?? category),
        line: position(Number(line ?? 0)),
        column: position(Number(column ?? 0)),
      }),
      name,
    );
  }

  #telling(name: number, style: number): number | undefined {
    const json = this.#json;
    const builder = this.#builder;
    let detail = "";
    let file = 0;
    let line = 0;
    let column = 0;
    let placed = style === NameStyle.pySpy;
    json.enterObject();
    for (let key = json.nextKey(ARGUMENTS); key !== undefined; key = json.nextKey(ARGUMENTS)) {
      const text = json.peek() === 0x22;
      if (key === "detail" && text) detail = json.text();
      else if (key === "url" && text) {
        json.string();
        file = builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
      } else if (key === "filename" && text && style === NameStyle.pySpy) file = builder.string(json.text());
      else if (key === "line") line = this.#position();
      else if (key === "column") column = this.#position();
      else {
        json.skipValue();
        if (key === "allocatedCategory") placed = true;
      }
    }
    if (detail !== "") {
      const whole = builder.string(`${builder.text(name)}: ${detail}`);
      return this.#remember(builder.frame({ name: whole }), name);
    }
    if (!placed || (file === 0 && line === 0)) return undefined;
    const known = name || builder.string("(unnamed)");
    return this.#remember(builder.frame({ name: known, file, line, column }), name);
  }

  /** Hermes writes numbers, or numbers as texts, or null. */
  #position(): number {
    const json = this.#json;
    const byte = json.peek();
    if (byte === 0x22) return position(Number(json.text()));
    if (byte === 0x2d || byte === 0x6e || (byte >= 0x30 && byte <= 0x39)) return position(json.number());
    json.skipValue();
    return 0;
  }
}

/** `torch/nn/module.py(1501): _call` (Kineto) or `fib (/tmp/fib.py:4)` (viztracer) in its parts. */
function pythonPlace(
  text: string,
  style: number,
): { readonly name: string; readonly file: string; readonly line: number } | undefined {
  if (style === NameStyle.kineto) {
    const [, file, line, name] = /^(.+)\((\d{1,9})\): (.+)$/s.exec(text) ?? [];
    return file === undefined ? undefined : { file, line: Number(line), name: name! };
  }
  const [, name, file, line] = /^(.+) \((.+):(\d{1,9})\)$/s.exec(text) ?? [];
  return name === undefined ? undefined : { name, file: file!, line: Number(line) };
}

function position(value: number): number {
  return value >= 1 && value <= MAX_LINE ? Math.floor(value) : 0;
}
