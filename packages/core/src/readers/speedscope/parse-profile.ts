import { JsonKeys, type JsonReader, NumberColumn } from "../../codec/json.ts";
import { type JsonRows, RowLayout } from "../../codec/json-rows.ts";
import type { FoundStacks } from "../../kernel/json-kernel.ts";
import type { Notes } from "../../model/notes.ts";
import { grown } from "../../util/growable.ts";
import { EventStack } from "./events.ts";
import { isIndex, NO_STACK, type PendingSamples } from "./pending.ts";

/** One entry of `profiles`, with its samples in {@link PendingSamples}. */
export interface ProfileEntry {
  name: string;
  unit: string;
  /** NaN where missing. */
  startValue: number;
  endValue: number;
  /** Its samples: rows `first` to `end` of the pending samples. */
  readonly first: number;
  end: number;
  readonly offset: number;
}

const KEYS = new JsonKeys("type", "name", "unit", "startValue", "endValue", "events", "samples", "weights");
/** The same for many events at once. */
const EVENT_LAYOUT = new RowLayout(["type", "letter"], ["frame", "number"], ["at", "number"]);
const EVENT_KEYS = new JsonKeys("type", "frame", "at");
const OPEN = 0x4f;
const CLOSE = 0x43;

/** Reads one profile, keys in any order: stacks, weights and events go to the columns as they come. */
export class ProfileParser {
  readonly #json: JsonReader;
  readonly #notes: Notes;
  readonly #samples: PendingSamples;
  /** The stack being read. */
  readonly #path: NumberColumn = new NumberColumn();

  constructor(json: JsonReader, samples: PendingSamples, notes: Notes) {
    this.#json = json;
    this.#samples = samples;
    this.#notes = notes;
  }

  /**
   * The next value is the profile. `entries` gets it at once, so that a file that ends in its middle keeps it;
   * the samples of an entry are complete when this returns, or throws.
   */
  async parse(entries: ProfileEntry[]): Promise<void> {
    const json = this.#json;
    const offset = json.offset;
    await json.take(() => json.enterObject());
    const first = this.#samples.length;
    const entry: ProfileEntry = {
      name: "",
      unit: "none",
      startValue: Number.NaN,
      endValue: Number.NaN,
      first,
      end: first,
      offset,
    };
    entries.push(entry);
    const events = new EventStack(this.#samples, this.#notes);
    const stacks = new NumberColumn();
    const weights = new NumberColumn();
    const seen = { weights: false };
    let complete = false;
    try {
      await this.#members(entry, events, stacks, weights, seen);
      complete = true;
    } finally {
      // In a file that is cut off, what happened until `endValue` is not known.
      const lasts = complete && entry.endValue > events.last;
      events.finish(lasts ? entry.endValue : events.last, json.offset);
      this.#addSampled(entry, stacks, weights, seen.weights);
      entry.end = this.#samples.length;
    }
  }

  async #members(
    entry: ProfileEntry,
    events: EventStack,
    stacks: NumberColumn,
    weights: NumberColumn,
    seen: { weights: boolean },
  ): Promise<void> {
    const json = this.#json;
    for (;;) {
      const key = await json.take(() => json.nextKey(KEYS));
      if (key === undefined) return;
      if (key === "samples") await this.#stacks(stacks);
      else if (key === "weights") {
        seen.weights = true;
        await json.numbers(weights);
      } else if (key === "events") await this.#events(events);
      else if (key === "name") entry.name = await json.take(() => json.text());
      else if (key === "unit") entry.unit = await json.take(() => json.text());
      else if (key === "startValue") entry.startValue = await json.take(() => json.number());
      else if (key === "endValue") entry.endValue = await json.take(() => json.number());
      else await json.skip();
    }
  }

  /** `[[0, 1, 2], [0, 1], …]`: stacks of frame indices, root first. */
  async #stacks(into: NumberColumn): Promise<void> {
    const json = this.#json;
    const samples = this.#samples;
    let rows = new Int32Array(0);
    const many = ({ values, ends, shared }: FoundStacks, offset: (list: number) => number): void => {
      rows = grown(rows, ends.length);
      for (let list = 0, start = 0; list < ends.length; list++) {
        const end = ends[list]!;
        rows[list] = samples.stackBehind(shared[list]!, values, start, end - start, offset(list));
        start = end;
      }
      into.append(rows.subarray(0, ends.length));
      samples.stacks.expect(json.expected(samples.stacks.length));
    };
    await json.stacks(many, () => {
      json.peek();
      const { offset } = json;
      json.numbersWithin(this.#path);
      const row = samples.stackOf(this.#path.flat(), offset);
      if (row === NO_STACK) throw json.fail("A stack names a frame by what is no index", offset);
      into.push(row);
    });
  }

  /** `[{"type": "O", "frame": 0, "at": 12}, …]` */
  async #events(stack: EventStack): Promise<void> {
    const json = this.#json;
    const many = (rows: JsonRows): void => {
      for (let row = 0; row < rows.length; row++) {
        const frame = rows.number(row, 1, -1);
        this.#event(stack, rows.letter(row, 0), frame, rows.number(row, 2, Number.NaN), rows.offset(row));
      }
      this.#samples.stacks.expect(json.expected(this.#samples.stacks.length));
    };
    await json.rows(EVENT_LAYOUT, many, () => {
      json.peek();
      const { offset } = json;
      json.enterObject();
      let type = 0;
      let frame = -1;
      let at = Number.NaN;
      for (let key = json.nextKey(EVENT_KEYS); key !== undefined; key = json.nextKey(EVENT_KEYS)) {
        if (key === "type") {
          json.string();
          type = json.spanEnd - json.spanStart === 1 ? json.spanBytes[json.spanStart]! : 0;
        } else if (key === "frame") frame = json.number();
        else if (key === "at") at = json.number();
        else json.skipValue();
      }
      this.#event(stack, type, frame, at, offset);
    });
  }

  #event(stack: EventStack, type: number, frame: number, at: number, offset: number): void {
    if (Number.isFinite(at) && isIndex(frame) && (type === OPEN || type === CLOSE)) {
      if (type === OPEN) stack.open(frame, at, offset);
      else stack.close(frame, at, offset);
    } else {
      this.#notes.add(
        "skipped",
        "bad-event",
        "An event has no type O or C, no frame or no place on the axis; it was left out.",
        { offset },
      );
    }
  }

  /** Joins stacks and weights to samples, each where the one before ends. */
  #addSampled(entry: ProfileEntry, stacks: NumberColumn, weights: NumberColumn, weighed: boolean): void {
    const place = { offset: entry.offset };
    const { startValue, endValue } = entry;
    let even = 1;
    if (stacks.length > 0 && !weighed) {
      // Also where the file was cut off between samples and weights.
      if (endValue > startValue) even = (endValue - startValue) / stacks.length;
      this.#notes.add(
        "approximated",
        "no-weights",
        "A sampled profile has no weights; its samples share its whole range evenly.",
        place,
      );
    } else if (stacks.length !== weights.length) {
      this.#notes.add(
        "skipped",
        "weights-mismatch",
        "A sampled profile has more samples than weights or more weights than samples; the rest was left out.",
        place,
        Math.abs(stacks.length - weights.length),
      );
    }
    let at = Number.isFinite(startValue) ? startValue : 0;
    const count = weighed ? Math.min(stacks.length, weights.length) : stacks.length;
    for (let i = 0; i < count; i++) {
      const weight = weighed ? weights.at(i) : even;
      if (!Number.isFinite(weight)) {
        this.#notes.add(
          "skipped",
          "not-finite",
          "A sample whose weight is not a finite number was left out.",
          place,
        );
        continue;
      }
      this.#samples.add(stacks.at(i), at, weight);
      at += weight;
    }
  }
}
