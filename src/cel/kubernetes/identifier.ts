// Names that expressions can use. Source: the CEL specification's IDENT; pkg/apis/admissionregistration/validation/validation.go.
const form = /^[_a-zA-Z][_a-zA-Z0-9]*$/
const reserved: ReadonlySet<string> = new Set(
  'true false null in as break const continue else for function if import let loop package namespace return var void while'.split(' '),
)

/** What is wrong with a name. */
export const isCelIdentifier = (name: string): readonly string[] => (form.test(name) && !reserved.has(name) ? [] : ['must be a valid CEL identifier'])
