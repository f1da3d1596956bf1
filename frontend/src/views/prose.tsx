/** Text of a rule, with its code set apart and ready to copy. */
import {Fragment, type JSX} from 'preact';
import {pieces, snippet} from '../format/prose';
import {Code, CopyButton} from './copy';

/** Text whose code is shown as code. */
export function Prose({text}: {readonly text: string}): JSX.Element {
  return (
    <>
      {pieces(text).map((piece, i) => {
        switch (piece.kind) {
          case 'text':
            return <Fragment key={i}>{piece.text}</Fragment>;
          case 'code':
            return <code key={i}>{breakable(piece.text)}</code>;
          case 'block':
            return <Code key={i} text={piece.text} />;
        }
      })}
    </>
  );
}

/** Letters from which on code may not fit into the line of a narrow card; what is shorter stays in one piece. */
const LONG = 30;

/** Code that is broken after a mark rather than within a name, where it has to be broken. */
function breakable(code: string): readonly JSX.Element[] {
  return (code.length > LONG ? code.split(/(?<=[.,(=/])/) : [code]).map((part, i) => <Fragment key={i}>{i > 0 && <wbr />}{part}</Fragment>);
}

/** Things to do, the best first. */
export function Advice({items}: {readonly items: readonly string[]}): JSX.Element {
  return (
    <ol class="advice">
      {items.map((item) => (
        <li key={item}>
          <span>
            <Prose text={item} />
          </span>
          {inlineSnippet(item)}
        </li>
      ))}
    </ol>
  );
}

function inlineSnippet(item: string): JSX.Element | null {
  const code = snippet(item);
  const isBlock = pieces(item).some((p) => p.kind === 'block'); // a block has its own button
  return code && !isBlock ? <CopyButton text={code} label={`Copy ${code}`} /> : null;
}
