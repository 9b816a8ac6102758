// Versions of a custom resource: columns, subresources, selectable fields. Source: k8s.io/apiextensions-apiserver
// pkg/apis/apiextensions/validation/validation.go. What all versions agree on is reported at the level of the spec, as upstream does.
import type {
  CustomResourceColumnDefinition,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
  CustomResourceSubresources,
  JSONSchemaProps,
  SelectableField,
} from '../../../../api/apiextensions/v1.ts'
import { duplicate, type FieldError, invalid, required, tooLong } from '../../../../apimachinery/field-errors.ts'
import { jsonEqual } from '../../../../apimachinery/json-equal.ts'
import { byteLength, isDns1035Label } from '../../../../apimachinery/validation/names.ts'
import { ownValue } from '../../shared/pod-spec/own-value.ts'

const columnTypes = ['boolean', 'date', 'integer', 'number', 'string']
const columnFormats = ['byte', 'date', 'date-time', 'double', 'float', 'int32', 'int64', 'password']
const warningBytesMax = 256

function validatePath(field: string, path: string): readonly FieldError[] {
  if (path === '') return [required(field)]
  return path.startsWith('.') ? [] : [invalid(field, path, 'must be a simple json path starting with .')]
}

function validateColumn(at: string, { name, type, format = '', jsonPath = '' }: CustomResourceColumnDefinition): readonly FieldError[] {
  return [
    ...(name ? [] : [required(`${at}.name`)]),
    ...(type
      ? columnTypes.includes(type)
        ? []
        : [invalid(`${at}.type`, type, `must be one of ${columnTypes.join(',')}`)]
      : [required(`${at}.type`, `must be one of ${columnTypes.join(',')}`)]),
    ...(format && !columnFormats.includes(format) ? [invalid(`${at}.format`, format, `must be one of ${columnFormats.join(',')}`)] : []),
    ...validatePath(`${at}.JSONPath`, jsonPath),
  ]
}

function validateSubresources(at: string, { scale }: CustomResourceSubresources): readonly FieldError[] {
  if (!scale) return []
  const below = (name: 'specReplicasPath' | 'statusReplicasPath' | 'labelSelectorPath', roots: readonly string[], detail: string): readonly FieldError[] => {
    const path = scale[name] ?? ''
    const errors = validatePath(`${at}.scale.${name}`, path)
    if (errors.length > 0 || roots.some((root) => path.startsWith(`${root}.`))) return errors
    return [invalid(`${at}.scale.${name}`, path, detail)]
  }
  return [
    ...below('specReplicasPath', ['.spec'], 'should be a json path under .spec'),
    ...below('statusReplicasPath', ['.status'], 'should be a json path under .status'),
    ...(scale.labelSelectorPath ? below('labelSelectorPath', ['.spec', '.status'], 'should be a json path under either .spec or .status') : []),
  ]
}

/** The schema at a simple path; undefined: it leads nowhere. */
function schemaAt(schema: JSONSchemaProps | undefined, path: string): JSONSchemaProps | undefined {
  const steps = path.split('.').slice(1)
  if (steps[0] === 'metadata' || steps[0] === 'apiVersion' || steps[0] === 'kind') return undefined
  let found = schema
  for (const step of steps) found = ownValue(found?.properties as { [key: string]: JSONSchemaProps } | undefined, step)
  return found
}

function validateSelectable(field: string, fields: readonly SelectableField[], schema: JSONSchemaProps | undefined): readonly FieldError[] {
  const paths = fields.map(({ jsonPath }) => jsonPath ?? '')
  return paths.flatMap((path, i) => {
    const at = `${field}[${i}].jsonPath`
    if (path === '') return [required(at)]
    if (!path.startsWith('.')) return [invalid(at, path, 'is an invalid path: must start with a .')]
    const found = schemaAt(schema, path)
    if (!found) return [invalid(at, path, 'is an invalid path: does not refer to a valid field')]
    if (!['string', 'boolean', 'integer'].includes(found.type ?? '')) {
      return [invalid(at, path, 'must point to a field of type string, boolean or integer. Enum string fields and strings with formats are allowed.')]
    }
    return paths.indexOf(path) < i ? [duplicate(at, path)] : []
  })
}

function validateDeprecation(at: string, { deprecated, deprecationWarning: warning }: CustomResourceDefinitionVersion): readonly FieldError[] {
  if (warning === undefined) return []
  const field = `${at}.deprecationWarning`
  if (!deprecated) return [invalid(field, warning, 'can only be set for deprecated versions')]
  if (warning === '') return [invalid(field, warning, 'must not be empty')]
  return byteLength(warning) > warningBytesMax ? [tooLong(field, warningBytesMax)] : []
}

type Shared = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields'

/** Whether all versions say the same of a thing. */
const agree = (versions: readonly CustomResourceDefinitionVersion[], what: Shared) =>
  versions.every((version) => jsonEqual(version[what] ?? null, versions[0]![what] ?? null))

/** Errors of one part of each version, or of all versions together. */
function each(
  versions: readonly CustomResourceDefinitionVersion[],
  what: Shared,
  check: (at: string, version: CustomResourceDefinitionVersion) => readonly FieldError[],
): readonly FieldError[] {
  if (versions.length === 0) return []
  if (agree(versions, what)) return check('spec', versions[0]!)
  return versions.flatMap((version, i) => check(`spec.versions[${i}]`, version))
}

export const validateVersionNames = ({ versions = [] }: CustomResourceDefinitionSpec): readonly FieldError[] =>
  versions.flatMap((version, i) => {
    const messages = isDns1035Label(version.name ?? '')
    const at = `spec.versions[${i}]`
    return [...(messages.length > 0 ? [invalid(`${at}.name`, version.name, messages.join(','))] : []), ...validateDeprecation(at, version)]
  })

export const validateVersionParts = ({ versions = [] }: CustomResourceDefinitionSpec): readonly FieldError[] => [
  ...each(versions, 'subresources', (at, { subresources }) => (subresources ? validateSubresources(`${at}.subresources`, subresources) : [])),
  ...each(versions, 'additionalPrinterColumns', (at, { additionalPrinterColumns = [] }) =>
    additionalPrinterColumns.flatMap((column, i) => validateColumn(`${at}.additionalPrinterColumns[${i}]`, column)),
  ),
  ...each(versions, 'selectableFields', (at, { selectableFields = [], schema }) =>
    validateSelectable(`${at}.selectableFields`, selectableFields, schema?.openAPIV3Schema),
  ),
]

/** As upstream prints its internal struct: what all versions agree on is not in them. */
export function shownVersions({ versions = [] }: CustomResourceDefinitionSpec): readonly object[] {
  const own = (version: CustomResourceDefinitionVersion, what: Shared) => (agree(versions, what) ? null : (version[what] ?? null))
  return versions.map((version) => ({
    Name: version.name,
    Served: version.served,
    Storage: version.storage,
    Deprecated: version.deprecated ?? false,
    DeprecationWarning: version.deprecationWarning ?? null,
    Schema: own(version, 'schema'),
    Subresources: own(version, 'subresources'),
    AdditionalPrinterColumns: own(version, 'additionalPrinterColumns'),
    SelectableFields: own(version, 'selectableFields'),
  }))
}
