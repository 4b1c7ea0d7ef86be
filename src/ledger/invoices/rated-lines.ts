/** Rated lines as JSON, with decimals as texts, and back: what a later rating of the same month is compared with. */
import { z } from 'zod'
import { decimal, formatDecimal } from '../../kernel/decimal.ts'
import type { Line } from '../contracts/rate-contract.ts'

const lineJson = z.object({
  kind: z.enum(['usage', 'provisioned', 'spend-discount', 'minimum-shortfall', 'commitment-shortfall']),
  rule: z.string(), project: z.string().optional(), model: z.string().optional(), meter: z.string().optional(), tier: z.string().optional(),
  from: z.string(), until: z.string(), quantity: z.string(), unit: z.string(), listUnitPrice: z.string().optional(), unitPrice: z.string(),
  amount: z.string(), payable: z.string(), priceRows: z.array(z.string()), calls: z.number(),
})

export type LineJson = z.infer<typeof lineJson>

export const linesToJson = (lines: readonly Line[]): readonly LineJson[] =>
  lines.map(({ quantity, listUnitPrice, unitPrice, amount, payable, priceRows, ...rest }) => ({
    ...rest, quantity: formatDecimal(quantity), ...(listUnitPrice === undefined ? {} : { listUnitPrice: formatDecimal(listUnitPrice) }),
    unitPrice: formatDecimal(unitPrice), amount: formatDecimal(amount), payable: formatDecimal(payable), priceRows: [...priceRows],
  }))

/** Throws where the text in the database is not what this program wrote. */
export const linesFromJson = (json: unknown): readonly Line[] =>
  z.array(lineJson).parse(json).map(({ project, model, meter, tier, quantity, listUnitPrice, unitPrice, amount, payable, ...rest }) => ({
    ...rest,
    ...(project === undefined ? {} : { project }), ...(model === undefined ? {} : { model }), ...(meter === undefined ? {} : { meter }), ...(tier === undefined ? {} : { tier }),
    quantity: decimal(quantity), ...(listUnitPrice === undefined ? {} : { listUnitPrice: decimal(listUnitPrice) }),
    unitPrice: decimal(unitPrice), amount: decimal(amount), payable: decimal(payable),
  }))
