/** Words of the case that its page and its parts share: chapters, parties, figures of the books and of demo/case.json. */
import type { Words } from './language.ts'
import { paths, type Place } from './paths.ts'

export const chapterWords = {
  c1: ['Calls', 'Chiamate'], a1: ['Is every call metered to the token?', 'Ogni chiamata è misurata al token?'],
  c2: ['Three books', 'Tre registri'], a2: ['Do buyer, cloud and maker have the same record?', 'Compratore, cloud e produttore hanno lo stesso registro?'],
  c3: ['Invoice and statement', 'Fattura e rendiconto'], a3: ['Is the bill right, and what is owed both ways?', 'Il conto è giusto, e che cosa è dovuto in entrambi i sensi?'],
  c4: ['Breach stopped at export', 'Violazione fermata all’esportazione'], a4: ['Can output become training data against the terms?', 'Gli output possono diventare dati di addestramento contro i termini?'],
  c5: ['Suspension', 'Sospensione'], a5: ['What happens when a supplier suspends, and may we suspend whom we like?', 'Che cosa accade se un fornitore sospende, e possiamo sospendere chi vogliamo?'],
  c6: ['Appeal', 'Ricorso'], a6: ['To what extent were the terms broken, and who decides?', 'In che misura i termini sono stati violati, e chi decide?'],
  c7: ['Own model', 'Modello proprio'], a7: ['Can an own model take this traffic, and can we take it back?', 'Un modello proprio può reggere questo traffico, e si può tornare indietro?'],
  c8: ['Outlook', 'Prospettive'], a8: ['What happens to the cloud if its largest customer leaves?', 'Che cosa accade al cloud se il cliente maggiore se ne va?'],
} as const satisfies Words

export const partyWords = {
  buyer: ['Buyer', 'Compratore'], cloud: ['Cloud', 'Cloud'], maker: ['Maker', 'Produttore'], own: ['Own models', 'Modelli propri'],
  buyerRole: ['builds products on the models', 'costruisce prodotti sui modelli'], cloudRole: ['sells the models, runs the compute', 'vende i modelli, gestisce il calcolo'], makerRole: ['makes the models, owns their terms', 'fa i modelli, ne detta i termini'], ownRole: ['the buyer’s, on its own machines', 'del compratore, su macchine proprie'],
} as const satisfies Words

/** Figures that the books are read by, before and after a chapter: as the command line names them. */
export const bookWords = {
  'buyer calls': ['calls', 'chiamate'], 'buyer spend': ['spent at list price', 'speso a prezzo di listino'], 'buyer invoiced': ['invoiced', 'fatturato'], 'buyer restrictions': ['restrictions in force', 'restrizioni in vigore'], 'buyer datasets': ['datasets registered', 'dataset registrati'],
  'cloud revenue': ['usage of all customers at list price', 'consumi di tutti i clienti a listino'], 'cloud invoices': ['invoices issued', 'fatture emesse'], 'cloud billed': ['billed', 'fatturato'], 'cloud contracts': ['contracts', 'contratti'], 'cloud cases': ['cases', 'casi'], 'cloud guidance': ['guidance recorded', 'previsioni registrate'],
  'maker tokens': ['tokens of its models', 'token dei suoi modelli'], 'maker clauses': ['clauses that bind live calls', 'clausole vincolanti sulle chiamate'], 'maker complaints': ['complaints', 'reclami'],
  'own calls': ['calls served in-house', 'chiamate servite in proprio'], 'own models': ['models registered', 'modelli registrati'], 'own diversions': ['changes of a diversion', 'cambi di deviazione'],
} as const satisfies Words
export type BookKey = keyof typeof bookWords

/** The page that shows where a figure comes from. */
export const bookPlaces: Readonly<Partial<Record<BookKey, Place>>> = {
  'buyer restrictions': paths.cases(), 'cloud cases': paths.cases(), 'maker complaints': paths.cases(), 'maker clauses': paths.terms(),
  'buyer calls': paths.calls({ organization: 'buyer' }), 'buyer spend': paths.money({ organization: 'buyer' }), 'buyer invoiced': paths.invoices(), 'cloud revenue': paths.money({ group: 'organization' }), 'cloud invoices': paths.invoices(), 'cloud billed': paths.invoices(),
  'cloud contracts': paths.contracts(), 'cloud guidance': paths.outlook(), 'maker tokens': paths.money({ group: 'maker' }), 'own calls': paths.money({ group: 'deployment' }), 'own diversions': paths.outlook({ part: 'diversion' }),
}

export const figureWords = {
  buyerMonthlySpend: ['the buyer’s purchases through the cloud, a month', 'acquisti del compratore tramite il cloud, al mese'], cloudAiYearlyRevenue: ['the cloud’s forecast of its AI business, a year', 'previsione del cloud sul suo business di AI, all’anno'],
  cloudAiMonthlyRevenue: ['the same, a month', 'lo stesso, al mese'], buyerYearlySpend: ['the buyer’s purchases, a year', 'acquisti del compratore, all’anno'], buyerShare: ['the buyer’s part of the cloud’s AI business', 'quota del compratore nel business di AI del cloud'],
  cloudGrowthActual: ['growth of the whole cloud', 'crescita del cloud intero'], cloudGrowthExpected: ['growth that was expected', 'crescita attesa'], cloudGrowthGuidance: ['growth guided for the next quarter', 'crescita prevista per il trimestre seguente'], supercomputerCost: ['the supercomputer built for the maker', 'il supercomputer costruito per il produttore'],
  makerShare: ['the maker’s part of the cloud’s sales of its models', 'quota del produttore sulle vendite del cloud'], otherCustomers: ['the cloud’s other customers', 'gli altri clienti del cloud'], ownModelShare: ['users diverted to the own model, for a time', 'utenti deviati al modello proprio, per un tempo'], sampleCalls: ['calls of a demonstration run', 'chiamate di una dimostrazione'],
} as const satisfies Words
