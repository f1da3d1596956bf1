/** The plugin's entry: TensorBoard imports this file into the frame and calls {@link render}. */
import {render as mount} from 'preact';
import {Host, watchTheme} from './host';
import {follow} from './store/reloading';
import {theme} from './store/state';
import {syncAddress, syncPreferences} from './store/sync';
import css from './style.css?inline';
import {App} from './views/app';
import {ErrorCard} from './views/error_card';

const TITLE = 'Convergence';

/** Colours before the first paint, so that a dark page never flashes white. */
function paint(): void {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  watchTheme((now) => {
    document.documentElement.dataset['theme'] = now;
    theme.value = now;
  });
}

/** What a page owes to people who hear it; TensorBoard's frame has none of the three. */
function introduce(): void {
  document.documentElement.lang = 'en';
  document.title = TITLE;
  window.frameElement?.setAttribute('title', TITLE);
}

/** Builds the page. A failure is shown in its place: TensorBoard would leave the tab blank. */
export async function render(): Promise<void> {
  try {
    paint();
    introduce();
    syncPreferences();
    syncAddress();
    follow(new Host());
    mount(<App />, document.body);
  } catch (error) {
    mount(<ErrorCard error={error} />, document.body);
  }
}
