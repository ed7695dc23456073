import { Command, Help, type Option } from "commander";
import { openOutput } from "../io/sink.ts";
import { say } from "../report/terminal.ts";

/** What a file of this folder exports: how one subcommand is spelled and what it does. */
export interface CommandModule {
  /** The command with its options and action; made only when it is used. */
  create(): Command;
  /** Option names of the program that it stands in for: abbreviations of them win. */
  readonly dropIn?: ReadonlySet<string> | undefined;
}

/** A command whose help and errors look alike in all of Flambeau. */
export function newCommand(name: string, summary: string): Command {
  return new Command(name)
    .description(summary)
    .exitOverride()
    .helpOption("-h, --help", "show this help")
    .showHelpAfterError(`Try: ${name} --help`)
    .configureHelp({ helpWidth: helpWidth(), optionTerm: longFirst })
    .configureOutput({
      writeOut: (text) => void openOutput("-").write(new TextEncoder().encode(text)),
      writeErr: (text) => say(text.replace(/^error: /, "flambeau: ").trimEnd()),
    });
}

/** Adds examples below a command's help. */
export function withExamples(command: Command, examples: string): Command {
  const lines = examples.trim().split("\n");
  return command.addHelpText("after", `\nExamples:\n${lines.map((line) => `  ${line.trim()}`).join("\n")}`);
}

function helpWidth(): number {
  return Math.min(process.stdout.columns || 100, 110);
}

/** Options line up by their long names whether or not there is a short one. */
function longFirst(option: Option): string {
  const term = Help.prototype.optionTerm.call(new Help(), option);
  return option.short === undefined ? `    ${term}` : term;
}
