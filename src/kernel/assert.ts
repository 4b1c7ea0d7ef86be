/** A broken invariant: never caught for its kind, ends the call, in the ledger the process. */
export class Broken extends Error {
  override readonly name = 'Broken'
}

export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new Broken(message)
}

/** For the last branch of an exhaustive switch. */
export function never(value: never): never {
  throw new Broken(`unexpected ${JSON.stringify(value)}`)
}
