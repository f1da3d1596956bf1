/** Work that follows the pointer, once a frame however often the pointer moves. */

export interface FrameTask<T> {
  /** Does the work with the latest of what was asked, before the next paint. */
  readonly ask: (input: T) => void;
  /** Forgets what was asked. */
  readonly drop: () => void;
}

type Schedule = (run: () => void) => number;

/** `work` at most once a frame. */
export function onceAFrame<T>(work: (input: T) => void, schedule: Schedule = requestAnimationFrame, cancel: (id: number) => void = cancelAnimationFrame): FrameTask<T> {
  let waiting: {readonly id: number; input: T} | null = null;
  const run = (): void => {
    const asked = waiting;
    waiting = null;
    if (asked) work(asked.input);
  };
  return {
    ask: (input) => {
      if (waiting) waiting.input = input;
      else waiting = {id: schedule(run), input};
    },
    drop: () => {
      if (waiting) cancel(waiting.id);
      waiting = null;
    },
  };
}
