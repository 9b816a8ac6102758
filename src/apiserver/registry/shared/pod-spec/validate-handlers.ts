// Probes and lifecycle hooks: exactly one way to act, and sane numbers.
import type { Container, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ProbeHandler } from '../../../../api/core/v1.ts'
import { type FieldError, forbidden, invalid, required } from '../../../../apimachinery/field-errors.ts'
import { isHttpHeaderName, isPortName, isPortNumber } from '../../../../apimachinery/validation/names.ts'
import { invalidAll, nonNegative, oneOf, requiredText } from './invalid-values.ts'

type Handler = ProbeHandler & LifecycleHandler

/** @param port absent counts as 0 */
export function validatePortNumberOrName(field: string, port: number | string | undefined): readonly FieldError[] {
  if (typeof port === 'string') return invalidAll(field, port, isPortName(port))
  return invalidAll(field, port ?? 0, isPortNumber(port ?? 0))
}

const validateHttpGet = (field: string, { path, port, scheme, httpHeaders = [] }: HTTPGetAction): readonly FieldError[] => [
  ...requiredText(`${field}.path`, path),
  ...validatePortNumberOrName(`${field}.port`, port),
  ...oneOf(`${field}.scheme`, scheme ?? '', ['HTTP', 'HTTPS']),
  ...httpHeaders.flatMap(({ name }) => invalidAll(`${field}.httpHeaders`, name, isHttpHeaderName(name))),
]

function validateSleep(field: string, seconds: number, graceSeconds: number | undefined): readonly FieldError[] {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return []
  return [invalid(field, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`)]
}

/** @param graceSeconds the pod's, when it is valid */
function validateHandler(field: string, { exec, httpGet, tcpSocket, grpc, sleep }: Handler, graceSeconds: number | undefined): readonly FieldError[] {
  const kinds: readonly [string, (() => readonly FieldError[]) | undefined][] = [
    ['exec', exec && (() => (exec.command?.length ? [] : [required(`${field}.exec.command`)]))],
    ['httpGet', httpGet && (() => validateHttpGet(`${field}.httpGet`, httpGet))],
    ['tcpSocket', tcpSocket && (() => validatePortNumberOrName(`${field}.tcpSocket.port`, tcpSocket.port))],
    ['grpc', grpc && (() => validatePortNumberOrName(`${field}.grpc.port`, grpc.port))],
    ['sleep', sleep && (() => validateSleep(`${field}.sleep`, sleep.seconds ?? 0, graceSeconds))],
  ]
  const [first, ...rest] = kinds.filter(([, check]) => check)
  if (!first) return [required(field, 'must specify a handler type')]
  return [...first[1]!(), ...rest.map(([name]) => forbidden(`${field}.${name}`, 'may not specify more than 1 handler type'))]
}

function validateProbe(field: string, probe: Probe, graceSeconds: number | undefined): readonly FieldError[] {
  const own = probe.terminationGracePeriodSeconds
  return [
    ...validateHandler(field, probe, graceSeconds),
    ...nonNegative(`${field}.initialDelaySeconds`, probe.initialDelaySeconds),
    ...nonNegative(`${field}.timeoutSeconds`, probe.timeoutSeconds),
    ...nonNegative(`${field}.periodSeconds`, probe.periodSeconds),
    ...nonNegative(`${field}.successThreshold`, probe.successThreshold),
    ...nonNegative(`${field}.failureThreshold`, probe.failureThreshold),
    ...(own !== undefined && own <= 0 ? [invalid(`${field}.terminationGracePeriodSeconds`, own, 'must be greater than 0')] : []),
  ]
}

/** Liveness and startup probes: one success is enough, always. */
function validateSingleSuccess(field: string, probe: Probe | undefined, graceSeconds: number | undefined): readonly FieldError[] {
  if (!probe) return []
  const { successThreshold = 0 } = probe
  return [
    ...validateProbe(field, probe, graceSeconds),
    ...(successThreshold === 1 ? [] : [invalid(`${field}.successThreshold`, successThreshold, 'must be 1')]),
  ]
}

function validateReadiness(field: string, probe: Probe | undefined, graceSeconds: number | undefined): readonly FieldError[] {
  if (!probe) return []
  const own = probe.terminationGracePeriodSeconds
  const misplaced = own === undefined ? [] : [invalid(`${field}.terminationGracePeriodSeconds`, own, 'must not be set for readinessProbes')]
  return [...validateProbe(field, probe, graceSeconds), ...misplaced]
}

const validateLifecycle = (field: string, { postStart, preStop }: Lifecycle, graceSeconds: number | undefined): readonly FieldError[] => [
  ...(postStart ? validateHandler(`${field}.postStart`, postStart, graceSeconds) : []),
  ...(preStop ? validateHandler(`${field}.preStop`, preStop, graceSeconds) : []),
]

/** Of a container that keeps running: a regular one or a sidecar. */
export const validateHandlers = (field: string, container: Container, graceSeconds: number | undefined): readonly FieldError[] => [
  ...(container.lifecycle ? validateLifecycle(`${field}.lifecycle`, container.lifecycle, graceSeconds) : []),
  ...validateSingleSuccess(`${field}.livenessProbe`, container.livenessProbe, graceSeconds),
  ...validateReadiness(`${field}.readinessProbe`, container.readinessProbe, graceSeconds),
  ...validateSingleSuccess(`${field}.startupProbe`, container.startupProbe, graceSeconds),
]
