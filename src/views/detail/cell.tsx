import type { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import * as React from 'react';

import type { Highlight } from '../shared/code';
import { Code } from '../shared/code';
import { bundleOf } from '../shared/media';
import { Mime } from '../shared/mime';

/** A code cell as it ran: prompt, source, outputs. */
export function Cell(props: {
  prompt: string;
  source: string;
  outputs: readonly Readonly<Record<string, unknown>>[];
  /** What is said at the right: how long it took, how it ended. */
  note?: React.ReactNode;
  failed?: boolean;
  rendermime: IRenderMimeRegistry;
  highlight: Highlight | null;
}): React.ReactElement {
  return (
    <div className="jp-mlops-Ran" data-failed={props.failed || undefined}>
      <div className="jp-mlops-Ran-head">
        <code>{props.prompt}</code>
        <span className="jp-mlops-Muted">{props.note}</span>
      </div>
      <Code source={props.source} highlight={props.highlight} />
      {props.outputs.length > 0 && (
        <div className="jp-mlops-Ran-outputs" tabIndex={0}>
          {props.outputs.map((output, index) => (
            <Mime
              key={index}
              rendermime={props.rendermime}
              data={bundleOf(output)}
            />
          ))}
        </div>
      )}
    </div>
  );
}
