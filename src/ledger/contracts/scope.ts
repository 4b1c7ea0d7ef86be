/** Whether a rule of a contract applies to a row: a missing member means all, a model that ends in `*` means a prefix. */
export interface Scope {
  readonly models?: readonly string[] | undefined
  readonly meters?: readonly string[] | undefined
  readonly tiers?: readonly string[] | undefined
  readonly projects?: readonly string[] | undefined
}

export interface Scoped {
  readonly model: string
  readonly meter: string
  readonly tier: string
  readonly project: string
}

const names = (patterns: readonly string[] | undefined, value: string): boolean =>
  patterns === undefined || patterns.some((pattern) => pattern.endsWith('*') ? value.startsWith(pattern.slice(0, -1)) : pattern === value)

export const inScope = (scope: Scope, row: Scoped): boolean =>
  names(scope.models, row.model) && names(scope.meters, row.meter) && names(scope.tiers, row.tier) && names(scope.projects, row.project)
