/** A chart as a picture to take along: its canvas under a title, above the key to its colours. */

import type {Ink} from './ink';

/** What a line or a colour stands for. */
export interface PictureKey {
  readonly label: string;
  readonly colour: string;
  readonly dash: readonly number[];
}

export interface Picture {
  readonly canvas: HTMLCanvasElement;
  readonly title: string;
  readonly keys: readonly PictureKey[];
  /** Colours of a heatmap from its lowest to its highest value; null: there is no such scale. */
  readonly scale: {readonly colours: readonly string[]; readonly low: string; readonly high: string} | null;
  readonly ink: Ink;
}

/** CSS pixels. */
const PAD = 12;
const LINE = 20;
const KEY = 24;
const BAR = 160;

/** The picture on the colour of the page's cards. `pixels`: device pixels of one CSS pixel. */
export function pictureOf(picture: Picture, pixels: number): HTMLCanvasElement {
  const {canvas, title, ink} = picture;
  const out = document.createElement('canvas');
  const context = out.getContext('2d');
  if (!context) return out;
  const width = canvas.width / pixels + 2 * PAD;
  const font = `12px ${ink.family}`;
  context.font = font;
  const places = flow(picture.keys.map((k) => context.measureText(k.label).width + KEY + PAD), width - 2 * PAD);
  const body = PAD + LINE + canvas.height / pixels;
  const lines = (places.at(-1)?.line ?? -1) + 1 + (picture.scale ? 1 : 0);
  out.width = Math.round(width * pixels);
  out.height = Math.round((body + PAD + lines * LINE) * pixels);
  context.fillStyle = ink.card;
  context.fillRect(0, 0, out.width, out.height);
  context.drawImage(canvas, PAD * pixels, (PAD + LINE) * pixels);
  context.scale(pixels, pixels);
  context.textBaseline = 'middle';
  context.fillStyle = ink.text;
  context.font = `600 ${font}`;
  context.fillText(title, PAD, PAD + LINE / 2);
  context.font = font;
  picture.keys.forEach((key, i) => drawKey(context, key, PAD + (places[i]?.x ?? 0), body + ((places[i]?.line ?? 0) + 0.5) * LINE, ink));
  if (picture.scale) drawScale(context, picture.scale, body + LINE / 2, ink);
  return out;
}

/** Where pieces of these widths stand, one after the other, in lines `room` wide. Pure. */
export function flow(widths: readonly number[], room: number): readonly {readonly x: number; readonly line: number}[] {
  let x = 0;
  let line = 0;
  return widths.map((width) => {
    if (x > 0 && x + width > room) {
      x = 0;
      line++;
    }
    const place = {x, line};
    x += width;
    return place;
  });
}

function drawKey(context: CanvasRenderingContext2D, {label, colour, dash}: PictureKey, x: number, y: number, ink: Ink): void {
  context.strokeStyle = colour;
  context.lineWidth = 2;
  context.setLineDash([...dash]);
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + KEY - 6, y);
  context.stroke();
  context.fillStyle = ink.text;
  context.fillText(label, x + KEY, y);
}

function drawScale(context: CanvasRenderingContext2D, {colours, low, high}: NonNullable<Picture['scale']>, y: number, ink: Ink): void {
  const from = PAD + context.measureText(low).width + 6;
  colours.forEach((colour, i) => {
    context.fillStyle = colour;
    context.fillRect(from + (i * BAR) / colours.length, y - 5, BAR / colours.length + 0.5, 10);
  });
  context.fillStyle = ink.sub;
  context.fillText(low, PAD, y);
  context.fillText(high, from + BAR + 6, y);
}

/** `gradient_norm-run-a`, as the server names its downloads; of many runs the first with the number of others. Pure. */
export function fileName(statistic: string, runs: readonly string[], extension: string): string {
  const [first = 'run', ...others] = runs;
  const more = others.length > 1 ? `-and-${others.length}-more` : others.map((o) => `-${o}`).join('');
  return `${`${statistic}-${first}${more}`.replace(/[^\w.=-]+/g, '-')}.${extension}`;
}

/** Hands the picture to the browser's downloads. */
export function savePng(picture: HTMLCanvasElement, name: string): void {
  picture.toBlob((blob) => {
    if (!blob) return;
    const url = URL.createObjectURL(blob);
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 1000);
  }, 'image/png');
}
