import type { Migration } from '../store.ts'
import { resources } from './0001-resources.ts'

/** Every step of the schema, in order of their names. A published step never changes: the next one amends it. */
export const migrations: readonly Migration[] = [resources]
