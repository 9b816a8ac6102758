// The selectors of a request as a predicate over cached objects.
import { ApiError, badRequest } from '../../apimachinery/api-error.ts'
import { type FieldSelector, parseFieldSelector } from '../../apimachinery/fields/selector.ts'
import { goQuote } from '../../apimachinery/go-quote.ts'
import { parseLabelSelector } from '../../apimachinery/labels/parse.ts'
import { type Selector, SelectorError } from '../../apimachinery/labels/selector.ts'
import type { Entry } from '../cacher/entry.ts'
import type { Selection } from '../cacher/selection.ts'
import { fieldFacts, ownKeys } from '../registry/generic/field-selectors.ts'
import { keyUnder } from '../registry/generic/keys.ts'
import { apiVersion, type Scope } from './scope.ts'

/** What upstream says of a key that a kind does not know, where it says it differently. */
const unknownKeyMessages: Readonly<Record<string, (key: string) => string>> = {
  Job: (key) => `field label ${goQuote(key)} not supported for Job`,
  ResourceSlice: (key) => `field label not supported for ResourceSlice: ${key}`,
}

/** Characters of both selectors: reading more would hold the event loop. Not upstream's limit: there, that of the headers is the only one. */
const selectorsMax = 256 * 1024

export interface Selectors {
  readonly labels: Selector
  /** In the words of the request. */
  readonly fields: FieldSelector
}

/** @throws {ApiError} 400, 413 */
export function selectorsOf({ labelSelector, fieldSelector }: { readonly labelSelector: string; readonly fieldSelector: string }): Selectors {
  if (labelSelector.length + fieldSelector.length > selectorsMax) {
    throw new ApiError('RequestEntityTooLarge', `Request entity too large: selectors are limited to ${selectorsMax} characters`)
  }
  return { labels: parsed(() => parseLabelSelector(labelSelector)), fields: parsed(() => parseFieldSelector(fieldSelector)) }
}

/** @param name of the one object that is meant; '' for all @throws {ApiError} 400 for fields that the kind does not know */
export function selectionOf(scope: Scope, request: Selectors & { readonly namespace: string; readonly name?: string }): Selection {
  const { store } = scope
  const { labels } = request
  const fields = storedFields(scope, request.fields)
  const selected = fields.exactMatch('metadata.name')
  if (request.name && !fields.isEverything && selected !== request.name) throw badRequest("fieldSelector metadata.name doesn't match requested name")
  const keys = ownKeys(fieldFacts(`${store.apiVersion}/${store.resource.plural}`))
  const tests: ((entry: Entry) => boolean)[] = []
  if (!labels.isEverything) tests.push((entry) => labels.matches(entry.traits.labels))
  if (!fields.isEverything) {
    tests.push((entry) =>
      fields.matches((key) => {
        if (key === 'metadata.name') return entry.traits.name
        if (key === 'metadata.namespace') return entry.traits.namespace
        return entry.traits.fields?.[keys.indexOf(key)] ?? ''
      }),
    )
  }
  if (request.name) tests.push(({ traits }) => traits.name === request.name)
  const [first, ...others] = tests
  const inOneNamespace = !store.resource.namespaced || request.namespace !== '' || Boolean(fields.exactMatch('metadata.namespace'))
  return {
    prefix: keyUnder(store.prefix, store.resource.namespaced ? request.namespace : ''),
    single: inOneNamespace && Boolean(selected),
    matches: first && (others.length === 0 ? first : (entry) => tests.every((test) => test(entry))),
  }
}

/** The selector in the keys of the stored version. */
function storedFields(scope: Scope, selector: FieldSelector): FieldSelector {
  const { facts } = scope
  const known = fieldFacts(`${apiVersion(scope)}/${facts.plural}`)
  return selector.transform(({ field, operator, value }) => {
    const key = known.aliases && Object.hasOwn(known.aliases, field) ? known.aliases[field]! : field
    if (!known.keys.includes(key)) {
      if (known.default) throw notMetadata(field)
      throw badRequest(unknownKeyMessages[facts.kind]?.(field) ?? `field label not supported: ${field}`)
    }
    return { field: known.mapsTo?.[key] ?? key, operator, value }
  })
}

const notMetadata = (field: string) => badRequest(`${goQuote(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`)

/** What kinds without fields of their own can be selected by. @throws {ApiError} 400 */
export function requireMetadataFields(selector: FieldSelector): void {
  selector.transform((term) => {
    if (term.field !== 'metadata.name' && term.field !== 'metadata.namespace') throw notMetadata(term.field)
    return term
  })
}

function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    if (error instanceof SelectorError) throw badRequest(error.message)
    throw error
  }
}
