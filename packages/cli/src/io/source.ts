import { closeSync, fstatSync, openSync, read, readFileSync, readSync } from "node:fs";
import { type ByteSource, FlambeauError } from "@flambeau/core";

/** A file or pipe that is being read; `position` counts the bytes handed out, for a progress bar. */
export interface InputSource extends ByteSource {
  readonly position: number;
  /** For a plain file, where it can be opened again, to be read by several threads. */
  readonly path: string | undefined;
  close(): void;
}

/** What "-" and no file mean. */
export const STDIN_NAME = "standard input";

/** Opens a file, or standard input for "-". Named pipes (`<(…)`) work too. */
export function openInput(path: string): InputSource {
  if (path === "-") return new DescriptorSource(0, STDIN_NAME, redirectedFile());
  try {
    return new DescriptorSource(openSync(path, "r"), path, path);
  } catch (error) {
    throw ioError(error, `cannot read ${path}`);
  }
}

/** Where standard input can be opened again from its start: `< file`, on systems that can tell. */
function redirectedFile(): string | undefined {
  try {
    return /^pos:\s*0$/m.test(readFileSync("/proc/self/fdinfo/0", "latin1")) ? "/proc/self/fd/0" : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Reads into the reader's own buffer. Synchronous reads are the fastest on plain files and on blocking pipes
 * alike (there is nothing else to do meanwhile); a pipe in non-blocking mode answers EAGAIN and is then waited for.
 */
class DescriptorSource implements InputSource {
  readonly name: string;
  readonly size: number | undefined;
  readonly path: string | undefined;
  position = 0;
  readonly #descriptor: number;

  constructor(descriptor: number, name: string, path: string | undefined) {
    this.#descriptor = descriptor;
    this.name = name;
    const stat = fstatSync(descriptor);
    if (stat.isDirectory()) {
      this.close();
      throw new FlambeauError("io", `${name} is a directory`, { hint: "Name a profile file." });
    }
    this.path = stat.isFile() ? path : undefined;
    // Files under /proc say 0 though they hold something.
    this.size = stat.isFile() && stat.size > 0 ? stat.size : undefined;
  }

  read(target: Uint8Array): number | Promise<number> {
    try {
      const count = readSync(this.#descriptor, target, 0, target.length, null);
      this.position += count;
      return count;
    } catch (error) {
      const code = codeOf(error);
      if (code === "EOF") return 0;
      if (code === "EAGAIN") return this.#readLater(target);
      throw ioError(error, `cannot read ${this.name}`);
    }
  }

  close(): void {
    if (this.#descriptor > 2) closeSync(this.#descriptor);
  }

  async #readLater(target: Uint8Array): Promise<number> {
    for (let wait = 1; ; wait = Math.min(wait * 2, 50)) {
      await new Promise((resolve) => setTimeout(resolve, wait));
      const count = await this.#attempt(target);
      if (count !== undefined) {
        this.position += count;
        return count;
      }
    }
  }

  /** The bytes read, or undefined where there is nothing yet. */
  #attempt(target: Uint8Array): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      read(this.#descriptor, target, 0, target.length, null, (error, count) => {
        if (error === null) resolve(count);
        else if (error.code === "EAGAIN") resolve(undefined);
        else if (error.code === "EOF") resolve(0);
        else reject(ioError(error, `cannot read ${this.name}`));
      });
    });
  }
}

/** The system's code of a failed call: "ENOENT". */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error ? String(error.code) : undefined;
}

const reasons = new Map([
  ["ENOENT", "there is no such file or directory"],
  ["EACCES", "permission denied"],
  ["EISDIR", "it is a directory"],
  ["ENOTDIR", "a part of the path is not a directory"],
  ["ENOSPC", "the disk is full"],
  ["EROFS", "the file system is read-only"],
  ["EMFILE", "too many files are open"],
]);

/** A failed system call as an error for the user; anything else is passed on as the bug it is. */
export function ioError(error: unknown, message: string): unknown {
  const code = codeOf(error);
  if (code === undefined || error instanceof FlambeauError || !("syscall" in (error as object))) return error;
  return new FlambeauError("io", `${message}: ${reasons.get(code) ?? code}`, { cause: error });
}
