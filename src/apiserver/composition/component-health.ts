// What the parts of a control plane say of themselves, for componentstatuses.
// Source: kubernetes pkg/registry/core/componentstatus/validator.go, pkg/registry/core/rest/storage_core.go (serversToValidate), pkg/probe/http/http.go.
import { goQuote } from '../../apimachinery/go-quote.ts'
import type { ComponentHealth, HealthOf } from '../endpoints/special/component-statuses.ts'
import type { ControlPlanePart } from '../server-options.ts'
import { networkProblem } from '../webhook/admission/call-errors.ts'
import { type HttpsClient, newHttpsClient } from '../webhook/https-client.ts'

/** Upstream's probeTimeOut. */
const timeoutMs = 20_000
/** What of an answer is shown. Upstream's limit of a probe. */
const answerBytesMax = 10 * 1024

export interface ComponentHealthChecks {
  /** Name -> what it says now. */
  readonly checks: ReadonlyMap<string, HealthOf>
  close(): void
}

/** @param parts name -> where it is */
export function newComponentHealth(parts: ReadonlyMap<string, ControlPlanePart>): ComponentHealthChecks {
  // Whoever listens at these ports of this machine shows a certificate that nobody has signed, and is told nothing but a path.
  const client = newHttpsClient({ insecureSkipTlsVerify: true, timeoutMs, answerBytesMax })
  const checks = [...parts].map(([name, part]) => [name, part === 'in-process' ? inProcess : () => ask(client, part)] as const)
  return { checks: new Map(checks), close: () => client.close() }
}

/** It ends when this server ends, and the other way round. */
const inProcess: HealthOf = () => Promise.resolve({ healthy: true, message: 'ok' })

async function ask(client: HttpsClient, port: number): Promise<ComponentHealth> {
  const url = `https://127.0.0.1:${port}/healthz`
  try {
    const { status, body } = await client.send({ method: 'GET', url })
    return status >= 200 && status < 400 ? { healthy: true, message: body } : { healthy: false, message: `HTTP probe failed with statuscode: ${status}` }
  } catch (error) {
    return { healthy: false, message: `Get ${goQuote(url)}: ${networkProblem(error)}` }
  }
}
