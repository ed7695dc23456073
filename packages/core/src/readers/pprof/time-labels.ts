import { FORMAT, LabelField } from "../../codec/pprof-schema.ts";
import { ProtobufReader, WireType } from "../../codec/protobuf.ts";

/** Recognises the time among a sample's labels, so that a million times do not become a million label sets. */
export class TimeLabels {
  readonly #key: number;
  readonly #origin: bigint;

  /** `key`: index of `TIME_LABEL` in the string table; `origin`: what times count from. */
  constructor(key: number, origin: bigint) {
    this.#key = key;
    this.#origin = origin;
  }

  /** The time that the label message says, or undefined where it is another label. */
  read(bytes: Uint8Array, start: number, end: number): number | undefined {
    const label = new ProtobufReader(bytes, start, end, FORMAT);
    let key = 0;
    let time: bigint | undefined;
    while (label.next()) {
      if (label.wire !== WireType.varint) label.skip();
      else if (label.field === LabelField.key) {
        key = label.unsigned();
        if (key !== this.#key) return undefined;
      } else if (label.field === LabelField.num) time = label.bigSigned();
      else label.skip();
    }
    return key === this.#key && time !== undefined ? Number(time - this.#origin) : undefined;
  }
}
