import * as React from 'react';

import type { IPart } from '../../models/line-diff';

/** Colours source code into an element, as JupyterLab's editors do. */
export type Highlight = (source: string, host: HTMLElement) => Promise<void>;

/** A stretch of text with the classes of its syntax. */
export interface IToken {
  text: string;
  className: string;
}

/** A coloured element as tokens, line by line: pure. */
export function tokensOf(element: Node): IToken[][] {
  const lines: IToken[][] = [[]];
  const walk = (node: Node, className: string) => {
    if (node.nodeType === Node.TEXT_NODE) {
      (node.textContent ?? '').split('\n').forEach((text, index) => {
        if (index > 0) {
          lines.push([]);
        }
        if (text) {
          lines[lines.length - 1].push({ text, className });
        }
      });
      return;
    }
    const own = node instanceof HTMLElement ? node.className : '';
    node.childNodes.forEach(child =>
      walk(child, [className, own].filter(Boolean).join(' '))
    );
  };
  element.childNodes.forEach(child => walk(child, ''));
  return lines;
}

/** A line's tokens cut where its changed parts begin and end: pure. */
export function cutTokens(
  tokens: readonly IToken[],
  parts: readonly IPart[]
): (IToken & { changed: boolean })[] {
  const cut: (IToken & { changed: boolean })[] = [];
  let part = 0;
  let left = parts[0]?.text.length ?? 0;
  for (const { text, className } of tokens) {
    let at = 0;
    while (at < text.length) {
      while (left === 0 && part < parts.length - 1) {
        part += 1;
        left = parts[part].text.length;
      }
      const size =
        left > 0 ? Math.min(left, text.length - at) : text.length - at;
      cut.push({
        text: text.slice(at, at + size),
        className,
        changed: parts[part]?.changed ?? false
      });
      at += size;
      left = Math.max(0, left - size);
    }
  }
  return cut;
}

/** Source code as lines of tokens: plain at first, coloured when that is done. */
export function useTokens(
  source: string,
  highlight: Highlight | null
): IToken[][] {
  const plain = React.useMemo(
    () =>
      source.split('\n').map(text => (text ? [{ text, className: '' }] : [])),
    [source]
  );
  const [coloured, setColoured] = React.useState<{
    source: string;
    lines: IToken[][];
  } | null>(null);
  React.useEffect(() => {
    let gone = false;
    if (highlight) {
      const host = document.createElement('div');
      void highlight(source, host).then(
        () => {
          if (!gone) {
            setColoured({ source, lines: tokensOf(host) });
          }
        },
        () => undefined // It stays readable without colours.
      );
    }
    return () => {
      gone = true;
    };
  }, [source, highlight]);
  return coloured?.source === source ? coloured.lines : plain;
}

/** Tokens of one line. */
export function Tokens(props: {
  tokens: readonly (IToken & { changed?: boolean })[];
}): React.ReactElement {
  return (
    <>
      {props.tokens.map(({ text, className, changed }, index) => (
        <span
          key={index}
          className={className || undefined}
          data-changed={changed || undefined}
        >
          {text}
        </span>
      ))}
    </>
  );
}

/** A block of source code. */
export function Code(props: {
  source: string;
  highlight: Highlight | null;
}): React.ReactElement {
  const lines = useTokens(props.source, props.highlight);
  return (
    <pre className="jp-mlops-Code" tabIndex={0}>
      {lines.map((tokens, index) => (
        <React.Fragment key={index}>
          {index > 0 && '\n'}
          <Tokens tokens={tokens} />
        </React.Fragment>
      ))}
    </pre>
  );
}
