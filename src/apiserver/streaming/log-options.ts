// The query of pods/log: how it is read, judged and passed on. Source: kubernetes pkg/apis/core/validation (ValidatePodLogOptions),
// pkg/registry/core/pod/strategy.go (LogLocation), k8s.io/apimachinery pkg/runtime/conversion.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { emptyPath, type FieldError, forbidden, invalid, newInvalid } from '../../apimachinery/field-errors.ts'
import { parseInt64, parseIntError } from '../../apimachinery/strconv.ts'
import { canonicalTime, TimeError } from '../../apimachinery/time/rfc3339.ts'

const flags = ['follow', 'previous', 'timestamps'] as const
const numbers = ['sinceSeconds', 'tailLines', 'limitBytes'] as const

function parseInteger(text: string): bigint {
  const value = parseInt64(text)
  if (value === undefined) throw badRequest(parseIntError(text))
  return value
}

function parseTime(text: string | null): string | undefined {
  if (!text || text === 'null') return undefined
  try {
    return canonicalTime(text, 'seconds')
  } catch (error) {
    if (error instanceof TimeError) throw badRequest(error.message)
    throw error
  }
}

const isTrue = (text: string | null) => text !== null && text.toLowerCase() !== 'false' && text !== '0'

/**
 * @returns the kubelet's query, with `?` unless it is empty
 * @throws {ApiError} 400, 422
 */
export function logQuery(podName: string, query: URLSearchParams): string {
  const out = new URLSearchParams()
  for (const name of flags) if (isTrue(query.get(name))) out.set(name, 'true')
  const given = new Map(numbers.flatMap((name) => (query.has(name) ? [[name, parseInteger(query.get(name)!)] as const] : [])))
  const sinceTime = parseTime(query.get('sinceTime'))
  const errors: FieldError[] = []
  const [tailLines, limitBytes, sinceSeconds] = [given.get('tailLines'), given.get('limitBytes'), given.get('sinceSeconds')]
  if (tailLines !== undefined && tailLines < 0n) errors.push(invalid('tailLines', Number(tailLines), 'must be greater than or equal to 0'))
  if (limitBytes !== undefined && limitBytes < 1n) errors.push(invalid('limitBytes', Number(limitBytes), 'must be greater than 0'))
  if (sinceSeconds !== undefined && sinceTime) errors.push(forbidden(emptyPath, 'at most one of `sinceTime` or `sinceSeconds` may be specified'))
  else if (sinceSeconds !== undefined && sinceSeconds < 1n) errors.push(invalid('sinceSeconds', Number(sinceSeconds), 'must be greater than 0'))
  // Of the feature PodLogsQuerySplitStreams, which is off.
  if (query.has('stream')) errors.push(forbidden('stream', 'may not be specified'))
  if (errors.length > 0) throw newInvalid({ group: '', kind: 'PodLogOptions' }, podName, errors)
  for (const [name, value] of given) out.set(name, String(value))
  if (sinceTime) out.set('sinceTime', sinceTime)
  const text = out.toString()
  return text ? `?${text}` : ''
}
