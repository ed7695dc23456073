import { nativeFrame, parseHex, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes, Place } from "../../model/notes.ts";
import type { Label } from "../../model/profile.ts";

/** A map's key: stacks (frames from the leaf, as printed) and the values between them, in order. */
export type KeyPart = { readonly frames: readonly string[] } | { readonly value: string };

/** Outermost frames by which a stack is told to be the kernel's or the program's. */
const KERNEL_ROOT =
  /^(?:entry_SYSCALL|entry_INT80|asm_|ret_from_|do_syscall_64|el0_|el0t_|el1_|el1h_|irqentry_|__irqentry|secondary_startup|x86_64_start_kernel|kthread|page_fault|error_entry|syscall_return_slowpath|apic_timer_interrupt|start_secondary|cpu_startup_entry)/;
const USER_ROOT = /^(?:_start|__libc_start|main$|main\+|start_thread|clone|__clone|_dl_start|runtime\.)/;

/** Turns entries of maps into samples. */
export class MapEntries {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  readonly #types = new Map<string, number>();
  readonly #frames = new Map<string, number>();

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  /** Adds one entry; `map` is the map's name without `@`, `value` the text behind the key. */
  add(map: string, key: readonly KeyPart[], value: string, place: Place): void {
    if (!/^-?\d{1,20}(?:\.\d{1,20})?$/.test(value)) {
      this.#notes.add(
        "skipped",
        "not-a-number",
        "a map's entry holds no single number (a histogram, statistics or a text): it was skipped",
        place,
      );
      return;
    }
    const stacks = key.flatMap((part) => ("frames" in part ? [part.frames] : []));
    const values = key.flatMap((part) => ("value" in part && part.value !== "" ? [part.value] : []));
    const name = values.find((text) => !/^-?\d+$/.test(text));
    const labels: Label[] = values
      .filter((text) => text !== name)
      .map((text, i) => ({ key: `key ${i + 1}`, value: /^-?\d{1,15}$/.test(text) ? Number(text) : text }));
    if (name !== undefined) this.#into.meta.threadsAreRoots = true;
    this.#into.sampleOf(this.#stack(stacks), this.#type(map), Number(value), {
      ...(name === undefined ? {} : { thread: this.#into.thread({ name }) }),
      labels: this.#into.labelSet(labels),
    });
  }

  #type(map: string): number {
    let type = this.#types.get(map);
    if (type === undefined) {
      type = this.#into.valueType(map === "" ? "samples" : map, "count");
      this.#types.set(map, type);
    }
    return type;
  }

  /** Program's frames below, kernel's above; with two stacks the kernel's is the first, unless their roots say otherwise. */
  #stack(stacks: readonly (readonly string[])[]): number {
    let order = stacks.map((frames, i) => ({
      frames,
      kernel: stacks.length > 1 ? i === 0 : isKernel(frames),
    }));
    if (stacks.length > 1 && (isUser(stacks[0]!) || isKernel(stacks[1]!))) {
      order = order.map(({ frames }, i) => ({ frames, kernel: i === 1 }));
    }
    let stack = -1;
    for (const { frames } of order.filter(({ kernel }) => !kernel)) stack = this.#push(stack, frames, false);
    for (const { frames } of order.filter(({ kernel }) => kernel)) stack = this.#push(stack, frames, true);
    return stack;
  }

  #push(base: number, frames: readonly string[], kernel: boolean): number {
    return stackOfLeafFirst(
      this.#into,
      frames.map((text) => this.#frame(text, kernel)),
      base,
    );
  }

  #frame(text: string, kernel: boolean): number {
    const key = `${kernel ? "k" : "u"}${text}`;
    let row = this.#frames.get(key);
    if (row === undefined) {
      row = nativeFrame(this.#into, { ...parseFrame(text), kernel });
      this.#frames.set(key, row);
    }
    return row;
  }
}

/** `name+offset`; in mode perf `address name+offset (module)`; in mode raw an address. */
function parseFrame(text: string): { symbol: string; module?: string; address?: bigint | undefined } {
  const perf = /^([0-9a-f]{4,16}) (.*) \((.*)\)$/.exec(text);
  if (perf !== null) return { symbol: perf[2]!, module: perf[3]!, address: parseHex(perf[1]!) };
  if (/^[0-9a-f]{8,16}$/.test(text)) return { symbol: "", address: parseHex(text) };
  return { symbol: text };
}

function rootName(frames: readonly string[]): string {
  return (frames.at(-1) ?? "").replace(/^[0-9a-f]{4,16} /, "");
}

function isKernel(frames: readonly string[]): boolean {
  return KERNEL_ROOT.test(rootName(frames)) || /^(?:0x)?ffff[0-9a-f]{12}$/.test(rootName(frames));
}

function isUser(frames: readonly string[]): boolean {
  return USER_ROOT.test(rootName(frames));
}
