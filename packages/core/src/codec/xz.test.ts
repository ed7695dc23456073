import { describe, expect, it } from "vitest";
import { mutated, seeded } from "../../../../test/support/reading.ts";
import { FlambeauError } from "../util/errors.ts";
import { unxz } from "./xz.ts";

const bytes = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, "base64"));
const text = (unpacked: Uint8Array): string => Buffer.from(unpacked).toString("latin1");

const SHORT = "function hot() { return hot(hot()); } function hot() { return hotter(); }\n";
const LINES = Array.from(
  { length: 60 },
  (_, i) => `line ${((i + 1) ** 2 * 7919) % 1000} of hot functions ${i + 1}\n`,
).join("");

// Written by xz 5.4.1: -9e; --check=sha256 --lzma2=lc=1,lp=3,pb=1 --block-size=700; --check=none; --x86.
const PACKED_SHORT = bytes(
  "/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4ABJAC1dADMdSf+pYfsTBpsrjk8apoC23L2UoeGxeoj1p78FzFlw2r8DPcW7AOskWMyAAAAAAACfWfvaHYF0ywABSUrp6TSXH7bzfQEAAAAABFla",
);
const PACKED_BLOCKS = bytes(
  "/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4AK7ALVJADYaSjS3tg22ip60Soc4LqG2IjDb7UcuSdWEm6vfPbQIzmAT8Pj6lhEni4aORQyfEUxD/o4a3ob2G0rAYgIfgnkSMFLdQmpuxydO1WW4kbaW8Pb17/pauJ/Yocg00Osa6jkWOlaE0rCQRrFWZr2opOTsuQW70/GuGcIMCoK4yJ7oYsSlNfLvBv2zYt8of06DylExzwQnlAKCusYnE2qxJ8eWhraX4aOpwdhG/GnZoJPLB+IIh2IAAAAANJWHMj2KmQJJOE0D0FdciXx85x0a9Vd9BmMDagnRAfYCACEBFgAAAHQv5aPgArsAsEkAEBmLHFM4QRmgcaYJzFIx2xUaTwL3o2AvGZVw5P5V0ycwgkFRR0peysB1iGeh29kQWeOR2BsKiXM3myul5qMfqhmwEBPT1P/EftzUO8sGpjwJeTMBLUtaWlWCaCqfNhQ360NPMn4yHjZM5pxyTJQTSIOQrmwbrOkgEkZNf3muDXOjus81MGX53rrxppZtEXgbIOl1ga31d6IU4+X/VYNf/3FZrhyHiC9Tzcqh0vwdFHYAEVANlADaM8MY9vsOg4tg/77HWo5T1X32g3vM5aay4qoCACEBFgAAAHQv5aPgAUMAZkkANxzAI3bS9QjmS7XmhHySTT2tOMrKTlpoPc25ELDd1Tuf/ZVehRp/YI6ATvY4UBny0F/PzdXz4tW5bPoPKkHz1TVEMFLPgIxICXWHVP0+JLefCI3qqi3dqNKrudj3uRssXkf3JcjSAAAABlIz+2uPQ/7SFCpnJFQso1JEJ+q/j+2DFeXcl9o4EMcAA+kBvAXkAbwFmgHEAgAAqDs+AKsKhsoEAAAAAApZWg==",
);
const PACKED_NOISE = bytes(
  "/Td6WFoAAAD/EtlBAgAhARYAAAB0L+WjAQAnALvezvOzdaCbzJptq7oD6tgzYsvW6mzFWpPXixjjVdLEj5tPEkpetQAAATgoKqGsAgZynnoBAAAAAABZWg==",
);
const PACKED_X86 = bytes(
  "/Td6WFoAAATm1rRGAgEEACEBFgANhjUf4ABJAC1dADMdSf+pYfsTBpsrjk8apoC23L2UoeGxeoj1p78FzFlw2r8DPcW7AOskWMyAAAAAAACfWfvaHYF0ywABSUrp6TSXH7bzfQEAAAAABFla",
);

describe("xz", () => {
  it("unpacks matches, repeats and literals", () => {
    expect(text(unxz(PACKED_SHORT, 1000))).toBe(SHORT);
  });

  it("unpacks several blocks, whatever the check and the properties", () => {
    expect(text(unxz(PACKED_BLOCKS, 10_000))).toBe(LINES);
  });

  it("unpacks what is stored as it is", () => {
    const noise = Array.from({ length: 40 }, (_, i) =>
      Number(((BigInt(i) ** 3n * 2654435761n) >> 13n) & 255n),
    );
    expect([...unxz(PACKED_NOISE, 40)]).toEqual(noise);
  });

  it.each([
    ["too-large", () => unxz(PACKED_BLOCKS, 1000)],
    ["unsupported", () => unxz(PACKED_X86, 1000)],
    ["malformed", () => unxz(bytes("AAAA"), 1000)],
    ["malformed", () => unxz(PACKED_SHORT.subarray(0, 40), 1000)],
  ])("refuses what is %s", (code, act) => {
    expect(act).toThrow(expect.objectContaining({ code }));
  });

  it("survives any damage", () => {
    const random = seeded(5);
    let whole = 0;
    for (let round = 0; round < 1500; round++) {
      const damaged = mutated(round % 2 === 0 ? PACKED_BLOCKS : PACKED_SHORT, random);
      try {
        expect(unxz(damaged, 10_000).length).toBeLessThanOrEqual(10_000);
        whole++;
      } catch (error) {
        expect(error).toBeInstanceOf(FlambeauError);
      }
    }
    expect(whole).toBeGreaterThan(100);
  });
});
