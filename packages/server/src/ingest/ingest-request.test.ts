import { gunzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { corpusFiles, haveCorpus, readCorpus } from "../../../../test/support/corpus.ts";
import { encoded } from "../../../../test/support/protobuf.ts";
import { NOW, pprofOf, Recorder, type Sketch } from "../../../../test/support/push.ts";
import { takeIngest } from "./ingest-request.ts";

type Body = Uint8Array | string | Record<string, Uint8Array | string>;

const bytesOf = (body: Uint8Array | string): Uint8Array =>
  typeof body === "string" ? new TextEncoder().encode(body) : body;

async function ingest(
  query: string,
  body: Body,
  recorder: Recorder = new Recorder(),
  contentType = "",
): Promise<Recorder> {
  await takeIngest(recorder.ingestor, {
    tenant: "t",
    query: new URLSearchParams(query),
    contentType,
    body:
      typeof body === "string" || body instanceof Uint8Array
        ? bytesOf(body)
        : new Map(Object.entries(body).map(([name, part]) => [name, bytesOf(part)])),
    unpack: async (bytes) => (bytes[0] === 0x1f ? gunzipSync(bytes) : bytes),
  });
  return recorder;
}

const FOLDED = "main;work 3\nmain;idle 1\n";
const SHOP_CPU = "process_cpu:cpu:nanoseconds:cpu:nanoseconds{service_name=shop}";

/** A node of the binary forms: name, value, children. */
type Node = readonly [name: string, value: number, ...children: Node[]];
function binary([name, value, ...children]: Node): number[] {
  const text = [...new TextEncoder().encode(name)];
  return [text.length, ...text, value, children.length, ...children.flatMap(binary)];
}

describe("/ingest", () => {
  it("turns sampled counts into nanoseconds by the sample rate", async () => {
    expect((await ingest("name=shop", FOLDED)).stored).toEqual({
      [SHOP_CPU]: ["main;idle 10000000", "main;work 30000000"],
    });
    expect((await ingest("name=shop.cpu&sampleRate=1000", FOLDED)).stored).toEqual({
      [SHOP_CPU]: ["main;idle 1000000", "main;work 3000000"],
    });
    expect((await ingest("name=shop.wall&units=samples&aggregationType=sum", FOLDED)).stored).toEqual({
      "wall:wall:nanoseconds:cpu:nanoseconds{service_name=shop}": [
        "main;idle 10000000",
        "main;work 30000000",
      ],
    });
  });

  it("leaves bytes and objects as they are", async () => {
    expect((await ingest("name=shop.inuse_space&sampleRate=1000", FOLDED)).stored).toEqual({
      "memory:inuse_space:bytes:cpu:nanoseconds{service_name=shop}": ["main;idle 1", "main;work 3"],
    });
  });

  it("takes labels, the spy's name, and the time of the query", async () => {
    const recorder = await ingest(
      "name=shop{region=eu}&from=1767225000&until=1767225010&spyName=myspy",
      FOLDED,
    );
    const [one] = recorder.profiles;
    expect(one!.labels.map(({ name, value }) => `${name}=${value}`)).toEqual([
      "pyroscope_spy=myspy",
      "region=eu",
      "service_name=shop",
    ]);
    expect([one!.start, one!.duration]).toEqual([NOW - 600_000_000_000n, 10_000_000_000n]);
    const named = await ingest("name=shop{service_name=real}", FOLDED);
    expect(Object.keys(named.stored)[0]).toMatch(/\{app_name=shop,service_name=real\}$/);
  });

  it("reads lines, each a sample, numbers and all", async () => {
    expect((await ingest("name=shop&format=lines", "main;work 3\r\nmain;work 3\nmain;idle")).stored).toEqual({
      [SHOP_CPU]: ["main;idle 10000000", "main;work 3 20000000"],
    });
  });

  it("reads tries and trees, by format and by content type", async () => {
    const trie = Uint8Array.from(binary(["", 0, ["main;", 0, ["work", 3, [";in", 1]], ["wo", 2]]]));
    const expected = {
      [SHOP_CPU]: ["main;wo 20000000", "main;work 30000000", "main;work;in 10000000"],
    };
    expect((await ingest("name=shop&format=trie", trie)).stored).toEqual(expected);
    expect((await ingest("name=shop", trie, new Recorder(), "binary/octet-stream+trie")).stored).toEqual(
      expected,
    );
    const tree = Uint8Array.from(binary(["", 0, ["main", 0, ["work", 3, ["in", 1]], ["wo", 2]]]));
    expect((await ingest("name=shop&format=tree", tree)).stored).toEqual(expected);
    expect((await ingest("name=shop", tree, new Recorder(), "binary/octet-stream+tree")).stored).toEqual(
      expected,
    );
  });

  it("reads speedscope: times as they are, numbers without a unit by the sample rate", async () => {
    const file = (unit: string): string =>
      JSON.stringify({
        $schema: "https://www.speedscope.app/file-format-schema.json",
        shared: { frames: [{ name: "main" }] },
        profiles: [
          { type: "sampled", name: "x", unit, startValue: 0, endValue: 5, samples: [[0]], weights: [5] },
        ],
      });
    const weights = async (unit: string): Promise<object> =>
      (await ingest("name=shop&format=speedscope", file(unit))).stored;
    expect(await weights("none")).toEqual({ [SHOP_CPU]: ["main 50000000"] });
    expect(await weights("milliseconds")).toEqual({ [SHOP_CPU]: ["main 5000000"] });
    expect(await weights("bytes")).toEqual({
      "memory:space:bytes:space:bytes{service_name=shop}": ["main 5"],
    });
  });

  describe("pprof", () => {
    const go: Sketch = {
      types: ["samples/count", "cpu/nanoseconds"],
      period: ["cpu/nanoseconds", 10_000_000],
      time: NOW,
      samples: [["main", [2, 20_000_000]]],
    };

    it("is never rescaled, raw or as a form", async () => {
      const expected = {
        "process_cpu:samples:count:cpu:nanoseconds{service_name=shop}": ["main 2"],
        [SHOP_CPU]: ["main 20000000"],
      };
      const bytes = await pprofOf(go);
      expect((await ingest("name=shop&sampleRate=1&format=pprof", bytes)).stored).toEqual(expected);
      expect((await ingest("name=shop&sampleRate=1", { profile: bytes })).stored).toEqual(expected);
    });

    it("is named by its types and their display names; any wall wins", async () => {
      const named = async (types: string[], config?: object): Promise<string> => {
        const profile = await pprofOf({ types, samples: [["main", types.map(() => 1)]] });
        const parts =
          config === undefined ? { profile } : { profile, sample_type_config: JSON.stringify(config) };
        return Object.keys((await ingest("name=shop", parts)).stored)
          .map((key) => key.split(":::")[0]!.split("::{")[0]!)
          .join();
      };
      expect(await named(["inuse_space/bytes"])).toBe("memory:inuse_space:bytes");
      const mutex = {
        contentions: { "display-name": "mutex_count" },
        delay: { "display-name": "mutex_duration" },
      };
      expect(await named(["contentions/count", "delay/nanoseconds"], mutex)).toBe(
        "mutex:contentions:count,mutex:delay:nanoseconds",
      );
      const block = {
        contentions: { "display-name": "block_count" },
        delay: { "display-name": "block_duration" },
      };
      expect(await named(["contentions/count", "delay/nanoseconds"], block)).toBe(
        "block:contentions:count,block:delay:nanoseconds",
      );
      expect(await named(["goroutine/count"])).toBe("goroutines:goroutine:count");
      expect(await named(["cpu/nanoseconds", "wall/nanoseconds"])).toBe(
        "process_cpu:cpu:nanoseconds,wall:wall:nanoseconds",
      );
      expect(await named(["cats/count"])).toBe("cats:cats:count");
    });

    it("uses the query's time where the profile has none, or one of 1970", async () => {
      for (const time of [undefined, 5n]) {
        const { time: _, ...rest } = go;
        const bytes = await pprofOf(time === undefined ? rest : { ...rest, time });
        const recorder = await ingest("name=shop&from=1767225590&until=1767225600", { profile: bytes });
        expect([recorder.profiles[0]!.start, recorder.profiles[0]!.duration]).toEqual([
          NOW - 10_000_000_000n,
          10_000_000_000n,
        ]);
      }
    });

    it("refuses a cumulative profile, and a form without a profile", async () => {
      const bytes = await pprofOf(go);
      await expect(ingest("name=shop", { profile: bytes, prev_profile: bytes })).rejects.toMatchObject({
        status: 422,
      });
      await expect(ingest("name=shop", { other: "x" })).rejects.toThrow('no part "profile"; it has "other"');
      await expect(ingest("name=shop", { profile: bytes, sample_type_config: "{" })).rejects.toThrow(
        "is no JSON",
      );
    });
  });

  it("refuses bad calls in words", async () => {
    await expect(ingest("", FOLDED)).rejects.toMatchObject({ status: 400, code: "bad-name" });
    await expect(ingest("name=shop{", FOLDED)).rejects.toMatchObject({ status: 400 });
    await expect(ingest("name=shop&from=soon", FOLDED)).rejects.toMatchObject({
      status: 400,
      code: "bad-time",
    });
    await expect(ingest("name=shop&sampleRate=-1", FOLDED)).rejects.toMatchObject({ status: 400 });
    await expect(ingest("name=shop&from=1", FOLDED)).rejects.toMatchObject({
      status: 422,
      code: "out-of-time",
    });
    await expect(ingest("name=shop&from=1767229200", FOLDED)).rejects.toThrow(
      "lies ahead of this server's clock",
    );
    await expect(ingest("name=shop", "")).rejects.toThrow("empty");
  });

  it("says where a trie is broken, whatever it claims", async () => {
    const trie = (...bytes: number[]): Promise<Recorder> =>
      ingest("name=shop&format=trie", Uint8Array.from(bytes));
    await expect(trie(0xff, 0xff, 0xff, 0xff, 0x7f, 97)).rejects.toThrow("the input ends within a name");
    await expect(trie(0, 0, 5, 1, 97)).rejects.toThrow("the input ends within a value");
    await expect(trie(...Array(11).fill(0x80))).rejects.toThrow("more than ten bytes");
    const endless = [...Array(17 << 10).keys()].flatMap(() => [1, 97, 0, 1]);
    await expect(trie(0, 0, 1, ...endless)).rejects.toThrow("longer than 16384 bytes");
    const deep = Uint8Array.from([
      0,
      0,
      1,
      ...[...Array(200).keys()].flatMap((i) => [2, 97, 59, 0, i === 199 ? 0 : 1]),
    ]);
    deep[deep.length - 2] = 1;
    await expect(ingest("name=shop&format=trie", deep)).rejects.toMatchObject({ code: "too-deep" });
  });

  it.skipIf(!haveCorpus)("reads a Java agent's recording with its labels", async () => {
    const file = corpusFiles("jfr").find((name) => name === "grafana__pyroscope__dump2.jfr.gz")!;
    const jfr = readCorpus("jfr", file);
    const recorder = new Recorder({ oldest: 10 * 365 * 86_400 });
    const plain = jfr[0] === 0x1f ? gunzipSync(jfr) : jfr;
    // Context 0 has no labels; others are given one each.
    const entry = (key: number, value: Uint8Array | string): Uint8Array =>
      encoded([
        [1, key],
        [2, value],
      ]);
    const context = encoded([
      [
        1,
        encoded([
          [1, 1],
          [2, 2],
        ]),
      ],
    ]);
    const labels = encoded([
      ...[...Array(64).keys()].map((id) => [1, entry(id, context)] as const),
      [2, entry(1, "endpoint")],
      [2, entry(2, "/pay")],
    ]);
    await ingest("name=shop&format=jfr&sampleRate=100", { jfr: plain, labels }, recorder);
    const types = new Set(recorder.profiles.map(({ type }) => type));
    expect([...types]).toContain("process_cpu:cpu:nanoseconds:cpu:nanoseconds");
    expect(recorder.profiles.some(({ labels: own }) => own.some(({ value }) => value === "/pay"))).toBe(true);
  });
});
