/** TensorBoard's regular-expression filters. */

/** Whether text fits `pattern`: case-insensitive, anywhere; empty fits all, an invalid pattern fits nothing. */
export function matcher(pattern: string): (text: string) => boolean {
  if (pattern === '') return () => true;
  try {
    const regex = new RegExp(pattern, 'i');
    return (text) => regex.test(text);
  } catch {
    return () => false;
  }
}

/** Whether `pattern` can be read at all. */
export function valid(pattern: string): boolean {
  try {
    new RegExp(pattern);
    return true;
  } catch {
    return false;
  }
}
