import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { AsyncDialog, launch } from '../shared/async-dialog';
import { Switch } from '../shared/controls';
import { useModel } from '../shared/hooks';
import { ViewWidget } from '../shared/view-widget';
import type { Problem } from '../../models/literal';
import type { ReproductionModel } from '../../models/reproduction';
import type { IField } from '../../models/run-form';
import { MOST_PARALLEL, MOST_RUNS, RunForm } from '../../models/run-form';
import type { NotebookParameter } from '../../models/types';

/**
 * Ask for other values of a notebook's parameters, and start the runs.
 *
 * @returns Whether they were started.
 */
export async function askParameters(
  model: ReproductionModel,
  options: { grid: boolean },
  trans: TranslationBundle
): Promise<boolean> {
  const form = new RunForm({
    parameters: model.state?.parameters ?? [],
    grid: options.grid
  });
  let started = false;
  const title = options.grid
    ? trans.__('Run a grid of parameters')
    : trans.__('Run again with changed parameters');
  const dialog = new AsyncDialog(
    {
      title,
      body: new ViewWidget(() => (
        <RunBody form={form} model={model} trans={trans} />
      )),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Run') })
      ],
      focusNodeSelector: '.jp-mlops-RunForm input'
    },
    title,
    async () => {
      started = form.complete && (await model.begin(form.request));
      return started;
    }
  );
  dialog.addClass('jp-mlops-RunDialog');
  await launch(dialog, form);
  return started;
}

function RunBody(props: {
  form: RunForm;
  model: ReproductionModel;
  trans: TranslationBundle;
}): React.ReactElement {
  const { form, model, trans } = props;
  useModel(form);
  useModel(model);
  return (
    <div className="jp-mlops-Form jp-mlops-RunForm">
      <p className="jp-mlops-Form-note">
        {form.grid
          ? trans.__(
              'Give several values, with commas between them; every combination is run in a kernel of its own.'
            )
          : trans.__(
              'The notebook runs in a fresh kernel with these values; the notebook itself stays as it is.'
            )}
      </p>
      <div className="jp-mlops-RunForm-fields">
        {form.fields.map((field, index) => (
          <Field
            key={field.parameter.name}
            field={field}
            grid={form.grid}
            type={text => form.type(index, text)}
            trans={trans}
          />
        ))}
      </div>
      {form.grid && (
        <label className="jp-mlops-RunForm-parallel">
          <span>{trans.__('Kernels at a time')}</span>
          <input
            type="number"
            min={1}
            max={MOST_PARALLEL}
            value={form.parallel}
            onChange={event =>
              form.setParallel(event.target.valueAsNumber || 1)
            }
          />
        </label>
      )}
      <Switch
        label={trans.__('Repeat the executions in the order in which they ran')}
        checked={form.asItRan}
        onChange={on => form.setAsItRan(on)}
      />
      <p className="jp-mlops-Form-note" role="status">
        {summary(form, trans)}
      </p>
      {model.refusal && (
        <p className="jp-mlops-Form-problem" role="alert">
          {model.refusal.message}
        </p>
      )}
    </div>
  );
}

function Field(props: {
  field: IField;
  grid: boolean;
  type: (text: string) => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { field, grid, type, trans } = props;
  const { parameter, problem, text } = field;
  const id = React.useId();
  const note = problem
    ? problemText(problem, trans)
    : field.otherType
      ? trans.__(
          'Of another type: it is %1 in the notebook.',
          kindName(parameter.kind, trans)
        )
      : '';
  const common = {
    'aria-label': parameter.name,
    'aria-invalid': !!problem,
    'aria-describedby': note ? id : undefined
  };
  return (
    <>
      <span className="jp-mlops-RunForm-name" title={parameter.name}>
        {parameter.name}
        <span className="jp-mlops-Muted">
          {kindName(parameter.kind, trans)}
        </span>
      </span>
      {parameter.kind === 'boolean' && !grid ? (
        <select
          {...common}
          value={text}
          onChange={event => type(event.target.value)}
        >
          {['True', 'False'].map(each => (
            <option key={each} value={each}>
              {each}
            </option>
          ))}
        </select>
      ) : (
        <input
          type="text"
          {...common}
          value={text}
          spellCheck={false}
          placeholder={parameter.text}
          data-changed={field.values !== null || undefined}
          onChange={event => type(event.target.value)}
        />
      )}
      {note && (
        <span
          id={id}
          className="jp-mlops-RunForm-note"
          data-problem={!!problem || undefined}
        >
          {note}
        </span>
      )}
    </>
  );
}

/** What pressing Run would do. */
function summary(form: RunForm, trans: TranslationBundle): string {
  if (form.fields.some(({ problem }) => problem)) {
    return trans.__('Not every value can be read.');
  }
  if (form.fields.every(({ values }) => values === null)) {
    return trans.__('Change at least one value.');
  }
  if (form.count > MOST_RUNS) {
    return trans.__(
      '%1 combinations; at most %2 are run: give fewer values.',
      form.count,
      MOST_RUNS
    );
  }
  return trans._n('%1 run', '%1 runs', form.count);
}

function problemText(problem: Problem, trans: TranslationBundle): string {
  switch (problem) {
    case 'empty':
      return trans.__('Give a value.');
    case 'word':
      return trans.__('Text needs quotes here, such as "sqrt".');
    case 'unfinished':
      return trans.__('A bracket or quote is not closed.');
    case 'inexact':
      return trans.__('This number is too large to be given exactly.');
    case 'no-literal':
      return trans.__('Give a number, a text in quotes, True, None or a list.');
  }
}

function kindName(
  kind: NotebookParameter['kind'],
  trans: TranslationBundle
): string {
  switch (kind) {
    case 'boolean':
      return trans.__('yes or no');
    case 'integer':
      return trans.__('whole number');
    case 'number':
      return trans.__('number');
    case 'text':
      return trans.__('text');
    case 'list':
      return trans.__('list');
    case 'tuple':
      return trans.__('tuple');
    case 'mapping':
      return trans.__('dict');
    case 'none':
      return trans.__('None');
  }
}
