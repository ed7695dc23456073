import { parseHex, parseLineNumber } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";
import { parseAmount, type Unit } from "./amount.ts";

/** A rule between two traces. */
const RULE = /^-{6,}\+-{6,}$/;
/** `      job:  index`; the key is padded to ten columns, the values follow two blanks. */
const LABEL = /^ *(\S.*?): {2}(.*)$/;
/** `      10ms   main.leaf`: the value, three blanks, the leaf. */
const FIRST = /^ *(-?[\d.]+[^\s\d]*) {3}(\S.*)$/;
/** A caller: thirteen blanks where the value would be. */
const CALLER = /^ {13}(\S.*)$/;

/** `name /my folder/file.go:12:3`; no parenthesis, so that `operator /(A, B)` is no folder. */
const ABSOLUTE = /^(.+?) (\/[^()]*):(\d+)(?::\d+)?$/;
const RELATIVE = /^(.+) ([^\s:]*[./][^\s:]*):(\d+)(?::\d+)?$/;

interface Trace {
  readonly amount: number;
  readonly unit: Unit;
  /** Leaf first. */
  readonly frames: number[];
}

/** A finished trace. Its unit is settled at the end, because pprof prints nought without one. */
interface Row {
  readonly stack: number;
  readonly labels: number;
  readonly amount: number;
  readonly unit: Unit;
}

/** Collects the traces between the rules; they become samples at the end. */
export class Traces {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #type = "";
  #begun = false;
  #labels: Label[] = [];
  #trace: Trace | undefined;
  readonly #rows: Row[] = [];

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    if (RULE.test(text.trimEnd())) {
      this.#close();
      this.#labels = [];
      this.#begun = true;
    } else if (!this.#begun) this.#header(text);
    else if (text.trim() !== "" && !this.#inTrace(text)) {
      this.#notes.add("skipped", "unknown-line", "a line is none that pprof writes here: it was skipped", {
        line,
      });
    }
  }

  /** Adds the samples. */
  end(): void {
    this.#close();
    const unit = this.#rows.find((row) => row.amount !== 0)?.unit ?? this.#rows[0]?.unit ?? "count";
    const type = this.#into.valueType(this.#type === "" ? "samples" : this.#type, unit);
    for (const row of this.#rows) {
      // A profile has one unit; only hands could have mixed them.
      const other = row.amount !== 0 && row.unit !== unit;
      const own = other ? this.#into.valueType(this.#type === "" ? "samples" : this.#type, row.unit) : type;
      this.#into.sampleOf(row.stack, own, row.amount, { labels: row.labels });
    }
    if (unit !== "count" && this.#rows.length > 0) {
      this.#notes.add("approximated", "rounded", "pprof rounds amounts for people: small ones are not exact");
    }
  }

  #close(): void {
    const trace = this.#trace;
    this.#trace = undefined;
    if (trace === undefined) return;
    let stack = -1;
    for (let i = trace.frames.length - 1; i >= 0; i--) stack = this.#into.stack(stack, trace.frames[i]!);
    const { amount, unit } = trace;
    this.#rows.push({ stack, labels: this.#into.labelSet(this.#labels), amount, unit });
  }

  /** `Type: cpu`, `File: server`; anything else above the first rule is pprof's talk. */
  #header(text: string): void {
    const field = /^(Type|File): (\S.*)$/.exec(text);
    if (field?.[1] === "Type") this.#type = field[2]!;
    else if (field?.[1] === "File") this.#into.meta.title = field[2]!;
  }

  #inTrace(text: string): boolean {
    const caller = CALLER.exec(text);
    if (caller !== null && this.#trace !== undefined) {
      this.#trace.frames.push(this.#frame(caller[1]!));
      return true;
    }
    const first = FIRST.exec(text);
    const amount = first === null ? undefined : parseAmount(first[1]!);
    if (first !== null && amount !== undefined) {
      this.#close();
      this.#trace = { ...amount, frames: [this.#frame(first[2]!)] };
      return true;
    }
    const label = LABEL.exec(text);
    if (label === null) return false;
    this.#labels.push({ key: label[1]!, value: label[2]! });
    return true;
  }

  /** `[address] name [file:line] [(inline)]`: what is there besides the name depends on pprof's granularity. */
  #frame(text: string): number {
    const inlined = text.endsWith(" (inline)");
    let rest = inlined ? text.slice(0, -9) : text;
    const address = /^([0-9a-f]{16}) (?=\S)/.exec(rest)?.[1];
    if (address !== undefined) rest = rest.slice(17);
    const place = ABSOLUTE.exec(rest) ?? RELATIVE.exec(rest);
    return this.#into.frame({
      name: this.#into.string(place?.[1] ?? rest),
      file: place === null ? 0 : this.#into.string(place[2]!),
      line: parseLineNumber(place?.[3]),
      address: address === undefined ? 0n : (parseHex(address) ?? 0n),
      inlined,
    });
  }
}
