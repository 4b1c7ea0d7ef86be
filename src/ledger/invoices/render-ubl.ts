/**
 * An invoice as EN 16931 XML in the UBL 2.1 syntax (docs/decisions: EN 16931). BT and BG numbers are those of EN 16931-1:2017;
 * element order is that of the UBL 2.1 schemas. Credit notes carry positive amounts, as their type demands.
 */
import { type Decimal, decimal, formatDecimal, formatFixed, isNegative, negate, roundHalfEven } from '../../kernel/decimal.ts'
import { addDays } from '../contracts/calendar.ts'
import { minorDigits } from '../contracts/currency.ts'
import type { Party } from '../contracts/party.ts'
import type { InvoiceLine } from './invoice-document.ts'
import type { InvoiceHead, PagedInvoice } from './invoice-pages.ts'

const escape = (text: string): string => text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

type Node = string | undefined

/** An element; left out where it would hold nothing. */
function element(name: string, content: Node | readonly Node[], attributes: Readonly<Record<string, string>> = {}): Node {
  const parts = (typeof content === 'object' ? content : [content]).filter((part): part is string => part !== undefined && part !== '')
  if (parts.length === 0) return undefined
  const shown = Object.entries(attributes).map(([key, value]) => ` ${key}="${escape(value)}"`).join('')
  return `<${name}${shown}>${parts.join('')}</${name}>`
}

const text = (name: string, value: string | undefined, attributes: Readonly<Record<string, string>> = {}): Node => value === undefined || value === '' ? undefined : element(name, escape(value), attributes)

/** UN/ECE recommendation 20: one, second, hour. */
const unitCode = (unit: string): string => unit === 'audio_second' ? 'SEC' : unit === 'unit-hours' ? 'HUR' : 'C62'

interface Sheet {
  readonly document: InvoiceHead
  readonly sign: (value: string) => string
  readonly amount: (name: string, value: string) => Node
  /** BR-O-02: nobody's VAT number stands on an invoice that is not subject to VAT. */
  readonly withVat: boolean
}

function sheetOf(document: InvoiceHead): Sheet {
  const sign = (value: string): string => {
    const read = decimal(value)
    return document.kind === 'credit-note' ? formatDecimal(negate(read)) : formatDecimal(read)
  }
  const fixed = (value: Decimal): string => formatFixed(roundHalfEven(value, minorDigits(document.currency)))
  return {
    document, sign, withVat: document.taxes.every((tax) => tax.category !== 'O'),
    amount: (name, value) => element(name, fixed(decimal(sign(value))), { currencyID: document.currency }),
  }
}

const taxScheme = element('cac:TaxScheme', text('cbc:ID', 'VAT'))

function address(party: Party): Node {
  return element('cac:PostalAddress', [
    text('cbc:StreetName', party.street), text('cbc:CityName', party.city), text('cbc:PostalZone', party.postalCode),
    element('cac:Country', text('cbc:IdentificationCode', party.country)),
  ])
}

function partyNode(party: Party, sheet: Sheet, role: 'seller' | 'buyer', id: string): Node {
  const vat = sheet.withVat ? party.vatId : undefined
  const identified = vat !== undefined || party.registration !== undefined
  return element('cac:Party', [
    party.electronicAddress === undefined ? undefined : text('cbc:EndpointID', party.electronicAddress.value, { schemeID: party.electronicAddress.scheme }),
    role === 'seller' && !identified ? element('cac:PartyIdentification', text('cbc:ID', id)) : undefined,
    element('cac:PartyName', text('cbc:Name', party.name)),
    address(party),
    vat === undefined ? undefined : element('cac:PartyTaxScheme', [text('cbc:CompanyID', vat), taxScheme]),
    element('cac:PartyLegalEntity', [text('cbc:RegistrationName', party.name), text('cbc:CompanyID', party.registration)]),
    element('cac:Contact', [text('cbc:Name', party.contact), text('cbc:Telephone', party.phone), text('cbc:ElectronicMail', party.email)]),
  ])
}

function taxCategory(name: string, tax: InvoiceHead['taxes'][number], withReason: boolean): Node {
  return element(name, [
    text('cbc:ID', tax.category),
    tax.category === 'O' ? undefined : text('cbc:Percent', tax.percent),
    withReason ? text('cbc:TaxExemptionReason', tax.reason) : undefined,
    taxScheme,
  ])
}

function lineNode(line: InvoiceLine, sheet: Sheet): Node {
  const credit = sheet.document.kind === 'credit-note'
  let quantity = decimal(sheet.sign(line.quantity))
  let price = decimal(line.unitPrice)
  // BR-27: a net price is never negative; a reduction has a negative quantity instead.
  if (isNegative(price)) { price = negate(price); quantity = negate(quantity) }
  const [tax] = sheet.document.taxes
  return element(credit ? 'cac:CreditNoteLine' : 'cac:InvoiceLine', [
    text('cbc:ID', String(line.n)),
    element(credit ? 'cbc:CreditedQuantity' : 'cbc:InvoicedQuantity', formatDecimal(quantity), { unitCode: unitCode(line.unit) }),
    sheet.amount('cbc:LineExtensionAmount', line.payable),
    text('cbc:AccountingCost', line.costCentre),
    element('cac:InvoicePeriod', [text('cbc:StartDate', line.from), text('cbc:EndDate', addDays(line.until, -1))]),
    element('cac:Item', [
      text('cbc:Name', line.description),
      line.meter === undefined ? undefined : element('cac:SellersItemIdentification', text('cbc:ID', `${line.model}/${line.meter}/${line.tier}`)),
      tax === undefined ? undefined : taxCategory('cac:ClassifiedTaxCategory', tax, false),
      line.project === undefined ? undefined : element('cac:AdditionalItemProperty', [text('cbc:Name', 'Project'), text('cbc:Value', line.project)]),
    ]),
    element('cac:Price', element('cbc:PriceAmount', formatDecimal(price), { currencyID: sheet.document.currency })),
  ])
}

function totalsNode(sheet: Sheet): Node {
  const { document, amount } = sheet
  return element('cac:LegalMonetaryTotal', [
    amount('cbc:LineExtensionAmount', document.net), amount('cbc:TaxExclusiveAmount', document.net), amount('cbc:TaxInclusiveAmount', document.total),
    decimal(document.prepaid).coefficient === 0n ? undefined : amount('cbc:PrepaidAmount', document.prepaid),
    amount('cbc:PayableAmount', document.due),
  ])
}

function taxNode(sheet: Sheet): Node {
  const { document, amount } = sheet
  return element('cac:TaxTotal', [
    amount('cbc:TaxAmount', document.tax),
    ...document.taxes.map((tax) => element('cac:TaxSubtotal', [amount('cbc:TaxableAmount', tax.base), amount('cbc:TaxAmount', tax.amount), taxCategory('cac:TaxCategory', tax, true)])),
  ])
}

function payment(document: InvoiceHead): Node {
  const { iban, bic } = document.seller
  if (iban === undefined) return undefined
  // 30 is a credit transfer, UNCL 4461.
  return element('cac:PaymentMeans', [
    text('cbc:PaymentMeansCode', '30'), text('cbc:PaymentID', document.number),
    element('cac:PayeeFinancialAccount', [text('cbc:ID', iban), bic === undefined ? undefined : element('cac:FinancialInstitutionBranch', text('cbc:ID', bic))]),
  ])
}

export type Ubl = { readonly status: 'rendered'; readonly xml: AsyncIterable<string> } | { readonly status: 'not-renderable'; readonly why: string }

/** Drafts have no number and currencies with three decimals exceed what EN 16931 amounts may have (BR-DEC): both are refused. */
export function renderUbl({ head: document, pages }: PagedInvoice): Ubl {
  if (document.number === undefined || document.issuedOn === undefined) return { status: 'not-renderable', why: 'a draft has no number: issue it first' }
  if (minorDigits(document.currency) > 2) return { status: 'not-renderable', why: `amounts in ${document.currency} have three decimals, EN 16931 admits two` }
  const sheet = sheetOf(document)
  const credit = document.kind === 'credit-note'
  const root = credit ? 'CreditNote' : 'Invoice'
  const body = [
    text('cbc:CustomizationID', 'urn:cen.eu:en16931:2017'), text('cbc:ID', document.number), text('cbc:IssueDate', document.issuedOn),
    credit ? undefined : text('cbc:DueDate', document.dueOn),
    text(credit ? 'cbc:CreditNoteTypeCode' : 'cbc:InvoiceTypeCode', credit ? '381' : '380'),
    text('cbc:Note', document.reason), text('cbc:DocumentCurrencyCode', document.currency), text('cbc:BuyerReference', document.buyer.buyerReference),
    element('cac:InvoicePeriod', [text('cbc:StartDate', document.from), text('cbc:EndDate', addDays(document.until, -1))]),
    element('cac:OrderReference', text('cbc:ID', document.buyer.purchaseOrder)),
    document.corrects === undefined ? undefined : element('cac:BillingReference', element('cac:InvoiceDocumentReference', [text('cbc:ID', document.corrects.number), text('cbc:IssueDate', document.corrects.issuedOn)])),
    element('cac:ContractDocumentReference', text('cbc:ID', document.contract)),
    element('cac:AccountingSupplierParty', partyNode(document.seller, sheet, 'seller', 'self')),
    element('cac:AccountingCustomerParty', partyNode(document.buyer, sheet, 'buyer', document.organization)),
    payment(document),
    credit ? undefined : element('cac:PaymentTerms', text('cbc:Note', `${document.paymentDays} days net`)),
    taxNode(sheet), totalsNode(sheet),
  ].filter((part): part is string => part !== undefined)
  const namespaces = `xmlns="urn:oasis:names:specification:ubl:schema:xsd:${root}-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"`
  return {
    status: 'rendered',
    xml: (async function* () {
      yield `<?xml version="1.0" encoding="UTF-8"?>\n<${root} ${namespaces}>\n${body.join('\n')}\n`
      for await (const lines of pages()) yield lines.map((line) => `${lineNode(line, sheet) ?? ''}\n`).join('')
      yield `</${root}>\n`
    })(),
  }
}
