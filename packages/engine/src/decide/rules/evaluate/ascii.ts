const NOT_ASCII = /[\u0080-\uffff]/;

/** Units that are turned into text at once: as many as a call may safely have arguments. */
const CHUNK = 4_096;

/** A text with its letters A to Z in lower case, and nothing else changed. */
export function lowerAscii(text: string): string {
  return NOT_ASCII.test(text) ? changed(text, { from: 65, by: 32 }) : text.toLowerCase();
}

/** A text with its letters a to z in upper case, and nothing else changed. */
export function upperAscii(text: string): string {
  return NOT_ASCII.test(text) ? changed(text, { from: 97, by: -32 }) : text.toUpperCase();
}

interface Change {
  readonly from: number;
  readonly by: number;
}

/** Moves the 26 letters that begin at `from`. Unit by unit, because the platform's own functions would change others. */
function changed(text: string, { from, by }: Change): string {
  let result = '';
  for (let start = 0; start < text.length; start += CHUNK) {
    const units: number[] = [];
    for (let index = start; index < text.length && index < start + CHUNK; index++) {
      const unit = text.charCodeAt(index);
      units.push(unit >= from && unit < from + 26 ? unit + by : unit);
    }
    result += String.fromCharCode(...units);
  }
  return result;
}
