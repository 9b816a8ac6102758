// Short ways to write pods and what the runtime says of them, for tests.
import type { Container, Pod, PodSpec } from '../../api/core/v1.ts'
import { containerHash } from '../runtime/labels.ts'
import type { RuntimeContainer, RuntimePod, RuntimeSandbox } from '../runtime/runtime-pod.ts'

type LooseContainer = Partial<Container> & { readonly name: string }
type LooseSpec = Omit<Partial<PodSpec>, 'containers' | 'initContainers'> & {
  readonly containers?: readonly LooseContainer[]
  readonly initContainers?: readonly LooseContainer[]
}

export function pod(spec: LooseSpec = {}, extra: { readonly metadata?: object; readonly status?: object } = {}): Pod {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'web',
      namespace: 'default',
      uid: 'u1',
      resourceVersion: '1',
      generation: 1,
      creationTimestamp: '2026-01-01T00:00:00Z',
      ...extra.metadata,
    },
    spec: { containers: [{ name: 'main' }], ...spec } as PodSpec,
    ...(extra.status ? { status: extra.status } : {}),
  } as Pod
}

export function container(name: string, state: RuntimeContainer['state'], more: Partial<RuntimeContainer> = {}): RuntimeContainer {
  return {
    id: `${name}-id`,
    name,
    state,
    image: '',
    imageId: 'sha256:1',
    createdAtMs: 1_000,
    startedAtMs: 1_000,
    finishedAtMs: state === 'exited' ? 2_000 : 0,
    exitCode: 0,
    reason: state === 'exited' ? 'Completed' : '',
    message: '',
    logPath: '',
    resources: null,
    hash: containerHash({ name }),
    restartCount: 0,
    messagePath: '',
    messagePolicy: 'File',
    gracePeriodSeconds: 30,
    ...more,
  }
}

export const readySandbox: RuntimeSandbox = { id: 'box', ready: true, attempt: 0, createdAtMs: 0, hostNetwork: false, ips: ['10.0.0.5'] }

export function runtimePod(containers: readonly RuntimeContainer[], sandboxes: readonly RuntimeSandbox[] = [readySandbox]): RuntimePod {
  return { uid: 'u1', name: 'web', namespace: 'default', sandboxes, containers }
}
