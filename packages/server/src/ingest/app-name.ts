import { Refusal } from "../refusal.ts";
import { NAME_TEXT } from "./labels.ts";

/** What `name=app{key=value,…}` says. */
export interface AppName {
  readonly app: string;
  /** As written; the caller checks and cleans them. */
  readonly labels: ReadonlyMap<string, string>;
}

const APP = /^[A-Za-z0-9_.\-/]+$/;

/**
 * Takes Pyroscope's `app{key=value,other=value}` apart. Values are not quoted and may hold anything but `,` and `}`.
 * @throws Refusal 400 that names the place
 */
export function parseAppName(name: string): AppName {
  const open = name.indexOf("{");
  const app = (open < 0 ? name : name.slice(0, open)).trim();
  if (app === "") throw bad(name, "the name of the application is empty");
  if (!APP.test(app)) throw bad(name, "an application's name holds letters, digits and _ . - / only");
  const labels = new Map<string, string>();
  if (open < 0) return { app, labels };
  const inner = name.trimEnd();
  if (!inner.endsWith("}")) throw bad(name, "the } after the labels is missing");
  for (const pair of inner.slice(open + 1, -1).split(",")) {
    if (pair.trim() === "") continue;
    const equals = pair.indexOf("=");
    if (equals < 0) throw bad(name, `the label ${JSON.stringify(pair.slice(0, 80))} has no =`);
    const key = pair.slice(0, equals).trim();
    if (!NAME_TEXT.test(key)) throw bad(name, `${JSON.stringify(key.slice(0, 80))} is no label name`);
    labels.set(key, pair.slice(equals + 1).trim());
  }
  return { app, labels };
}

function bad(name: string, why: string): Refusal {
  const shown = name.length > 200 ? `${name.slice(0, 200)}…` : name;
  return new Refusal(400, "bad-name", `name=${JSON.stringify(shown)} cannot be read: ${why}`);
}
