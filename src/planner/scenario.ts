/** What might happen to one customer, as text and as the share of its present business that is left month by month. */
import { type Ratio, one, ratio, zeroRatio } from './ratio.ts'

export interface Scenario {
  readonly customer: string
  readonly kind: 'stays' | 'leaves' | 'halves' | 'doubles' | 'ramp'
  /** For `ramp`: months until nothing is left. */
  readonly months: number
}

export const scenarioForm = 'customer=leaves, customer=halves, customer=doubles, customer=stays or customer=ramp:6 (gone after six months)'

const shape = /^(.+)=(?:(stays|leaves|halves|doubles)|ramp:(\d{1,3}))$/

/** `acme=ramp:6`. Answers what was expected where the text is none. */
export function parseScenario(text: string): Scenario | { readonly refused: string } {
  const match = shape.exec(text.trim())
  const [, customer, kind, months] = match ?? []
  if (customer === undefined) return { refused: `not a scenario: ${JSON.stringify(text)}; write ${scenarioForm}` }
  if (months !== undefined) {
    const count = Number(months)
    return count < 1 || count > 120 ? { refused: 'a ramp takes between 1 and 120 months' } : { customer, kind: 'ramp', months: count }
  }
  return { customer, kind: kind as Scenario['kind'], months: 0 }
}

export const scenarioText = ({ customer, kind, months }: Scenario): string => (kind === 'ramp' ? `${customer}=ramp:${months}` : `${customer}=${kind}`)

/** Share of the customer's present business in a month, 1 being the first month after today. */
export function factorIn({ kind, months }: Scenario, month: number): Ratio {
  switch (kind) {
    case 'stays': return one
    case 'leaves': return zeroRatio
    case 'halves': return ratio(1n, 2n)
    case 'doubles': return ratio(2n, 1n)
    case 'ramp': return month >= months ? zeroRatio : ratio(BigInt(months - month), BigInt(months))
  }
}
