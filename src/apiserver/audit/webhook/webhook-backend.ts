// Events as EventLists to an HTTP receiver. Any failure is tried again, for nothing a receiver says is a reason to lose events.
// Source: k8s.io/apiserver plugin/pkg/audit/webhook/webhook.go, pkg/util/webhook/webhook.go.
import type { Clock } from '../../../util/clock.ts'
import type { AuditBackend } from '../backend.ts'
import type { LossReport } from '../counts.ts'
import type { AuditEvent } from '../event.ts'
import type { Poster } from './post.ts'

export interface WebhookBackendOptions {
  readonly poster: Poster
  /** Before the second attempt; each later wait is half as long again, plus up to a fifth by chance. */
  readonly initialBackoffMs: number
  readonly clock: Clock
  readonly rand: () => number
}

/** With 10 s at first: 10 + 15 + 22.5 + 33.8 s, some 80 s in all. */
const attemptsMax = 5
const backoffFactor = 1.5
const backoffJitter = 0.2

/** `process` resolves when the receiver has taken the events. Closing ends the waiting: each list gets one last attempt. */
export function webhookBackend({ poster, initialBackoffMs, clock, rand }: WebhookBackendOptions, report: LossReport): AuditBackend {
  const closing = new AbortController()
  const underWay = new Set<Promise<unknown>>()

  async function post(events: readonly AuditEvent[]): Promise<boolean> {
    const body = eventList(events)
    let backoffMs = initialBackoffMs
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === attemptsMax || closing.signal.aborted
      try {
        await poster.post(body)
        return true
      } catch (error) {
        if (isLast) {
          report('webhook', error, events)
          return false
        }
      }
      await clock.sleep(backoffMs * (1 + backoffJitter * rand()), closing.signal).catch(() => {}) // the abort only ends the wait
      backoffMs *= backoffFactor
    }
  }

  return {
    process(events) {
      const posting = post(events).finally(() => underWay.delete(posting))
      underWay.add(posting)
      return posting
    },
    async close() {
      closing.abort()
      await Promise.all(underWay)
      poster.close()
    },
  }
}

const eventList = (events: readonly AuditEvent[]) =>
  `{"kind":"EventList","apiVersion":"audit.k8s.io/v1","metadata":{},"items":[${events.map(({ item }) => item).join(',')}]}\n`
