import { JsonKeys, JsonReader } from "../../codec/json.ts";
import { stackOfLeafFirst } from "../../codec/native-frames.ts";
import type { ProfileBuilder } from "../../model/builder.ts";
import type { Label } from "../../model/profile.ts";
import type { ByteSource } from "../../util/source.ts";
import { javaFrame } from "./frames.ts";

const KEYS = new JsonKeys(
  "threadDump",
  "threadContainers",
  "threads",
  "container",
  "tid",
  "name",
  "state",
  "virtual",
  "stack",
  "runtimeVersion",
);

/** `jcmd PID Thread.dump_to_file -format=json`: containers (thread pools) of threads of stacks. */
export async function readJsonDump(source: ByteSource, into: ProfileBuilder): Promise<void> {
  await new JsonDump(new JsonReader(source), into).read();
}

class JsonDump {
  readonly #json: JsonReader;
  readonly #into: ProfileBuilder;

  constructor(json: JsonReader, into: ProfileBuilder) {
    this.#json = json;
    this.#into = into;
  }

  async read(): Promise<void> {
    await this.#object(async (key) => {
      if (key !== "threadDump") return false;
      await this.#object(async (inner) => {
        if (inner === "runtimeVersion") this.#into.meta.producer = `JVM ${await this.#scalar()}`;
        else if (inner === "threadContainers") await this.#list(() => this.#container());
        else return false;
        return true;
      });
      return true;
    });
  }

  async #container(): Promise<void> {
    let container = "";
    await this.#object(async (key) => {
      if (key === "container") container = await this.#scalar();
      else if (key === "threads") await this.#list(() => this.#thread(container));
      else return false;
      return true;
    });
  }

  async #thread(container: string): Promise<void> {
    let name = "";
    let tid = "";
    const labels: Label[] = [];
    const frames: number[] = [];
    await this.#object(async (key) => {
      if (key === "name") name = await this.#scalar();
      else if (key === "tid") tid = await this.#scalar();
      else if (key === "state") labels.push({ key: "state", value: await this.#scalar() });
      else if (key === "virtual") labels.push({ key: "virtual", value: await this.#scalar() });
      else if (key === "stack") {
        await this.#list(async () => {
          const text = await this.#scalar();
          frames.push(javaFrame(this.#into, text) ?? this.#into.frameNamed(text === "" ? "[unknown]" : text));
        });
      } else return false;
      return true;
    });
    if (container !== "" && container !== "<root>") labels.push({ key: "container", value: container });
    this.#into.sampleOf(stackOfLeafFirst(this.#into, frames), 0, 1, {
      thread: this.#into.thread({ name, ...(/^\d{1,15}$/.test(tid) ? { tid: Number(tid) } : {}) }),
      labels: this.#into.labelSet(labels),
    });
  }

  /** Members of an object; those that `member` does not take are skipped. */
  async #object(member: (key: string) => Promise<boolean>): Promise<void> {
    await this.#json.take(() => this.#json.enterObject());
    for (;;) {
      const key = await this.#json.take(() => this.#json.nextKey(KEYS));
      if (key === undefined) return;
      if (!(await member(key))) await this.#json.skip();
    }
  }

  async #list(element: () => Promise<void>): Promise<void> {
    await this.#json.take(() => this.#json.enterArray());
    while (await this.#json.take(() => this.#json.nextElement())) await element();
  }

  /** A text, or what another scalar is written as. */
  async #scalar(): Promise<string> {
    const first = await this.#json.take(() => this.#json.peek());
    if (first === 0x22) return this.#json.take(() => this.#json.text());
    if (first === 0x2d || (first >= 0x30 && first <= 0x39))
      return String(await this.#json.take(() => this.#json.number()));
    await this.#json.skip();
    return first === 0x74 ? "true" : first === 0x66 ? "false" : "";
  }
}
