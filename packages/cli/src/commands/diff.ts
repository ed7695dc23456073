import { type CommandModule, newCommand } from "./command.ts";
export const diff: CommandModule = { create: () => newCommand("flambeau diff", "") };
