/**
 * What each role may do: one table, beside `permissions.ts`, which says what each route asks for. A permission without a
 * row here does not compile. `docs/sign-in.md` shows it; `roles.test.ts` tries every route as every role against a table of
 * its own.
 */
import { type Permission, permissions } from './permissions.ts'

export const roles = ['owner', 'finance', 'compliance', 'engineer', 'auditor', 'customer', 'maker'] as const
export type Role = (typeof roles)[number]

/** A role with what binds it: a customer sees its own organization only, a maker what was made of its models. */
export interface Bound {
  readonly role: Role
  readonly organization: string | undefined
  readonly maker: string | undefined
}

/** Answered without a role: `public` to anybody, `enrol` also to who has yet to set up a second factor, `self` to whoever signed in. */
export type Open = 'public' | 'enrol' | 'self'
export const isOpen = (permission: Permission): permission is Permission & Open => permission === 'public' || permission === 'enrol' || permission === 'self'

/** The owner may do everything and is not named. A customer or maker in a row is answered by a route that filters its rows. */
const others: Readonly<Record<Exclude<Permission, Open>, readonly Exclude<Role, 'owner'>[]>> = {
  'resources.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'resources.write': ['engineer'],
  'access.write': ['engineer'],
  'projects.read': ['finance', 'compliance', 'engineer', 'auditor', 'customer'],
  'keys.read': ['finance', 'compliance', 'engineer', 'auditor', 'customer'],
  'keys.write': ['engineer', 'customer'],
  'providers.write': ['engineer'],
  'prices.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'prices.write': ['finance'],
  usage: ['finance', 'compliance', 'engineer', 'auditor', 'customer', 'maker'],
  'usage.projects': ['finance', 'compliance', 'engineer', 'auditor', 'customer'],
  'usage.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'calls.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'ledger.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'ledger.write': ['finance'],
  'events.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'tokens.read': ['auditor'],
  'tokens.write': [],
  'users.read': ['auditor'],
  'users.write': [],
  'people.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'secrets.write': [],
  'outlook.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'outlook.write': ['finance'],
  'demo.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'demo.run': [],
  'terms.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'terms.write': ['compliance'],
  'terms.approve': ['compliance'],
  'proof.read': ['finance', 'compliance', 'engineer', 'auditor'],
  'statement.read': ['finance', 'compliance', 'engineer', 'auditor', 'customer'],
  'datasets.read': ['compliance', 'engineer', 'auditor'],
  'datasets.write': ['compliance', 'engineer'],
  'content.read': ['compliance', 'engineer', 'auditor'],
  'content.ask': ['compliance', 'engineer'],
  'content.approve': ['compliance'],
  'content.write': ['compliance'],
  'cases.read': ['finance', 'compliance', 'engineer', 'auditor', 'customer'],
  'signals.read': ['compliance', 'engineer', 'auditor'],
  'cases.open': ['compliance'],
  'cases.write': ['compliance'],
  'cases.own': ['compliance', 'customer'],
  'referrals.read': ['compliance', 'auditor', 'maker'],
  'referrals.write': ['compliance', 'maker'],
  'notices.read': ['compliance', 'engineer', 'auditor'],
  'notices.write': ['compliance'],
  'webhooks.read': ['compliance', 'engineer', 'auditor'],
  'webhooks.write': ['compliance', 'engineer'],
  'drills.write': ['compliance', 'engineer'],
  'money.read': ['finance', 'auditor'],
  'money.write': ['finance'],
  'invoices.read': ['finance', 'auditor', 'customer'],
  'statements.read': ['finance', 'auditor', 'maker'],
}

export const mayDo = (role: Role, permission: Permission): boolean => isOpen(permission) || role === 'owner' || (others[permission] as readonly Role[]).includes(role)

/** All that a role may do, as the session tells its pages. */
export const permissionsOf = (role: Role): readonly Permission[] => [...new Set(Object.values(permissions))].filter((one) => one !== 'public' && mayDo(role, one)).toSorted()

/** What asks for a second factor shown in the last minutes: who finds a browser open must not get further. */
const dangerous: ReadonlySet<Permission> = new Set<Permission>(['users.write', 'tokens.write', 'secrets.write', 'terms.approve', 'content.approve'])
export const isDangerous = (permission: Permission): boolean => dangerous.has(permission)
