/** What the panel asks of the application. */
export interface IPanelActions {
  openCandidate: (id: string) => void;
  openTable: () => void;
  compare: (ids: string[]) => void;
  /** Bring candidates back from the bin. */
  restore: (ids: string[]) => void;
  /** Ask, and empty them out of the bin. */
  deleteForGood: (ids: string[]) => void;
  openVersion: (model: string, version: string) => void;
  /** Run a command about what is shown. */
  run: (command: string, args: Record<string, string>) => void;
  connect: () => void;
  showQueue: () => void;
}
