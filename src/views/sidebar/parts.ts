/** What the panel asks of the application. */
export interface IPanelActions {
  openCandidate: (id: string) => void;
  openTable: () => void;
  compare: (ids: string[]) => void;
  openVersion: (model: string, version: string) => void;
  /** Run a command about what is shown. */
  run: (command: string, args: Record<string, string>) => void;
  connect: () => void;
  showQueue: () => void;
}
