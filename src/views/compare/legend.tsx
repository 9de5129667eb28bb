import * as React from 'react';

import type { ITabProps } from './parts';
import { Swatch } from '../shared/swatch';

/** The candidates with how they are drawn; pressing one hides it in all tabs. */
export function Legend(
  props: ITabProps & {
    pointed: string | null;
    point: (id: string | null) => void;
  }
): React.ReactElement {
  const { model, comparison, styles, trans } = props;
  const outside = (id: string) => !(model.brushed?.has(id) ?? true);
  return (
    <ul className="jp-mlops-Legend" aria-label={trans.__('Candidates')}>
      {comparison.candidates.map(({ id, name }) => {
        const style = styles.get(id);
        return (
          <li key={id}>
            <button
              type="button"
              className="jp-mlops-Legend-item"
              aria-pressed={!model.isHidden(id)}
              data-outside={outside(id) || undefined}
              title={
                model.isHidden(id)
                  ? trans.__('%1: show', name)
                  : trans.__('%1: hide', name)
              }
              onMouseEnter={() => props.point(id)}
              onMouseLeave={() => props.point(null)}
              onFocus={() => props.point(id)}
              onBlur={() => props.point(null)}
              onClick={() => model.toggleHidden(id)}
            >
              {style && <Swatch style={style} />}
              <span>{name}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}
