// A webhook that a kubeconfig file names (token review, subject access review): one review is sent, its answer is the same review with
// a status. Transient failures are tried again. Source: k8s.io/apiserver pkg/util/webhook/webhook.go.
import { connectionOf } from '../../client/kubeconfig/connection.ts'
import { loadKubeconfig } from '../../client/kubeconfig/files.ts'
import type { Clock } from '../../util/clock.ts'
import { jitter, type Rand } from '../../util/rand.ts'
import { type HttpsAnswer, type HttpsClient, newHttpsClient } from './https-client.ts'

export interface ReviewClient {
  /** @returns the answer's body. @throws {Error} naming what the last attempt met */
  send(review: object): Promise<unknown>
  close(): void
}

export interface ReviewClientOptions {
  /** kubeconfig: its current context names the webhook (server, with path) and the credentials for it. */
  readonly kubeconfigFile: string
  readonly timeoutMs: number
  readonly clock: Clock
  readonly rand: Rand
}

/** Upstream's DefaultRetryBackoff: 500 ms, each time half as long again, up to a fifth more by chance, five attempts. */
const attemptsMax = 5
const firstDelayMs = 500
const delayFactor = 1.5
const jitterFactor = 0.2

/** @throws {Error} for a file that is no kubeconfig or names no https server */
export async function newReviewClient({ kubeconfigFile, timeoutMs, clock, rand }: ReviewClientOptions): Promise<ReviewClient> {
  const { transport } = connectionOf(await loadKubeconfig({ explicit: kubeconfigFile, env: {} }))
  const { server, ...trust } = transport
  if (new URL(server).protocol !== 'https:') throw new Error(`${kubeconfigFile}: server ${server} must be an https URL`)
  const https = newHttpsClient({ ...trust, timeoutMs })
  return { send: (review) => sendWithRetries(https, server, JSON.stringify(review), clock, rand), close: () => https.close() }
}

async function sendWithRetries(https: HttpsClient, url: string, body: string, clock: Clock, rand: Rand): Promise<unknown> {
  for (let attempt = 1, delayMs = firstDelayMs; ; attempt++, delayMs *= delayFactor) {
    try {
      return reviewOf(await https.send({ method: 'POST', url, headers: { 'content-type': 'application/json', accept: 'application/json' }, body }))
    } catch (error) {
      if (attempt >= attemptsMax || !isTransient(error)) throw error
      await clock.sleep(jitter(delayMs, jitterFactor, rand))
    }
  }
}

class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly answer: HttpsAnswer

  constructor(answer: HttpsAnswer) {
    super(`the webhook answered ${answer.status}${statusMessage(answer.body)}`)
    this.answer = answer
  }
}

/** The message of a Status, which webhooks made of an API server send. */
function statusMessage(body: string): string {
  try {
    const { message } = JSON.parse(body) as { message?: unknown }
    return typeof message === 'string' ? `: ${message}` : ''
  } catch {
    return '' // not a Status: its text is the webhook's own and not passed on
  }
}

function reviewOf(answer: HttpsAnswer): unknown {
  if (answer.status < 200 || answer.status > 299) throw new AnswerError(answer)
  try {
    return JSON.parse(answer.body)
  } catch (cause) {
    throw new Error('the webhook has not answered with JSON', { cause })
  }
}

/** Internal errors, timeouts and overload of the webhook, and connections that broke. A refusal to connect is not transient, as upstream. */
function isTransient(error: unknown): boolean {
  if (error instanceof AnswerError) return [429, 500, 504].includes(error.answer.status) || error.answer.headers['retry-after'] !== undefined
  const { code } = error as NodeJS.ErrnoException
  return code === 'ECONNRESET' || code === 'EPIPE'
}
