// The thread that reads large bodies, one after the other.
import { parentPort } from 'node:worker_threads'
import { codec } from '../../../api/codec.ts'
import { answer, type Job } from './decode.ts'

parentPort!.on('message', (job: Job) => parentPort!.postMessage(answer(codec, job)))
