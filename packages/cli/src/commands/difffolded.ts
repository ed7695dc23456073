import { type CommandModule, newCommand } from "./command.ts";
export const difffolded: CommandModule = { create: () => newCommand("flambeau difffolded", "") };
