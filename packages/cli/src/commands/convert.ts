import { type CommandModule, newCommand } from "./command.ts";
export const convert: CommandModule = { create: () => newCommand("flambeau convert", "") };
