/** What is shown in place of something that broke. */
import {Component, type ComponentChildren, type JSX} from 'preact';
import {Icon} from './icons';

/** Names the failure, and what to do about it. */
export function ErrorCard({error}: {readonly error: unknown}): JSX.Element {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return (
    <section class="card error-card" role="alert">
      <h2 class="tone-error">
        <Icon name="error" /> This page failed
      </h2>
      <p>The recorded data is not affected. Reload the page; if it happens again, please report the text below.</p>
      <details>
        <summary>Details</summary>
        <pre tabIndex={0}>{text}</pre>
      </details>
    </section>
  );
}

interface Props {
  readonly children: ComponentChildren;
  /** What the children show; another one is given another try. */
  readonly name: string;
}
interface State {
  readonly error: unknown;
  readonly name: string;
}

/** Keeps a failure inside one view, so that the others and the run list stay usable. */
export class Boundary extends Component<Props, State> {
  override state: State = {error: null, name: this.props.name};

  static override getDerivedStateFromError(error: unknown): Partial<State> {
    return {error};
  }

  static override getDerivedStateFromProps(props: Props, state: State): State | null {
    return props.name === state.name ? null : {error: null, name: props.name};
  }

  override render(): ComponentChildren {
    return this.state.error === null ? this.props.children : <ErrorCard error={this.state.error} />;
  }
}
