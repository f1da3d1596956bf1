/** Numbers for people: three significant digits, 1e-5 style, the same in every locale. */

const DIGITS = 3;
/** Outside of these magnitudes a number is written with an exponent. */
const SMALLEST_PLAIN = 1e-3;
const LARGEST_PLAIN = 1e5;

/** `2e-5` for `2.00e-5`: an exponent without the zeros that say nothing. */
function exponential(value: number, digits: number): string {
  return value.toExponential(digits - 1).replace(/\.?0+e/, 'e').replace('e+', 'e');
}

/** A number in three significant digits, or as many as are asked for, e.g. `0.123`, `12.3`, `1,230`, `1.2e-5`, `NaN`, `∞`. */
export function formatNumber(value: number | null, digits = DIGITS): string {
  if (value === null) return '–';
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '∞' : '−∞';
  const size = Math.abs(value);
  if (size === 0) return '0';
  const text = size < SMALLEST_PLAIN || size >= LARGEST_PLAIN ? exponential(size, digits) : grouped(Number(size.toPrecision(digits)));
  return value < 0 ? `−${text}` : text;
}

function grouped(size: number): string {
  const [whole = '', fraction] = String(size).split('.');
  const thousands = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return fraction === undefined ? thousands : `${thousands}.${fraction}`;
}

/** Every digit of a whole number, grouped: steps and counts are names, not measurements. */
export function formatCount(value: number): string {
  return value < 0 ? `−${grouped(-Math.trunc(value))}` : grouped(Math.trunc(value));
}

/** A share of one as a percentage. */
export function formatShare(share: number): string {
  return `${formatCount(Math.round(share * 100))}\u00a0%`;
}

const SPANS: readonly (readonly [number, string])[] = [
  [86400, 'd'],
  [3600, 'h'],
  [60, 'min'],
];

/** A length of time in its largest unit: `12 s`, `3 min`, `2 h`. */
export function formatSpan(seconds: number): string {
  const unit = SPANS.find(([size]) => seconds >= size);
  return unit ? `${Math.floor(seconds / unit[0])} ${unit[1]}` : `${Math.max(0, Math.floor(seconds))} s`;
}

/** A count with its noun: `1 step`, `2,000 steps`. */
export function counted(count: number, noun: string): string {
  return `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`;
}
