import { Dialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import * as React from 'react';

import { DryRun } from './dry-run';
import { AsyncDialog, launch } from '../shared/async-dialog';
import { CheckList } from '../shared/check-list';
import type { ICheck } from '../shared/check-list';
import { useModel } from '../shared/hooks';
import { ViewWidget } from '../shared/view-widget';
import { ConnectForm } from '../../models/connect-form';
import type { SyncModel } from '../../models/sync';
import type { Remote, RemoteCheck } from '../../models/types';

const EXAMPLE_URL = 'https://gitlab.com';

/**
 * Ask for a GitLab project and connect it, or for another token of one that is
 * connected; whether that happened.
 */
export async function connectGitLab(
  sync: SyncModel,
  trans: TranslationBundle,
  remote: Remote | null = null
): Promise<boolean> {
  const form = new ConnectForm(sync, remote);
  let connected = false;
  const dialog = new AsyncDialog(
    {
      title: trans.__('Connect GitLab'),
      body: new ViewWidget(() => <ConnectBody form={form} trans={trans} />),
      buttons: [
        Dialog.cancelButton(),
        Dialog.okButton({ label: trans.__('Connect') })
      ],
      focusNodeSelector: '.jp-mlops-Form-first'
    },
    trans.__('Connect GitLab'),
    async () => {
      connected = await form.submit();
      return connected;
    }
  );
  await launch(dialog, form);
  return connected;
}

interface IFormProps {
  form: ConnectForm;
  trans: TranslationBundle;
}

function ConnectBody(props: IFormProps): React.ReactElement {
  const { form, trans } = props;
  useModel(form);
  return (
    <div className="jp-mlops-Form" aria-busy={form.busy}>
      <p className="jp-mlops-Form-note">
        {trans.__(
          'Candidates and model versions are pushed to this project when they end. Before anything leaves, it is checked for secrets.'
        )}
      </p>
      <Place form={form} trans={trans} />
      <Token form={form} trans={trans} />
      <div className="jp-mlops-Form-actions">
        <button
          type="button"
          className="jp-mlops-Button"
          aria-disabled={form.busy || !form.url || !form.project}
          onClick={() => void form.verify()}
        >
          {trans.__('Check')}
        </button>
        {form.tokenPage && (
          <a href={form.tokenPage} target="_blank" rel="noreferrer noopener">
            {trans.__('Create a token in GitLab')}
          </a>
        )}
        {form.busy && <span className="jp-mlops-Progress" aria-hidden="true" />}
      </div>
      {form.check && (
        <CheckList checks={checksOf(form.check, trans)} trans={trans} />
      )}
      {form.dryRun && <DryRun found={form.dryRun} trans={trans} />}
      {form.problem && (
        <p className="jp-mlops-Form-problem" role="alert">
          {form.problem.message}
        </p>
      )}
    </div>
  );
}

/** Which project, and what the connection is called where there are several. */
function Place(props: IFormProps): React.ReactElement {
  const { form, trans } = props;
  return (
    <>
      <label className="jp-mlops-Form-field">
        <span>{trans.__('GitLab')}</span>
        <input
          className={form.remote ? '' : 'jp-mlops-Form-first'}
          type="url"
          value={form.url}
          readOnly={!!form.remote}
          placeholder={EXAMPLE_URL}
          onChange={event => form.set({ url: event.target.value })}
        />
      </label>
      <label className="jp-mlops-Form-field">
        <span>{trans.__('Project')}</span>
        <input
          type="text"
          value={form.project}
          readOnly={!!form.remote}
          spellCheck={false}
          placeholder={trans.__('group/project')}
          onChange={event => form.set({ project: event.target.value })}
        />
      </label>
      {form.needsName && (
        <label className="jp-mlops-Form-field">
          <span>{trans.__('Name of this connection')}</span>
          <input
            type="text"
            value={form.name}
            spellCheck={false}
            aria-invalid={form.nameTaken}
            placeholder={trans.__('For example production')}
            onChange={event => form.set({ name: event.target.value })}
          />
          {form.nameTaken && (
            <span role="alert">
              {trans.__('Another connection has this name.')}
            </span>
          )}
        </label>
      )}
    </>
  );
}

/** The access token: one that was found, or another. */
function Token(props: IFormProps): React.ReactElement {
  const { form, trans } = props;
  const from = form.proposal?.token_from;
  return (
    <label className="jp-mlops-Form-field">
      <span>{trans.__('Access token')}</span>
      <input
        className={form.remote ? 'jp-mlops-Form-first' : ''}
        type="password"
        autoComplete="off"
        value={form.token}
        placeholder={
          from
            ? trans.__('From %1', from)
            : trans.__('With scope api, role Developer or more')
        }
        onChange={event => form.set({ token: event.target.value })}
      />
    </label>
  );
}

/** What a check of a connection found, as lines. */
function checksOf(check: RemoteCheck, trans: TranslationBundle): ICheck[] {
  const lines: ICheck[] = check.problems.map((message, index) => ({
    name: `problem-${index}`,
    status: 'problem',
    message
  }));
  if (check.user) {
    lines.unshift({
      name: 'user',
      status: 'ok',
      message: check.role
        ? trans.__('Signed in as %1, %2 of the project', check.user, check.role)
        : trans.__('Signed in as %1', check.user)
    });
  }
  if (check.version) {
    lines.push({
      name: 'version',
      status: 'ok',
      message: trans.__('GitLab %1', check.version)
    });
  }
  if (check.ok) {
    lines.push({
      name: 'ready',
      status: 'ok',
      message: trans.__('Everything needed is there')
    });
  }
  return lines;
}
