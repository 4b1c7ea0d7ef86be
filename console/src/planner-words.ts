/**
 * What the planner says is missing or assumed, in Italian. The API speaks English; a sentence that stands in no row here is
 * shown as it came, marked as English. `console/test/figures.test.ts` holds every sentence of `src/planner` against it.
 */
type Row = readonly [english: RegExp, italian: (...parts: readonly string[]) => string]

const on = (text: string): string => (text === 'invoiced, net of tax' ? 'fatturato, al netto delle imposte' : text === 'usage at list price' ? 'consumo a prezzo di listino' : text)

const part = (side: string | undefined): string => (side === 'own' ? 'propria' : 'del fornitore')

const assumed: Readonly<Record<string, string>> = {
  build: 'costo di costruzione', 'amortisation-months': 'mesi di ammortamento', 'operations-month': 'costo di gestione al mese', 'unit-month': 'costo di un acceleratore al mese',
  'unit-tokens-per-second': 'token al secondo di un acceleratore', utilisation: 'quota di tempo in uso', 'variable-cost-per-million': 'costo variabile per milione di token',
}

const rows: readonly Row[] = [
  [/^the books hold no usage yet: make calls, or name a month that has invoices with --month$/, () => 'i registri non hanno ancora consumi: fai delle chiamate, o indica un mese che ha fatture'],
  [/^revenue of (.+): the books hold no usage and no invoice of that month; name another with --month$/, (month) => `ricavi di ${month}: i registri non hanno né consumi né fatture di quel mese; indicane un altro`],
  [/^invoiced revenue of (.+): no invoice is issued; run (.+), or use --base usage$/, (month, run) => `fatturato di ${month}: nessuna fattura è emessa; esegui ${run}, o scegli come base il consumo`],
  [/^revenue of (.+): nothing in (.+) on the base (.+)$/, (month, currency, base) => `ricavi di ${month}: nulla in ${currency} sulla base «${on(base ?? '')}»`],
  [/^concentration of (.+): revenue is nothing, or a customer's is negative, so there are no shares$/, (month) => `concentrazione di ${month}: i ricavi sono nulli, o quelli di un cliente negativi: non ci sono quote`],
  [/^retention: nothing to compare (.+) with, since (.+) has no (.+) in (.+)$/, (month, then, base, currency) => `ritenzione: nulla con cui confrontare ${month}, perché ${then} non ha «${on(base ?? '')}» in ${currency}`],
  [/^retention: revenue of (.+) is nothing$/, (then) => `ritenzione: i ricavi di ${then} sono nulli`],
  [/^run-rate: (.+) is not over and only (.+) of the 28 days before (.+) have usage, 14 are needed$/, (month, days, before) => `ritmo annuo: ${month} non è finito e solo ${days} dei 28 giorni prima del ${before} hanno consumi; ne servono 14`],
  [/^the month began on (.+)$/, (day) => `il mese è iniziato il ${day}`],
  [/^what if (.+): (.+) has no revenue in (.+); customers are (.+?)( and others)?$/, (scenario, customer, month, known, others) => `e se ${scenario}: ${customer} non ha ricavi in ${month}; i clienti sono ${known}${others === undefined ? '' : ' e altri'}`],
  [/^shares of calls: the (.+) window of (.+) days has calls on (.+) days, (.+) are needed$/, (which, window, days, needed) => `quote di chiamate: la finestra ${which === 'earlier' ? 'precedente' : 'recente'} di ${window} giorni ha chiamate in ${days} giorni; ne servono ${needed}`],
  [/^P\(actual < guidance\) of (.+): (.+) earlier quarters in a row are known, (.+) are needed; the next to record is (.+), on the same base: weir outlook actual$/, (what, known, needed, next) => `probabilità di restare sotto la previsione, ${what}: sono noti ${known} trimestri di seguito, ne servono ${needed}; il prossimo da registrare è ${next}, sulla stessa base (weir outlook actual)`],
  [/^P\(actual < guidance\) of (.+): the last known quarter is (.+), (.+) quarters before; (.+) is the most that so short a series carries$/, (what, last, ahead, most) => `probabilità di restare sotto la previsione, ${what}: l’ultimo trimestre noto è ${last}, ${ahead} trimestri prima; una serie così corta ne regge al più ${most}`],
  [/^reservation for (.+): it has no deployment that is bought by the token, to spill over to$/, (model) => `riserva per ${model}: non ha un deployment comprato a token su cui mandare l’eccedenza`],
  [/^reservation for (.+): nothing is published of provisioned units for (.+) \(tokens a minute a unit, output weight\)$/, (model, as) => `riserva per ${model}: delle unità riservate per ${as} non è pubblicato nulla (token al minuto per unità, peso dell’output)`],
  [/^reservation for (.+): list (.+) has no input and output price for (.+) today$/, (model, list, as) => `riserva per ${model}: il listino ${list} oggi non ha un prezzo in ingresso e in uscita per ${as}`],
  [/^reservation for (.+): units are priced in (.+), tokens in (.+)$/, (model, unit, token) => `riserva per ${model}: le unità hanno prezzi in ${unit}, i token in ${token}`],
  [/^reservation for (.+): (.+) hours with traffic between (.+) and (.+), (.+) are needed$/, (model, hours, from, until, needed) => `riserva per ${model}: ${hours} ore con traffico dal ${from} al ${until}; ne servono ${needed}`],
  [/^reservation for (.+): no calls between (.+) and (.+)$/, (model, from, until) => `riserva per ${model}: nessuna chiamata dal ${from} al ${until}`],
  [/^make or buy for (.+): price and volume of .+: bought on (.+) days between (.+) and (.+), (.+) are needed$/, (model, days, from, until, needed) => `fare o comprare ${model}: comprato in ${days} giorni dal ${from} al ${until}; ne servono ${needed}`],
  [/^make or buy for (.+): price and volume of .+: bought on (.+) days between (.+) and (.+), and not one token on any of them$/, (model, days, from, until) => `fare o comprare ${model}: comprato in ${days} giorni dal ${from} al ${until}, ma senza un solo token`],
  [/^make or buy for (.+): (\S+) is an amount of money: say of which currency, with --currency: record it again \((.+)\)$/, (model, name, id) => `fare o comprare ${model}: ${assumed[name ?? ''] ?? name} è una somma senza valuta: registrala di nuovo con --currency (${id})`],
  [/^make or buy for (.+): utilisation is a share of the time, from 0 to 1, and (.+) is more: record it again \((.+)\)$/, (model, high, id) => `fare o comprare ${model}: la quota di tempo in uso va da 0 a 1, e ${high} è di più: registrala di nuovo (${id})`],
  [/^make or buy for (.+): amortisation-months of 0 write nothing off: at least a part of a month is wanted: record it again \((.+)\)$/, (model, id) => `fare o comprare ${model}: in 0 mesi non si ammortizza nulla, serve almeno una parte di mese: registrali di nuovo (${id})`],
  [/^make or buy for (.+): (.+) is in (.*), prices are in (.+)$/, (model, name, one, other) => `fare o comprare ${model}: ${assumed[name ?? ''] ?? name} è in ${one}, i prezzi sono in ${other}`],
  [/^make or buy for (.+): (\S+) \(.+\): (weir outlook assume .+)$/, (model, name, command) => `fare o comprare ${model}: manca ${assumed[name ?? ''] ?? name}: ${command}`],
  [/^what the own side cost by its assets: it has no attempt yet$/, () => 'quanto è costata la parte propria secondo i suoi beni: non ha ancora tentativi'],
  [/^what the own side cost by its assets: no month of (.+) from (.+) to (.+) names (.+) among its users, so the stated internal rate stands alone; book it with (.+)$/, (assets, from, until, model, command) => `quanto è costata la parte propria secondo i suoi beni: nessun mese di ${assets === 'an asset' ? 'un bene' : assets} da ${from} a ${until} nomina ${model} tra chi lo usa, quindi resta la sola tariffa interna; registralo con ${command}`],
  [/^what the own side cost by its assets: no usage of (.+) on (.+) in (.+) to set it against$/, (model, own, months) => `quanto è costata la parte propria secondo i suoi beni: nessun consumo di ${model} su ${own} in ${months} con cui confrontarlo`],
  [/^(.+) is not over: its days so far stand for a month, so amounts are too low and commitments look less filled than they will be$/, (month) => `${month} non è finito: i suoi giorni finora valgono per un mese, quindi gli importi sono troppo bassi e gli impegni sembrano meno coperti di quanto saranno`],
  [/^nobody else reacts and no price moves: an accounting answer, not a forecast$/, () => 'nessun altro reagisce e nessun prezzo si muove: una risposta contabile, non una previsione'],
  [/^costs of suppliers and makers fall with the customer's use; reserved units and assets cost the same whoever uses them$/, () => 'i costi di fornitori e produttori calano con l’uso del cliente; unità riservate e beni costano lo stesso, chiunque li usi'],
  [/^commitments stay due until they end; those that customers owe count as claims$/, () => 'gli impegni restano dovuti fino alla loro fine; quelli dei clienti contano come crediti'],
  [/^growth, loss and prior revenue are of this one base: they say nothing of any other$/, () => 'crescita, perdita e ricavi precedenti sono di questa sola base: non dicono nulla di un’altra'],
  [/^no attempt on the (.+) side$/, (side) => `nessun tentativo dalla parte ${part(side)}`],
  [/^cost per success of the (.+) side: no outcome "(.+)" was reported; POST (.+) with the call's id and success$/, (side, signal, path) => `costo per successo della parte ${part(side)}: nessun esito «${signal}» è stato riferito; POST ${path} con l’id della chiamata e success`],
  [/^cost per success of the (.+) side: none of (.+) calls succeeded$/, (side, judged) => `costo per successo della parte ${part(side)}: nessuna di ${judged} chiamate è riuscita`],
  [/^costs are in (.+): sums over both mean nothing$/, (currencies) => `i costi sono in ${(currencies ?? '').replaceAll(' and ', ' e ')}: una somma non significa nulla`],
  [/^(.+) amounts of (.+) are left out: figures of two currencies are not added$/, (currency, month) => `gli importi in ${currency} di ${month} restano fuori: cifre di due valute non si sommano`],
]

/** The sentence in Italian; undefined: nobody translated it. */
export function inItalian(sentence: string): string | undefined {
  for (const [english, italian] of rows) {
    const found = english.exec(sentence)
    if (found !== null) return italian(...found.slice(1))
  }
  return undefined
}
