import { FlambeauError } from "@flambeau/core";
import { describe, expect, it } from "vitest";
import { unopened } from "./unopened.ts";

const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

describe("unopened", () => {
  it("says what to do where the engine is missing, or has no binary for this platform", () => {
    for (const code of ["ERR_MODULE_NOT_FOUND", "ERR_DLOPEN_FAILED", "CHDB_PLATFORM"]) {
      expect(unopened(coded(code, "not there"), { store: "embedded", data: "d" })).toMatchObject({
        code: "unsupported",
        message: "the embedded engine (package chdb) cannot be loaded: not there",
        hint: expect.stringMatching(/npm install chdb.*--store clickhouse:/),
      });
    }
  });

  it("names the place of every other fault, and passes on what says enough", () => {
    const io = unopened(new Error("locked"), { store: "embedded", data: "d" });
    expect(io).toMatchObject({ code: "io", message: "the store in d cannot be opened: locked" });
    const store = "clickhouse://me:secret@db.example:8123/profiles";
    expect(unopened(coded("ECONNREFUSED", "connect ECONNREFUSED"), { store, data: "d" })).toMatchObject({
      code: "io",
      message: "the store on db.example:8123 cannot be opened: connect ECONNREFUSED",
      hint: expect.stringContaining("--store clickhouse://user:password@host:8123/database"),
    });
    const ours = new FlambeauError("io", "x");
    expect(unopened(ours, { store: "embedded", data: "d" })).toBe(ours);
  });
});
