// What part of a Pod create's CPU time is admission?
//
//   scripts/sandbox node bench/admission.ts
//
// One API server in this process, in memory; usual Pods are created through its whole handler chain, and of the same creates the
// CPU time of this thread within the admission chain is added up. Half a minute.
import { AdmissionChain } from '../src/apiserver/registry/generic/admission-chain.ts'
import type { Client } from '../src/client/client.ts'
import type { Transport } from '../src/client/transport/transport.ts'
import { limitRanges, namespaces, nodes, priorityClasses, resourceQuotas, serviceAccounts } from '../src/api/resources.ts'
import { startApiServer } from '../test/support/api-server.ts'
import { percent, printEnvironment, report } from './support/environment.ts'
import { singularPod } from './support/objects.ts'

const creates = 4000
const warmups = 1500
/** As clients that do not wait for each other. */
const atOnce = 8

/** CPU microseconds of this thread within the chain. */
let admissionUs = 0
let measuring = false
const cpuUs = () => {
  const { user, system } = process.threadCpuUsage()
  return user + system
}

/** Adds up what the chain takes until it returns its promise: it runs to its end, or to the first plugin that waits, before that. */
function measureChain(phase: 'admit' | 'validate'): void {
  const { value: original } = Object.getOwnPropertyDescriptor(AdmissionChain.prototype, phase) as { value: (attributes: unknown) => Promise<void> }
  Object.defineProperty(AdmissionChain.prototype, phase, {
    value(this: AdmissionChain, attributes: unknown): Promise<void> {
      if (!measuring) return original.call(this, attributes)
      const start = cpuUs()
      const answer = original.call(this, attributes)
      admissionUs += cpuUs() - start
      return answer
    },
  })
}
measureChain('admit')
measureChain('validate')

async function createPods(transport: Transport, namespace: string, from: number, count: number): Promise<void> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  let next = from
  const one = async () => {
    while (next < from + count) {
      const body = JSON.stringify(singularPod(`pod-${next++}`))
      const response = await transport.request({ method: 'POST', path: `/api/v1/namespaces/${namespace}/pods`, headers, body })
      if (response.status !== 201)
        throw new Error(`create was answered with ${response.status}: ${await Array.fromAsync(response.body, String).then((all) => all.join(''))}`)
      for await (const _ of response.body);
    }
  }
  await Promise.all(Array.from({ length: atOnce }, one))
}

async function measure(what: string, transport: Transport, namespace: string, target?: number): Promise<void> {
  await createPods(transport, namespace, 0, warmups)
  admissionUs = 0
  measuring = true
  const start = cpuUs()
  await createPods(transport, namespace, warmups, creates)
  const totalUs = cpuUs() - start
  measuring = false
  const share = admissionUs / totalUs
  const each = (us: number) => (us / creates).toFixed(0)
  const met = target === undefined ? undefined : { text: `< ${target} %`, met: share * 100 < target }
  report(what, `${each(admissionUs)} of ${each(totalUs)} us = ${percent(share)}`, met)
}

async function prepare(client: Client, name: string, labels: Record<string, string>): Promise<void> {
  await client.create(namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } } as never)
  await client.create(serviceAccounts, { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name: 'default', namespace: name } } as never)
}

printEnvironment("What part of a Pod create's CPU time is admission?")
const api = await startApiServer()
const { client, transport } = api
const security = (enforce: string, warn: string) => ({ 'pod-security.kubernetes.io/enforce': enforce, 'pod-security.kubernetes.io/warn': warn })
await prepare(client, 'plain', {})
await prepare(client, 'secured', security('baseline', 'restricted'))
await prepare(client, 'counted', security('baseline', 'baseline'))
for (let i = 0; i < 20; i++) {
  await client.create(priorityClasses, { apiVersion: 'scheduling.k8s.io/v1', kind: 'PriorityClass', metadata: { name: `class-${i}` }, value: i } as never)
  await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: `node-${i}` } } as never)
}
for (const namespace of ['secured', 'counted']) {
  const limits = [{ type: 'Container', max: { cpu: '4' }, default: { cpu: '1' }, defaultRequest: { memory: '64Mi' } }]
  await client.create(limitRanges, { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'limits', namespace }, spec: { limits } } as never)
}
const hard = { pods: '100000', 'requests.cpu': '100000', 'requests.memory': '100000Gi' }
const quota = await client.create(resourceQuotas, {
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name: 'all', namespace: 'counted' },
  spec: { hard },
} as never)
const used = Object.fromEntries(Object.keys(hard).map((name) => [name, '0']))
await client.update(resourceQuotas, { ...quota, status: { hard, used } }, { subresource: 'status' })

await measure('a Pod create, default plugins', transport, 'plain', 15)
await measure('  with Pod Security and a LimitRange', transport, 'secured', 15)
// Beyond this, quotas cost the updates of their status, which are requests of their own.
await measure('  with a ResourceQuota, too (the check alone)', transport, 'counted')
await api.stop()
