import { FlambeauError } from "@flambeau/core";
import { CommanderError } from "commander";
import { ClosedPipe } from "../io/sink.ts";
import { say } from "./terminal.ts";

/** Exit codes: what scripts rely on. */
export const ExitCode = {
  ok: 0,
  /** The input or the call cannot be used. */
  unusable: 2,
  /** A fault of ours (EX_SOFTWARE of sysexits.h). */
  bug: 70,
  /** Whoever read our output has gone: 128 + SIGPIPE, as the shell sees it of any other tool. */
  closedPipe: 141,
} as const;

/** Reports what ended a command, and answers its exit code. */
export function reportFailure(error: unknown): number {
  if (error instanceof ClosedPipe) return ExitCode.closedPipe;
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.unusable;
  if (error instanceof FlambeauError) {
    say(`flambeau: ${error.describe()}`);
    if (error.hint !== undefined) say(`  ${error.hint}`);
    return ExitCode.unusable;
  }
  say("flambeau: this is a bug in flambeau, not a fault of your input. Please report it with this trace:");
  say(error instanceof Error ? (error.stack ?? String(error)) : String(error));
  return ExitCode.bug;
}
