import { FORMAT, LabelField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import { ByteRangeInterner } from "./byte-ranges.ts";
import type { Strings } from "./tables.ts";
import type { ThreadKeys } from "./thread-keys.ts";

/** Rows of the profile for each set of label fields that the samples have. */
export interface LabelRows {
  /** Label set id per set. */
  readonly labels: Int32Array;
  /** Thread per set, or undefined where the file does not write threads as labels. */
  readonly thread: Int32Array | undefined;
}

/** Decodes the distinct label sets; each distinct label is decoded once and shared. */
export class LabelDecoder {
  readonly #strings: Strings;
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #messages: ByteRangeInterner;
  readonly #labels: Label[] = [];
  readonly #threadKeys: ThreadKeys | undefined;

  constructor(
    bytes: Uint8Array,
    strings: Strings,
    threadKeys: ThreadKeys | undefined,
    into: ProfileBuilder,
    notes: Notes,
  ) {
    this.#messages = new ByteRangeInterner(bytes);
    this.#strings = strings;
    this.#threadKeys = threadKeys;
    this.#into = into;
    this.#notes = notes;
  }

  /** `sets`: ranges of whole label fields, tags included. */
  decode(bytes: Uint8Array, sets: ByteRangeInterner): LabelRows {
    const labels = new Int32Array(sets.length);
    const thread = this.#threadKeys === undefined ? undefined : new Int32Array(sets.length).fill(-1);
    for (let set = 0; set < sets.length; set++) {
      const all = this.#set(bytes, sets.start(set), sets.end(set));
      const split = this.#threadKeys?.split(all);
      if (thread !== undefined && split?.thread !== undefined) thread[set] = this.#into.thread(split.thread);
      labels[set] = this.#into.labelSet(split?.labels ?? all);
    }
    return { labels, thread };
  }

  #set(bytes: Uint8Array, start: number, end: number): Label[] {
    const labels: Label[] = [];
    const fields = new ProtobufReader(bytes, start, end, FORMAT);
    try {
      while (fields.next()) {
        const length = fields.length();
        const number = this.#messages.add(fields.at, fields.at + length);
        if (number === this.#labels.length)
          this.#labels.push(this.#label(bytes, fields.at, fields.at + length));
        labels.push(this.#labels[number]!);
        fields.at += length;
      }
    } catch (error) {
      if (!(error instanceof FlambeauError)) throw error;
      this.#notes.add("skipped", "malformed-label", "A label is no sound protobuf message; it was skipped.", {
        offset: error.offset ?? start,
      });
      // A message that cannot be decoded has a number but no label: the empty label keeps the two in step.
      while (this.#labels.length < this.#messages.length) this.#labels.push({ key: "", value: "" });
    }
    return labels;
  }

  #label(bytes: Uint8Array, start: number, end: number): Label {
    const message = new ProtobufReader(bytes, start, end, FORMAT);
    let key = 0;
    let text = 0;
    let number = 0;
    let unit = 0;
    let hasNumber = false;
    while (message.next()) {
      if (message.wire !== WireType.varint) {
        message.skip();
        continue;
      }
      const value = message.signed();
      if (message.field === LabelField.key) key = value;
      else if (message.field === LabelField.str) text = value;
      else if (message.field === LabelField.num) {
        number = value;
        hasNumber = true;
        if (message.inexact) this.#noteInexact(message.tagAt);
      } else if (message.field === LabelField.numUnit) unit = value;
    }
    const name = this.#strings.text(key);
    if (text !== 0 || (!hasNumber && unit === 0)) return { key: name, value: this.#strings.text(text) };
    const unitText = this.#strings.text(unit);
    return unitText === "" ? { key: name, value: number } : { key: name, value: number, unit: unitText };
  }

  #noteInexact(offset: number): void {
    this.#notes.add(
      "approximated",
      "label-beyond-double",
      "A numeric label beyond 2^53 was rounded to the nearest double.",
      { offset },
    );
  }
}
