import { type CommandModule, newCommand } from "./command.ts";
export const graph: CommandModule = { create: () => newCommand("flambeau graph", "") };
