/** What a case may take away, from whom, on which grounds, and what of it a call or an export meets. */

export const restrictionKinds = ['watch', 'throttle', 'narrow_purpose', 'block_export', 'block_train', 'block_model', 'suspend_key', 'suspend_project', 'suspend_account', 'terminate'] as const
export type RestrictionKind = (typeof restrictionKinds)[number]

/** Everything named has to match; an organization alone is all of it. */
export interface Scope {
  readonly organization: string
  readonly project?: string
  /** Key id. */
  readonly key?: string
  /** Public model name. */
  readonly model?: string
}

export interface Grounds {
  /** Clause id. */
  readonly clause: string
  /** Why, in a sentence that the customer reads. */
  readonly says: string
  /** Call ids, hashes, documents. */
  readonly evidence: readonly string[]
  /** How to appeal. */
  readonly appeal: string
}

export interface Restriction extends Grounds {
  readonly id: string
  readonly kind: RestrictionKind
  readonly scope: Scope
  /** Milliseconds; left out: until it is lifted. */
  readonly untilMs?: number
  /** False for the end of an account only. */
  readonly reversible: boolean
  /** Made by a program: lapses unless a person takes it over. */
  readonly automatic: boolean
  /** Why notice did not come first. */
  readonly urgent?: 'imminent_loss' | 'key_theft' | 'law' | 'evidence_destruction'
  /** Of throttle: percent of the calls that pass. */
  readonly percent?: number
  /** Of narrow_purpose: what is still allowed. */
  readonly purposes?: readonly string[]
}

const automaticKinds: readonly RestrictionKind[] = ['watch', 'throttle', 'block_export']
const needs: Readonly<Partial<Record<RestrictionKind, 'key' | 'project' | 'model'>>> = { suspend_key: 'key', suspend_project: 'project', block_model: 'model' }

/** What a restriction lacks; undefined: nothing. */
export function restrictionFault(given: Restriction, atMs: number): string | undefined {
  const { kind, scope } = given
  if (given.clause.trim() === '') return 'A restriction names the clause that it rests on.'
  if (given.says.trim() === '') return 'A restriction says why, in a sentence that the customer reads.'
  if (given.evidence.length === 0 || given.evidence.some((one) => one.trim() === '')) return 'A restriction names its evidence.'
  if (given.appeal.trim() === '') return 'A restriction says how to appeal.'
  const needed = needs[kind]
  if (needed !== undefined && scope[needed] === undefined) return `${kind} names the ${needed} that it is about.`
  if (kind === 'suspend_project' && (scope.key !== undefined || scope.model !== undefined)) return 'suspend_project is about a project as a whole.'
  if ((kind === 'suspend_account' || kind === 'terminate') && (scope.project !== undefined || scope.key !== undefined || scope.model !== undefined)) return `${kind} is about an organization as a whole.`
  if (given.automatic && !automaticKinds.includes(kind)) return `A program may at most ${automaticKinds.join(', ')}; ${kind} is for people.`
  if (given.untilMs !== undefined && given.untilMs <= atMs) return 'It would end before it begins.'
  if (given.reversible !== (kind !== 'terminate')) return kind === 'terminate' ? 'The end of an account is not reversible.' : `${kind} is reversible.`
  if (kind === 'throttle' && !(given.percent !== undefined && given.percent > 0 && given.percent < 100)) return 'throttle says which percentage is left, above 0 and below 100.'
  if (kind === 'narrow_purpose' && (given.purposes ?? []).length === 0) return 'narrow_purpose names the purposes that stay allowed.'
  return undefined
}

export interface Use {
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
}

/** Whether a use lies within a restriction's scope. */
export const reaches = ({ scope }: Restriction, use: Use): boolean => within(scope, use)

/** Whether a restriction keeps every call out. watch keeps none out, throttle a share (throttle.ts); block_export and block_train act elsewhere. */
export function refusesCall({ kind, scope, purposes }: Restriction, use: Use): boolean {
  if (!within(scope, use)) return false
  switch (kind) {
    case 'watch': case 'throttle': case 'block_export': case 'block_train': return false
    case 'narrow_purpose': return use.purpose === undefined || !(purposes ?? []).includes(use.purpose)
    case 'block_model': case 'suspend_key': case 'suspend_project': case 'suspend_account': case 'terminate': return true
  }
}

const within = (scope: Scope, use: { readonly organization: string; readonly project?: string; readonly key?: string; readonly model?: string }): boolean =>
  scope.organization === use.organization && (scope.project === undefined || scope.project === use.project) && (scope.key === undefined || scope.key === use.key) && (scope.model === undefined || scope.model === use.model)

/** Points at which a case is asked anew each time. */
export type HeldPoint = 'export' | 'train' | 'publish'

/**
 * Whether a restriction stops an export, a training or a publication of an organization. One on a part of it stops all, as
 * rows of every part may be in a file. What may not be exported is not published either; a narrowed purpose is the only one
 * that rows may leave or train for.
 */
export function refusesAt({ kind, scope, purposes }: Restriction, point: HeldPoint, organization: string, purpose?: string): boolean {
  if (scope.organization !== organization) return false
  switch (kind) {
    case 'suspend_account': case 'terminate': return true
    case 'block_export': return point !== 'train'
    case 'block_train': return point === 'train'
    case 'narrow_purpose': return point !== 'publish' && !(purposes ?? []).includes(purpose ?? '')
    case 'watch': case 'throttle': case 'block_model': case 'suspend_key': case 'suspend_project': return false
  }
}

export interface Refusal {
  readonly clause: string
  readonly says: string
  readonly remedy: string
}

const done: Readonly<Record<RestrictionKind, string>> = {
  watch: 'is watched', throttle: 'is throttled', narrow_purpose: 'is narrowed to other purposes', block_export: 'may export nothing', block_train: 'may train nothing', block_model: 'may not use this model',
  suspend_key: 'is suspended', suspend_project: 'is suspended', suspend_account: 'is suspended', terminate: 'has ended',
}

export const subjectOf = ({ organization, project, key }: Scope): string => (key !== undefined ? `key ${key}` : project !== undefined ? `project ${organization}/${project}` : `account ${organization}`)

/** A refusal as the one who meets it reads it: what, why, which case, what to do. */
export const refusalOf = (restriction: Restriction & { readonly case: string }): Refusal => ({
  clause: restriction.clause,
  says: `${subjectOf(restriction.scope)} ${done[restriction.kind]} (${restriction.case}): ${restriction.says}`,
  remedy: `Answer ${restriction.case} or appeal: ${restriction.appeal}`,
})
