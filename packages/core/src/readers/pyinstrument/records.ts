import type { JsonReader } from "../../codec/json.ts";
import { textOr } from "../../codec/json-text.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { Identifiers } from "./identifier.ts";

/** The samples of a saved session: `[["outermost", …, "innermost"], seconds]`, one after another. */
export class Records {
  length = 0;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #names: Identifiers;
  /** Seconds since the start. */
  #time = 0;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
    this.#names = new Identifiers(into);
  }

  async parse(json: JsonReader): Promise<void> {
    await json.elements(() => {
      this.#record(json);
    });
  }

  #record(json: JsonReader): void {
    const offset = json.offset;
    let stack = -1;
    let thread = -1;
    let seconds = Number.NaN;
    json.enterArray();
    for (let at = 0; json.nextElement(); at++) {
      if (at === 0 && json.peek() === 0x5b) {
        json.enterArray();
        while (json.nextElement()) {
          const found = this.#names.of(textOr(json));
          if (found.frame >= 0) stack = this.#into.stack(stack, found.frame);
          else thread = found.thread;
        }
      } else if (at === 1) seconds = json.numberOr(Number.NaN);
      else json.skipValue();
    }
    if (!(seconds >= 0 && seconds < 1e9)) {
      this.#notes.add("skipped", "bad-record", "A record has no usable time; it was left out.", { offset });
      return;
    }
    const time = Math.round(this.#time * 1e9);
    this.#time += seconds;
    this.length++;
    this.#into.sampleOf(stack, 0, Math.round(this.#time * 1e9) - time, { time, thread });
  }
}
