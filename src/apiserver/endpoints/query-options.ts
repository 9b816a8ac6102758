// Options in the query of a request. Source: k8s.io/apimachinery pkg/runtime/converter.go (string slices to values),
// pkg/apis/meta/v1/validation/validation.go, pkg/apis/meta/internalversion/validation/validation.go.
import { badRequest } from '../../apimachinery/api-error.ts'
import { type FieldError, forbidden, newInvalid, notSupported, required } from '../../apimachinery/field-errors.ts'
import { parseInt64, parseIntError } from '../../apimachinery/strconv.ts'
import { validateDryRun, validateFieldManager } from '../../apimachinery/validation/object-meta.ts'

/** strconv.ParseInt. @throws {ApiError} 400 */
export function integerOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const value = parseInt64(text)
  if (value === undefined) throw badRequest(parseIntError(text))
  return Number(value)
}

/** Anything but `false`, in any case, and `0` is true. */
export function booleanOf(query: URLSearchParams, name: string): boolean | undefined {
  const text = query.get(name)
  return text === null ? undefined : text.toLowerCase() !== 'false' && text !== '0'
}

export type FieldValidation = 'Strict' | 'Warn' | 'Ignore'

export interface WriteQuery {
  readonly dryRun: boolean
  readonly fieldManager: string
  readonly fieldValidation: FieldValidation
  /** Only of patches. */
  readonly force: boolean | undefined
  /** The options object, as admission sees it. */
  readonly options: Readonly<Record<string, unknown>>
}

const fieldValidations = ['', 'Ignore', 'Strict', 'Warn']

/**
 * @param kind `apply` is a PATCH with apply's content type
 * @throws {ApiError} 422
 */
export function writeQuery(query: URLSearchParams, kind: 'create' | 'update' | 'patch' | 'apply'): WriteQuery {
  const dryRun = query.getAll('dryRun')
  const fieldManager = query.get('fieldManager') ?? ''
  const fieldValidation = query.get('fieldValidation') ?? ''
  const force = kind === 'patch' || kind === 'apply' ? booleanOf(query, 'force') : undefined
  const optionsKind = { create: 'CreateOptions', update: 'UpdateOptions', patch: 'PatchOptions', apply: 'PatchOptions' }[kind]
  const errors: FieldError[] = []
  if (kind === 'patch' && force !== undefined) errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  if (kind === 'apply' && fieldManager === '') errors.push(required('fieldManager', 'is required for apply patch'))
  errors.push(...validateFieldManager('fieldManager', fieldManager), ...validateDryRun('dryRun', dryRun))
  if (!fieldValidations.includes(fieldValidation)) errors.push(notSupported('fieldValidation', fieldValidation, fieldValidations))
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: optionsKind }, '', errors)
  return {
    dryRun: dryRun.length > 0,
    fieldManager,
    fieldValidation: fieldValidation === '' ? 'Warn' : (fieldValidation as FieldValidation),
    force,
    options: {
      kind: optionsKind,
      apiVersion: 'meta.k8s.io/v1',
      ...(dryRun.length > 0 ? { dryRun } : {}),
      ...(force === undefined ? {} : { force }),
      ...(fieldManager ? { fieldManager } : {}),
      ...(fieldValidation ? { fieldValidation } : {}),
    },
  }
}

export interface ListQuery {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly timeoutSeconds: number | undefined
  readonly limit: number
  readonly continue: string
  readonly sendInitialEvents: boolean | undefined
}

/** @throws {ApiError} 400 */
export function parseListQuery(query: URLSearchParams): ListQuery {
  return {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    watch: booleanOf(query, 'watch') ?? false,
    allowWatchBookmarks: booleanOf(query, 'allowWatchBookmarks') ?? false,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: integerOf(query, 'timeoutSeconds'),
    limit: integerOf(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    sendInitialEvents: booleanOf(query, 'sendInitialEvents'),
  }
}

/** A watch that begins with what there is now also says where that ends. Source: pkg/apis/meta/internalversion/defaults.go (SetListOptionsDefaults). */
export function withWatchDefaults(query: ListQuery): ListQuery {
  const { watch, sendInitialEvents, resourceVersionMatch, resourceVersion } = query
  if (!watch || sendInitialEvents !== undefined || resourceVersionMatch !== '' || (resourceVersion !== '' && resourceVersion !== '0')) return query
  return { ...query, sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
}

/** @param isWatch what the query says, whatever the path does @throws {ApiError} 422 */
export function validateListQuery(options: ListQuery, isWatch: boolean): void {
  const errors = isWatch ? watchErrors(options) : listErrors(options)
  if (errors.length > 0) throw newInvalid({ group: 'meta.k8s.io', kind: 'ListOptions' }, '', errors)
}

const matchField = 'resourceVersionMatch'
const withContinue = 'resourceVersionMatch is forbidden when continue is provided'

function watchErrors({ sendInitialEvents, resourceVersionMatch: match, ...options }: ListQuery): readonly FieldError[] {
  const errors: FieldError[] = []
  if (sendInitialEvents === undefined && match === '') return errors
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan') {
    errors.push(forbidden(matchField, 'sendInitialEvents requires setting resourceVersionMatch to NotOlderThan'))
  }
  if (sendInitialEvents === undefined) errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided'))
  if (match !== '' && match !== 'NotOlderThan') errors.push(notSupported(matchField, match, ['NotOlderThan']))
  if (match !== '' && options.continue !== '') errors.push(forbidden(matchField, withContinue))
  return errors
}

function listErrors(options: ListQuery): readonly FieldError[] {
  const { resourceVersion, resourceVersionMatch: match } = options
  const errors: FieldError[] = []
  if (match !== '') {
    if (resourceVersion === '') errors.push(forbidden(matchField, 'resourceVersionMatch is forbidden unless resourceVersion is provided'))
    if (options.continue !== '') errors.push(forbidden(matchField, withContinue))
    if (match !== 'NotOlderThan' && match !== 'Exact') errors.push(notSupported(matchField, match, ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0') {
      errors.push(forbidden(matchField, 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'))
    }
  }
  if (options.sendInitialEvents !== undefined) errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return errors
}
