import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { AsyncDialog, launch } from '../shared/async-dialog';
import { CheckList } from '../shared/check-list';
import { useModel } from '../shared/hooks';
import { Skeleton } from '../shared/problem';
import { ViewWidget } from '../shared/view-widget';
import { RegisterForm } from '../../models/register-form';
import type { RegisterOrigin, RegistryModel } from '../../models/registry';
import type { ModelVersion } from '../../models/types';

/**
 * Ask what to register and register it.
 *
 * Leaving the dialog gives up a registration that waits for its kernel, unless
 * the person chose to let it go on.
 *
 * @returns The version, or null when there is none: the person left, or gave up.
 * @throws The problem, when it was refused after the dialog was closed.
 */
export async function registerModel(
  registry: RegistryModel,
  origin: RegisterOrigin,
  trans: TranslationBundle
): Promise<ModelVersion | null> {
  const form = new RegisterForm({ registry, origin });
  let registration: Promise<ModelVersion | null> = Promise.resolve(null);
  let goesOn = false;
  const letGoOn = () => {
    goesOn = true;
    dialog.reject();
  };
  const dialog: AsyncDialog<unknown> = new AsyncDialog(
    {
      title: trans.__('Register model'),
      body: new ViewWidget(() => (
        <RegisterBody form={form} letGoOn={letGoOn} trans={trans} />
      )),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Register') })
      ],
      focusNodeSelector: '.jp-mlops-Form-name'
    },
    trans.__('Register model'),
    async () => {
      registration = form.submit();
      return (await registration) !== null;
    }
  );
  await launch(dialog, form);
  if (form.registering && !goesOn) {
    await form.cancel();
  }
  const version = await registration;
  if (!version && goesOn && form.problem && !form.problem.details.cancelled) {
    throw new Error(form.problem.message);
  }
  return version;
}

function RegisterBody(props: {
  form: RegisterForm;
  letGoOn: () => void;
  trans: TranslationBundle;
}): React.ReactElement {
  const { form, trans } = props;
  useModel(form);
  const { proposals, problem } = form;
  if (!proposals) {
    return problem ? (
      <p className="jp-mlops-Form-problem" role="alert">
        {problem.message}
      </p>
    ) : (
      <Skeleton rows={5} />
    );
  }
  return (
    <div className="jp-mlops-Form" aria-busy={form.registering}>
      <Variables form={form} trans={trans} />
      <label className="jp-mlops-Form-field">
        <span>{trans.__('Model name')}</span>
        <input
          className="jp-mlops-Form-name"
          type="text"
          role="combobox"
          aria-expanded="false"
          aria-label={trans.__('Model name')}
          list="jp-mlops-model-names"
          value={form.name}
          spellCheck={false}
          onChange={event => form.setName(event.target.value)}
        />
        <datalist id="jp-mlops-model-names">
          {proposals.models.map(name => (
            <option key={name} value={name} />
          ))}
        </datalist>
      </label>
      <Versions form={form} trans={trans} />
      <CheckList checks={proposals.checks} trans={trans} />
      {proposals.busy && !form.registering && (
        <p className="jp-mlops-Form-note" role="status">
          {trans.__(
            'The kernel is busy. The model is saved as soon as its cell has ended.'
          )}
        </p>
      )}
      {form.registering && (
        <div className="jp-mlops-Form-progress">
          <span className="jp-mlops-Progress" aria-hidden="true" />
          <span role="status">{progressText(form, trans)}</span>
          <button
            type="button"
            className="jp-mlops-LinkButton"
            onClick={props.letGoOn}
          >
            {trans.__('Go on in the background')}
          </button>
        </div>
      )}
      {problem && (
        <p className="jp-mlops-Form-problem" role="alert">
          {problem.message}
        </p>
      )}
    </div>
  );
}

/** How far a registration is. */
function progressText(form: RegisterForm, trans: TranslationBundle): string {
  switch (form.waiting?.state) {
    case 'queued':
      return trans.__('Waiting for the kernel…');
    case 'storing':
      return trans.__('Storing the version…');
    default:
      return trans.__('Saving the model in the kernel…');
  }
}

/** Which variable: shown as text when there is only one. */
function Variables(props: {
  form: RegisterForm;
  trans: TranslationBundle;
}): React.ReactElement {
  const { form, trans } = props;
  const variables = form.proposals?.variables ?? [];
  if (!variables.length) {
    return (
      <p className="jp-mlops-Form-note">
        {form.ofCandidate
          ? trans.__(
              'This candidate trained no model that is known. One that was kept as files can be registered.'
            )
          : trans.__(
              'No model variable was found in the kernel. Run the cell that trains it first.'
            )}
      </p>
    );
  }
  const label = (index: number) => {
    const { variable, class: type } = variables[index];
    return trans.__('%1 · %2', variable, type.split('.').pop());
  };
  if (variables.length === 1) {
    return (
      <div className="jp-mlops-Form-source">
        <code>{variables[0].variable}</code>
        <span>{variables[0].class.split('.').pop()}</span>
        {variables[0].candidate_name && (
          <span className="jp-mlops-Muted">{variables[0].candidate_name}</span>
        )}
      </div>
    );
  }
  return (
    <label className="jp-mlops-Form-field">
      <span>{trans.__('Variable')}</span>
      <select
        value={form.variable}
        onChange={event => form.setVariable(Number(event.target.value))}
      >
        {variables.map((item, index) => (
          <option key={item.variable} value={index}>
            {label(index)}
          </option>
        ))}
      </select>
    </label>
  );
}

function Versions(props: {
  form: RegisterForm;
  trans: TranslationBundle;
}): React.ReactElement {
  const { form, trans } = props;
  const versions = form.proposals?.versions ?? [];
  return (
    <fieldset
      className="jp-mlops-Form-versions"
      role="radiogroup"
      aria-label={trans.__('Version')}
    >
      <legend>{trans.__('Version')}</legend>
      {versions.map(item => (
        <label key={item.bump} className="jp-mlops-Form-version">
          <input
            type="radio"
            name="jp-mlops-version"
            checked={!form.custom && form.versionText === item.version}
            onChange={() => form.setVersion(item.version)}
          />
          <span className="jp-mlops-Form-number">{item.version}</span>
          <span className="jp-mlops-Muted">{item.reason}</span>
        </label>
      ))}
      <label className="jp-mlops-Form-version">
        <input
          type="radio"
          name="jp-mlops-version"
          aria-label={trans.__('Another version')}
          checked={form.custom}
          onChange={() => form.setVersion(form.versionText, true)}
        />
        <input
          type="text"
          className="jp-mlops-Form-custom"
          aria-label={trans.__('Version number')}
          placeholder={trans.__('Another, such as 2.0.0')}
          value={form.custom ? form.versionText : ''}
          onFocus={() => {
            if (!form.custom) {
              form.setVersion(form.versionText, true);
            }
          }}
          onChange={event => form.setVersion(event.target.value, true)}
        />
      </label>
    </fieldset>
  );
}
