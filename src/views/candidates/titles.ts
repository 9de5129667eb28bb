import type { TranslationBundle } from '@jupyterlab/translation';

import { columnOf } from '../../models/columns';
import type { Candidate } from '../../models/types';

/** What a candidate is called; below its parent, what tells it from its siblings. */
export function candidateTitle(candidate: Candidate, child: boolean): string {
  return (child && paramTexts(candidate).join(' · ')) || candidate.name;
}

/** The first params of a candidate, each with its value. */
export function paramTexts(candidate: Candidate): string[] {
  return Object.entries(candidate.params)
    .slice(0, 4)
    .map(([name, param]) => `${name} ${param.value}`);
}

/** What an attribute is called. */
export function attributeTitle(name: string, trans: TranslationBundle): string {
  switch (name) {
    case 'start_time':
      return trans.__('Started');
    case 'duration':
      return trans.__('Duration');
    case 'model_class':
      return trans.__('Model');
    case 'score':
      return trans.__('Reproducibility');
    case 'notebook':
      return trans.__('Notebook');
    case 'notebook_run':
      return trans.__('Notebook run');
    case 'origin':
      return trans.__('Origin');
    default:
      return name;
  }
}

/** What a column is called: names of metrics and params stay as they are. */
export function columnTitle(id: string, trans: TranslationBundle): string {
  const { kind, name } = columnOf(id);
  return kind === 'attributes' ? attributeTitle(name, trans) : name;
}
