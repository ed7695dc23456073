import { parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import { FrameKind, type Label, type Thread } from "../../model/profile.ts";

const MODULE = /\.(?:so|dylib|dll|pyd|exe)(?:\.[\d.]+)?$/;

/**
 * Reads the text line by line.
 *
 * ```
 * Process 17973: python zoo.py
 * Python v3.12.1 (/usr/bin/python3.12)
 *
 * Thread 17973 (active+gil): "MainThread"
 *     sub (re/__init__.py:186)
 *         Arguments:                          with -l
 *             n: 4000
 *     0x7fd91e24524a (libc.so.6)              with -n
 * ```
 */
export class DumpText {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #pid: number | undefined;
  #process = "";
  #open: { readonly thread: Thread; readonly labels: Label[]; readonly frames: number[] } | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const frame = /^ {4}(\S.*?) \(([^()]*(?:\([^()]*\)[^()]*)*)\)$/.exec(text);
    if (frame !== null && this.#open !== undefined) {
      this.#open.frames.push(this.#frame(frame[1]!, frame[2]!));
      return;
    }
    const thread = /^Thread (\w+) \(([a-z+]+)\)(?:: "(.*)")?$/.exec(text);
    const process = /^Process (\d{1,10}): (.*)$/.exec(text);
    if (thread !== null) this.#begin(thread[1]!, thread[2]!, thread[3] ?? "");
    else if (process !== null) {
      this.end();
      this.#pid = Number(process[1]);
      this.#process = process[2]!;
      this.#into.meta.title ??= this.#process;
    } else if (/^ {8}/.test(text)) {
      this.#notes.add("skipped", "locals", "arguments and local variables were skipped", { line });
    } else if (text !== "" && !/^Python v|^Parent |^ *$/.test(text)) {
      this.#notes.add("skipped", "bad-line", "a line is no thread and no frame: it was skipped", { line });
    }
  }

  end(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#into.sampleOf(stackOfLeafFirst(this.#into, open.frames), 0, 1, {
      thread: this.#into.thread(open.thread),
      labels: this.#into.labelSet(open.labels),
    });
  }

  #begin(id: string, state: string, name: string): void {
    this.end();
    this.#open = {
      thread: {
        name: name === "" && !/^\d{1,15}$/.test(id) ? id : name,
        ...(this.#pid === undefined ? {} : { pid: this.#pid }),
        ...(/^\d{1,15}$/.test(id) ? { tid: Number(id) } : {}),
      },
      labels: state.split("+").map((value) => ({ key: value === "gil" ? "gil" : "state", value })),
      frames: [],
    };
  }

  /** `zoo.py:29`, or the binary of a native frame. */
  #frame(name: string, place: string): number {
    const into = this.#into;
    const source = /^(.*):(\d{1,9})$/.exec(place);
    if (source === null && MODULE.test(place)) {
      const address = /^0x([0-9a-f]{1,16})$/.exec(name)?.[1];
      return into.frame({
        name: address === undefined ? into.string(name) : 0,
        address: address === undefined ? 0n : BigInt(`0x${address}`),
        mapping: into.mapping({ path: place }),
        kind: FrameKind.native,
      });
    }
    return into.frame({
      name: into.string(name),
      file: into.string(source?.[1] ?? place),
      line: parseLineNumber(source?.[2]),
    });
  }
}
