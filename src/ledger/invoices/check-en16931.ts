/**
 * The business rules of EN 16931-1:2017 that apply to what Weir issues, checked on the UBL text alone: presence (BR-01 to
 * BR-27, BR-52 …), calculation (BR-CO), decimals (BR-DEC), tax categories (BR-S, BR-Z, BR-E, BR-AE, BR-G, BR-O), code lists
 * (BR-CL) as far as codes occur. Shares nothing with the renderer but the amounts' arithmetic. Names as in the standard.
 */
import { type Decimal, add, asFraction, compare, decimal, formatDecimal, isNegative, multiply, parseDecimal, roundHalfEven, subtract, sum } from '../../kernel/decimal.ts'
import { isDay } from '../contracts/calendar.ts'
import { nodesAt, parseXml, textAt, type XmlNode } from './xml-tree.ts'

export interface RuleFault {
  readonly rule: string
  readonly detail: string
}

interface Sheet {
  readonly root: XmlNode
  readonly lines: readonly XmlNode[]
  readonly fault: (rule: string, detail: string) => void
  readonly need: (rule: string, detail: string, ...path: readonly string[]) => void
}

const amountAt = (node: XmlNode, ...path: readonly string[]): Decimal | undefined => {
  const text = textAt(node, ...path)
  return text === undefined ? undefined : parseDecimal(text)
}
const zero = decimal(0)
const or0 = (value: Decimal | undefined): Decimal => value ?? zero
const equal = (a: Decimal, b: Decimal): boolean => compare(a, b) === 0
const seller = ['cac:AccountingSupplierParty', 'cac:Party'] as const
const buyer = ['cac:AccountingCustomerParty', 'cac:Party'] as const

function presence({ root, need, fault, lines }: Sheet): void {
  need('BR-01', 'specification identifier', 'cbc:CustomizationID')
  need('BR-02', 'invoice number', 'cbc:ID')
  need('BR-03', 'issue date', 'cbc:IssueDate')
  need('BR-04', 'type code', root.name === 'CreditNote' ? 'cbc:CreditNoteTypeCode' : 'cbc:InvoiceTypeCode')
  need('BR-05', 'currency code', 'cbc:DocumentCurrencyCode')
  need('BR-06', 'seller name', ...seller, 'cac:PartyLegalEntity', 'cbc:RegistrationName')
  need('BR-07', 'buyer name', ...buyer, 'cac:PartyLegalEntity', 'cbc:RegistrationName')
  need('BR-08', 'seller postal address', ...seller, 'cac:PostalAddress')
  need('BR-09', 'seller country', ...seller, 'cac:PostalAddress', 'cac:Country', 'cbc:IdentificationCode')
  need('BR-10', 'buyer postal address', ...buyer, 'cac:PostalAddress')
  need('BR-11', 'buyer country', ...buyer, 'cac:PostalAddress', 'cac:Country', 'cbc:IdentificationCode')
  need('BR-12', 'sum of line net amounts', 'cac:LegalMonetaryTotal', 'cbc:LineExtensionAmount')
  need('BR-13', 'total without VAT', 'cac:LegalMonetaryTotal', 'cbc:TaxExclusiveAmount')
  need('BR-14', 'total with VAT', 'cac:LegalMonetaryTotal', 'cbc:TaxInclusiveAmount')
  need('BR-15', 'amount due', 'cac:LegalMonetaryTotal', 'cbc:PayableAmount')
  if (lines.length === 0) fault('BR-16', 'no line')
  const identified = [['cac:PartyIdentification', 'cbc:ID'], ['cac:PartyLegalEntity', 'cbc:CompanyID'], ['cac:PartyTaxScheme', 'cbc:CompanyID']].some((path) => textAt(root, ...seller, ...path) !== undefined)
  if (!identified) fault('BR-CO-26', 'the seller has neither an identifier, a registration number nor a VAT number')
  for (const endpoint of [...nodesAt(root, ...seller, 'cbc:EndpointID'), ...nodesAt(root, ...buyer, 'cbc:EndpointID')]) if (endpoint.attributes['schemeID'] === undefined) fault('BR-62', 'electronic address without scheme')
  for (const means of nodesAt(root, 'cac:PaymentMeans')) {
    if (textAt(means, 'cbc:PaymentMeansCode') === undefined) fault('BR-49', 'payment means without code')
    if (textAt(means, 'cbc:PaymentMeansCode') === '30' && textAt(means, 'cac:PayeeFinancialAccount', 'cbc:ID') === undefined) fault('BR-61', 'credit transfer without account')
  }
  for (const reference of nodesAt(root, 'cac:BillingReference', 'cac:InvoiceDocumentReference')) if (textAt(reference, 'cbc:ID') === undefined) fault('BR-55', 'preceding invoice without number')
}

function lineRules({ root, lines, fault }: Sheet): void {
  const quantityName = root.name === 'CreditNote' ? 'cbc:CreditedQuantity' : 'cbc:InvoicedQuantity'
  const seen = new Set<string>()
  for (const line of lines) {
    const id = textAt(line, 'cbc:ID')
    if (id === undefined || seen.has(id)) fault('BR-21', `line identifier ${id} is missing or used twice`)
    seen.add(id ?? '')
    const quantity = amountAt(line, quantityName)
    if (quantity === undefined) fault('BR-22', `line ${id}: no quantity`)
    if (nodesAt(line, quantityName)[0]?.attributes['unitCode'] === undefined) fault('BR-23', `line ${id}: no unit of measure`)
    const net = amountAt(line, 'cbc:LineExtensionAmount')
    if (net === undefined) fault('BR-24', `line ${id}: no net amount`)
    if (textAt(line, 'cac:Item', 'cbc:Name') === undefined) fault('BR-25', `line ${id}: no item name`)
    const price = amountAt(line, 'cac:Price', 'cbc:PriceAmount')
    if (price === undefined) fault('BR-26', `line ${id}: no net price`)
    else if (isNegative(price)) fault('BR-27', `line ${id}: net price ${formatDecimal(price)} is negative`)
    const start = textAt(line, 'cac:InvoicePeriod', 'cbc:StartDate')
    const end = textAt(line, 'cac:InvoicePeriod', 'cbc:EndDate')
    if (start !== undefined && end !== undefined && end < start) fault('BR-30', `line ${id}: period ends before it starts`)
    if (nodesAt(line, 'cac:Item', 'cac:ClassifiedTaxCategory', 'cbc:ID').length !== 1) fault('BR-CO-04', `line ${id}: one VAT category is needed`)
    for (const property of nodesAt(line, 'cac:Item', 'cac:AdditionalItemProperty')) if (textAt(property, 'cbc:Name') === undefined || textAt(property, 'cbc:Value') === undefined) fault('BR-54', `line ${id}: property without name or value`)
    if (quantity !== undefined && price !== undefined && net !== undefined) {
      const off = subtract(roundHalfEven(multiply(quantity, price), 2), net)
      if (compare(off, decimal('0.02')) > 0 || compare(off, decimal('-0.02')) < 0) fault('PEPPOL-EN16931-R120', `line ${id}: ${formatDecimal(quantity)} × ${formatDecimal(price)} is not ${formatDecimal(net)}`)
    }
  }
}

function calculation({ root, lines, fault }: Sheet): void {
  const total = (name: string): Decimal => or0(amountAt(root, 'cac:LegalMonetaryTotal', name))
  const must = (rule: string, got: Decimal, expected: Decimal): void => { if (!equal(got, expected)) fault(rule, `${formatDecimal(got)} where ${formatDecimal(expected)} is due`) }
  const net = sum(lines.map((line) => or0(amountAt(line, 'cbc:LineExtensionAmount'))))
  must('BR-CO-10', total('cbc:LineExtensionAmount'), net)
  const allowances = sum(nodesAt(root, 'cac:AllowanceCharge').map((node) => { const amount = or0(amountAt(node, 'cbc:Amount')); return textAt(node, 'cbc:ChargeIndicator') === 'true' ? amount : subtract(zero, amount) }))
  must('BR-CO-13', total('cbc:TaxExclusiveAmount'), add(total('cbc:LineExtensionAmount'), allowances))
  const [tax] = nodesAt(root, 'cac:TaxTotal')
  const subtotals = nodesAt(root, 'cac:TaxTotal', 'cac:TaxSubtotal')
  if (subtotals.length === 0) fault('BR-CO-18', 'no VAT breakdown')
  const taxAmount = tax === undefined ? zero : or0(amountAt(tax, 'cbc:TaxAmount'))
  must('BR-CO-14', taxAmount, sum(subtotals.map((node) => or0(amountAt(node, 'cbc:TaxAmount')))))
  must('BR-CO-15', total('cbc:TaxInclusiveAmount'), add(total('cbc:TaxExclusiveAmount'), taxAmount))
  must('BR-CO-16', total('cbc:PayableAmount'), add(subtract(total('cbc:TaxInclusiveAmount'), total('cbc:PrepaidAmount')), total('cbc:PayableRoundingAmount')))
  for (const node of subtotals) {
    const percent = or0(amountAt(node, 'cac:TaxCategory', 'cbc:Percent'))
    must('BR-CO-17', or0(amountAt(node, 'cbc:TaxAmount')), roundHalfEven(multiply(or0(amountAt(node, 'cbc:TaxableAmount')), asFraction(percent)), 2))
  }
  if (!isNegative(total('cbc:PayableAmount')) && total('cbc:PayableAmount').coefficient !== 0n && root.name === 'Invoice' && textAt(root, 'cbc:DueDate') === undefined && textAt(root, 'cac:PaymentTerms', 'cbc:Note') === undefined) fault('BR-CO-25', 'an amount is due, and neither a due date nor payment terms say when')
}

function taxCategories({ root, lines, fault }: Sheet): void {
  const sellerVat = textAt(root, ...seller, 'cac:PartyTaxScheme', 'cbc:CompanyID')
  const buyerVat = textAt(root, ...buyer, 'cac:PartyTaxScheme', 'cbc:CompanyID')
  const used = new Set(lines.map((line) => textAt(line, 'cac:Item', 'cac:ClassifiedTaxCategory', 'cbc:ID') ?? ''))
  const subtotals = nodesAt(root, 'cac:TaxTotal', 'cac:TaxSubtotal')
  for (const category of used) {
    const own = subtotals.filter((node) => textAt(node, 'cac:TaxCategory', 'cbc:ID') === category)
    if (own.length === 0) fault(`BR-${category}-01`, `no VAT breakdown for category ${category}`)
    const inLines = lines.filter((line) => textAt(line, 'cac:Item', 'cac:ClassifiedTaxCategory', 'cbc:ID') === category)
    const base = sum(inLines.map((line) => or0(amountAt(line, 'cbc:LineExtensionAmount'))))
    if (!equal(base, sum(own.map((node) => or0(amountAt(node, 'cbc:TaxableAmount')))))) fault(`BR-${category}-08`, `taxable amount of ${category} is not the sum of its lines`)
    if (category === 'O') {
      if (sellerVat !== undefined || buyerVat !== undefined) fault('BR-O-02', 'not subject to VAT, yet a VAT number is stated')
      if (inLines.some((line) => textAt(line, 'cac:Item', 'cac:ClassifiedTaxCategory', 'cbc:Percent') !== undefined)) fault('BR-O-05', 'not subject to VAT, yet a rate is stated')
      if (used.size > 1) fault('BR-O-11', 'category O beside another')
    } else {
      if (sellerVat === undefined) fault(`BR-${category}-02`, 'the seller has no VAT number')
      const rates = inLines.map((line) => amountAt(line, 'cac:Item', 'cac:ClassifiedTaxCategory', 'cbc:Percent'))
      if (category === 'S' && rates.some((rate) => rate === undefined || rate.coefficient <= 0n)) fault('BR-S-05', 'standard rate must be above zero')
      if (category !== 'S' && rates.some((rate) => rate === undefined || rate.coefficient !== 0n)) fault(`BR-${category}-05`, 'the rate must be zero')
    }
    if (category === 'AE' && buyerVat === undefined) fault('BR-AE-02', 'reverse charge needs the buyer’s VAT number')
    const needsReason = ['E', 'AE', 'G', 'O', 'K'].includes(category)
    if (needsReason && own.some((node) => textAt(node, 'cac:TaxCategory', 'cbc:TaxExemptionReason') === undefined)) fault(`BR-${category}-10`, 'no exemption reason')
    if (!needsReason && own.some((node) => textAt(node, 'cac:TaxCategory', 'cbc:TaxExemptionReason') !== undefined)) fault(`BR-${category}-10`, 'an exemption reason where nothing is exempt')
  }
}

function walk(node: XmlNode, visit: (node: XmlNode) => void): void {
  visit(node)
  for (const child of node.children) walk(child, visit)
}

function codesAndDecimals({ root, fault }: Sheet): void {
  const currency = textAt(root, 'cbc:DocumentCurrencyCode') ?? ''
  if (!/^[A-Z]{3}$/.test(currency)) fault('BR-CL-04', `currency ${currency}`)
  const type = textAt(root, 'cbc:InvoiceTypeCode') ?? textAt(root, 'cbc:CreditNoteTypeCode')
  if (type !== '380' && type !== '381') fault('BR-CL-01', `type code ${type}`)
  walk(root, (node) => {
    const id = node.attributes['currencyID']
    if (id !== undefined && id !== currency) fault('BR-CL-03', `${node.name} in ${id}`)
    if (node.name.endsWith('Amount') && node.name !== 'cbc:PriceAmount') {
      const value = parseDecimal(node.text)
      if (value === undefined) fault('BR-DEC', `${node.name} is ${node.text}`)
      else if (value.scale > 2) fault('BR-DEC', `${node.name} has ${value.scale} decimals, two are allowed`)
    }
    if (node.name.endsWith('Date') && !isDay(node.text.trim())) fault('BR-CL-date', `${node.name} is ${node.text}`)
    const unit = node.attributes['unitCode']
    if (unit !== undefined && !['C62', 'SEC', 'HUR', 'DAY', 'MON', 'ANN'].includes(unit)) fault('BR-CL-23', `unit ${unit}`)
    if (node.name === 'cbc:IdentificationCode' && !/^[A-Z]{2}$/.test(node.text.trim())) fault('BR-CL-14', `country ${node.text}`)
    if (node.children.length === 0 && node.text.trim() === '') fault('UBL-empty', `${node.name} is empty`)
  })
}

/** Order of the root's children in the UBL 2.1 schema, as far as we use them. */
const order = [
  'cbc:CustomizationID', 'cbc:ProfileID', 'cbc:ID', 'cbc:IssueDate', 'cbc:DueDate', 'cbc:InvoiceTypeCode', 'cbc:CreditNoteTypeCode', 'cbc:Note', 'cbc:DocumentCurrencyCode', 'cbc:BuyerReference',
  'cac:InvoicePeriod', 'cac:OrderReference', 'cac:BillingReference', 'cac:ContractDocumentReference', 'cac:AccountingSupplierParty', 'cac:AccountingCustomerParty', 'cac:PaymentMeans', 'cac:PaymentTerms',
  'cac:AllowanceCharge', 'cac:TaxTotal', 'cac:LegalMonetaryTotal', 'cac:InvoiceLine', 'cac:CreditNoteLine',
]

/** Children of the elements below the root in the order of the schema, as far as we use them; a name that is not here holds text. */
const childrenOf: Readonly<Record<string, readonly string[]>> = {
  'cac:InvoicePeriod': ['cbc:StartDate', 'cbc:EndDate'],
  'cac:OrderReference': ['cbc:ID'],
  'cac:BillingReference': ['cac:InvoiceDocumentReference'],
  'cac:InvoiceDocumentReference': ['cbc:ID', 'cbc:IssueDate'],
  'cac:ContractDocumentReference': ['cbc:ID'],
  'cac:AccountingSupplierParty': ['cac:Party'],
  'cac:AccountingCustomerParty': ['cac:Party'],
  'cac:Party': ['cbc:EndpointID', 'cac:PartyIdentification', 'cac:PartyName', 'cac:PostalAddress', 'cac:PartyTaxScheme', 'cac:PartyLegalEntity', 'cac:Contact'],
  'cac:PartyIdentification': ['cbc:ID'],
  'cac:PartyName': ['cbc:Name'],
  'cac:PostalAddress': ['cbc:StreetName', 'cbc:CityName', 'cbc:PostalZone', 'cac:Country'],
  'cac:Country': ['cbc:IdentificationCode'],
  'cac:PartyTaxScheme': ['cbc:CompanyID', 'cac:TaxScheme'],
  'cac:PartyLegalEntity': ['cbc:RegistrationName', 'cbc:CompanyID'],
  'cac:Contact': ['cbc:Name', 'cbc:Telephone', 'cbc:ElectronicMail'],
  'cac:PaymentMeans': ['cbc:PaymentMeansCode', 'cbc:PaymentID', 'cac:PayeeFinancialAccount'],
  'cac:PayeeFinancialAccount': ['cbc:ID', 'cac:FinancialInstitutionBranch'],
  'cac:FinancialInstitutionBranch': ['cbc:ID'],
  'cac:PaymentTerms': ['cbc:Note'],
  'cac:AllowanceCharge': ['cbc:ChargeIndicator', 'cbc:AllowanceChargeReasonCode', 'cbc:AllowanceChargeReason', 'cbc:MultiplierFactorNumeric', 'cbc:Amount', 'cbc:BaseAmount', 'cac:TaxCategory'],
  'cac:TaxTotal': ['cbc:TaxAmount', 'cac:TaxSubtotal'],
  'cac:TaxSubtotal': ['cbc:TaxableAmount', 'cbc:TaxAmount', 'cac:TaxCategory'],
  'cac:TaxCategory': ['cbc:ID', 'cbc:Percent', 'cbc:TaxExemptionReason', 'cac:TaxScheme'],
  'cac:ClassifiedTaxCategory': ['cbc:ID', 'cbc:Percent', 'cac:TaxScheme'],
  'cac:TaxScheme': ['cbc:ID'],
  'cac:LegalMonetaryTotal': ['cbc:LineExtensionAmount', 'cbc:TaxExclusiveAmount', 'cbc:TaxInclusiveAmount', 'cbc:AllowanceTotalAmount', 'cbc:ChargeTotalAmount', 'cbc:PrepaidAmount', 'cbc:PayableRoundingAmount', 'cbc:PayableAmount'],
  'cac:InvoiceLine': ['cbc:ID', 'cbc:InvoicedQuantity', 'cbc:LineExtensionAmount', 'cbc:AccountingCost', 'cac:InvoicePeriod', 'cac:Item', 'cac:Price'],
  'cac:CreditNoteLine': ['cbc:ID', 'cbc:CreditedQuantity', 'cbc:LineExtensionAmount', 'cbc:AccountingCost', 'cac:InvoicePeriod', 'cac:Item', 'cac:Price'],
  'cac:Item': ['cbc:Name', 'cac:SellersItemIdentification', 'cac:ClassifiedTaxCategory', 'cac:AdditionalItemProperty'],
  'cac:SellersItemIdentification': ['cbc:ID'],
  'cac:AdditionalItemProperty': ['cbc:Name', 'cbc:Value'],
  'cac:Price': ['cbc:PriceAmount'],
}

function inOrder(node: XmlNode, names: readonly string[], fault: Sheet['fault']): void {
  let last = -1
  for (const child of node.children) {
    const at = names.indexOf(child.name)
    if (at === -1) fault('UBL-element', `${child.name} is not expected in ${node.name}`)
    else if (at < last) fault('UBL-order', `${child.name} stands too late in ${node.name}`)
    else last = at
  }
}

function structure({ root, fault }: Sheet): void {
  if (root.name !== 'Invoice' && root.name !== 'CreditNote') fault('UBL-root', root.name)
  inOrder(root, order, fault)
  for (const child of root.children) walk(child, (node) => inOrder(node, childrenOf[node.name] ?? [], fault))
}

/** All faults of an invoice's XML; none where it keeps the rules. */
export function checkEn16931(xml: string): readonly RuleFault[] {
  const root = parseXml(xml)
  if ('reason' in root) return [{ rule: 'XML', detail: root.reason }]
  const faults: RuleFault[] = []
  const fault = (rule: string, detail: string): void => { faults.push({ rule, detail }) }
  const lines = root.children.filter((child) => child.name === 'cac:InvoiceLine' || child.name === 'cac:CreditNoteLine')
  const need = (rule: string, detail: string, ...path: readonly string[]): void => { if (nodesAt(root, ...path).length === 0) fault(rule, `${detail} is missing`) }
  const sheet: Sheet = { root, lines, fault, need }
  for (const check of [structure, presence, lineRules, calculation, taxCategories, codesAndDecimals]) check(sheet)
  return faults
}
