import { readFileSync } from "node:fs";
import { FlambeauError } from "@flambeau/core";
import { parse as parseYaml, YAMLParseError } from "yaml";
import type { z } from "zod";
import { tokenFromEnvironment } from "./auth.ts";
import { type Config, checkConfig, settings } from "./schema.ts";

/** Values as flags, environment and file give them: checked together, once. */
export type RawConfig = Record<string, unknown>;

const PREFIX = "FLAMBEAU_";
/** Of the environment, but not of the configuration. */
const NOT_SETTINGS: ReadonlySet<string> = new Set(["FLAMBEAU_CONFIG", "FLAMBEAU_TOKEN", "FLAMBEAU_SERVER"]);

/**
 * The configuration from its three sources: flags win over the environment (`FLAMBEAU_LIMITS_BODY=8MiB`), that wins
 * over the file.
 * @throws FlambeauError usage, which names the place of each fault
 */
export function loadConfig(
  file: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
  flags: RawConfig,
): Config {
  const path = file ?? environment.FLAMBEAU_CONFIG;
  const fromFile = path === undefined ? {} : readFile(path);
  const fromEnvironment = readEnvironment(environment);
  const merged = merge(merge(fromFile, fromEnvironment), flags);
  const result = checkConfig(merged);
  if ("config" in result) {
    const own = tokenFromEnvironment(environment.FLAMBEAU_TOKEN);
    return { ...result.config, tokens: [...result.config.tokens, ...own] };
  }
  const source = (place: readonly PropertyKey[]): string => {
    if (hasPath(flags, place)) return `--${kebab(String(place[0]))}`;
    if (hasPath(fromEnvironment, place)) return environmentName(place);
    return path ?? "configuration";
  };
  const faults = result.issues.map((issue) => `${source(issue.path)}: ${describe(issue)}`);
  throw new FlambeauError("usage", `the configuration cannot be used:\n  ${faults.join("\n  ")}`, {
    hint: "docs/server.md lists every setting.",
  });
}

function describe(issue: z.core.$ZodIssue): string {
  const place = issue.path
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  const shown = place.replace(/^\./, "");
  if (issue.code === "unrecognized_keys") {
    return `${issue.keys.map((key) => JSON.stringify(shown === "" ? key : `${shown}.${key}`)).join(", ")} is no setting`;
  }
  return `${shown === "" ? "the whole" : shown}: ${issue.message}`;
}

function readFile(path: string): RawConfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new FlambeauError("io", `the configuration ${path} cannot be read: ${(cause as Error).message}`, {
      cause,
    });
  }
  try {
    const value: unknown = parseYaml(text);
    if (value === null || value === undefined) return {};
    if (typeof value !== "object" || Array.isArray(value)) throw new Error("it is no list of settings");
    return value as RawConfig;
  } catch (cause) {
    const line = cause instanceof YAMLParseError ? cause.linePos?.[0].line : undefined;
    throw new FlambeauError("usage", `the configuration ${path} is no YAML: ${(cause as Error).message}`, {
      ...(line === undefined ? {} : { line }),
      cause,
    });
  }
}

/** `FLAMBEAU_LISTEN`, `FLAMBEAU_LIMITS_SERIES_PER_PROFILE`: the settings' names in capitals. */
function readEnvironment(environment: Readonly<Record<string, string | undefined>>): RawConfig {
  const known = new Map(settings().map(({ path }) => [environmentName(path), path]));
  const values: RawConfig = {};
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || text === undefined || NOT_SETTINGS.has(name)) continue;
    const path = known.get(name);
    // Other programs of ours may use the prefix, so that a name that is not known is no fault.
    if (path === undefined) continue;
    const value = parsedValue(text, name);
    if (path.length === 1) values[path[0]!] = value;
    else values[path[0]!] = { ...(values[path[0]!] as RawConfig | undefined), [path[1]!]: value };
  }
  return values;
}

/** `limits.seriesPerProfile` → `FLAMBEAU_LIMITS_SERIES_PER_PROFILE`. */
export function environmentName(path: readonly PropertyKey[]): string {
  return PREFIX + path.map((part) => kebab(String(part)).replace(/-/g, "_").toUpperCase()).join("_");
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Texts of the environment as YAML reads them: numbers, true and false, `[a, b]`. */
function parsedValue(text: string, name: string): unknown {
  try {
    return parseYaml(text) as unknown;
  } catch (cause) {
    throw new FlambeauError("usage", `${name} cannot be read: ${(cause as Error).message}`, { cause });
  }
}

function merge(base: RawConfig, over: RawConfig): RawConfig {
  const merged = { ...base };
  for (const [key, value] of Object.entries(over)) {
    if (value === undefined) continue;
    const both = isObject(value) && isObject(merged[key]);
    merged[key] = both ? { ...(merged[key] as RawConfig), ...value } : value;
  }
  return merged;
}

function isObject(value: unknown): value is RawConfig {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasPath(values: RawConfig, path: readonly PropertyKey[]): boolean {
  let value: unknown = values;
  for (const part of path) {
    if (!isObject(value) || !(part in value)) return false;
    value = value[String(part)];
  }
  return path.length > 0;
}
