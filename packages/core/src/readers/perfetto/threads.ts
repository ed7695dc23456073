import type { ProfileBuilder } from "../../model/builder.ts";
import type { Message } from "./message.ts";

interface Track {
  readonly name: string;
  readonly parent: number | undefined;
  readonly thread: { readonly pid: number; readonly tid: number } | undefined;
  readonly pid: number | undefined;
}

/** A thread, a track, or something in a process. */
type Row =
  | { readonly tid: number }
  | { readonly track: number }
  | { readonly name: string; readonly pid: number };

/** Tracks may be each other's parents in a circle, in a damaged file. */
const MOST_PARENTS = 32;

/** Threads, processes and tracks, named at any time of the trace. Handed-out rows are this table's own. */
export class Threads {
  readonly #rows = new Map<string, number>();
  readonly #list: Row[] = [];
  readonly #names = new Map<number, string>();
  readonly #pids = new Map<number, number>();
  readonly #processes = new Map<number, string>();
  readonly #tracks = new Map<number, Track>();

  /** Row of a thread, which is known by its id alone. */
  thread(tid: number, pid?: number): number {
    if (pid !== undefined && pid !== 0) this.#pids.set(tid, pid);
    return this.#row(`t${tid}`, { tid });
  }

  /** Row of a track; the one of a thread is the thread's. */
  track(uuid: number): number {
    const thread = this.#tracks.get(uuid)?.thread;
    return thread === undefined ? this.#row(`u${uuid}`, { track: uuid }) : this.thread(thread.tid);
  }

  /** Row of something that goes on in a process beside its threads; without a name, of the process as a whole. */
  aside(pid: number, name: string): number {
    return this.#row(`a${pid}/${name}`, { name, pid });
  }

  #row(key: string, what: Row): number {
    let row = this.#rows.get(key);
    if (row === undefined) {
      row = this.#list.push(what) - 1;
      this.#rows.set(key, row);
    }
    return row;
  }

  nameThread(tid: number, name: string | undefined, pid?: number): void {
    if (name !== undefined && name !== "") this.#names.set(tid, name);
    if (pid !== undefined && pid !== 0) this.#pids.set(tid, pid);
  }

  /** The same, where a better name is kept: the kernel's are cut at fifteen characters. */
  hintName(tid: number, name: string): void {
    if (!this.#names.has(tid) && name !== "") this.#names.set(tid, name);
  }

  nameProcess(pid: number, name: string | undefined): void {
    if (name !== undefined && name !== "") this.#processes.set(pid, name);
  }

  /** ThreadDescriptor; returns the thread. */
  descriptor(thread: Message): { readonly pid: number; readonly tid: number } {
    const pid = thread.number(1) ?? 0;
    const tid = thread.number(2) ?? 0;
    this.nameThread(tid, thread.text(5), pid);
    return { pid, tid };
  }

  /** ProcessDescriptor. */
  process(process: Message): number {
    const pid = process.number(1) ?? 0;
    this.nameProcess(pid, process.text(6) ?? process.texts(2)[0]);
    return pid;
  }

  /** TrackDescriptor. */
  describeTrack(track: Message): void {
    const thread = track.message(4);
    const process = track.message(3);
    const name = track.text(2) ?? track.text(10) ?? track.text(13) ?? "";
    const described = thread === undefined ? undefined : this.descriptor(thread);
    if (described !== undefined && name !== "") this.hintName(described.tid, name);
    this.#tracks.set(track.number(1) ?? 0, {
      name,
      parent: track.number(5),
      thread: described,
      pid: process === undefined ? undefined : this.process(process),
    });
  }

  /** ProcessTree: every process and thread of the machine, at one time. */
  tree(tree: Message): void {
    for (const process of tree.messages(1)) {
      const pid = process.number(1) ?? 0;
      this.nameProcess(pid, process.texts(3)[0]);
      this.nameThread(pid, undefined, pid);
    }
    for (const thread of tree.messages(2))
      this.nameThread(thread.number(1) ?? 0, thread.text(2), thread.number(3));
  }

  /** Row of the builder's threads. */
  intoBuilder(row: number, into: ProfileBuilder): number {
    const what = this.#list[row]!;
    if ("tid" in what) return this.#intoThread(what.tid, into);
    const pid = "name" in what ? what.pid : this.#pidOf(what.track);
    const name = "name" in what ? what.name : (this.#tracks.get(what.track)?.name ?? "");
    const fallback = "name" in what ? (this.#processes.get(what.pid) ?? "") : "track";
    return into.thread({ name: name === "" ? fallback : name, ...this.#processOf(pid) });
  }

  #intoThread(tid: number, into: ProfileBuilder): number {
    const pid = this.#pids.get(tid);
    const process = pid === undefined ? undefined : this.#processes.get(pid);
    const name = this.#names.get(tid) ?? (pid === tid ? process : undefined) ?? "";
    return into.thread({ name, tid, ...this.#processOf(pid) });
  }

  #processOf(pid: number | undefined): { pid?: number; process?: string } {
    if (pid === undefined) return {};
    const process = this.#processes.get(pid);
    return process === undefined ? { pid } : { pid, process };
  }

  /** The process around a track. */
  #pidOf(uuid: number): number | undefined {
    let track = this.#tracks.get(uuid);
    for (let up = 0; track !== undefined && up < MOST_PARENTS; up++) {
      if (track.pid !== undefined) return track.pid;
      if (track.thread !== undefined) return track.thread.pid;
      track = track.parent === undefined ? undefined : this.#tracks.get(track.parent);
    }
    return undefined;
  }
}
