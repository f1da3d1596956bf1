/** Thresholds as a settings file. Pure. */

import type {Threshold} from '../api/types';

/** The section of one finding: what differs from the defaults, the rest as comments. `wanted` goes before what is in force. */
export function tomlOf(finding: string, thresholds: readonly Threshold[], wanted: Readonly<Record<string, number>>): string {
  const lines = thresholds.map(({name, default: usual, value}) => {
    const now = wanted[name] ?? value;
    return now === usual ? `# ${name} = ${numeral(usual, usual)}` : `${name} = ${numeral(now, usual)}`;
  });
  return [`[thresholds.${finding}]`, ...lines].join('\n');
}

/** TOML tells whole numbers from others, and so does the reader of the file: a whole default wants a whole number. */
function numeral(value: number, usual: number): string {
  if (Number.isInteger(usual) || !Number.isInteger(value)) return String(value);
  return `${value}.0`;
}
