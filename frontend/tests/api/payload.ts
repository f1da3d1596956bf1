/** Bodies as the server packs them, written independently of the decoder. */

export function pack(header: object, arrays: readonly (Float64Array | Uint8Array)[]): ArrayBuffer {
  let text = JSON.stringify(header);
  while ((4 + new TextEncoder().encode(text).length) % 8 !== 0) text += ' ';
  const head = new TextEncoder().encode(text);
  const body = new Uint8Array(4 + head.length + arrays.reduce((n, a) => n + a.byteLength, 0));
  new DataView(body.buffer).setUint32(0, head.length, true);
  body.set(head, 4);
  let at = 4 + head.length;
  for (const array of arrays) {
    body.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at);
    at += array.byteLength;
  }
  return body.buffer;
}
