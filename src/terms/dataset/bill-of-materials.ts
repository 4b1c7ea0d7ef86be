/** A model's bill of materials: CycloneDX 1.7 in JSON (schema bom-1.7 at CycloneDX/specification e02a34ae, read 2026-11-23). */
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'

export interface ModelBill {
  /** UUID of the document. */
  readonly serial: string
  readonly atMs: number
  readonly model: { readonly name: string; readonly version: string; readonly description: string; readonly task: string; readonly sha256?: string; readonly licences: readonly string[] }
  /** Weights and models that it was made from, however far back. */
  readonly baseModels: readonly { readonly name: string; readonly version?: string; readonly licences: readonly string[] }[]
  readonly datasets: readonly { readonly id: string; readonly name: string; readonly description: string; readonly manifestSha256: string; readonly rows: number; readonly sources: readonly string[]; readonly owner: string; readonly sensitive: boolean }[]
  readonly duties: readonly { readonly clause: string; readonly obligation: string; readonly met: boolean }[]
  readonly flags: readonly string[]
}

type DatasetOfBill = ModelBill['datasets'][number]
type Carried = { readonly duties: ModelBill['duties']; readonly flags: readonly string[] }

const propertiesOf = ({ duties, flags }: Carried): Json => [
  ...duties.map((duty) => ({ name: `weir:duty:${duty.clause}`, value: `${duty.met ? 'met' : 'outstanding'}: ${duty.obligation}` })),
  ...flags.map((flag) => ({ name: 'weir:flag', value: flag })),
]

const datasetComponent = (one: DatasetOfBill): { readonly [key: string]: Json } => ({
  'bom-ref': `dataset:${one.id}`,
  type: 'data',
  name: one.name,
  data: [{
    type: 'dataset',
    name: one.name,
    description: one.description,
    ...(one.sensitive ? { sensitiveData: ['sensitive'] } : {}),
    contents: { properties: [{ name: 'weir:rows', value: String(one.rows) }, { name: 'weir:manifest-sha256', value: one.manifestSha256 }, ...one.sources.map((source) => ({ name: 'weir:source', value: source }))] },
    governance: { owners: [{ organization: { name: one.owner } }] },
  }],
})

const documentOf = (serial: string, atMs: number, components: Json, dependencies: Json): Json => ({
  $schema: 'http://cyclonedx.org/schema/bom-1.7.schema.json',
  bomFormat: 'CycloneDX',
  specVersion: '1.7',
  serialNumber: `urn:uuid:${serial}`,
  version: 1,
  metadata: { timestamp: isoTime(atMs), tools: { components: [{ type: 'application', name: 'weir' }] } },
  components,
  dependencies,
})

/** The document of a dataset alone, as it goes along with an export. */
export const datasetBill = (bill: Carried & { readonly serial: string; readonly atMs: number; readonly dataset: DatasetOfBill }): Json =>
  documentOf(bill.serial, bill.atMs, [{ ...datasetComponent(bill.dataset), properties: propertiesOf(bill) }], [{ ref: `dataset:${bill.dataset.id}` }])

const licencesOf = (names: readonly string[]): Json => names.map((name) => ({ license: { name } }))

/** The document. Duties and sticky flags are properties, so that whoever receives the model sees what it carries. */
export function modelBill(bill: ModelBill): Json {
  const { model } = bill
  const reference = `model:${model.name}`
  const component: Json = {
    'bom-ref': reference,
    type: 'machine-learning-model',
    name: model.name,
    version: model.version,
    description: model.description,
    ...(model.sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: model.sha256 }] }),
    ...(model.licences.length === 0 ? {} : { licenses: licencesOf(model.licences) }),
    ...(bill.baseModels.length === 0 ? {} : { pedigree: { ancestors: bill.baseModels.map((one) => ({ type: 'machine-learning-model', name: one.name, ...(one.version === undefined ? {} : { version: one.version }), ...(one.licences.length === 0 ? {} : { licenses: licencesOf(one.licences) }) })) } }),
    modelCard: {
      modelParameters: { task: model.task, datasets: bill.datasets.map((one) => ({ ref: `dataset:${one.id}` })) },
    },
    properties: propertiesOf(bill),
  }
  return documentOf(bill.serial, bill.atMs, [component, ...bill.datasets.map(datasetComponent)], [{ ref: reference, dependsOn: bill.datasets.map((one) => `dataset:${one.id}`) }])
}
