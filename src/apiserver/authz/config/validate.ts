// Source: k8s.io/apiserver pkg/apis/apiserver/validation/validation.go (ValidateAuthorizationConfiguration).
import { DurationError, formatDuration, parseDuration } from '../../../apimachinery/duration/duration.ts'
import { duplicate, type FieldError, invalid, notSupported, required, tooMany } from '../../../apimachinery/field-errors.ts'
import { isDns1123Subdomain } from '../../../apimachinery/validation/names.ts'
import { compileAccessCondition } from '../../../cel/kubernetes/authorization.ts'
import { expressionErrors } from '../../expressions/expression-errors.ts'
import { authorizerTypes, type WrittenAuthorizer, type WrittenConfiguration, type WrittenWebhook } from './authorization-configuration.ts'

/** What is at a path of the machine. */
export type FileCheck = (path: string) => { readonly error?: string; readonly isFile?: boolean }

const secondNs = 1_000_000_000n
const timeoutNsMax = 30n * secondNs
const conditionsMax = 64

/** @returns everything that is wrong */
export function validateAuthorizationConfiguration({ authorizers = [] }: WrittenConfiguration, checkFile: FileCheck): readonly FieldError[] {
  if (authorizers.length === 0) return [required('authorizers', 'at least one authorization mode must be defined')]
  const types = new Set<string>()
  const names = new Set<string>()
  return authorizers.flatMap((authorizer, index) => {
    const at = `authorizers[${index}]`
    const { type = '', name = '', webhook } = authorizer
    const wrongType = typeError(`${at}.type`, type, types)
    if (wrongType) return [wrongType]
    types.add(type)
    const errors = [...nameErrors(`${at}.name`, name, names), ...webhookErrors(at, authorizer, checkFile)]
    names.add(name)
    if (type !== 'Webhook' && webhook) errors.push(invalid(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook'))
    return errors
  })
}

function typeError(field: string, type: string, seen: ReadonlySet<string>): FieldError | undefined {
  if (type === '') return required(field)
  if (!authorizerTypes.some((known) => known === type)) return notSupported(field, type, authorizerTypes)
  return seen.has(type) && type !== 'Webhook' ? duplicate(field, type) : undefined
}

function nameErrors(field: string, name: string, seen: ReadonlySet<string>): FieldError[] {
  if (name === '') return [required(field)]
  if (seen.has(name)) return [duplicate(field, name)]
  const errors = isDns1123Subdomain(name)
  return errors.length > 0 ? [invalid(field, name, `authorizer name is invalid: ${errors.join(', ')}`)] : []
}

function webhookErrors(at: string, { type, webhook }: WrittenAuthorizer, checkFile: FileCheck): FieldError[] {
  if (type !== 'Webhook') return []
  if (!webhook) return [required(`${at}.webhook`, 'required when type=Webhook')]
  const { subjectAccessReviewVersion: version = '', matchConditionSubjectAccessReviewVersion: matchVersion = '', failurePolicy = '' } = webhook
  const conditions = webhook.matchConditions ?? []
  const errors = [
    ...timeoutErrors(`${at}.timeout`, webhook.timeout),
    ...ttlErrors(`${at}.authorizedTTL`, webhook.authorizedTTL),
    ...ttlErrors(`${at}.unauthorizedTTL`, webhook.unauthorizedTTL),
  ]
  if (version === '') errors.push(required(`${at}.subjectAccessReviewVersion`))
  else if (version !== 'v1' && version !== 'v1beta1') errors.push(notSupported(`${at}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1']))
  const matchField = `${at}.matchConditionSubjectAccessReviewVersion`
  if (matchVersion === '' && conditions.length > 0) errors.push(required(matchField, 'required if match conditions are specified'))
  if (matchVersion !== '' && matchVersion !== 'v1') errors.push(notSupported(matchField, matchVersion, ['v1']))
  if (failurePolicy === '') errors.push(required(`${at}.failurePolicy`))
  else if (!['NoOpinion', 'Deny'].includes(failurePolicy)) errors.push(notSupported(`${at}.failurePolicy`, failurePolicy, ['NoOpinion', 'Deny']))
  errors.push(...connectionErrors(`${at}.connectionInfo`, webhook, checkFile))
  if (conditions.length > conditionsMax) errors.push(tooMany(`${at}.matchConditions`, conditions.length, conditionsMax))
  else errors.push(...conditionErrors(conditions, `${at}.matchConditions`))
  return errors
}

function conditionErrors(conditions: NonNullable<WrittenWebhook['matchConditions']>, at: string): readonly FieldError[] {
  const seen = new Set<string>()
  return conditions.flatMap(({ expression = '' }, index) => {
    const field = `${at}[${index}].expression`
    if (expression.trim() === '') return [required(field)]
    if (seen.has(expression)) return [duplicate(field, expression)]
    seen.add(expression)
    return expressionErrors(field, compileAccessCondition(expression))
  })
}

function durationOf(text = '0s'): bigint | string {
  try {
    return parseDuration(text)
  } catch (error) {
    if (error instanceof DurationError) return error.message
    throw error
  }
}

function timeoutErrors(field: string, text: string | undefined): FieldError[] {
  const ns = durationOf(text)
  if (typeof ns === 'string') return [invalid(field, text, ns)]
  if (ns === 0n) return [required(field)]
  return ns < 0n || ns > timeoutNsMax ? [invalid(field, formatDuration(ns), 'must be > 0s and <= 30s')] : []
}

function ttlErrors(field: string, text: string | undefined): FieldError[] {
  const ns = durationOf(text)
  if (typeof ns === 'string') return [invalid(field, text, ns)]
  if (ns === 0n) return [required(field)]
  return ns < 0n ? [invalid(field, formatDuration(ns), 'must be > 0s')] : []
}

function connectionErrors(field: string, { connectionInfo = {} }: WrittenWebhook, checkFile: FileCheck): FieldError[] {
  const { type = '', kubeConfigFile: file = '' } = connectionInfo
  if (type === '') return [required(`${field}.type`)]
  // A server cannot ask itself whom it should let in.
  if (type === 'InClusterConfig') return [invalid(`${field}.type`, type, 'is not allowed for kube-apiserver')]
  if (type !== 'KubeConfigFile') return [notSupported(`${field}.type`, type, ['InClusterConfig', 'KubeConfigFile'])]
  if (file === '') return [required(`${field}.kubeConfigFile`)]
  if (!file.startsWith('/')) return [invalid(`${field}.kubeConfigFile`, file, 'must be an absolute path')]
  const { error, isFile } = checkFile(file)
  if (error) return [invalid(`${field}.kubeConfigFile`, file, `error loading file: ${error}`)]
  return isFile ? [] : [invalid(`${field}.kubeConfigFile`, file, 'must be a regular file')]
}
