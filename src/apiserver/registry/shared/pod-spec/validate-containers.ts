// Containers of the three kinds. Source: pkg/apis/core/validation/validation.go (validateContainers, validateInitContainers,
// validateEphemeralContainers).
import type { Container, ContainerResizePolicy, EphemeralContainer, PodSpec, Volume } from '../../../../api/core/v1.ts'
import { duplicate, type FieldError, forbidden, invalid, notFound, required } from '../../../../apimachinery/field-errors.ts'
import { label, oneOf, requiredOneOf } from './invalid-values.ts'
import type { PodValidationOptions } from './options.ts'
import { validateEnv, validateEnvFrom } from './validate-env.ts'
import { validateHandlers } from './validate-handlers.ts'
import { validateVolumeDevices, validateVolumeMounts } from './validate-mounts.ts'
import { validateContainerPorts, validateHostPortConflicts } from './validate-ports.ts'
import { validateContainerResources } from './validate-resources.ts'
import { validateContainerRestart } from './validate-restart-rules.ts'
import { validateContainerSecurityContext } from './validate-security-context.ts'

/** What of the pod matters to its containers. */
export interface ContainerSurroundings {
  readonly spec: PodSpec
  readonly volumes: ReadonlyMap<string, Volume>
  readonly podClaims: ReadonlySet<string>
  readonly options: PodValidationOptions
}

function validateResizePolicy(field: string, policies: readonly ContainerResizePolicy[] = [], podRestartPolicy: string | undefined): readonly FieldError[] {
  const seen = new Set<string>()
  return policies.flatMap(({ resourceName = '', restartPolicy = '' }, index) => {
    const again = seen.has(resourceName) ? [duplicate(`${field}[${index}]`, resourceName)] : []
    seen.add(resourceName)
    return [
      ...again,
      ...requiredOneOf(field, resourceName, ['cpu', 'memory']),
      ...requiredOneOf(field, restartPolicy, ['NotRequired', 'RestartContainer']),
      ...(podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired'
        ? [invalid(field, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'")]
        : []),
    ]
  })
}

function validateCommon(field: string, container: Container, around: ContainerSurroundings): readonly FieldError[] {
  const { spec, volumes, podClaims, options } = around
  return [
    ...(container.name ? label(`${field}.name`, container.name) : [required(`${field}.name`)]),
    ...(container.image ? [] : [required(`${field}.image`)]),
    ...requiredOneOf(`${field}.terminationMessagePolicy`, container.terminationMessagePolicy, ['File', 'FallbackToLogsOnError']),
    ...validateContainerPorts(`${field}.ports`, container.ports),
    ...validateEnv(`${field}.env`, container.env),
    ...validateEnvFrom(`${field}.envFrom`, container.envFrom),
    ...validateVolumeMounts(`${field}.volumeMounts`, container, volumes),
    ...validateVolumeDevices(`${field}.volumeDevices`, container.volumeDevices, container.volumeMounts, volumes),
    ...requiredOneOf(`${field}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...validateContainerResources(`${field}.resources`, container.resources, podClaims, options),
    ...validateResizePolicy(`${field}.resizePolicy`, container.resizePolicy, spec.restartPolicy),
    ...validateContainerSecurityContext(`${field}.securityContext`, container.securityContext, spec.hostUsers ?? true),
  ]
}

/** Templates may hold a padded image: it is somebody's placeholder. */
export const validateImageOfPod = (field: string, { image = '' }: { readonly image?: string }): readonly FieldError[] =>
  image.trim() === image ? [] : [invalid(`${field}.image`, image, 'must not have leading or trailing whitespace')]

export function validateContainers(field: string, around: ContainerSurroundings): readonly FieldError[] {
  const { containers = [], terminationGracePeriodSeconds } = around.spec
  if (containers.length === 0) return [required(field)]
  const names = new Set<string>()
  const errors = containers.flatMap((container, index) => {
    const path = `${field}[${index}]`
    const again = names.has(container.name) ? [duplicate(`${path}.name`, container.name)] : []
    names.add(container.name)
    return [
      ...validateCommon(path, container, around),
      ...again,
      ...validateHandlers(path, container, terminationGracePeriodSeconds),
      ...validateContainerRestart(path, container),
    ]
  })
  return [...errors, ...validateHostPortConflicts(field, containers)]
}

/** What only a container that runs on can have. */
function forbidHandlers(field: string, container: Container): readonly FieldError[] {
  return (['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const)
    .filter((name) => container[name] !== undefined)
    .map((name) => forbidden(`${field}.${name}`, 'may not be set for init containers without restartPolicy=Always'))
}

function validateInitResizePolicy(field: string, { restartPolicy, resizePolicy = [] }: Container): readonly FieldError[] {
  if (restartPolicy === 'Always') return []
  return resizePolicy.flatMap(({ restartPolicy: policy }, index) =>
    policy === 'RestartContainer'
      ? [invalid(`${field}[${index}].restartPolicy`, policy, "must not be set to 'RestartContainer' for non-sidecar initContainers")]
      : [],
  )
}

export function validateInitContainers(field: string, around: ContainerSurroundings): readonly FieldError[] {
  const { options } = around
  const { containers = [], initContainers = [], terminationGracePeriodSeconds } = around.spec
  const names = new Set(containers.map(({ name }) => name))
  return initContainers.flatMap((container, index) => {
    const path = `${field}[${index}]`
    const again = names.has(container.name) ? [duplicate(`${path}.name`, container.name)] : []
    if (container.name) names.add(container.name)
    return [
      ...validateCommon(path, container, around),
      ...validateContainerRestart(path, container),
      ...again,
      // One runs after the other, so only the ports of each by itself can be in conflict; upstream counts from 0 for each.
      ...validateHostPortConflicts(field, [container]),
      ...(container.restartPolicy === 'Always' ? validateHandlers(path, container, terminationGracePeriodSeconds) : forbidHandlers(path, container)),
      ...(options.allowRestartOnResizeOfInit ? [] : validateInitResizePolicy(`${path}.resizePolicy`, container)),
    ]
  })
}

/** Fields that a container for looking into a running pod cannot have, in the order of the struct. */
const neverEphemeral = [
  'ports',
  'resources',
  'resizePolicy',
  'restartPolicy',
  'restartPolicyRules',
  'livenessProbe',
  'readinessProbe',
  'startupProbe',
  'lifecycle',
] as const

/** Whether it is more than the zero value of its type: of these only `resources` is no pointer and no list. */
function isSet(name: (typeof neverEphemeral)[number], container: EphemeralContainer): boolean {
  const value = container[name]
  if (value === undefined || value === null) return false
  return name !== 'resources' || Object.keys(value).length > 0
}

function validateEphemeral(field: string, container: EphemeralContainer): readonly FieldError[] {
  const detail = 'cannot be set for an Ephemeral Container'
  return [
    ...neverEphemeral.filter((name) => isSet(name, container)).map((name) => forbidden(`${field}.${name}`, detail)),
    ...(container.volumeMounts ?? []).flatMap(({ subPath, subPathExpr }, index) => [
      ...(subPath ? [forbidden(`${field}.volumeMounts[${index}].subPath`, detail)] : []),
      ...(subPathExpr ? [forbidden(`${field}.volumeMounts[${index}].subPathExpr`, detail)] : []),
    ]),
  ]
}

export function validateEphemeralContainers(field: string, around: ContainerSurroundings): readonly FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = around.spec
  const targets = new Set([...containers, ...initContainers].map(({ name }) => name))
  const names = new Set(targets)
  return ephemeralContainers.flatMap((container, index) => {
    const path = `${field}[${index}]`
    const again = names.has(container.name) ? [duplicate(`${path}.name`, container.name)] : []
    names.add(container.name)
    const { targetContainerName: target } = container
    return [
      ...validateCommon(path, container as Container, around),
      ...validateImageOfPod(path, container),
      ...again,
      ...(target && !targets.has(target) ? [notFound(`${path}.targetContainerName`, target)] : []),
      ...validateEphemeral(path, container),
    ]
  })
}

export const validateRestartPolicy = (field: string, policy: string | undefined): readonly FieldError[] =>
  policy ? oneOf(field, policy, ['Always', 'OnFailure', 'Never']) : [required(field)]
