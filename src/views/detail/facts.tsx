import * as React from 'react';

import { environmentRows } from './environment-rows';
import type { ISectionProps } from './parts';
import { Facts, Section } from './section';
import { sourceWords } from './words';
import { formatSize } from '../../format';

/** Where the list of installed distributions is kept. */
const ENVIRONMENT = 'environment.txt';

/** The settings, each with where it was seen; those last that nobody set. */
export function Params({
  candidate,
  trans
}: ISectionProps): React.ReactElement {
  const unset = new Set(candidate.details?.defaults as string[] | undefined);
  const params = Object.entries(candidate.params).sort(
    ([a], [b]) => Number(unset.has(a)) - Number(unset.has(b))
  );
  const words = sourceWords(trans);
  return (
    <Section title={trans.__('Params')} count={params.length}>
      {params.length ? (
        <Facts
          rows={params.map(([name, { value, source }]) => ({
            name,
            value: value === '' ? '""' : value,
            title: value,
            note: unset.has(name) ? trans.__('default') : words[source]
          }))}
          // What nobody set is a click away.
          most={unset.size ? Math.max(params.length - unset.size, 4) : 40}
          more={count => trans.__('Show %1 more', count)}
        />
      ) : (
        <p className="jp-mlops-Muted">{trans.__('None was seen.')}</p>
      )}
    </Section>
  );
}

/** What was read. */
export function Inputs({
  candidate,
  trans
}: ISectionProps): React.ReactElement | null {
  return candidate.inputs.length ? (
    <Section title={trans.__('Inputs')} count={candidate.inputs.length}>
      <Facts
        rows={candidate.inputs.map(({ path, sha256, size }) => ({
          name: path,
          value: <code>{sha256.slice(0, 12)}</code>,
          title: sha256,
          note: formatSize(size)
        }))}
        more={count => trans.__('Show %1 more', count)}
      />
    </Section>
  ) : null;
}

/** Repository, interpreter, hardware, seeds and installed distributions. */
export function Environment(props: ISectionProps): React.ReactElement | null {
  const { candidate, trans } = props;
  const rows = environmentRows(candidate, trans);
  const listed = candidate.artifacts.some(({ path }) => path === ENVIRONMENT);
  return rows.length || listed ? (
    <Section title={trans.__('Environment')}>
      <Facts
        rows={rows}
        most={14}
        more={count => trans.__('Show %1 more', count)}
      />
      {listed && <Installed {...props} />}
    </Section>
  ) : null;
}

/** The installed distributions, read when they are asked for. */
function Installed({ model, trans }: ISectionProps): React.ReactElement {
  const [lines, setLines] = React.useState<string[] | null>(null);
  const [problem, setProblem] = React.useState('');
  const load = () => {
    model.artifactText(ENVIRONMENT).then(
      text =>
        setLines(
          text.split('\n').filter(line => line.trim() && !line.startsWith('#'))
        ),
      reason => setProblem(String(reason))
    );
  };
  return (
    <details
      className="jp-mlops-Detail-more"
      onToggle={event => event.currentTarget.open && !lines && load()}
    >
      <summary>
        {lines
          ? trans._n(
              '%1 installed distribution',
              '%1 installed distributions',
              lines.length
            )
          : trans.__('Installed distributions')}
      </summary>
      {problem && <p role="alert">{problem}</p>}
      <pre tabIndex={0}>{lines?.join('\n')}</pre>
    </details>
  );
}

/** Model versions that were registered from it. */
export function Versions({
  candidate,
  actions,
  trans
}: ISectionProps): React.ReactElement | null {
  const versions = candidate.versions ?? [];
  return versions.length ? (
    <Section title={trans.__('Registered as')} count={versions.length}>
      <ul className="jp-mlops-Detail-versions">
        {versions.map(({ model, version }) => (
          <li key={`${model} ${version}`}>
            <button
              type="button"
              className="jp-mlops-LinkButton"
              onClick={() => actions.openVersion(model, version)}
            >
              {model} {version}
            </button>
          </li>
        ))}
      </ul>
    </Section>
  ) : null;
}
