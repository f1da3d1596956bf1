/** TensorBoard's smoothing of a scalar: an exponential moving average, corrected for its start at zero. Pure. */

/**
 * The smoothed values. `weight` 0 … below 1 is the share of the past; 0 gives the values back.
 *
 * Values that are not finite pass through and are left out of the average, and a series that never changes is its own
 * average, as in TensorBoard's Time Series: two tabs of one window must not disagree about a line.
 */
export function smooth(values: ArrayLike<number>, weight: number): Float64Array {
  const out = Float64Array.from(values);
  if (weight <= 0 || isConstant(values)) return out;
  let average = 0;
  let count = 0;
  for (let i = 0; i < out.length; i++) {
    const value = out[i] ?? NaN;
    if (!Number.isFinite(value)) continue;
    average = average * weight + (1 - weight) * value;
    count++;
    out[i] = average / (1 - weight ** count);
  }
  return out;
}

function isConstant(values: ArrayLike<number>): boolean {
  for (let i = 1; i < values.length; i++) {
    if (values[i] !== values[0]) return false;
  }
  return true;
}
