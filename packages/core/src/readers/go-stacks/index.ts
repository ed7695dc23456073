import { readLines } from "../../codec/lines.ts";
import { parseLineNumber, stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Label } from "../../model/profile.ts";
import { FlambeauError } from "../../util/errors.ts";
import type { Head, Reader, Verdict } from "../reader.ts";

const HEADER = /^goroutine (\d+)(?: gp=\S+ m=\S+(?: mp=\S+)?)? \[(.*)\]:$/;
const PLACE = /^\s+(\S.*):(\d+)(?: \+0x[0-9a-f]+)?(?: fp=.*)?$/;

interface Goroutine {
  readonly labels: Label[];
  readonly frames: number[];
  readonly id: number;
}

/**
 * Goroutines as `/debug/pprof/goroutine?debug=2`, SIGQUIT and a panic print them: one sample per goroutine. The state and
 * the minutes it lasts are labels; `created by` is a label, because the creator does not wait below.
 */
export const goStacksReader: Reader = {
  id: "go-stacks",
  title: "Go goroutine dump, panic trace",
  priority: 345,
  extensions: [],
  carries: { time: false, threads: true, labels: true, lines: true, inlined: true, severalValueTypes: false },
  sniff: (head: Head): Verdict =>
    /^goroutine \d+ (?:gp=\S+ m=\S+ (?:mp=\S+ )?)?\[[^\n]*\]:\r?\n\S[^\n]*\)\r?\n\t[^\n]+:\d+/m.test(
      head.text,
    )
      ? "yes"
      : "no",
  async read(source, into, notes, options) {
    into.meta.format = "go-stacks";
    into.meta.samplesInOrder = true;
    into.valueType("goroutines", "count");
    let open: Goroutine | undefined;
    let pending = "";
    const flush = (): void => {
      if (pending !== "" && open !== undefined) open.frames.push(goFrame(into, pending, "", 0));
      pending = "";
    };
    const close = (): void => {
      flush();
      if (open !== undefined) addGoroutine(into, open);
      open = undefined;
    };
    await readLines(
      source,
      notes,
      (text, line) => {
        const header = HEADER.exec(text);
        if (header !== null) {
          close();
          open = { id: Number(header[1]), labels: stateLabels(header[2]!), frames: [] };
        } else if (text === "") close();
        else if (open === undefined) {
          if (/^\s/.test(text))
            notes.add("skipped", "no-goroutine", "a line belongs to no goroutine", { line });
        } else if (/^\s/.test(text)) {
          const place = PLACE.exec(text);
          if (pending.startsWith("created by "))
            open.labels.push({ key: "created by", value: creator(pending) });
          else if (pending !== "") {
            open.frames.push(goFrame(into, pending, place?.[1] ?? "", parseLineNumber(place?.[2])));
          }
          pending = "";
        } else if (/^\.\.\.\d* ?(?:additional )?frames elided/.test(text)) {
          notes.add("truncated", "frames-elided", "Go left out the middle of a deep stack", { line });
          open.frames.push(into.frameNamed("[frames elided]"));
        } else if (text.includes("(") || text.startsWith("created by ")) {
          flush();
          pending = text;
        } else close(); // `exit status 2`, `rax 0x0`
      },
      options.onProgress,
    );
    close();
    if (into.sampleCount === 0) {
      throw new FlambeauError("malformed", "the dump holds no goroutine", { format: "go-stacks" });
    }
  },
};

function addGoroutine(into: ProfileBuilder, { id, labels, frames }: Goroutine): void {
  into.sampleOf(stackOfLeafFirst(into, frames), 0, 1, {
    thread: into.thread({ name: `goroutine ${id}`, ...(id <= Number.MAX_SAFE_INTEGER ? { tid: id } : {}) }),
    labels: into.labelSet(labels),
  });
}

/** `chan receive, 12 minutes, locked to thread`. */
function stateLabels(text: string): Label[] {
  const [state, ...rest] = text.split(", ");
  const labels: Label[] = [{ key: "state", value: state! }];
  for (const part of rest) {
    const minutes = /^(\d{1,9}) minutes$/.exec(part);
    if (minutes === null) labels.push({ key: part, value: "true" });
    else labels.push({ key: "waiting", value: Number(minutes[1]) * 60e9, unit: "nanoseconds" });
  }
  return labels;
}

/** `created by main.main in goroutine 1`. */
function creator(text: string): string {
  return text.slice("created by ".length).replace(/ in goroutine \d+$/, "");
}

/** `net/http.(*conn).serve(0xc000…, {0x…})`: the arguments are the last parentheses; `(...)` marks an inlined call. */
function goFrame(into: ProfileBuilder, text: string, file: string, line: number): number {
  const name = functionName(text);
  return into.frame({
    name: into.string(name === "" ? "[unknown]" : name),
    file: file === "" ? 0 : into.string(file),
    line,
    inlined: text.endsWith("(...)"),
  });
}

function functionName(text: string): string {
  if (!text.endsWith(")")) return text;
  let depth = 0;
  for (let at = text.length - 1; at >= 0; at--) {
    if (text[at] === ")") depth++;
    else if (text[at] === "(" && --depth === 0) return text.slice(0, at);
  }
  return text;
}
