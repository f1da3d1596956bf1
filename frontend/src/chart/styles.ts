/** Gives the page the charts' styles when the first chart is loaded. */

import uplotStyles from 'uplot/dist/uPlot.min.css?inline';
import ownStyles from './chart.css?inline';

let adopted = false;

export function chartStyles(): void {
  if (adopted || typeof document === 'undefined') return;
  adopted = true;
  const sheets = [uplotStyles, ownStyles].map((css) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  });
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, ...sheets];
}
