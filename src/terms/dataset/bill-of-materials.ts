/** A model's bill of materials: CycloneDX 1.7 in JSON (schema bom-1.7 at CycloneDX/specification e02a34ae, read 2026-11-23). */
import type { Json } from '../../kernel/canonical-json.ts'
import { isoTime } from '../../kernel/clock.ts'

export interface ModelBill {
  /** UUID of the document. */
  readonly serial: string
  readonly atMs: number
  readonly model: { readonly name: string; readonly version: string; readonly description: string; readonly task: string; readonly sha256?: string; readonly licences: readonly string[] }
  readonly baseModels: readonly { readonly id: string; readonly name: string; readonly version?: string; readonly licence?: string }[]
  readonly datasets: readonly { readonly id: string; readonly name: string; readonly description: string; readonly manifestSha256: string; readonly rows: number; readonly sources: readonly string[]; readonly owner: string; readonly sensitive: boolean }[]
  readonly duties: readonly { readonly clause: string; readonly obligation: string; readonly met: boolean }[]
  readonly flags: readonly string[]
}

const licencesOf = (names: readonly string[]): Json => names.map((name) => ({ license: { name } }))

/** The document. Duties and sticky flags are properties, so that whoever receives the model sees what it carries. */
export function modelBill(bill: ModelBill): Json {
  const { model } = bill
  const reference = (kind: string, id: string): string => `${kind}:${id}`
  return {
    $schema: 'http://cyclonedx.org/schema/bom-1.7.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.7',
    serialNumber: `urn:uuid:${bill.serial}`,
    version: 1,
    metadata: { timestamp: isoTime(bill.atMs), tools: { components: [{ type: 'application', name: 'weir' }] } },
    components: [
      {
        'bom-ref': reference('model', model.name),
        type: 'machine-learning-model',
        name: model.name,
        version: model.version,
        description: model.description,
        ...(model.sha256 === undefined ? {} : { hashes: [{ alg: 'SHA-256', content: model.sha256 }] }),
        ...(model.licences.length === 0 ? {} : { licenses: licencesOf(model.licences) }),
        ...(bill.baseModels.length === 0 ? {} : { pedigree: { ancestors: bill.baseModels.map((one) => ({ type: 'machine-learning-model', name: one.name, ...(one.version === undefined ? {} : { version: one.version }), ...(one.licence === undefined ? {} : { licenses: licencesOf([one.licence]) }) })) } }),
        modelCard: {
          modelParameters: { task: model.task, datasets: bill.datasets.map((one) => ({ ref: reference('dataset', one.id) })) },
        },
        properties: [
          ...bill.duties.map((duty) => ({ name: `weir:duty:${duty.clause}`, value: `${duty.met ? 'met' : 'outstanding'}: ${duty.obligation}` })),
          ...bill.flags.map((flag) => ({ name: 'weir:flag', value: flag })),
        ],
      },
      ...bill.datasets.map((one) => ({
        'bom-ref': reference('dataset', one.id),
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
      })),
    ],
    dependencies: [{ ref: reference('model', model.name), dependsOn: bill.datasets.map((one) => reference('dataset', one.id)) }],
  }
}
