import { AddressSpace, type CodeMap } from "./spaces.ts";

/** A thread as it is at the moment that the records have reached. */
export interface Task {
  readonly pid: number;
  readonly tid: number;
  comm: string;
  space: AddressSpace;
  /** Row of the reader's threads; -1 until the first sample under this name. */
  row: number;
  /** Groups of this thread's samples by event and CPU; emptied when the thread gets another name. */
  readonly groups: Map<number, number>;
  lastKey: number;
  lastGroup: number;
  /** The stack before, from the root. */
  last: LastStack;
}

/** A stack as it was recorded: both halves of each address and how it was looked up, and the node that it led to. */
export interface LastStack {
  low: Int32Array;
  high: Int32Array;
  mode: Int32Array;
  node: Int32Array;
  depth: number;
}

const NONE = new Int32Array(0);

/** The threads and processes of a recording, kept up to date by its records. */
export class Tasks {
  readonly #tasks = new Map<number, Task>();
  readonly #spaces = new Map<number, AddressSpace>();
  /** Id 0 is the kernel's. */
  #ids = 1;
  readonly kernel: AddressSpace = new AddressSpace(0);

  readonly newId = (): number => this.#ids++;

  task(pid: number, tid: number): Task {
    const known = this.#tasks.get(tid);
    if (known !== undefined && known.pid === pid) return known;
    return this.#make(pid, tid, known?.comm ?? (tid === 0 ? "swapper" : `:${tid}`));
  }

  map(pid: number, map: CodeMap): void {
    this.#space(pid).add(map, this.newId);
  }

  mapKernel(map: CodeMap): void {
    this.kernel.add(map, this.newId);
  }

  /** A thread gets a name; with `exec` the process begins anew, with nothing mapped. */
  named(pid: number, tid: number, comm: string, exec: boolean): void {
    if (exec) this.#spaces.set(pid, new AddressSpace(this.newId()));
    const task = this.task(pid, tid);
    task.space = this.#space(pid);
    if (task.comm === comm) return;
    task.comm = comm;
    task.row = -1;
    task.lastKey = -1;
    task.groups.clear();
  }

  /** A process or thread is made: it has its parent's name and, if it is a process, a copy of its maps. */
  forked(pid: number, tid: number, parentPid: number, parentTid: number): void {
    const parent = this.task(parentPid, parentTid);
    if (pid !== parentPid) this.#spaces.set(pid, new AddressSpace(this.newId(), this.#space(parentPid)));
    this.#make(pid, tid, parent.comm === `:${parentTid}` ? `:${tid}` : parent.comm);
  }

  #make(pid: number, tid: number, comm: string): Task {
    const task: Task = {
      pid,
      tid,
      comm,
      space: this.#space(pid),
      row: -1,
      groups: new Map(),
      lastKey: -1,
      lastGroup: -1,
      last: { low: NONE, high: NONE, mode: NONE, node: NONE, depth: 0 },
    };
    this.#tasks.set(tid, task);
    return task;
  }

  #space(pid: number): AddressSpace {
    let space = this.#spaces.get(pid);
    if (space === undefined) {
      space = new AddressSpace(this.newId());
      this.#spaces.set(pid, space);
    }
    return space;
  }
}
