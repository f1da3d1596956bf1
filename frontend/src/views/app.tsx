/** The page: runs on the left, tabs and the open view on the right. */
import type {JSX} from 'preact';
import {useEffect} from 'preact/hooks';
import {shownRuns, sidebarOpen, sidebarWidth, view} from '../store/state';
import {Banner} from './banner';
import {Boundary} from './error_card';
import {emptyState} from './empty';
import {Header} from './header';
import {Panel} from './panel';
import {RunList} from './run_list';
import {Shortcuts} from './shortcuts';
import {followKeyboard} from './keyboard';
import {Tour} from './tour';

/** Below this width of the frame the run list lies over the view, and starts closed. */
const NARROW = '(max-width: 899px)';

function followWidth(): () => void {
  const narrow = matchMedia(NARROW);
  const read = (): void => {
    sidebarOpen.value = !narrow.matches;
  };
  read();
  narrow.addEventListener('change', read);
  return () => narrow.removeEventListener('change', read);
}

export function App(): JSX.Element {
  useEffect(followWidth, []);
  useEffect(followKeyboard, []);
  return (
    <div class="page" data-sidebar={sidebarOpen.value ? 'open' : 'closed'} style={{'--sidebar': `${sidebarWidth.value}px`}}>
      {sidebarOpen.value && <RunList />}
      <div class="main">
        <Header />
        <Banner />
        <main>
          <h1 class="offscreen">Convergence</h1>
          <div id="panel" role="tabpanel" aria-labelledby={`tab-${view.value}`} tabIndex={0}>
            <Boundary name={view.value}>{emptyState() ?? <Panel view={view.value} runs={shownRuns.value} />}</Boundary>
          </div>
        </main>
      </div>
      <Shortcuts />
      <Tour />
    </div>
  );
}
