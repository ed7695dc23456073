import type { Engine } from "../engine/engine.ts";
import { StoreError } from "../store.ts";

/** The part of an engine that reads need. */
export type ReadEngine = Pick<Engine, "columns">;

/** A regular expression that the engine cannot make anything of: too large, or with what RE2 does not have. */
const BAD_EXPRESSION = /cannot compile re2: \^\(\?:([\s\S]{0,200}?)\)\$, error: (.{0,200}?)\. Look at/i;

/** Says what is wrong with a selector's regular expression: that is the asker's fault, not the engine's. */
export function refusingExpressions(engine: ReadEngine): ReadEngine {
  return {
    async columns(sql, params) {
      try {
        return await engine.columns(sql, params);
      } catch (error) {
        const found = BAD_EXPRESSION.exec(error instanceof Error ? error.message : "");
        if (found === null) throw error;
        throw new StoreError(
          "bad-expression",
          `the regular expression /${found[1]}/ is refused: ${found[2]}`,
        );
      }
    },
  };
}
