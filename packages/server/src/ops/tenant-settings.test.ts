import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { TenantSettings } from "./tenant-settings.ts";

const folder = mkdtempSync(join(tmpdir(), "flambeau-settings-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("the settings of Grafana's users", () => {
  it("are kept for each tenant, and are there after a restart", async () => {
    const settings = new TenantSettings(folder);
    expect(await settings.list("alice")).toEqual([]);
    await Promise.all([
      settings.set("alice", { name: "maxNodes", value: "100", modifiedAt: 5 }),
      settings.set("alice", { name: "__proto__", value: "x", modifiedAt: 5 }),
      settings.set("Alice", { name: "maxNodes", value: "7", modifiedAt: 5 }),
    ]);
    const again = new TenantSettings(folder);
    expect(await again.list("alice")).toEqual([
      { name: "__proto__", value: "x", modifiedAt: 5 },
      { name: "maxNodes", value: "100", modifiedAt: 5 },
    ]);
    expect(await again.list("Alice")).toHaveLength(1);
    expect(readdirSync(folder).filter((name) => !/^[0-9a-f]{64}\.json$/.test(name))).toEqual([]);
  });

  it("are not overwritten by older ones, and can be deleted", async () => {
    const settings = new TenantSettings(folder);
    const set = (value: string, modifiedAt: number) => settings.set("bob", { name: "a", value, modifiedAt });
    await set("new", 10);
    await expect(set("old", 9)).rejects.toMatchObject({ status: 409 });
    await expect(settings.delete("bob", "a", 9)).rejects.toMatchObject({ status: 409 });
    await set("newer", 11);
    expect(await settings.list("bob")).toEqual([{ name: "a", value: "newer", modifiedAt: 11 }]);
    await settings.delete("bob", "a", 12);
    await settings.delete("bob", "never there", 12);
    expect(await settings.list("bob")).toEqual([]);
  });

  it("are bounded", async () => {
    const settings = new TenantSettings(folder);
    const set = (name: string, value: string) => settings.set("carol", { name, value, modifiedAt: 1 });
    expect(() => set("a", "x".repeat(70_000))).toThrow(/at most/);
    expect(() => set("a".repeat(2000), "x")).toThrow(/at most/);
    expect(() => set("", "x")).toThrow(/needs a name/);
    expect(() => settings.delete("carol", "", 1)).toThrow(/which setting/);
  });
});
