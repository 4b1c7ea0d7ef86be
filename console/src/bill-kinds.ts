/** Kinds of a bill's variances, and what is offered of them first. */

/** What the supplier is asked about before anybody pays it: billed twice, at another price, for calls that we do not have, or for no reason that is known. */
const doubtful: ReadonlySet<string> = new Set(['duplicate', 'outside-gateway', 'price', 'unexplained'])

/** The kinds of a reconciliation that a dispute, or a true-up, begins with; the reader may choose others. */
export const offered = <K extends string>(kinds: readonly K[], what: 'true-up' | 'dispute'): readonly K[] => kinds.filter((kind) => (what === 'dispute') === doubtful.has(kind))
