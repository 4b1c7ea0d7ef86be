import type { Migration } from '../store.ts'

/** Jobs and metrics look for events of a few kinds each minute; without this they read all that ever happened. */
export const eventsByKind: Migration = {
  name: '0028-events-by-kind',
  up: 'CREATE INDEX event_kind ON event (kind, at DESC)',
}
