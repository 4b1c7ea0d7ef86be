/** The worker behind reckon.ts: sketches in, clusters and score cards out. */
import { answerAsks } from '../../kernel/asked-worker.ts'
import { reckoned } from './reckon.ts'

answerAsks(reckoned)
