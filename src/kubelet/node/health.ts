import type { RuntimeClient } from '../../cri/client.ts'
import type { Usage } from '../machine/pressure.ts'
import type { Pleg } from '../pleg/pleg.ts'
import type { Health } from './node-object.ts'

/** Upstream's default hard eviction thresholds: memory.available<100Mi, nodefs.available<10%, nodefs.inodesFree<5%. */
export const memoryAvailableBytesMin = 100 * 1024 * 1024
const diskFreeShareMin = 0.1
const inodesFreeShareMin = 0.05
const pidsAvailableMin = 100

export interface HealthInput {
  readonly runtime: Pick<RuntimeClient, 'status'>
  readonly pleg: Pick<Pleg, 'unhealthy'>
  readonly usage: () => Promise<Usage>
}

export function newHealthCheck({ runtime, pleg, usage }: HealthInput): () => Promise<Health> {
  return async () => {
    const [reasons, used] = await Promise.all([runtimeProblems(runtime), usage()])
    const problems = [...reasons, pleg.unhealthy()].filter((p) => p !== undefined)
    return {
      notReady: problems.length > 0 ? problems.join(', ') : undefined,
      memoryPressure: used.memoryAvailableBytes < memoryAvailableBytesMin,
      diskPressure: used.diskFreeShare < diskFreeShareMin || used.inodesFreeShare < inodesFreeShareMin,
      pidPressure: used.pidsAvailable < pidsAvailableMin,
    }
  }
}

async function runtimeProblems(runtime: HealthInput['runtime']): Promise<string[]> {
  try {
    const { status } = await runtime.status({})
    return (status?.conditions ?? [])
      .filter((c) => !c.status)
      .map(({ type = '', reason = '', message = '' }) =>
        type === 'NetworkReady'
          ? `container runtime network not ready: NetworkReady=false reason:${reason} message:${message}`
          : `container runtime not ready: ${type}=false reason:${reason} message:${message}`,
      )
  } catch (error) {
    return [`container runtime is down: ${error instanceof Error ? error.message : String(error)}`]
  }
}
