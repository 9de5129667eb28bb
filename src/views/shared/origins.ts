import type { TranslationBundle } from '@jupyterlab/translation';

/** Why a candidate exists, in a word or two; empty: nobody can say. */
export function originName(origin: string, trans: TranslationBundle): string {
  switch (origin) {
    case 'training':
      return trans.__('Trained');
    case 'measured':
      return trans.__('Measured');
    case 'notebook':
      return trans.__('Whole notebook');
    case 'explicit':
    case 'mlflow':
      return trans.__('Logged');
    case 'rerun':
      return trans.__('Run again');
    case 'pulled':
      return trans.__('From GitLab');
    default:
      return '';
  }
}

/** The same in a sentence; empty: nobody can say. */
export function originWhy(origin: string, trans: TranslationBundle): string {
  switch (origin) {
    case 'training':
      return trans.__('A model that the notebook trained.');
    case 'measured':
      return trans.__(
        'What the notebook run measured beside its models: of none of them, or of several together.'
      );
    case 'notebook':
      return trans.__(
        'The whole notebook: it ran from top to bottom and left no other candidate.'
      );
    case 'explicit':
      return trans.__('The code opened this candidate itself.');
    case 'mlflow':
      return trans.__('An MLflow client logged it.');
    case 'rerun':
      return trans.__('Another candidate, run again.');
    case 'pulled':
      return trans.__('It was recorded elsewhere and came from GitLab.');
    default:
      return '';
  }
}
