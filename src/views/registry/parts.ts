/** What a version's view asks of the application. */
export interface IVersionActions {
  openCandidate: (id: string) => void;
  openVersion: (model: string, version: string) => void;
  openNotebook: (path: string) => void;
  /** Compare candidates, the first as the baseline. */
  compare: (ids: string[]) => void;
  remove: (model: string, version: string) => void;
}
