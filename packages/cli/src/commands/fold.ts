import { type CommandModule, newCommand } from "./command.ts";
export const fold: CommandModule = { create: () => newCommand("flambeau fold", "") };
