/** Canvases that fit their box and the screen's pixels. */

import {useEffect, useRef, useState} from 'preact/hooks';
import type {RefObject} from 'preact';

/** Beyond this more pixels cost time and show nothing. */
const MAX_SCALE = 3;

/** Device pixels of one CSS pixel. */
export function pixelScale(): number {
  return Math.min(MAX_SCALE, Math.max(1, globalThis.devicePixelRatio || 1));
}

/** The width of an element in CSS pixels, followed while it changes; 0 before it is known. A hidden tab changes nothing. */
export function useWidth(ref: RefObject<HTMLElement | null>): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    const element = ref.current;
    if (!element) return;
    const read = (): void => {
      if (window.innerHeight > 0 && element.clientWidth > 0) setWidth(element.clientWidth);
    };
    const observer = new ResizeObserver(read);
    observer.observe(element);
    read();
    return () => observer.disconnect();
  }, [ref]);
  return width;
}

/** How far below or above what is visible an element counts as near, so that it is ready before it is scrolled to. */
const NEAR = '400px 0px';

/** Whether an element has ever been near what is visible: what costs time to set up waits for it. */
export function useNear(ref: RefObject<HTMLElement | null>): boolean {
  const [near, setNear] = useState(false);
  useEffect(() => {
    const element = ref.current;
    if (!element || near) return;
    const observer = new IntersectionObserver((entries) => setNear(entries.some((e) => e.isIntersecting)), {rootMargin: NEAR});
    observer.observe(element);
    return () => observer.disconnect();
  }, [ref, near]);
  return near;
}

/** The height of the window in CSS pixels, followed while it changes. TensorBoard hides a tab by giving it none. */
export function useWindowHeight(): number {
  const [height, setHeight] = useState(window.innerHeight);
  useEffect(() => {
    const read = (): void => {
      if (window.innerHeight > 0) setHeight(window.innerHeight);
    };
    window.addEventListener('resize', read);
    read();
    return () => window.removeEventListener('resize', read);
  }, []);
  return height;
}

/** Runs `draw` before the next paint whenever `inputs` change, once however often they do. */
export function useDrawing(draw: () => void, inputs: readonly unknown[]): void {
  const latest = useRef(draw);
  latest.current = draw;
  useEffect(() => {
    const frame = requestAnimationFrame(() => latest.current());
    return () => cancelAnimationFrame(frame);
  }, inputs);
}

/** The canvas's context, its bitmap sized for `width` × `height` CSS pixels. */
export function sized(canvas: HTMLCanvasElement, width: number, height: number): {context: CanvasRenderingContext2D; scale: number} | null {
  const context = canvas.getContext('2d');
  if (!context) return null;
  const scale = pixelScale();
  const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
  if (canvas.width !== w || canvas.height !== h) {
    canvas.width = w;
    canvas.height = h;
  }
  return {context, scale};
}

let ruler: CanvasRenderingContext2D | null = null;

/** The width of text in CSS pixels. */
export function measurer(font: string): (text: string) => number {
  ruler ??= document.createElement('canvas').getContext('2d');
  return (text) => {
    if (!ruler) return text.length * 6;
    ruler.font = font;
    return ruler.measureText(text).width;
  };
}
