import type { ContainerStatus, Pod, Taint } from '../../../src/api/core/v1.ts'
import { isPodReady, isPodTerminal } from '../../../src/api/core/pod-status.ts'
import { leases, nodes, pods } from '../../../src/api/resources.ts'
import { isConflict } from '../../../src/apimachinery/api-error.ts'
import type { Client } from '../../../src/client/client.ts'
import { unlessMissing } from '../controllers/control-plane.ts'

export interface FakeNode {
  readonly name: string
  readonly taints?: readonly Taint[]
}

const heartbeatMs = 10_000
const now = () => `${new Date().toISOString().slice(0, 19)}Z`

async function register(client: Client, { name, taints = [] }: FakeNode, index: number): Promise<void> {
  await client.create(nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'amd64' } },
    spec: { podCIDR: `10.244.${index}.0/24`, podCIDRs: [`10.244.${index}.0/24`], taints },
  })
  const renewTime = new Date().toISOString().replace('Z', '000Z')
  await client.create(leases, {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    metadata: { namespace: 'kube-node-lease', name },
    spec: { holderIdentity: name, leaseDurationSeconds: 40, renewTime },
  })
  const resources = { cpu: '4', memory: '8Gi', pods: '110', 'ephemeral-storage': '20Gi' }
  const condition = (type: string, status: string, reason: string, message: string) => ({
    type,
    status,
    reason,
    message,
    lastHeartbeatTime: now(),
    lastTransitionTime: now(),
  })
  const status = {
    capacity: resources,
    allocatable: resources,
    addresses: [
      { type: 'InternalIP', address: `192.0.2.${index + 1}` },
      { type: 'Hostname', address: name },
    ],
    conditions: [
      condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available'),
      condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure'),
      condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available'),
      condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status'),
    ],
    nodeInfo: {
      machineID: 'machine',
      systemUUID: 'system',
      bootID: 'boot',
      kernelVersion: '6.12.0',
      osImage: 'Debian GNU/Linux 13 (trixie)',
      containerRuntimeVersion: 'containerd://2.1.4',
      kubeletVersion: 'v1.36.2',
      kubeProxyVersion: '',
      operatingSystem: 'linux',
      architecture: 'amd64',
    },
  }
  await client.patch(nodes, { name }, { type: 'merge', patch: { status } }, { subresource: 'status' })
}

async function renew(client: Client, name: string): Promise<void> {
  const spec = { renewTime: new Date().toISOString().replace('Z', '000Z') }
  await unlessMissing(client.patch(leases, { namespace: 'kube-node-lease', name }, { type: 'merge', patch: { spec } }))
}

function runningStatus(pod: Pod, ip: string) {
  const at = now()
  const condition = (type: string) => ({ type, status: 'True', lastTransitionTime: at })
  const containerStatuses = pod.spec.containers.map(({ name, image = '', resources = {} }): ContainerStatus => {
    const state = image === 'done' ? { terminated: { exitCode: 0, reason: 'Completed', startedAt: at, finishedAt: at } } : { running: { startedAt: at } }
    return {
      name,
      image,
      imageID: `sha256:${image}`,
      containerID: `containerd://${name}`,
      restartCount: 0,
      ready: image !== 'done',
      started: image !== 'done',
      state,
      resources, // without these, pods cannot be resized
    }
  })
  const isDone = pod.spec.containers.every(({ image }) => image === 'done')
  return {
    phase: isDone ? 'Succeeded' : 'Running',
    hostIP: '192.0.2.1',
    hostIPs: [{ ip: '192.0.2.1' }],
    podIP: ip,
    podIPs: [{ ip }],
    startTime: at,
    conditions: ['PodReadyToStartContainers', 'Initialized', ...(isDone ? [] : ['Ready', 'ContainersReady']), 'PodScheduled'].map(condition),
    containerStatuses,
  }
}

/** Plays the kubelets of `fakes` until `signal` aborts: containers run at once, those of the image `done` end well; deleted pods end at once. */
export async function playNodes(client: Client, fakes: readonly FakeNode[], signal: AbortSignal): Promise<void> {
  await Promise.all(fakes.map((fake, index) => register(client, fake, index)))
  const names = fakes.map(({ name }) => name)
  const addresses = new Map<string, string>()
  const addressOf = (uid: string) => addresses.getOrInsertComputed(uid, () => `10.244.0.${addresses.size + 1}`)
  const step = async (pod: Pod): Promise<void> => {
    if (!pod.spec.nodeName || !names.includes(pod.spec.nodeName)) return
    const uid = pod.metadata.uid!
    if (pod.metadata.deletionTimestamp) await unlessMissing(client.delete(pods, pod.metadata, { gracePeriodSeconds: 0, preconditions: { uid } }))
    else if (!isPodReady(pod) && !isPodTerminal(pod)) {
      const status = runningStatus(pod, addressOf(uid))
      await unlessMissing(client.patch(pods, pod.metadata, { type: 'strategic', patch: { metadata: { uid }, status } }, { subresource: 'status' }))
    }
  }
  let renewed = performance.now()
  while (!signal.aborted) {
    if (performance.now() - renewed > heartbeatMs) {
      renewed = performance.now()
      await Promise.all(names.map((name) => renew(client, name)))
    }
    const { items } = await client.list(pods)
    await Promise.all(items.map((pod) => step(pod).catch((error: unknown) => void (isConflict(error) || Promise.reject(error)))))
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
