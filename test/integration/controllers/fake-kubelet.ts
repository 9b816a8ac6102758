import { isPodReady, isPodTerminal } from '../../../src/api/core/pod-status.ts'
import { pods } from '../../../src/api/resources.ts'
import type { Client } from '../../../src/client/client.ts'
import { unlessMissing } from './control-plane.ts'

/**
 * Plays every kubelet until `signal` aborts. A pod becomes ready, unless its image is `broken`; with the image `done` it succeeds,
 * with `failing` it fails.
 */
export async function playKubelet(client: Client, signal: AbortSignal): Promise<void> {
  let ip = 1
  while (!signal.aborted) {
    for (const pod of (await client.list(pods)).items) {
      const image = pod.spec.containers[0]?.image
      if (isPodReady(pod) || isPodTerminal(pod) || pod.metadata.deletionTimestamp || image === 'broken') continue
      const podIP = `10.1.${ip >> 8}.${ip++ & 255}`
      const lastTransitionTime = `${new Date().toISOString().slice(0, 19)}Z`
      const phase = { done: 'Succeeded', failing: 'Failed' }[image ?? ''] ?? 'Running'
      const ready = { type: 'Ready', status: phase === 'Running' ? 'True' : 'False', lastTransitionTime }
      const status = { phase, podIP, podIPs: [{ ip: podIP }], conditions: [ready] }
      await unlessMissing(client.patch(pods, pod.metadata, { type: 'strategic', patch: { status } }, { subresource: 'status' }))
    }
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
