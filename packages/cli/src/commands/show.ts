import { type CommandModule, newCommand } from "./command.ts";
export const show: CommandModule = { create: () => newCommand("flambeau show", "") };
