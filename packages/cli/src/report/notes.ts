import { grouped, type Note, type Place } from "@flambeau/core";

/** A note in one line for a terminal: the sentence, how often, where first. */
export function noteLine(note: Note): string {
  const times = note.count > 1 ? `${grouped(note.count)} times` : undefined;
  const first = note.places[0] === undefined ? undefined : placeText(note.places[0]);
  const where = first === undefined ? undefined : note.count > 1 ? `first at ${first}` : `at ${first}`;
  const details = [times, where].filter((part) => part !== undefined).join(", ");
  return details === "" ? note.message : `${note.message} (${details})`;
}

function placeText(place: Place): string | undefined {
  if (place.line !== undefined) return `line ${grouped(place.line)}`;
  return place.offset === undefined ? undefined : `byte offset ${grouped(place.offset)}`;
}

/** Names and messages come from files: what a terminal would act on is made visible instead. */
export function printable(text: string): string {
  return text.replace(/[\x00-\x08\x0b-\x1f\x7f-\x9f]/g, (character) => {
    return `\\x${character.charCodeAt(0).toString(16).padStart(2, "0")}`;
  });
}
