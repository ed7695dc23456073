import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";

const SHARED_KEYS = new JsonKeys("frames");
const KEYS = new JsonKeys("name", "file", "line", "col");
const MAX_LINE = 0x7fffffff;

/** `shared.frames`: the builder's frame row for each index. */
export class SharedFrames {
  readonly #json: JsonReader;
  readonly #builder: ProfileBuilder;
  readonly #notes: Notes;
  readonly #rows = new NumberColumn();

  constructor(json: JsonReader, builder: ProfileBuilder, notes: Notes) {
    this.#json = json;
    this.#builder = builder;
    this.#notes = notes;
  }

  get rows(): Int32Array {
    return Int32Array.from(this.#rows.flat());
  }

  /** The next value is `shared`. */
  async parse(): Promise<void> {
    const json = this.#json;
    await json.take(() => json.enterObject());
    for (;;) {
      const key = await json.take(() => json.nextKey(SHARED_KEYS));
      if (key === undefined) return;
      if (key === "frames") await this.#frames();
      else await json.skip();
    }
  }

  async #frames(): Promise<void> {
    const json = this.#json;
    await json.take(() => json.enterArray());
    await json.run(() => {
      if (!json.nextElement()) return false;
      const offset = json.offset;
      let name = 0;
      let file = 0;
      let line = 0;
      let column = 0;
      json.enterObject();
      for (let key = json.nextKey(KEYS); key !== undefined; key = json.nextKey(KEYS)) {
        if (key === "name") name = this.#string();
        else if (key === "file") file = this.#string();
        else if (key === "line") line = position(json.number());
        else if (key === "col") column = position(json.number());
        else json.skipValue();
      }
      if (name === 0) {
        this.#notes.add("approximated", "nameless-frame", "A frame has no name; it is called [unknown].", {
          offset,
        });
        name = this.#builder.string("[unknown]");
      }
      this.#rows.push(this.#builder.frame({ name, file, line, column }));
      return true;
    });
  }

  #string(): number {
    const json = this.#json;
    json.string();
    return this.#builder.stringBytes(json.spanBytes, json.spanStart, json.spanEnd);
  }
}

/** A line or column from 1, or 0 where it is none. */
function position(value: number): number {
  return value >= 1 && value <= MAX_LINE ? Math.floor(value) : 0;
}
