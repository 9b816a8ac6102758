import type { Container, Pod } from '../../api/core/v1.ts'
import type { ContainerConfig, Image, Mount } from '../../cri/generated/types.ts'
import { expand } from '../env/expand.ts'
import { containerAnnotations, containerLabels } from './labels.ts'
import { linuxResources, oomScoreAdj } from './resources.ts'
import { containerSecurity } from './security-context.ts'

export interface ContainerConfigInput {
  readonly pod: Pod
  readonly container: Container
  readonly restartCount: number
  readonly env: ReadonlyMap<string, string>
  readonly mounts: readonly Mount[]
  /** As the runtime named it after the pull. */
  readonly imageRef: string
  readonly image: Image | undefined
  readonly memoryBytes: number
  /** See {@link oomScoreAdj}. */
  readonly oomScoreFloor: number
  readonly seccompRoot: string
  readonly seccompDefault: boolean
  readonly targetId?: string | undefined
}

/** @throws {ConfigError} see {@link containerSecurity} @see Kubernetes 1.36 pkg/kubelet/kuberuntime/kuberuntime_container.go */
export function containerConfig(input: ContainerConfigInput): ContainerConfig {
  const { pod, container, restartCount, env, mounts, imageRef, memoryBytes, oomScoreFloor } = input
  const expanded = (words: readonly string[] = []) => words.map((word) => expand(word, (name) => env.get(name)))
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: imageRef, userSpecifiedImage: container.image ?? '' },
    command: expanded(container.command),
    args: expanded(container.args),
    workingDir: container.workingDir ?? '',
    envs: [...env].map(([key, value]) => ({ key, value: Buffer.from(value) })),
    mounts,
    labels: containerLabels(pod, container),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: `${container.name}/${restartCount}.log`,
    stdin: container.stdin ?? false,
    stdinOnce: container.stdinOnce ?? false,
    tty: container.tty ?? false,
    linux: {
      resources: { ...linuxResources(container.resources ?? {}), oomScoreAdj: oomScoreAdj(pod, container, { memoryBytes, floor: oomScoreFloor }) },
      securityContext: containerSecurity(input),
    },
    stopSignal: stopSignal(container),
  }
}

function stopSignal({ lifecycle }: Container): NonNullable<ContainerConfig['stopSignal']> {
  return (lifecycle?.stopSignal?.replace('+', 'PLUS').replace('-', 'MINUS') as ContainerConfig['stopSignal']) ?? 'RUNTIME_DEFAULT'
}
