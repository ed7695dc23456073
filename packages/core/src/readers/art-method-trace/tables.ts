import type { ProfileBuilder } from "../../model/builder.ts";

/** What the clocks of a trace measure. */
export type Clock = "wall" | "thread-cpu" | "dual";

/** Methods, threads and facts that the trace names. */
export class Tables {
  clock: Clock = "thread-cpu";
  pid: number | undefined;
  /** True where the buffer was too small for the recording. */
  overflow = false;
  /** Microseconds from start to end. */
  elapsed = 0;
  /** Methods that are called but not named. */
  unknown = 0;
  readonly #threads = new Map<number, string>();
  readonly #methods = new Map<number, readonly string[]>();
  readonly #frames = new Map<number, number>();
  readonly #into: ProfileBuilder;

  constructor(into: ProfileBuilder) {
    this.#into = into;
  }

  /** `key=value` of the summary. */
  option(line: string): void {
    const [key, value = ""] = line.split("=");
    if (key === "clock" && (value === "wall" || value === "dual" || value === "thread-cpu"))
      this.clock = value;
    else if (key === "pid" && /^\d+$/.test(value)) this.pid = Number(value);
    else if (key === "data-file-overflow") this.overflow = value === "true";
    else if (key === "elapsed-time-usec" && /^\d+$/.test(value)) this.elapsed = Number(value);
  }

  addThread(id: number, name: string): void {
    this.#threads.set(id, name);
  }

  /** `fields`: class, method, signature, file and line, as far as there are any. */
  addMethod(id: number, fields: readonly string[]): void {
    this.#methods.set(id, fields);
    this.#frames.delete(id);
  }

  /** The same, from a line with the method's id before it; false where there is none. */
  methodLine(line: string): boolean {
    const [id = "", ...fields] = line.trimEnd().split("\t");
    if (!/^(?:0x)?[0-9a-f]{1,16}$/i.test(id) || fields.length === 0) return false;
    this.addMethod(Number.parseInt(id, 16), fields);
    return true;
  }

  thread(id: number): number {
    const { pid } = this;
    return this.#into.thread({
      name: this.#threads.get(id) ?? "",
      tid: id,
      ...(pid === undefined ? {} : { pid }),
    });
  }

  frame(id: number): number {
    let row = this.#frames.get(id);
    if (row === undefined) {
      row = this.#newFrame(id);
      this.#frames.set(id, row);
    }
    return row;
  }

  #newFrame(id: number): number {
    const fields = this.#methods.get(id);
    const [type = "", second = "", third = "", ...rest] = fields ?? [];
    if (type === "") {
      this.unknown++;
      return this.#into.frameNamed(`[unknown method 0x${id.toString(16)}]`);
    }
    // Without a signature the fields are class, file and line.
    const isMethod = third.startsWith("(");
    const file = isMethod ? (rest[0] ?? "") : second;
    const line = isMethod ? (rest[1] ?? "") : third;
    return this.#into.frame({
      name: this.#into.string(isMethod ? `${type}.${second}` : type),
      file: this.#into.string(file === "" ? "" : withPackage(type, file)),
      line: /^\d{1,9}$/.test(line) ? Number(line) : 0,
    });
  }
}

/** `View.java` of `android/view/View` lies in `android/view`. */
function withPackage(type: string, file: string): string {
  const slash = type.lastIndexOf("/");
  return slash > 0 && file.endsWith(".java") ? type.slice(0, slash + 1) + file : file;
}
