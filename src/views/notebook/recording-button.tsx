import type { TranslationBundle } from '@jupyterlab/translation';
import { caretDownEmptyIcon } from '@jupyterlab/ui-components';
import * as React from 'react';

import { useModel } from '../shared/hooks';
import { recordingIcon, recordingPausedIcon } from '../../icons';
import type { RecordingModel } from '../../models/recording';

/** The notebook toolbar's button: what is recorded, under which experiment. */
export function RecordingButton(props: {
  model: RecordingModel;
  onMenu: (anchor: DOMRect) => void;
  trans: TranslationBundle;
}): React.ReactElement | null {
  const { model, onMenu, trans } = props;
  useModel(model);
  const recording = model.recording;
  if (!recording) {
    return null;
  }
  const off = recording.mode === 'off';
  const Icon = off ? recordingPausedIcon : recordingIcon;
  const state = recording.paused
    ? trans.__('Recording of this notebook is paused')
    : off
      ? trans.__('Recording is off in the configuration of the server')
      : recording.recording
        ? trans.__('Recording a notebook run')
        : recording.mode === 'manual'
          ? trans.__('Only explicit candidates are recorded')
          : trans.__('What runs is recorded');
  return (
    <button
      type="button"
      className="jp-mlops-RecordingButton"
      aria-label={trans.__('Recording')}
      aria-haspopup="menu"
      title={trans.__('%1, experiment %2', state, recording.experiment)}
      data-state={
        recording.paused
          ? 'paused'
          : off
            ? 'off'
            : recording.recording
              ? 'running'
              : 'on'
      }
      onClick={event => onMenu(event.currentTarget.getBoundingClientRect())}
    >
      <Icon.react tag="span" className="jp-mlops-RecordingButton-icon" />
      <span className="jp-mlops-RecordingButton-text">
        {recording.paused
          ? trans.__('Paused')
          : off
            ? trans.__('Off')
            : recording.experiment.split('/').pop()}
      </span>
      <caretDownEmptyIcon.react
        tag="span"
        className="jp-mlops-RecordingButton-caret"
      />
    </button>
  );
}
