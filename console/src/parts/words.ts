/** Words that many pages share. */
import type { Words } from '../language.ts'

export const shared = {
  loading: ['Loading…', 'Caricamento…'], retry: ['Try again', 'Riprova'], cancel: ['Cancel', 'Annulla'], close: ['Close', 'Chiudi'], save: ['Save', 'Salva'], copy: ['Copy', 'Copia'], copied: ['Copied', 'Copiato'],
  failedTitle: ['This could not be loaded', 'Caricamento non riuscito'], changeFailed: ['That did not work', 'Operazione non riuscita'],
  notPermittedTitle: ['You may not see this', 'Accesso non consentito'], notPermitted: ['Your role may not do that. An owner can, and can change what you may do under Settings.', 'Il tuo ruolo non lo consente. Un proprietario può farlo, e può cambiare i tuoi permessi in Impostazioni.'],
  unreachable: ['Weir does not answer. Check that it runs and that the network is there; this page tries again by itself.', 'Weir non risponde. Controlla che sia in esecuzione e che la rete funzioni; la pagina riprova da sola.'],
  notFoundTitle: ['There is no such page', 'Pagina inesistente'], notFound: ['The address may be old or mistyped.', 'L’indirizzo potrebbe essere vecchio o errato.'], toOverview: ['Go to the first page', 'Vai alla prima pagina'],
  shownOnce: ['Shown this once. Weir keeps only a hash: copy it now.', 'Mostrato solo ora. Weir ne conserva soltanto l’hash: copialo adesso.'], asTable: ['Show as a table', 'Mostra come tabella'], declaredInFile: ['Declared in weir.yaml: change it there', 'Dichiarato in weir.yaml: modificalo lì'],
  scrollable: ['scrollable', 'scorrevole'], all: ['All', 'Tutti'], clear: ['Clear filters', 'Azzera filtri'], of: ['of', 'di'], spent: ['spent', 'speso'], held: ['held', 'impegnato'], left: ['left', 'residuo'], limit: ['limit', 'limite'],
  everyOrganization: ['all organizations', 'tutte le organizzazioni'], organization: ['Organization', 'Organizzazione'], project: ['Project', 'Progetto'], key: ['Key', 'Chiave'], model: ['Model', 'Modello'], deployment: ['Deployment', 'Deployment'], supplier: ['Supplier', 'Fornitore'], maker: ['Maker', 'Produttore'], purpose: ['Purpose', 'Finalità'],
  calls: ['Calls', 'Chiamate'], cost: ['Cost', 'Costo'], tokens: ['Tokens', 'Token'], input: ['Input', 'Input'], output: ['Output', 'Output'], time: ['Time', 'Ora'], duration: ['Duration', 'Durata'], status: ['Status', 'Esito'], name: ['Name', 'Nome'], total: ['Total', 'Totale'],
  working: ['Working…', 'In corso…'], none: ['none', 'nessuno'], unlimited: ['unlimited', 'illimitato'], unknown: ['unknown', 'sconosciuto'], required: ['Please fill this in', 'Campo obbligatorio'],
} as const satisfies Words
