/** A list that only builds the rows in sight, so that thousands stay quick. */
import type {ComponentChildren, JSX} from 'preact';
import {useEffect, useRef, useState} from 'preact/hooks';

interface Props<T> {
  readonly items: readonly T[];
  /** CSS pixels; every row has the same. */
  readonly rowHeight: number;
  readonly keyOf: (item: T) => string;
  readonly label: string;
  readonly children: (item: T) => ComponentChildren;
}

/** Rows built beyond each edge, so that a short scroll shows no gap. */
const MARGIN = 8;

/** Indices of the rows to build: first, and one past the last. */
export function inSight(count: number, rowHeight: number, top: number, height: number): readonly [number, number] {
  const first = Math.max(0, Math.floor(top / rowHeight) - MARGIN);
  const end = Math.min(count, Math.ceil((top + height) / rowHeight) + MARGIN);
  return [Math.min(first, end), end];
}

export function Windowed<T>({items, rowHeight, keyOf, label, children}: Props<T>): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [{top, height}, setPlace] = useState({top: 0, height: 600});
  const read = (): void => {
    const element = box.current;
    if (element && element.clientHeight > 0) setPlace({top: element.scrollTop, height: element.clientHeight});
  };
  useEffect(() => {
    const observer = new ResizeObserver(read);
    if (box.current) observer.observe(box.current);
    return () => observer.disconnect();
  }, []);
  const [first, end] = inSight(items.length, rowHeight, top, height);
  return (
    <div class="windowed" ref={box} onScroll={read}>
      <ul aria-label={label} style={{height: `${items.length * rowHeight}px`, paddingTop: `${first * rowHeight}px`}}>
        {items.slice(first, end).map((item, i) => (
          <li key={keyOf(item)} style={{height: `${rowHeight}px`}} aria-setsize={items.length} aria-posinset={first + i + 1}>
            {children(item)}
          </li>
        ))}
      </ul>
    </div>
  );
}
