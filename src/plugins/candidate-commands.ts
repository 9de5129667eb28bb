import type { JupyterFrontEnd } from '@jupyterlab/application';
import {
  Dialog,
  InputDialog,
  Notification,
  showDialog
} from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import type { ReadonlyPartialJSONObject } from '@lumino/coreutils';

import { pointedCandidate } from './which-candidate';
import { CANDIDATE_ARGS, CANDIDATES_ARGS, CommandIDs } from '../commands';
import type { CandidatesModel } from '../models/candidates';
import { orTold } from '../views/shared/told';
import { UNDO_OFFERED_MS } from '../views/shared/undo';

/** Milliseconds that a word of success is shown. */
const DONE_MS = 4000;

/** The commands on candidates of the list: those of the arguments, else of the row under the pointer. */
export function addRowCommands(
  app: JupyterFrontEnd,
  model: CandidatesModel,
  trans: TranslationBundle
): void {
  addOneCommands(app, model, trans);
  addManyCommands(app, model, trans);
}

/** The candidate of the arguments, else that under the pointer. */
function idOf(
  app: JupyterFrontEnd,
  args: ReadonlyPartialJSONObject
): string | undefined {
  return typeof args.id === 'string' ? args.id : pointedCandidate(app);
}

/** The commands on one candidate: its star and its name. */
function addOneCommands(
  app: JupyterFrontEnd,
  model: CandidatesModel,
  trans: TranslationBundle
): void {
  const add = (
    command: string,
    options: Pick<CommandRegistry.ICommandOptions, 'label'>,
    execute: (id: string) => Promise<unknown>
  ) =>
    app.commands.addCommand(command, {
      ...options,
      describedBy: { args: CANDIDATE_ARGS },
      isEnabled: args => idOf(app, args) !== undefined,
      execute: async args => {
        const id = idOf(app, args);
        if (id) {
          await execute(id);
        }
      }
    });
  const row = (id: string | undefined) =>
    model.rows.find(item => item.id === id);
  add(
    CommandIDs.starCandidate,
    {
      label: args =>
        row(idOf(app, args))?.starred
          ? trans.__('Remove Star')
          : trans.__('Star Candidate')
    },
    id =>
      orTold(trans.__('Not changed'), () =>
        model.edits.star(id, !row(id)?.starred)
      )
  );
  add(
    CommandIDs.renameCandidate,
    { label: trans.__('Rename Candidate…') },
    async id => {
      const { value } = await InputDialog.getText({
        title: trans.__('Rename Candidate'),
        label: trans.__('Name'),
        text: row(id)?.name
      });
      const name = value?.trim();
      if (name) {
        await orTold(trans.__('Not renamed'), () =>
          model.edits.rename(id, name)
        );
      }
    }
  );
}

/** The commands on candidates that are ticked: into the bin, back, and gone. */
function addManyCommands(
  app: JupyterFrontEnd,
  model: CandidatesModel,
  trans: TranslationBundle
): void {
  /** All that are ticked go with a row that is. */
  const idsOf = (args: ReadonlyPartialJSONObject): string[] => {
    if (Array.isArray(args.ids)) {
      return args.ids.map(String);
    }
    const id = idOf(app, args);
    const ticked = model.selection.ids;
    return id && !ticked.has(id) ? [id] : [...ticked];
  };
  /** `bin`: whether it is about what was deleted, or about what was not. */
  const add = (
    command: string,
    bin: boolean,
    label: (count: number) => string,
    execute: (ids: string[]) => Promise<unknown>
  ) =>
    app.commands.addCommand(command, {
      label: args => label(Math.max(1, idsOf(args).length)),
      describedBy: { args: CANDIDATES_ARGS },
      isEnabled: args => (!bin || model.filter.bin) && idsOf(args).length > 0,
      isVisible: () => model.filter.bin === bin,
      execute: args => execute(idsOf(args))
    });
  add(
    CommandIDs.deleteCandidates,
    false,
    count => trans._n('Delete Candidate', 'Delete %1 Candidates', count),
    ids => removeUndoably(model, ids, trans)
  );
  add(
    CommandIDs.restoreCandidates,
    true,
    count => trans._n('Restore Candidate', 'Restore %1 Candidates', count),
    ids => restore(model, ids, trans)
  );
  add(
    CommandIDs.deleteForGood,
    true,
    count =>
      trans._n(
        'Delete Candidate for Good…',
        'Delete %1 Candidates for Good…',
        count
      ),
    ids => removeForGood(model, ids, trans)
  );
}

async function removeUndoably(
  model: CandidatesModel,
  ids: readonly string[],
  trans: TranslationBundle
): Promise<void> {
  if (await orTold(trans.__('Not deleted'), () => model.edits.remove(ids))) {
    Notification.info(
      trans._n('Candidate deleted', '%1 candidates deleted', ids.length),
      {
        autoClose: UNDO_OFFERED_MS,
        actions: [
          {
            label: trans.__('Undo'),
            callback: () =>
              void orTold(trans.__('Not restored'), () =>
                model.edits.restore(ids)
              )
          }
        ]
      }
    );
  }
}

async function restore(
  model: CandidatesModel,
  ids: readonly string[],
  trans: TranslationBundle
): Promise<void> {
  if (await orTold(trans.__('Not restored'), () => model.edits.restore(ids))) {
    Notification.info(
      trans._n('Candidate restored', '%1 candidates restored', ids.length),
      { autoClose: DONE_MS }
    );
  }
}

async function removeForGood(
  model: CandidatesModel,
  ids: readonly string[],
  trans: TranslationBundle
): Promise<void> {
  const { button } = await showDialog({
    title: trans.__('Delete for good?'),
    body: trans._n(
      '%1 candidate goes with its params, metrics, tags and files. Model versions registered from it keep theirs. This cannot be undone.',
      '%1 candidates go with their params, metrics, tags and files. Model versions registered from them keep theirs. This cannot be undone.',
      ids.length
    ),
    buttons: [
      Dialog.cancelButton(),
      Dialog.warnButton({ label: trans.__('Delete for good') })
    ],
    defaultButton: 0
  });
  if (button.accept) {
    await orTold(trans.__('Not deleted'), () =>
      model.edits.remove(ids, { forGood: true })
    );
  }
}
