/** How long it is offered to undo something (ms): as long as it takes to read and reach it. */
export const UNDO_OFFERED_MS = 20_000;
