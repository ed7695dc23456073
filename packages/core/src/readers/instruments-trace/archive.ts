import { Plist, PlistArray, PlistDict, type PlistValue, Uid } from "./plist.ts";

const MOST_FIELDS = 1 << 22;

/** An object of a keyed archive (NSKeyedArchiver): a class and fields. Values are followed when they are asked for. */
export class Archived {
  readonly type: string;
  readonly #archive: Archive;
  readonly #dict: PlistDict;

  constructor(archive: Archive, dict: PlistDict, type: string) {
    this.#archive = archive;
    this.#dict = dict;
    this.type = type;
  }

  field(name: string): Value {
    const ref = this.#dict.refs.get(name);
    return ref === undefined ? undefined : this.#archive.follow(ref);
  }

  /** A list's elements. */
  get elements(): Value[] {
    return this.#archive.list(this.#dict.refs.get("NS.objects"));
  }

  /** A dictionary's pairs: of the kind that all programs have, or of Instruments' own with numbers as keys. */
  get pairs(): (readonly [key: Value, value: Value])[] {
    if (this.type === "XRIntKeyedDictionary") {
      const size = this.field("$0");
      const count = typeof size === "number" ? Math.min(size, MOST_FIELDS) : 0;
      const pairs: (readonly [Value, Value])[] = [];
      for (let i = 0; i < count && this.#dict.refs.has(`$${1 + 2 * i}`); i++) {
        pairs.push([this.field(`$${1 + 2 * i}`), this.field(`$${2 + 2 * i}`)]);
      }
      return pairs;
    }
    const values = this.elements;
    return this.#archive.list(this.#dict.refs.get("NS.keys")).map((key, i) => [key, values[i]]);
  }

  has(name: string): boolean {
    return this.#dict.refs.has(name);
  }

  /** Text, of a string that is an object. */
  get text(): string | undefined {
    const text = this.field("NS.string");
    return typeof text === "string" ? text : undefined;
  }
}

export type Value = undefined | null | boolean | number | string | Archived;

/** A keyed archive as a graph of objects. */
export class Archive {
  readonly #plist: Plist;
  readonly #objects: readonly number[];
  readonly #top: PlistDict | undefined;

  constructor(bytes: Uint8Array) {
    this.#plist = new Plist(bytes);
    const { root } = this.#plist;
    const refs = root instanceof PlistDict ? root.refs : new Map<string, number>();
    const objects = this.#raw(refs.get("$objects"));
    const top = this.#raw(refs.get("$top"));
    this.#objects = objects instanceof PlistArray ? objects.refs : [];
    this.#top = top instanceof PlistDict ? top : undefined;
  }

  /** A value at the top, by its key. */
  top(key: string): Value {
    const ref = this.#top?.refs.get(key);
    return ref === undefined ? undefined : this.follow(ref);
  }

  list(ref: number | undefined): Value[] {
    const array = this.#raw(ref);
    return array instanceof PlistArray ? array.refs.map((element) => this.follow(element)) : [];
  }

  follow(ref: number): Value {
    let value = this.#raw(ref);
    if (value instanceof Uid) value = value.index === 0 ? null : this.#raw(this.#objects[value.index]);
    if (value instanceof PlistDict) {
      const object = new Archived(this, value, this.#typeOf(value));
      return object.text ?? object;
    }
    return value instanceof PlistArray || value instanceof Uint8Array || value instanceof Uid
      ? undefined
      : value;
  }

  #typeOf(dict: PlistDict): string {
    const type = this.#raw(dict.refs.get("$class"));
    const described = type instanceof Uid ? this.#raw(this.#objects[type.index]) : type;
    const name = described instanceof PlistDict ? this.#raw(described.refs.get("$classname")) : undefined;
    return typeof name === "string" ? name : "";
  }

  #raw(ref: number | undefined): PlistValue | undefined {
    return ref === undefined ? undefined : this.#plist.value(ref);
  }
}
