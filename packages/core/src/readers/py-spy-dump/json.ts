import { JsonKeys, type JsonReader } from "../../codec/json.ts";
import { stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import { FrameKind, type Label } from "../../model/profile.ts";

const THREAD = new JsonKeys("pid", "thread_name", "os_thread_id", "active", "owns_gil", "frames");
const FRAME = new JsonKeys("name", "filename", "module", "line");

/** `py-spy dump -j`: a list of threads, each with its frames, leaf first. */
export async function readJsonDump(json: JsonReader, into: ProfileBuilder): Promise<void> {
  await list(json, () => readThread(json, into));
}

async function readThread(json: JsonReader, into: ProfileBuilder): Promise<void> {
  let [name, pid, tid, active, gil] = ["", Number.NaN, Number.NaN, false, false];
  const frames: number[] = [];
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(THREAD));
    if (key === undefined) break;
    const byte = await json.take(() => json.peek());
    if (key === "thread_name") name = await json.take(() => json.textOr(""));
    else if (key === "pid") pid = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "os_thread_id") tid = await json.take(() => json.numberOr(Number.NaN));
    else if (key === "frames" && byte === 0x5b) {
      await list(json, async () => {
        frames.push(await readFrame(json, into));
      });
    } else {
      if (key === "active") active = byte === 0x74;
      else if (key === "owns_gil") gil = byte === 0x74;
      await json.skip();
    }
  }
  const labels: Label[] = [{ key: "state", value: active ? "active" : "idle" }];
  if (gil) labels.push({ key: "gil", value: "gil" });
  into.sampleOf(stackOfLeafFirst(into, frames), 0, 1, {
    thread: into.thread({
      name,
      ...(Number.isSafeInteger(pid) ? { pid } : {}),
      ...(Number.isSafeInteger(tid) ? { tid } : {}),
    }),
    labels: into.labelSet(labels),
  });
}

async function readFrame(json: JsonReader, into: ProfileBuilder): Promise<number> {
  let [name, file, module, line] = ["", "", "", 0];
  await json.take(() => json.enterObject());
  for (;;) {
    const key = await json.take(() => json.nextKey(FRAME));
    if (key === undefined) break;
    if (key === "name") name = await json.take(() => json.textOr(""));
    else if (key === "filename") file = await json.take(() => json.textOr(""));
    else if (key === "module") module = await json.take(() => json.textOr(""));
    else if (key === "line") line = await json.take(() => json.numberOr(0));
    else await json.skip();
  }
  const known = Number.isSafeInteger(line) && line > 0 && line < 1 << 30;
  return into.frame({
    name: into.string(name === "" ? "[unknown]" : name),
    file: into.string(file),
    line: known ? line : 0,
    mapping: module === "" ? -1 : into.mapping({ path: module }),
    kind: module === "" ? FrameKind.unknown : FrameKind.native,
  });
}

async function list(json: JsonReader, element: () => Promise<void>): Promise<void> {
  await json.take(() => json.enterArray());
  while (await json.take(() => json.nextElement())) await element();
}
