import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import { environmentName } from "../../packages/server/src/ops/config.ts";
import { settings } from "../../packages/server/src/ops/schema.ts";
import { root } from "../architecture/files.ts";
import { expectGolden } from "../support/golden.ts";

const BEGIN = "<!-- settings: written by `npm run golden` -->\n";
const END = "<!-- /settings -->";

/** Every setting of the schema, as a table. */
function table(): string {
  const rows = settings().map(({ path, description, default: value }) => {
    const shown = value === undefined ? "" : `\`${value}\``;
    const variable = ["tokens", "tenants", "rules"].includes(path[0]!) ? "" : `\`${environmentName(path)}\``;
    return `| \`${path.join(".")}\` | ${description.replace(/\|/g, "\\|")} | ${shown} | ${variable} |`;
  });
  return ["| Setting | Meaning | Default | Environment |", "|---|---|---|---|", ...rows, ""].join("\n");
}

describe("the documentation of the server", () => {
  it("lists the settings of the schema", () => {
    const page = join(root, "docs/server.md");
    const text = readFileSync(page, "utf8");
    const [before, rest = ""] = text.split(BEGIN);
    expectGolden(page, `${before}${BEGIN}\n${table()}\n${END}${rest.split(END)[1]}`);
  });
});
