import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { ArtifactList } from './artifact-list';
import { Environment, Inputs, Params, Versions } from './facts';
import { Executed } from './executed';
import { Head } from './head';
import { Metrics } from './metrics';
import { Notes } from './notes';
import type { IDetailActions } from './parts';
import { Score } from './score';
import { Tags } from './tags';
import { useModel, useWidth } from '../shared/hooks';
import { Mime } from '../shared/mime';
import { Awaited } from '../shared/problem';
import type { DetailModel } from '../../models/detail';

/** Narrower than this (pixels) the two columns become one. */
const TWO_COLUMNS = 860;

/** One candidate in full. */
export function DetailView(props: {
  model: DetailModel;
  actions: IDetailActions;
  trans: TranslationBundle;
}): React.ReactElement {
  const { model, actions, trans } = props;
  useModel(model);
  const page = React.useRef<HTMLDivElement>(null);
  const wide = useWidth(page) >= TWO_COLUMNS;
  const { candidate } = model;
  const parts = candidate && { model, candidate, actions, trans };
  return (
    <div ref={page} className="jp-mlops-Detail" data-wide={wide || undefined}>
      {!parts ? (
        <Awaited
          problem={model.problem}
          retry={() => void model.refresh()}
          rows={8}
          trans={trans}
        />
      ) : (
        <>
          <Head {...parts} />
          {parts.candidate.error && (
            <div className="jp-mlops-Detail-error" role="note">
              <strong>
                {parts.candidate.error.name}: {parts.candidate.error.message}
              </strong>
              {parts.candidate.error.traceback && (
                <details>
                  <summary>{trans.__('Traceback')}</summary>
                  <Mime
                    rendermime={actions.rendermime}
                    data={{
                      'application/vnd.jupyter.stderr':
                        parts.candidate.error.traceback
                    }}
                  />
                </details>
              )}
            </div>
          )}
          <div className="jp-mlops-Detail-columns">
            <div className="jp-mlops-Detail-main">
              <Metrics {...parts} />
              <ArtifactList {...parts} />
              <Executed {...parts} />
            </div>
            <div className="jp-mlops-Detail-side">
              <Notes {...parts} />
              <Tags {...parts} />
              <Params {...parts} />
              <Score {...parts} />
              <Versions {...parts} />
              <Inputs {...parts} />
              <Environment {...parts} />
            </div>
          </div>
        </>
      )}
    </div>
  );
}
