/** Our icons, drawn on a 16 grid and coloured by the theme. */
import { LabIcon } from '@jupyterlab/ui-components';

const draw = (name: string, body: string): LabIcon =>
  new LabIcon({
    name: `jupyterlab-mlops:${name}`,
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">${body}</svg>`
  });

/** A path filled in the colour of interface icons. */
const fill = (path: string) =>
  `<path class="jp-icon3 jp-icon-selectable" fill="#616161" fill-rule="evenodd" d="${path}"/>`;

/** A line in the colour of interface icons. */
const line = (path: string) =>
  `<path class="jp-icon-mlops-line" fill="none" stroke="#616161" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" d="${path}"/>`;

/** A laboratory flask: experiments. */
export const experimentsIcon = draw(
  'experiments',
  fill(
    'M5.25 1.25a.75.75 0 0 0 0 1.5h.25v3.06L2.2 12.02A1.9 1.9 0 0 0 3.88 14.8h8.24a1.9 1.9 0 0 0 1.68-2.78L10.5 5.8V2.75h.25a.75.75 0 0 0 0-1.5zM7 6.2V2.75h2V6.2l1.22 2.3H5.78zM4.98 10h6.04l1.46 2.73a.4.4 0 0 1-.36.57H3.88a.4.4 0 0 1-.36-.57z'
  )
);

/** A box that something is put into: register a model. */
export const registerIcon = draw(
  'register',
  line(
    'M8 1.75v5.5M5.75 5.25 8 7.5l2.25-2.25M4.5 7.75 2 9v4l6 2 6-2V9l-2.5-1.25M2 9l6 2 6-2M8 11v4'
  )
);

/** A box: a registered model. */
export const modelIcon = draw(
  'model',
  line('M8 1.75 14 4.5v7L8 14.25 2 11.5v-7zM2 4.5l6 2.75 6-2.75M8 7.25v7')
);

/** Two columns that differ: compare. */
export const compareIcon = draw(
  'compare',
  line(
    'M2.25 3.25h4v9.5h-4zM9.75 3.25h4v9.5h-4zM3.75 6h1M3.75 8h1M11.25 6h1M11.25 10h1'
  )
);

/** A table with its first column apart. */
export const tableIcon = draw(
  'table',
  line('M2 3h12v10H2zM2 6.25h12M6 3v10M10 6.25V13')
);

/** A filled dot in a ring: recording. */
export const recordingIcon = draw(
  'recording',
  '<circle class="jp-mlops-Icon-record" cx="8" cy="8" r="3.5" fill="#d32f2f"/>' +
    '<circle class="jp-icon-mlops-line" cx="8" cy="8" r="6" fill="none" stroke="#616161" stroke-width="1.2"/>'
);

/** Two bars in a ring: recording is paused. */
export const recordingPausedIcon = draw(
  'recording-paused',
  line('M6.25 5.75v4.5M9.75 5.75v4.5') +
    '<circle class="jp-icon-mlops-line" cx="8" cy="8" r="6" fill="none" stroke="#616161" stroke-width="1.2"/>'
);

/** Columns with a gear: choose columns. */
export const columnsIcon = draw(
  'columns',
  line('M2.25 3h11.5v10H2.25zM6 3v10M10 3v10')
);

/** A five-pointed star, empty. */
export const starIcon = draw(
  'star',
  line(
    'M8 1.9l1.85 3.9 4.25.55-3.1 2.95.8 4.2L8 11.45 4.2 13.5l.8-4.2-3.1-2.95 4.25-.55z'
  )
);

/** A cloud: GitLab. */
export const cloudIcon = draw(
  'cloud',
  line(
    'M4.5 12.5a3 3 0 0 1-.35-5.98 4 4 0 0 1 7.75.73A2.65 2.65 0 0 1 11.6 12.5z'
  )
);
