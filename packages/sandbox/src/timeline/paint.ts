const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, magenta: 35, cyan: 36 } as const;

/** A colour or weight of text in a terminal. */
export type Colour = keyof typeof CODES;

/** Gives text a colour, or leaves it as it is where nobody would see one. */
export type Paint = (colour: Colour, text: string) => string;

/** Colours for a terminal; plain text for files, pipes and people who set NO_COLOR. */
export function paintFor(
  stream: { readonly isTTY?: boolean | undefined },
  environment: NodeJS.ProcessEnv,
): Paint {
  const colourful = stream.isTTY === true && environment['NO_COLOR'] === undefined;
  return (colour, text) => (colourful && text !== '' ? `\u001b[${CODES[colour]}m${text}\u001b[0m` : text);
}
