import type { Symboliser } from "../symbols/symboliser.ts";
import { jsonAnswer } from "./answer.ts";
import type { Bodies } from "./bodies.ts";
import type { PlainHandler } from "./call.ts";

/** `POST /api/v1/symbols`: an ELF binary or its debug information; the answer says what it named. */
export function symbolRoute(symboliser: Symboliser, bodies: Bodies): PlainHandler {
  return (call) =>
    bodies.within(call.request, call.caller, async (ledger) => {
      const bytes = await bodies.read(call.request, call.caller, ledger);
      return jsonAnswer(200, await symboliser.upload(call.caller.tenant, bytes));
    });
}
