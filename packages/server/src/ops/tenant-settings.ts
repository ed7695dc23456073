import { createHash } from "node:crypto";
import { mkdir, open, readFile, rename } from "node:fs/promises";
import { join } from "node:path";
import { Refusal } from "../refusal.ts";

/** Something that users chose in Grafana's app: the server keeps it and knows nothing of it. */
export interface Setting {
  readonly name: string;
  readonly value: string;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
}

const MOST_SETTINGS = 1000;
const LONGEST_NAME = 1024;
const LONGEST_VALUE = 64 << 10;

/** Keeps the settings of each tenant in a file of its own: `FOLDER/<SHA-256 of the tenant>.json`. */
export class TenantSettings {
  readonly #folder: string;
  /** Changes of one tenant happen one after the other. */
  readonly #changes = new Map<string, Promise<unknown>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** All settings of a tenant, by name. */
  async list(tenant: string): Promise<Setting[]> {
    const all = await this.#read(tenant);
    return [...all.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** @throws Refusal where it is too large, or older than what is kept */
  set(tenant: string, setting: Setting): Promise<void> {
    if (setting.name === "") throw new Refusal(400, "no-name", "a setting needs a name");
    if (setting.name.length > LONGEST_NAME || setting.value.length > LONGEST_VALUE)
      throw new Refusal(
        413,
        "too-large",
        `a setting's name has at most ${LONGEST_NAME} characters, its value ${LONGEST_VALUE}`,
      );
    return this.#change(tenant, setting.name, setting.modifiedAt, (all) => {
      if (all.size >= MOST_SETTINGS && !all.has(setting.name))
        throw new Refusal(413, "too-large", `a tenant has at most ${MOST_SETTINGS} settings`);
      all.set(setting.name, setting);
    });
  }

  /** @throws Refusal where what is kept is newer than `at` */
  delete(tenant: string, name: string, at: number): Promise<void> {
    if (name === "") throw new Refusal(400, "no-name", "which setting is to be deleted?");
    return this.#change(tenant, name, at, (all) => all.delete(name));
  }

  #change(
    tenant: string,
    name: string,
    at: number,
    apply: (all: Map<string, Setting>) => unknown,
  ): Promise<void> {
    const before = this.#changes.get(tenant) ?? Promise.resolve();
    const change = before
      .catch(() => undefined)
      .then(async () => {
        const all = await this.#read(tenant);
        const known = all.get(name);
        if (known !== undefined && known.modifiedAt > at)
          throw new Refusal(409, "newer-setting", `${JSON.stringify(name)} was changed in the meantime`);
        apply(all);
        await this.#write(tenant, all);
      });
    const settled = change
      .catch(() => undefined)
      .then(() => {
        if (this.#changes.get(tenant) === settled) this.#changes.delete(tenant);
      });
    this.#changes.set(tenant, settled);
    return change;
  }

  #path(tenant: string): string {
    return join(this.#folder, `${createHash("sha256").update(tenant).digest("hex")}.json`);
  }

  async #read(tenant: string): Promise<Map<string, Setting>> {
    try {
      const all = JSON.parse(await readFile(this.#path(tenant), "utf8")) as Setting[];
      return new Map(all.map((setting) => [setting.name, setting]));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
      throw error;
    }
  }

  /** A half-written file must never be taken for a whole one. */
  async #write(tenant: string, all: ReadonlyMap<string, Setting>): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    const path = this.#path(tenant);
    const file = await open(`${path}.part`, "w");
    try {
      await file.writeFile(JSON.stringify([...all.values()]));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(`${path}.part`, path);
  }
}
