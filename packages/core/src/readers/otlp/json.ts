import type { JsonReader } from "../../codec/json.ts";
import { ProtobufWriter } from "../../codec/protobuf-writer.ts";
import { decodeBase64 } from "../../util/platform.ts";
import { DATA, jsonLayout, type Member, type Message, PROFILE } from "./json-schema.ts";
import type { Layout } from "./layout.ts";

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;
/** Lists within lists of an attribute are cut here. */
const MAX_DEPTH = 24;

/** A message of profiles in protobuf, and the layout that it has. */
export interface Transcoded {
  readonly bytes: Uint8Array;
  readonly layout: Layout;
}

/**
 * OTLP's JSON, written anew as protobuf: names of members become numbers, and what reads one encoding reads both. Names
 * say which layout it is, so that nothing is guessed. Format: https://protobuf.dev/programming-guides/json/, with ids in
 * hexadecimal (https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding).
 */
export class OtlpJson {
  readonly #json: JsonReader;
  readonly #out = new ProtobufWriter();
  /** A row on its way: a step that runs out of input is done twice. */
  readonly #row = new ProtobufWriter();
  #tablesIn: Layout["tablesIn"] = "dictionary";
  #ranges = false;

  constructor(json: JsonReader) {
    this.#json = json;
  }

  /** Reads the next message. The result holds until the next call. */
  async next(): Promise<Transcoded> {
    this.#out.clear();
    this.#tablesIn = "dictionary";
    this.#ranges = false;
    await this.#large(DATA);
    return { bytes: this.#out.view(), layout: jsonLayout(this.#tablesIn, this.#ranges) };
  }

  /** A message that is read member by member. */
  async #large(message: Message): Promise<void> {
    const json = this.#json;
    await json.take(() => json.enterObject());
    for (;;) {
      const key = await json.take(() => json.nextKey(message.keys));
      if (key === undefined) return;
      const member = message.members.get(key);
      if (member === undefined) await json.skip();
      else {
        this.#tell(message, key);
        await this.#member(member);
      }
    }
  }

  #tell(message: Message, key: string): void {
    if (/^string_?[tT]able$/.test(key) && message === DATA) this.#tablesIn = "data";
    if (/^string_?[tT]able$/.test(key) && message === PROFILE) this.#tablesIn = "profile";
  }

  async #member(member: Member): Promise<void> {
    const json = this.#json;
    const { field, kind, large } = member;
    const nested = async (): Promise<void> => {
      const start = this.#out.open(field);
      await this.#large((kind as () => Message)());
      this.#out.close(start);
    };
    const first = await json.take(() => json.peek());
    if (large === true && first === OPEN_OBJECT) await nested();
    else if (first !== OPEN_ARRAY) await json.take(() => this.#value(member));
    else {
      await json.take(() => json.enterArray());
      if (large !== true) await json.run(() => json.nextElement() && this.#value(member));
      else while (await json.take(() => json.nextElement())) await nested();
    }
  }

  /** Writes one value, within a step; true, so that a step can go on. */
  #value(member: Member): true {
    this.#row.clear();
    this.#write(member, 0);
    this.#out.raw(this.#row.view());
    return true;
  }

  #write({ field, kind }: Member, depth: number): void {
    const json = this.#json;
    const row = this.#row;
    if (typeof kind === "function") this.#message(field, kind(), depth);
    else if (json.peek() === 0x6e) json.skipValue();
    else if (kind === "text") row.text(field, json.text());
    else if (kind === "hex") row.bytes(field, bytesOfHex(json.text()));
    else if (kind === "base64") row.bytes(field, decodeBase64(json.text()));
    else if (kind === "boolean") row.unsigned(field, json.numberOr(0));
    else if (kind === "double")
      row.double(field, Number(json.peek() === QUOTE ? json.text() : json.number()));
    else if (kind === "fixed64") row.fixed64(field, BigInt(this.#integer()));
    else row.signed(field, this.#integer());
  }

  #message(field: number, message: Message, depth: number): void {
    const json = this.#json;
    const start = this.#row.open(field);
    if (depth > MAX_DEPTH || json.peek() !== OPEN_OBJECT) json.skipValue();
    else {
      json.enterObject();
      for (let key = json.nextKey(message.keys); key !== undefined; key = json.nextKey(message.keys)) {
        const member = message.members.get(key);
        if (/^locations/.test(key)) this.#ranges = true;
        if (member === undefined) json.skipValue();
        else if (json.peek() !== OPEN_ARRAY) this.#write(member, depth + 1);
        else {
          json.enterArray();
          while (json.nextElement()) this.#write(member, depth + 1);
        }
      }
    }
    this.#row.close(start);
  }

  /** Integers of 64 bits are texts; shorter ones may be numbers. */
  #integer(): number | bigint {
    const json = this.#json;
    if (json.peek() !== QUOTE) {
      const { value, exact } = json.exactNumber();
      if (exact !== undefined) return BigInt.asIntN(64, exact);
      if (Number.isSafeInteger(Math.trunc(value))) return Math.trunc(value);
      throw json.fail(`${value} is no integer of 64 bits`);
    }
    const text = json.text();
    if (!/^-?\d{1,20}$/.test(text)) throw json.fail(`"${text.slice(0, 30)}" is no integer`);
    return BigInt.asIntN(64, BigInt(text));
  }
}

function bytesOfHex(text: string): Uint8Array {
  const digits = text.replace(/[^0-9a-fA-F]/g, "");
  return Uint8Array.from({ length: digits.length >> 1 }, (_, i) =>
    Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16),
  );
}
