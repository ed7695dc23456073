import { stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Notes } from "../../model/notes.ts";
import type { Label, Thread } from "../../model/profile.ts";
import { javaFrame, jhsdbFrame } from "./frames.ts";

/** A thread whose frames are being read. */
interface Open {
  readonly thread: Thread;
  readonly labels: Label[];
  readonly frames: number[];
}

/** Reads dumps line by line. */
export class JavaDumpText {
  readonly #into: ProfileBuilder;
  readonly #notes: Notes;
  #open: Open | undefined;

  constructor(into: ProfileBuilder, notes: Notes) {
    this.#into = into;
    this.#notes = notes;
  }

  line(text: string, line: number): void {
    const first = text.charCodeAt(0);
    if (first === 0x22) this.#header(text);
    else if (first === 0x23 && /^#\d+ "/.test(text)) this.#numbered(text);
    else if (first === 0x20 || first === 0x09) this.#detail(text.trim(), line);
    else if (text.startsWith("Full thread dump")) {
      this.#close();
      this.#into.meta.producer ??= text.replace(/^Full thread dump\s*/, "").replace(/:\s*$/, "");
    } else if (text !== "" && !this.#isMixed(text)) this.#close();
  }

  /** Lines of `jhsdb jstack --mixed`: the id of a thread, before its name where it has one, and its frames. */
  #isMixed(text: string): boolean {
    const thread = /^-{5,} (\d{1,10}) -{5,}$/.exec(text);
    if (thread !== null) {
      this.#close();
      this.#open = { thread: { name: "", tid: Number(thread[1]) }, labels: [], frames: [] };
      return true;
    }
    const frame = this.#open === undefined ? undefined : jhsdbFrame(this.#into, text);
    if (frame !== undefined) this.#open!.frames.push(frame);
    return frame !== undefined;
  }

  end(): void {
    this.#close();
  }

  /** `"main" #1 prio=5 tid=0x… nid=0x557c runnable  [0x…]`; the summary of a deadlock has a colon behind the name. */
  #header(text: string): void {
    if (this.#open?.thread.name === "" && this.#open.frames.length === 0) this.#open = undefined;
    this.#close();
    const match = /^"(.*)" (.*)$/.exec(text);
    if (match === null) {
      if (text.endsWith('":')) {
        this.#notes.add(
          "information",
          "deadlock",
          "the JVM found a deadlock; its threads are in the dump above",
        );
      }
      return;
    }
    const [, name, rest] = match;
    const nid = /\bnid=(0x[0-9a-fA-F]{1,8}|\d{1,10})\b/.exec(rest!)?.[1];
    const labels: Label[] = [];
    // The words between the ids and the address of the stack: `waiting on condition`.
    const status = /\bnid=\S+(?: lwp_id=\S+)? ([^[]*?)\s*(?:\[.*)?$/.exec(rest!)?.[1] ?? "";
    if (status !== "") labels.push({ key: "status", value: status });
    if (/(?:^| )daemon\b/.test(rest!)) labels.push({ key: "daemon", value: "true" });
    const cpu = /\bcpu=(\d+(?:\.\d+)?)ms/.exec(rest!)?.[1];
    if (cpu !== undefined) {
      labels.push({ key: "cpu", value: Math.round(Number(cpu) * 1e6), unit: "nanoseconds" });
    }
    this.#open = {
      thread: { name: name!, ...(nid === undefined ? {} : { tid: Number(nid) }) },
      labels,
      frames: [],
    };
  }

  /** `#22 "name" virtual RUNNABLE 2024-…` of a dump to a file. */
  #numbered(text: string): void {
    this.#close();
    const match = /^#(\d{1,15}) "(.*)"(.*)$/.exec(text);
    if (match === null) return;
    const labels: Label[] = [];
    if (/\bvirtual\b/.test(match[3]!)) labels.push({ key: "virtual", value: "true" });
    const state = /\b(RUNNABLE|BLOCKED|WAITING|TIMED_WAITING|NEW|TERMINATED)\b/.exec(match[3]!)?.[1];
    if (state !== undefined) labels.push({ key: "state", value: state });
    this.#open = { thread: { name: match[2]!, tid: Number(match[1]) }, labels, frames: [] };
  }

  #detail(text: string, line: number): void {
    const open = this.#open;
    if (open === undefined) return;
    const mounted = /^Mounted virtual thread #?(\S+)/.exec(text);
    if (mounted !== null) {
      this.#close();
      this.#open = {
        thread: { name: `virtual thread ${mounted[1]}` },
        labels: [{ key: "virtual", value: "true" }],
        frames: [],
      };
      return;
    }
    const state = /^java\.lang\.Thread\.State: (\w+)/.exec(text);
    if (state !== null) {
      open.labels.push({ key: "state", value: state[1]! });
      return;
    }
    const waiting = /^- (?:waiting on|waiting to lock|parking to wait for)\s+<[^>]*> \((?:a )?(.*)\)/.exec(
      text,
    );
    if (waiting !== null) {
      if (!open.labels.some(({ key }) => key === "waiting for")) {
        open.labels.push({ key: "waiting for", value: waiting[1]! });
      }
      return;
    }
    const isFrame = text.startsWith("at ");
    const frame = text.startsWith("- ")
      ? jhsdbFrame(this.#into, text)
      : isFrame || /^[\w$.@/-]+\.[\w$<>]+\(/.test(text)
        ? javaFrame(this.#into, isFrame ? text.slice(3) : text)
        : undefined;
    if (frame !== undefined) open.frames.push(frame);
    else if (isFrame) {
      this.#notes.add("skipped", "bad-frame", "a frame cannot be read: it was skipped", { line });
    }
  }

  #close(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    this.#into.sampleOf(stackOfLeafFirst(this.#into, open.frames), 0, 1, {
      thread: this.#into.thread(open.thread),
      labels: this.#into.labelSet(open.labels),
    });
  }
}
