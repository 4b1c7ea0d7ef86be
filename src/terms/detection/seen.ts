/** One call as detection keeps it: who, when, and sketches of what. */

/** Whether a call counts for baselines: ordinary, part of an open signal, or accepted under a registered use case. */
export type Standing = 'ordinary' | 'flagged' | 'accepted'

export interface SeenCall {
  readonly id: bigint
  readonly atMs: number
  readonly organization: string
  readonly project: string
  readonly key: string
  readonly purpose: string | undefined
  readonly model: string
  readonly vector: Uint8Array
  readonly bands: Uint32Array
  /** Bits of techniques.ts. */
  readonly techniques: number
  /** Bits of rhythm.ts. */
  readonly settings: number
  /** Hashes under the installation's pepper: end user, client software, network. */
  readonly actor: string | undefined
  readonly agent: string | undefined
  readonly network: string | undefined
  /** Rough input tokens. */
  readonly tokens: number
  readonly standing: Standing
}
