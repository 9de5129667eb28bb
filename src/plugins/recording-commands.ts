import { InputDialog } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import type { CommandRegistry } from '@lumino/commands';
import { Menu } from '@lumino/widgets';

import { CommandIDs, NO_ARGS } from '../commands';
import type { RecordingModel } from '../models/recording';
import { discardRun, nameRun } from '../views/notebook/last-run';
import { orTold } from '../views/shared/told';

/** The commands about what is recorded of the notebook in front. */
export const RUN_COMMANDS = [
  CommandIDs.toggleRecording,
  CommandIDs.nameExperiment,
  CommandIDs.nameRun,
  CommandIDs.discardRun
] as const;

/**
 * Add {@link RUN_COMMANDS}.
 *
 * @param current - what is recorded of the notebook in front; null: there is none.
 */
export function addRecordingCommands(
  commands: CommandRegistry,
  current: () => RecordingModel | null,
  trans: TranslationBundle
): void {
  commands.addCommand(CommandIDs.toggleRecording, {
    label: () =>
      current()?.recording?.paused
        ? trans.__('Resume Recording')
        : trans.__('Pause Recording'),
    describedBy: { args: NO_ARGS },
    isEnabled: () => {
      const recording = current()?.recording;
      // Off without being paused is the server's setting.
      return !!recording && (recording.paused || recording.mode !== 'off');
    },
    execute: async () => {
      const model = current();
      if (model?.recording) {
        const paused = !model.recording.paused;
        await orTold(
          paused ? trans.__('Not paused') : trans.__('Not resumed'),
          () => model.setPaused(paused)
        );
      }
    }
  });
  const add = (
    command: string,
    label: string,
    execute: (model: RecordingModel) => Promise<unknown>
  ) =>
    commands.addCommand(command, {
      label,
      describedBy: { args: NO_ARGS },
      isEnabled: () => !!current()?.recording,
      execute: async () => {
        const model = current();
        if (model) {
          await execute(model);
        }
      }
    });
  add(
    CommandIDs.nameExperiment,
    trans.__('Record as Another Experiment…'),
    model => nameExperiment(model, trans)
  );
  add(CommandIDs.nameRun, trans.__('Name the Last Run…'), model =>
    orTold(trans.__('Not named'), () => nameRun(model, trans))
  );
  add(CommandIDs.discardRun, trans.__('Discard the Last Run…'), model =>
    orTold(trans.__('Not discarded'), () => discardRun(model, trans))
  );
}

/** Ask for another experiment, and record as that. */
async function nameExperiment(
  model: RecordingModel,
  trans: TranslationBundle
): Promise<void> {
  const { value } = await InputDialog.getText({
    title: trans.__('Record as Experiment'),
    label: trans.__('Experiment'),
    text: model.recording?.experiment
  });
  const name = value?.trim();
  if (name) {
    await orTold(trans.__('Recorded as before'), () =>
      model.setExperiment(name)
    );
  }
}

/** The menu of the recording button. */
export function recordingMenu(commands: CommandRegistry): Menu {
  const menu = new Menu({ commands });
  menu.addItem({ command: CommandIDs.toggleRecording });
  menu.addItem({ command: CommandIDs.nameExperiment });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.nameRun });
  menu.addItem({ command: CommandIDs.discardRun });
  menu.addItem({ command: CommandIDs.insertOutput });
  menu.addItem({ type: 'separator' });
  menu.addItem({ command: CommandIDs.openCandidates });
  return menu;
}
