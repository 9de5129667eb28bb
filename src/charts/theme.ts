import { DARK, LIGHT } from './styles';

/** Colours and type of a chart, taken from JupyterLab's theme. */
export interface IChartTheme {
  dark: boolean;
  text: string;
  muted: string;
  line: string;
  background: string;
  accent: string;
  /** The accent as a wash behind marks. */
  accentSoft: string;
  font: string;
  /** The colours of candidates. */
  colours: readonly string[];
}

/** The theme that an element is shown in. */
export function themeOf(element: Element): IChartTheme {
  const style = getComputedStyle(element);
  const read = (name: string, otherwise: string) =>
    style.getPropertyValue(name).trim() || otherwise;
  const dark = document.body.dataset.jpThemeLight === 'false';
  return {
    dark,
    text: read('--jp-ui-font-color1', dark ? '#fff' : '#212121'),
    muted: read('--jp-mlops-muted', dark ? '#bbb' : '#616161'),
    line: read('--jp-mlops-line', dark ? '#444' : '#ddd'),
    background: read('--jp-layout-color1', dark ? '#111' : '#fff'),
    accent: read('--jp-mlops-accent', dark ? '#82b8ff' : '#1565c0'),
    accentSoft: read(
      '--jp-mlops-accent-soft',
      dark ? 'rgba(130, 184, 255, 0.16)' : 'rgba(21, 101, 192, 0.1)'
    ),
    // Double quotes would end the attributes of a saved SVG.
    font: read('--jp-ui-font-family', 'sans-serif')
      .replace(/\s+/g, ' ')
      .replace(/"/g, "'"),
    colours: dark ? DARK : LIGHT
  };
}

/** Call back whenever JupyterLab's theme changes; returns how to stop. */
export function onThemeChange(callback: () => void): () => void {
  const observer = new MutationObserver(callback);
  observer.observe(document.body, {
    attributes: true,
    attributeFilter: ['data-jp-theme-name', 'data-jp-theme-light']
  });
  return () => observer.disconnect();
}
